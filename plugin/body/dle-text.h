/* body/dle-text.h
 * Disk list entries as lines of text, as requests had them before Amanda 2.6.1
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_DLE_TEXT_H
#define AMANDA_BODY_DLE_TEXT_H

#include "body/dle.h"

/* Whose request the line is in: the forms differ. */
typedef enum { AMANDA_DLE_SELFCHECK, AMANDA_DLE_SENDSIZE, AMANDA_DLE_SENDBACKUP } amanda_dle_service_t;

/* Shows the line (span) of one disk (and, in sendsize, one level). A line that the receiver would refuse is shown as far as
 * it goes, with an expert info.
 *
 * Amanda 2.3 to 2.6.0 client-src/selfcheck.c, sendsize.c and sendbackup.c, server-src/amcheck.c, planner.c and
 * dumper.c. */
void amanda_dle_text_line(amanda_body_t *body, proto_tree *tree, amanda_span_t span, amanda_dle_service_t service,
                          amanda_dle_summary_t *summary);

/* Registers the expert infos of this part for the protocol. */
void amanda_dle_text_register(int proto);

#endif
