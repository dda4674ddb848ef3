/* show/common-fields.h
 * What each part of the dissector registers, and the small helpers by which they all add their items
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_COMMON_FIELDS_H
#define AMANDA_SHOW_COMMON_FIELDS_H

#include "ws-compat.h"

#include <epan/expert.h>
#include <epan/packet.h>

#include "text/header-line.h"

/* The service, on the REQ that names it and, generated, on every other packet of its exchange. */
extern int hf_amanda_service;

/* Registers the fields that belong to no part alone. */
void amanda_fields_register(int proto);

/* Adds a string item of exactly the span's bytes; nothing, and NULL, for an empty span. */
proto_item *amanda_add_string(proto_tree *tree, int hf, tvbuff_t *tvb, amanda_span_t span);

/* A copy of the span's bytes as text in pool's memory, with what is no UTF-8 replaced. */
const char *amanda_span_text(wmem_allocator_t *pool, tvbuff_t *tvb, amanda_span_t span);

/* Bytes as text that a field can hold: a copy in pool's memory, up to the first NUL byte, with what is no UTF-8
 * replaced. */
const char *amanda_valid_text(wmem_allocator_t *pool, const char *bytes, size_t length);

/* Shows what a packet is about: the client that has the disk, and the disk and its level. NULL and -1 for what is not
 * known. */
void amanda_subject_show_client(proto_tree *tree, tvbuff_t *tvb, const char *client);
void amanda_subject_show(proto_tree *tree, tvbuff_t *tvb, const char *disk, int level);

#endif
