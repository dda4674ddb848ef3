/* amanda-body.h
 * The body of a datagram: what a request asks for, and what a reply says
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_H
#define AMANDA_BODY_H

#include "amanda-fields.h"

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_body_register(int proto);

/* Adds the body, which begins at offset, to tree. */
void amanda_body_show(tvbuff_t *tvb, int offset, proto_tree *tree);

/* What a reply carries, in one line for the Info column: its CONNECT line, else its first error text; NULL if neither
 * is there. In the packet's memory. */
const char *amanda_body_gist(packet_info *pinfo, tvbuff_t *tvb, int offset);

#endif
