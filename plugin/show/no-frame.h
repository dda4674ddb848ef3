/* show/no-frame.h
 * What stands where a frame is due, or where TLS is: text of who cannot start amandad, and the other kind of auth
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_NO_FRAME_H
#define AMANDA_SHOW_NO_FRAME_H

#include "ws-compat.h"

#include <epan/packet.h>

/* Bytes of the length and the handle in front of each frame. */
#define AMANDA_FRAME_HEADER 8

/* The longest frame that any Amanda accepts (2.5.2 and later; common-src/security-util.c). */
#define AMANDA_FRAME_MAX (4 * 1024 * 1024)

typedef enum {
    AMANDA_INSTEAD_NOTHING, /* it may be a frame, as far as it was captured */
    AMANDA_INSTEAD_BYTES,
    AMANDA_INSTEAD_TEXT,
    AMANDA_INSTEAD_TLS
} amanda_instead_t;

/* Bytes outside of any frame. */
extern int hf_amanda_frame_rest;

/* What the bytes at an offset are, as soon as they tell: the first byte of a frame is 0, so that one may do. */
amanda_instead_t amanda_no_frame_kind(tvbuff_t *tvb, int offset);

/* Shows bytes of that kind (none of AMANDA_INSTEAD_NOTHING), all of tvb, to their end or that of the packet. due_tls: what
 * is due there is TLS, not a frame; more: they go on what was told of before. */
void amanda_no_frame_show(amanda_instead_t kind, bool due_tls, bool more, tvbuff_t *tvb, packet_info *pinfo,
                          proto_tree *tree);

/* Says that what follows is a frame, where TLS is due. */
void amanda_no_frame_show_not_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_no_frame_register(int proto);

#endif
