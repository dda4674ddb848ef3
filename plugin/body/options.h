/* body/options.h
 * The OPTIONS line of requests and replies
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_OPTIONS_H
#define AMANDA_BODY_OPTIONS_H

#include "show/body-text.h"

/* Whether a line is an OPTIONS (or GOPTIONS) line. */
bool amanda_options_is_line(const uint8_t *text, amanda_span_t line);

/* Dissects an OPTIONS line, with each key a field of its own.
 *
 * line: all of it, from the word OPTIONS or GOPTIONS on, without its line end. On the first pass, and where the body
 * was not cut before the line's end, stores its features= in the facts of the exchange as those of the REQ or of the
 * REP, whichever body->type says; the first such line counts. In a reply, shows how its features differ from those of
 * the REQ. Options of a disk (as replies of 2.4.0 to 2.4.2 repeat them) are recognised too; what is neither is shown
 * with a note.
 *
 * Amanda 2.4 to 3.5 client-src/client_util.c (later amandad-src/amandad_util.c), parse_g_options(). */
void amanda_options_dissect(amanda_body_t *body, proto_tree *tree, amanda_span_t line);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_options_register(int proto);

#endif
