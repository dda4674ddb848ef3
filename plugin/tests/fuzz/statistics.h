/* statistics.h
 * All statistics of the plugin, as if each were open in a window
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_FUZZ_STATISTICS_H
#define AMANDA_FUZZ_STATISTICS_H

/* Opens them; once, after epan_init(). Aborts if one is not there. */
void statistics_open(void);

/* Empties them, as when a capture is opened. */
void statistics_reset(void);

/* Reads every cell that a window would show. */
void statistics_look(void);

#endif
