/* body/reply.h
 * The bodies of REP, PREP and NAK
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_REPLY_H
#define AMANDA_BODY_REPLY_H

#include "show/body-text.h"

/* Dissects the body of a REP, PREP or NAK.
 *
 * tree: of the body; may be NULL. offset: where the body begins. Adds the items and expert infos, remembers on the
 * first pass what later packets of the exchange need, and fills in the info_text.
 *
 * Amanda 2.3 to 3.5 client-src/selfcheck.c, sendsize.c and sendbackup.c, amandad-src/amandad.c; 3.4 and 3.5
 * client-src/senddiscover.c and restore.pl, server-src/ambackupd.pl. */
void amanda_reply_dissect(amanda_body_t *body, proto_tree *tree, int offset);

/* Registers the fields and expert infos of this part. */
void amanda_reply_register(int proto);

#endif
