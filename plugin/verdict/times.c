/* verdict/times.c
 * Time stamps in nanoseconds, and what lies between two of them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/times.h"

int64_t amanda_times_of(const nstime_t *stamp)
{
    /* Unsigned, so that it wraps, which signed numbers must not. */
    return (int64_t)((uint64_t)stamp->secs * (uint64_t)AMANDA_SECOND + (uint64_t)stamp->nsecs);
}

int64_t amanda_times_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

nstime_t amanda_times_since(int64_t from, const nstime_t *to)
{
    int64_t between = amanda_times_between(from, amanda_times_of(to));

    return (nstime_t){(time_t)(between / AMANDA_SECOND), (int)(between % AMANDA_SECOND)};
}
