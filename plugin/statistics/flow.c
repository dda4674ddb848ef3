/* statistics/flow.c
 * Amanda's packets in Statistics > Flow Graph, and behind tshark's -z flow,amanda,standard
 *
 * Within Wireshark's tree only: the header is not among those that Wireshark installs. Elsewhere, Flow Graph has the packets as
 * it has all others, with their Info.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#ifdef AMANDA_HAS_FLOWS

#include <epan/sequence_analysis.h>

#include "show/header.h"
#include "show/verdict.h"
#include "statistics/tap.h"

/* An arrow: what came above it, what it means beside it. */
static tap_packet_status add_packet(void *flows, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                    tap_flags_t flags _U_)
{
    seq_analysis_info_t *graph = (seq_analysis_info_t *)flows;
    const amanda_tap_t *tap = (const amanda_tap_t *)data;

    if (tap->record.is_copy)
        return TAP_PACKET_DONT_REDRAW;

    seq_analysis_item_t *arrow = sequence_analysis_create_sai_with_addresses(pinfo, graph);
    const char *verdict = amanda_verdict_text(tap->record.verdict);
    const amanda_exchange_t *exchange = tap->record.exchange;

    if (!arrow)
        return TAP_PACKET_DONT_REDRAW;
    arrow->frame_number = pinfo->num;
    arrow->port_src = (uint16_t)pinfo->srcport;
    arrow->port_dst = (uint16_t)pinfo->destport;
    arrow->frame_label = g_strdup_printf("%s%s%s", amanda_type_name(tap->record.type), tap->service ? " " : "",
                                         tap->service ? tap->service : "");
    arrow->comment = g_strdup_printf("%s%s%s", amanda_exchange_mark(&tap->record, pinfo->pool), verdict ? verdict : "",
                                     tap->reason ? tap->reason : "");
    arrow->line_style = amanda_verdict_record_is_unmatched(&tap->record) ? 2 : 1;
    arrow->conv_num = exchange ? (uint16_t)exchange->number : 0;
    arrow->display = true;
    g_queue_push_tail(graph->items, arrow);
    return TAP_PACKET_REDRAW;
}

void amanda_flow_register(int proto)
{
    register_seq_analysis("amanda", "Amanda Flows", proto, NULL, 0, add_packet);
}

#else

void amanda_flow_register(int proto _U_)
{
}

#endif
