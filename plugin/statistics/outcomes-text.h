/* statistics/outcomes-text.h
 * The table of outcomes as tshark prints it, with the causes below it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STATISTICS_OUTCOMES_TEXT_H
#define AMANDA_STATISTICS_OUTCOMES_TEXT_H

/* Registers it: -z amanda,outcomes[,filter]. With a filter, the jobs whose REQ passes it. */
void amanda_outcomes_text_register(void);

#endif
