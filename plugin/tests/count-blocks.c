/* count-blocks.c
 * Counts the blocks of code that the plugin runs, of which the compiler has each call a function here
 *
 * A clock tells something else on a busy machine; these are the same in number each time. The number is printed when the
 * program ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

/* NOLINTBEGIN(bugprone-reserved-identifier) */
void __sanitizer_cov_trace_pc(void);

static uint64_t blocks_run;

void __sanitizer_cov_trace_pc(void)
{
    blocks_run++;
}
/* NOLINTEND(bugprone-reserved-identifier) */

__attribute__((destructor)) static void say_how_many(void)
{
    fprintf(stderr, "blocks run: %" PRIu64 "\n", blocks_run);
}
