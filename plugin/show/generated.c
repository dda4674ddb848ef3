/* show/generated.c
 * Items that no bytes of the packet stand for: frame numbers, times and texts that were found out
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/generated.h"

static proto_item *generated(proto_item *item)
{
    proto_item_set_generated(item);
    return item;
}

proto_item *amanda_generated_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame)
{
    return frame && tree ? amanda_generated_uint(tree, hf, tvb, frame) : NULL;
}

proto_item *amanda_generated_string(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text)
{
    return text && tree ? generated(proto_tree_add_string(tree, hf, tvb, 0, 0, text)) : NULL;
}

proto_item *amanda_generated_uint(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t value)
{
    return generated(proto_tree_add_uint(tree, hf, tvb, 0, 0, value));
}

proto_item *amanda_generated_uint64(proto_tree *tree, int hf, tvbuff_t *tvb, uint64_t value)
{
    return generated(proto_tree_add_uint64(tree, hf, tvb, 0, 0, value));
}

proto_item *amanda_generated_int(proto_tree *tree, int hf, tvbuff_t *tvb, int32_t value)
{
    return generated(proto_tree_add_int(tree, hf, tvb, 0, 0, value));
}

proto_item *amanda_generated_true(proto_tree *tree, int hf, tvbuff_t *tvb)
{
    return generated(proto_tree_add_boolean(tree, hf, tvb, 0, 0, true));
}

proto_item *amanda_generated_time(proto_tree *tree, int hf, tvbuff_t *tvb, const nstime_t *value)
{
    return generated(proto_tree_add_time(tree, hf, tvb, 0, 0, value));
}

void amanda_generated_tree_is(proto_item *item, int ett)
{
    const proto_tree *tree = item ? proto_item_add_subtree(item, ett) : NULL;

    (void)tree;
}

proto_node *amanda_generated_last(const proto_tree *tree)
{
    return tree ? tree->last_child : NULL;
}

void amanda_generated_to_front(proto_tree *tree, proto_node *last_before)
{
    proto_node *first = tree && last_before ? last_before->next : NULL;

    if (!first)
        return;
    last_before->next = NULL;
    tree->last_child->next = tree->first_child;
    tree->first_child = first;
    tree->last_child = last_before;
}
