/* body/selfcheck.h
 * What a selfcheck reply says is in order
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_SELFCHECK_H
#define AMANDA_BODY_SELFCHECK_H

#include "body/reply-state.h"

/* Dissects an OK line; returns false for any other line.
 *
 * line: all of it, without its line end.
 *
 * Amanda 2.4 to 3.5 client-src/selfcheck.c, client_util.c (check_file(), check_dir()), application-src/amgtar.c. */
bool amanda_selfcheck_dissect(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line);

/* Registers the fields of this part for the protocol. */
void amanda_selfcheck_register(int proto);

#endif
