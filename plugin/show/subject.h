/* show/subject.h
 * What a packet is about: the disk, its level, and the client that has it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_SUBJECT_H
#define AMANDA_SHOW_SUBJECT_H

#include "ws-compat.h"

#include <epan/packet.h>

/* Shows what is known of it: NULL and -1 for what is not. */
void amanda_subject_show(proto_tree *tree, tvbuff_t *tvb, const char *disk, int level, const char *client);

/* Registers the fields of this part for the protocol. */
void amanda_subject_register(int proto);

#endif
