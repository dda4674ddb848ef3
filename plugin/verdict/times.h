/* verdict/times.h
 * Time stamps in nanoseconds, and what lies between two of them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_TIMES_H
#define AMANDA_VERDICT_TIMES_H

#include "ws-compat.h"

#include <wsutil/nstime.h>

#define AMANDA_SECOND INT64_C(1000000000)

/* A time stamp in nanoseconds since the epoch, modulo 2^64: any stamp will do, also one beyond the year 2262, for nothing
 * but the difference to another means anything. */
int64_t amanda_times_of(const nstime_t *stamp);

/* Nanoseconds from one such time to another, negative where the other is earlier. Exact for stamps less than 292 years
 * apart; of others, which no capture has by honest means, it is some number. */
int64_t amanda_times_between(int64_t from, int64_t to);

/* The same from a time to a time stamp, as Wireshark has it. */
nstime_t amanda_times_since(int64_t from, const nstime_t *to);

#endif
