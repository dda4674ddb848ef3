/* body/connect.h
 * The CONNECT, KENCRYPT and RETRY lines of replies
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_CONNECT_H
#define AMANDA_BODY_CONNECT_H

#include "body/reply-state.h"

/* Dissects a CONNECT, KENCRYPT or RETRY line; returns false for any other line. Announces the streams of a CONNECT
 * line.
 *
 * line: all of it, without its line end.
 *
 * Amanda 2.3 to 3.5 client-src/sendbackup.c, server-src/dumper.c, sendbackup_response(); 2.6 to 3.5
 * amandad-src/amandad.c (KENCRYPT). */
bool amanda_connect_dissect(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_connect_register(int proto);

#endif
