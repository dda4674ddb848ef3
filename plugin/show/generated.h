/* show/generated.h
 * Items that no bytes of the packet stand for: frame numbers, times and texts that were found out
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_GENERATED_H
#define AMANDA_SHOW_GENERATED_H

#include "ws-compat.h"

#include <epan/packet.h>

/* Each adds a generated item to tree, which may be NULL, and returns it. */

/* The number of a frame; nothing, and NULL, for 0. */
proto_item *amanda_generated_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame);

/* A text; nothing, and NULL, for NULL. */
proto_item *amanda_generated_string(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text);

proto_item *amanda_generated_uint(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t value);
proto_item *amanda_generated_uint64(proto_tree *tree, int hf, tvbuff_t *tvb, uint64_t value);
proto_item *amanda_generated_int(proto_tree *tree, int hf, tvbuff_t *tvb, int32_t value);
proto_item *amanda_generated_true(proto_tree *tree, int hf, tvbuff_t *tvb);
proto_item *amanda_generated_time(proto_tree *tree, int hf, tvbuff_t *tvb, const nstime_t *value);

/* Makes the tree of an item one of this kind once more: an expert info at the item has made it one of its own kind, and so
 * closed it. item: may be NULL. */
void amanda_generated_tree_is(proto_item *item, int ett);

/* What is found out last may have to be read first. The last item of a tree so far; NULL for none, or no tree. */
proto_node *amanda_generated_last(const proto_tree *tree);

/* Moves all that was added to the tree since then before all that it had then. */
void amanda_generated_to_front(proto_tree *tree, proto_node *last_before);

#endif
