/* statistics/losses.c
 * What was lost between each pair of hosts
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include <epan/to_str.h>

#include "statistics/table-rows.h"
#include "statistics/tap.h"

enum {
    REQUESTER,
    RESPONDER,
    DATAGRAMS,
    LOST,
    REQUESTER_SIDE,
    RESPONDER_SIDE,
    KINDS,
    COLUMNS = KINDS + AMANDA_LOST_KINDS
};

/* The width of each column is that of its name, for tshark prints names as they are. */
static stat_tap_table_item columns[COLUMNS] = {
    [REQUESTER] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Requesting host", "%-15s"},
    [RESPONDER] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Responding host", "%-15s"},
    [DATAGRAMS] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Packets seen", "%12u"},
    [LOST] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Lost", "%4u"},
    [REQUESTER_SIDE] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Requester to here", "%17u"},
    [RESPONDER_SIDE] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Here to responder", "%17u"},
    [KINDS + AMANDA_LOST_REQ] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REQ", "%3u"},
    [KINDS + AMANDA_LOST_REQ_ACK] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "ACK of the REQ", "%14u"},
    [KINDS + AMANDA_LOST_REP] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REP", "%3u"},
    [KINDS + AMANDA_LOST_REP_ACK] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "ACK of the REP", "%14u"},
    [KINDS + AMANDA_LOST_NAK] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "NAK", "%3u"},
    [KINDS + AMANDA_LOST_REQ_OR_ANSWER] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REQ or its answer", "%17u"},
    [KINDS + AMANDA_LOST_REP_OR_ACK] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REP or its ACK", "%14u"},
    [KINDS + AMANDA_LOST_BETWEEN] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Between captures", "%16u"},
    [KINDS + AMANDA_LOST_OR_LATE] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Lost or late", "%12u"},
};

static amanda_rows_t losses;

static void add_loss(stat_tap_table_item_type *cells, const amanda_loss_t *loss)
{
    unsigned side = loss->where == AMANDA_SIDE_REQUESTER ? REQUESTER_SIDE : RESPONDER_SIDE;
    unsigned instead = amanda_loss_instead(losses.own, loss);

    cells[KINDS + loss->what].value.uint_value += loss->count;
    if (loss->what == AMANDA_LOST_BETWEEN) {
        cells[LOST].value.uint_value += loss->count;
        return;
    }
    /* Maybe nothing was lost. */
    if (loss->what == AMANDA_LOST_OR_LATE)
        return;
    cells[LOST].value.uint_value += loss->count - instead;
    cells[side].value.uint_value += loss->count - instead;
    if (instead > 0)
        cells[KINDS + amanda_loss_or(loss)].value.uint_value -= instead;
}

static tap_packet_status losses_packet(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                       const void *queued, tap_flags_t flags _U_)
{
    const amanda_tap_t *tap = (const amanda_tap_t *)queued;

    if (tap->record.is_copy)
        return amanda_rows_leave_out_copy(&losses);

    const char *requester = address_to_str(pinfo->pool, &tap->requester);
    const char *responder = address_to_str(pinfo->pool, &tap->responder);
    bool made;

    /* TCP loses nothing, and an ACK without a known exchange may be of either side. */
    if (tap->record.framed)
        return TAP_PACKET_DONT_REDRAW;
    if (!tap->record.exchange && tap->record.type == AMANDA_TYPE_ACK)
        return TAP_PACKET_DONT_REDRAW;

    stat_tap_table_item_type *cells =
        amanda_rows_get(&losses, wmem_strdup_printf(pinfo->pool, "%s %s", requester, responder), &made);

    if (made) {
        amanda_rows_set_text(&cells[REQUESTER], requester);
        amanda_rows_set_text(&cells[RESPONDER], responder);
    }
    cells[DATAGRAMS].value.uint_value++;
    for (unsigned i = 0; i < tap->loss_count; i++)
        add_loss(cells, &tap->losses[i]);
    return TAP_PACKET_REDRAW;
}

static void losses_init(stat_tap_table_ui *ui _U_)
{
    amanda_rows_init(&losses);
}

static void losses_reset(stat_tap_table *table)
{
    amanda_rows_reset(&losses, table);
}

void amanda_losses_table_register(int proto _U_)
{
    amanda_rows_register(&losses,
                         "Lost packets as far as what was sent again shows them; here is where the capture was made",
                         "No packet of Amanda over UDP, where packets are lost: over TCP there are none to count",
                         &(const stat_tap_table_ui){
                             .title = "Amanda Losses",
                             .tap_name = "amanda",
                             .cli_string = "amanda,losses",
                             .stat_tap_init_cb = losses_init,
                             .packet_func = losses_packet,
                             .stat_tap_reset_table_cb = losses_reset,
                             .nfields = COLUMNS,
                             .fields = columns,
                         });
}
