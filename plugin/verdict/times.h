/* verdict/times.h
 * Time stamps in nanoseconds, and what lies between two of them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_TIMES_H
#define AMANDA_VERDICT_TIMES_H

#include "ws-compat.h"

#include <wsutil/nstime.h>

/* A frame, and when it was captured. frame is 0 where there is no such frame. There are many of them: 12 bytes each, with
 * nothing behind the frame. */
#pragma pack(push, 4)
typedef struct {
    int64_t when; /* nanoseconds since the epoch */
    uint32_t frame;
} amanda_moment_t;
#pragma pack(pop)

#define AMANDA_SECOND INT64_C(1000000000)

/* A time stamp in nanoseconds since the epoch, modulo 2^64: any stamp will do, also one beyond the year 2262, for nothing
 * but the difference to another means anything. */
static inline int64_t amanda_times_of(const nstime_t *stamp)
{
    /* Unsigned, so that it wraps, which signed numbers must not. */
    return (int64_t)((uint64_t)stamp->secs * (uint64_t)AMANDA_SECOND + (uint64_t)stamp->nsecs);
}

/* Nanoseconds from one such time to another, negative where the other is earlier. Exact for stamps less than 292 years
 * apart; of others, which no capture has by honest means, it is some number. */
static inline int64_t amanda_times_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

/* The same from a time to a time stamp, as Wireshark has it. */
nstime_t amanda_times_since(int64_t from, const nstime_t *to);

#endif
