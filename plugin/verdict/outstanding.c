/* verdict/outstanding.c
 * What one requester has outstanding under one HANDLE with several responders at once
 *
 * Ordered so that no question costs a walk over all responders: a capture may be made to have many.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/outstanding.h"

struct amanda_outstanding {
    GTree *by_seq;     /* all: those that compare the HANDLE only first, then by SEQ, then by age */
    GTree *latest_old; /* by age: for each SEQ the youngest of those that compare the HANDLE only */
};

static int compare_age(const void *a, const void *b, void *unused _U_)
{
    const amanda_exchange_t *left = (const amanda_exchange_t *)a;
    const amanda_exchange_t *right = (const amanda_exchange_t *)b;

    return left->number < right->number ? -1 : left->number > right->number;
}

static int compare_by_seq(const void *a, const void *b, void *unused _U_)
{
    const amanda_exchange_t *left = (const amanda_exchange_t *)a;
    const amanda_exchange_t *right = (const amanda_exchange_t *)b;
    int left_old = amanda_exchange_compares_handle_only(left);
    int right_old = amanda_exchange_compares_handle_only(right);

    if (left_old != right_old)
        return right_old - left_old;
    if (left->seq != right->seq)
        return left->seq < right->seq ? -1 : 1;
    return compare_age(left, right, NULL);
}

static ws_bool destroy(wmem_allocator_t *scope _U_, wmem_cb_event_t event _U_, void *data)
{
    amanda_outstanding_t *set = (amanda_outstanding_t *)data;

    g_tree_destroy(set->by_seq);
    g_tree_destroy(set->latest_old);
    return false;
}

amanda_outstanding_t *amanda_outstanding_new(wmem_allocator_t *scope)
{
    amanda_outstanding_t *set = wmem_new(scope, amanda_outstanding_t);

    set->by_seq = g_tree_new_full(compare_by_seq, NULL, NULL, NULL);
    set->latest_old = g_tree_new_full(compare_age, NULL, NULL, NULL);
    wmem_register_callback(scope, destroy, set);
    return set;
}

/* The youngest of those with this SEQ, and with the same way to compare. */
static amanda_exchange_t *last_of(const amanda_outstanding_t *set, int32_t seq, bool old)
{
    const amanda_exchange_t behind = {.seq = seq, .version = old ? 0 : UINT16_MAX, .number = UINT32_MAX};
    GTreeNode *node = g_tree_upper_bound(set->by_seq, &behind);

    node = node ? g_tree_node_previous(node) : g_tree_node_last(set->by_seq);
    if (!node)
        return NULL;

    amanda_exchange_t *found = (amanda_exchange_t *)g_tree_node_value(node);

    return found->seq == seq && amanda_exchange_compares_handle_only(found) == old ? found : NULL;
}

void amanda_outstanding_add(amanda_outstanding_t *set, amanda_exchange_t *exchange)
{
    if (amanda_exchange_compares_handle_only(exchange)) {
        amanda_exchange_t *last = last_of(set, exchange->seq, true);

        if (!last || last->number < exchange->number) {
            if (last)
                g_tree_remove(set->latest_old, last);
            g_tree_insert(set->latest_old, exchange, exchange);
        }
    }
    g_tree_insert(set->by_seq, exchange, exchange);
}

void amanda_outstanding_remove(amanda_outstanding_t *set, amanda_exchange_t *exchange)
{
    if (!g_tree_remove(set->by_seq, exchange))
        return;
    if (g_tree_remove(set->latest_old, exchange)) {
        amanda_exchange_t *last = last_of(set, exchange->seq, true);

        if (last)
            g_tree_insert(set->latest_old, last, last);
    }
}

amanda_exchange_t *amanda_outstanding_same_seq(const amanda_outstanding_t *set, int32_t seq)
{
    amanda_exchange_t *old = last_of(set, seq, true);
    amanda_exchange_t *recent = last_of(set, seq, false);

    if (!old || !recent)
        return old ? old : recent;
    return old->number > recent->number ? old : recent;
}

amanda_exchange_t *amanda_outstanding_other_seq(const amanda_outstanding_t *set, int32_t seq)
{
    GTreeNode *node = g_tree_node_last(set->latest_old);

    if (node && ((const amanda_exchange_t *)g_tree_node_value(node))->seq == seq)
        node = g_tree_node_previous(node);
    return node ? (amanda_exchange_t *)g_tree_node_value(node) : NULL;
}
