/* tcp/gss.h
 * What Kerberos 5 makes of the frames: tokens, and payload that they protect
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_GSS_H
#define AMANDA_TCP_GSS_H

#include "show/common-fields.h"

/* Whether the payload of a frame is a token by which both sides know each other (RFC 2743, 3.1): its length and the
 * beginning of an object identifier. */
bool amanda_gss_is_token(tvbuff_t *payload);

/* Whether the payload of a frame is protected by what the tokens agreed on (RFC 4121, 4.2.6). */
bool amanda_gss_is_protected(tvbuff_t *payload);

/* Shows a token, or what is protected and cannot be shown. item: the frame. */
void amanda_gss_dissect(tvbuff_t *payload, bool token, packet_info *pinfo, proto_tree *tree, proto_item *item);

/* Registers the fields of this part for the protocol, and finds the dissector of tokens. */
void amanda_gss_register(int proto);
void amanda_gss_handoff(int proto);

#endif
