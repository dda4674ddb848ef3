/* verdict/times.c
 * Time stamps in nanoseconds, and what lies between two of them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/times.h"

nstime_t amanda_times_since(int64_t from, const nstime_t *to)
{
    int64_t between = amanda_times_between(from, amanda_times_of(to));

    return (nstime_t){(time_t)(between / AMANDA_SECOND), (int)(between % AMANDA_SECOND)};
}
