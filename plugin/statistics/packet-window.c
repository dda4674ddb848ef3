/* statistics/packet-window.c
 * What statistics/packet-tree.c counts, as a table for Wireshark's window
 *
 * Wireshark opens a plugin's tree by no option of its window, but only from an entry that it makes itself, and that one cannot be in the
 * submenu of statistics/menu.c: submenus for trees are made first, and each submenu of a plugin's menu is made anew, so that a tree
 * with the name "Amanda/Packets" would stand in a second submenu Amanda. So here the tree counts, and a table shows it, which
 * opens, filters and saves as the others do.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include <epan/packet.h>
#include <epan/stats_tree_priv.h>

#include "statistics/packet-tree.h"
#include "statistics/table-rows.h"

enum { COUNTED, PACKETS, OF_THESE, COLUMNS };

static stat_tap_table_item columns[COLUMNS] = {
    [COUNTED] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Counted", "%s"},
    [PACKETS] = {TABLE_ITEM_INT, TAP_ALIGN_RIGHT, "Packets", "%d"},
    [OF_THESE] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Of these", "%s"},
};

static amanda_rows_t table;
static stats_tree *counted;
static GHashTable *numbers; /* of the rows, by node of the tree */

/* The names of the nodes down to this one, without that of the root's child. */
static const char *path_below(const stat_node *node, const stat_node *top, wmem_allocator_t *pool)
{
    const char *path = node == top ? "" : node->name;

    while (node != top && node->parent != top) {
        node = node->parent;
        path = wmem_strdup_printf(pool, "%s: %s", node->name, path);
    }
    return path;
}

static stat_tap_table_item_type *row_of(const stat_node *node, const stat_node *top, wmem_allocator_t *pool)
{
    gpointer number;

    if (g_hash_table_lookup_extended(numbers, node, NULL, &number))
        return amanda_rows_at(&table, GPOINTER_TO_UINT(number));
    if (node->counter == 0)
        return NULL;

    const char *key = wmem_strdup_printf(pool, "%p", (const void *)node);
    stat_tap_table_item_type *cells = amanda_rows_get(&table, key, NULL);

    amanda_rows_set_text(&cells[COUNTED], top->name);
    amanda_rows_set_text(&cells[OF_THESE], path_below(node, top, pool));
    g_hash_table_insert(numbers, (gpointer)node, GUINT_TO_POINTER(amanda_rows_number(&table, key)));
    return cells;
}

/* The node behind this one, where each is before its children. NULL: there is none below top. */
static const stat_node *node_behind(const stat_node *node, const stat_node *top)
{
    if (node->children)
        return node->children;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

static tap_packet_status window_packet(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt, const void *queued,
                                       tap_flags_t flags)
{
    stats_tree_packet(counted, pinfo, edt, queued, flags);
    for (const stat_node *top = counted->root.children; top; top = top->next) {
        for (const stat_node *node = top; node; node = node_behind(node, top)) {
            stat_tap_table_item_type *cells = row_of(node, top, pinfo->pool);

            if (cells)
                cells[PACKETS].value.int_value = node->counter;
        }
    }
    return TAP_PACKET_REDRAW;
}

static void count_anew(void)
{
    stats_tree_cfg *cfg = stats_tree_get_cfg_by_abbr(AMANDA_TREE);

    if (!numbers)
        numbers = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_hash_table_remove_all(numbers);
    if (counted)
        stats_tree_free(counted);
    counted = stats_tree_new(cfg, NULL, NULL);
    cfg->init(counted);
}

static void window_init(stat_tap_table_ui *ui _U_)
{
    count_anew();
    amanda_rows_init(&table);
}

static void window_reset(stat_tap_table *reset)
{
    count_anew();
    amanda_rows_reset(&table, reset);
}

void amanda_packet_window_register(void)
{
    amanda_rows_register(&table, "Each packet is counted under each heading that it belongs to",
                         "No packet of Amanda, or the filter leaves none",
                         &(const stat_tap_table_ui){
                             .title = "Amanda Packets",
                             .tap_name = "amanda",
                             .cli_string = "amanda,tree",
                             .stat_tap_init_cb = window_init,
                             .packet_func = window_packet,
                             .stat_tap_reset_table_cb = window_reset,
                             .nfields = COLUMNS,
                             .fields = columns,
                         });
}
