/* statistics/packet-tree.c
 * Everything counted: types, services, versions, verdicts, reasons of NAKs, losses
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include <epan/stats_tree.h>

#include "show/verdict.h"
#include "show/losses.h"
#include "statistics/packet-tree.h"
#include "statistics/tap.h"

/* Every tree has the same nodes at its root, and so the same numbers for them. */
static int types_node;
static int services_node;
static int versions_node;
static int verdicts_node;
static int notes_node;
static int reasons_node;
static int lost_node;
static int copies_node;

/* The losses that each tree has counted as "one or the other" so far, by stats_tree. */
static GHashTable *open_losses;

static const struct {
    unsigned note;
    const char *text;
} notes[] = {
    {AMANDA_NOTE_NAK_UNEXPECTED, "NAK without an outstanding request"},
    {AMANDA_NOTE_NAK_IGNORED, "NAK that its requester ignores"},
    {AMANDA_NOTE_ACK_DUPLICATE, "Duplicate ACK"},
    {AMANDA_NOTE_ACK_UNKNOWN, "ACK of an unknown exchange"},
    {AMANDA_NOTE_ACK_NO_REPLY, "ACK of a reply that was not seen"},
    {AMANDA_NOTE_ACK_STALE_ACCEPTED, "ACK of a stale reply that was taken for the answer"},
};

static void tree_init(stats_tree *tree)
{
    types_node = stats_tree_create_node(tree, "Packets by type", 0, STAT_DT_INT, true);
    services_node = stats_tree_create_node(tree, "Packets by service", 0, STAT_DT_INT, true);
    versions_node = stats_tree_create_node(tree, "Packets by version", 0, STAT_DT_INT, true);
    verdicts_node = stats_tree_create_node(tree, "Requests and replies by verdict", 0, STAT_DT_INT, true);
    notes_node = stats_tree_create_node(tree, "ACKs and NAKs out of the ordinary", 0, STAT_DT_INT, true);
    reasons_node = stats_tree_create_node(tree, "NAKs by reason", 0, STAT_DT_INT, true);
    lost_node = stats_tree_create_node(tree, "Lost packets (inferred)", 0, STAT_DT_INT, true);
    copies_node = stats_tree_create_node(
        tree, "Copies, left out of all else: the capture holds these packets more than once", 0, STAT_DT_INT, true);
    if (!open_losses)
        open_losses = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)g_hash_table_destroy);
    g_hash_table_replace(open_losses, tree, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL));
}

static void tree_cleanup(stats_tree *tree)
{
    if (open_losses)
        g_hash_table_remove(open_losses, tree);
}

static const char *type_text(const amanda_verdict_record_t *record)
{
    switch (record->type) {
    case AMANDA_TYPE_REQ:
        return "REQ";
    case AMANDA_TYPE_REP:
        return "REP";
    case AMANDA_TYPE_PREP:
        return "PREP";
    case AMANDA_TYPE_NAK:
        return "NAK";
    default:
        return "ACK";
    }
}

/* What a well-behaved peer sends; anything else under one name, so that no capture makes the tree grow without end. */
static const char *version_text(uint16_t version, packet_info *pinfo)
{
    unsigned major = version >> 8;
    unsigned minor = version & 0xff;

    return major <= 9 && minor <= 9 ? wmem_strdup_printf(pinfo->pool, "%u.%u", major, minor) : "other";
}

/* A child of the node, counted once there and once itself. */
static int tick(stats_tree *tree, const char *name, int node, const char *child, bool with_children)
{
    tick_stat_node(tree, name, 0, true);
    return tick_stat_node(tree, child, node, with_children);
}

static void add_verdict(stats_tree *tree, const amanda_verdict_record_t *record)
{
    const char *verdict = amanda_verdict_text((amanda_verdict_t)record->verdict);

    if (!verdict)
        return;

    int node = tick(tree, "Requests and replies by verdict", verdicts_node, type_text(record), true);

    tick_stat_node(tree, verdict, node, false);
}

static void add_notes(stats_tree *tree, const amanda_verdict_record_t *record)
{
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++) {
        if (record->notes & notes[i].note)
            tick(tree, "ACKs and NAKs out of the ordinary", notes_node, notes[i].text, false);
    }
}

static void count_loss(stats_tree *tree, amanda_lost_t what, amanda_side_t where, int count)
{
    increase_stat_node(tree, "Lost packets (inferred)", 0, true, count);

    int node = increase_stat_node(tree, amanda_lost_text(what), lost_node, true, count);

    if (what != AMANDA_LOST_BETWEEN)
        increase_stat_node(tree, amanda_side_text(where), node, false, count);
}

static void add_loss(stats_tree *tree, const amanda_loss_t *loss)
{
    GHashTable *unsettled = (GHashTable *)g_hash_table_lookup(open_losses, tree);
    unsigned instead = unsettled ? amanda_loss_instead(unsettled, loss) : 0;

    /* Maybe nothing was lost. */
    if (loss->what == AMANDA_LOST_OR_LATE)
        return;
    if (instead > 0)
        count_loss(tree, amanda_loss_or(loss), (amanda_side_t)loss->where, -(int)instead);
    count_loss(tree, (amanda_lost_t)loss->what, (amanda_side_t)loss->where, loss->count);
}

static tap_packet_status tree_packet(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt _U_, const void *queued,
                                     tap_flags_t flags _U_)
{
    const amanda_tap_t *tap = (const amanda_tap_t *)queued;

    if (tap->record.is_copy) {
        tick(tree, "Copies, left out of all else: the capture holds these packets more than once", copies_node,
             type_text(&tap->record), false);
        return TAP_PACKET_REDRAW;
    }
    tick(tree, "Packets by type", types_node, type_text(&tap->record), false);
    tick(tree, "Packets by service", services_node, amanda_service_name(amanda_service_number(tap->service)), false);
    if (tap->version != UINT16_MAX)
        tick(tree, "Packets by version", versions_node, version_text(tap->version, pinfo), false);
    add_verdict(tree, &tap->record);
    add_notes(tree, &tap->record);
    if (tap->reason)
        tick(tree, "NAKs by reason", reasons_node, tap->reason, false);
    for (unsigned i = 0; i < tap->loss_count; i++)
        add_loss(tree, &tap->losses[i]);
    return TAP_PACKET_REDRAW;
}

void amanda_tree_register(int proto _U_)
{
    /* A plugin's tree would have an entry of Wireshark's in the menu, beside the submenu of all others. */
    if (amanda_statistics_have_windows()) {
        stats_tree_register("amanda", AMANDA_TREE, "Amanda Packets", 0, tree_packet, tree_init, tree_cleanup);
        amanda_packet_window_register();
    } else {
        stats_tree_register_plugin("amanda", AMANDA_TREE, "Amanda Packets", 0, tree_packet, tree_init, tree_cleanup);
    }
}
