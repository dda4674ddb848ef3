/* conversation-filters.c
 * What Wireshark offers under Conversation Filter for an Amanda packet
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "conversation-filters.h"

#include "show/capture.h"
#include "show/common-fields.h"
#include "tcp/follow.h"

#include <epan/conversation_filter.h>
#include <epan/to_str.h>

/* The innermost datagram of a packet that has a record. Another protocol may have claimed the packet since then. */
static const amanda_verdict_record_t *find_record(packet_info *pinfo)
{
    const amanda_verdicts_t *verdicts = amanda_capture()->verdicts;
    const amanda_verdict_record_t *record = NULL;

    if (!proto_is_frame_protocol(pinfo->layers, "amanda"))
        return NULL;
    for (unsigned layer = wmem_list_count(pinfo->layers); verdicts && layer > 0 && !record; layer--)
        record = amanda_verdicts_recall(verdicts, pinfo->num, amanda_datagram_part(layer, 0));
    return record;
}

/* The exchange of a packet, whichever way it came; NULL if it has none. *forth: whether it goes to the responder. */
static const amanda_exchange_t *exchange_of(packet_info *pinfo, bool *forth)
{
    const amanda_verdict_record_t *record = pinfo->ptype == PT_TCP ? NULL : find_record(pinfo);

    *forth = record && amanda_verdict_record_is_from_requester(record);
    if (record)
        return record->exchange;
    return amanda_follow_exchange(pinfo, forth);
}

static const char *address_filter(packet_info *pinfo, const address *addr)
{
    return wmem_strdup_printf(pinfo->pool, "%s.addr == %s", addr->type == AT_IPv6 ? "ipv6" : "ip",
                              address_to_str(pinfo->pool, addr));
}

static ws_bool is_amanda_over_ip(packet_info *pinfo AMANDA_FILTER_DATA)
{
    bool forth;

    return (find_record(pinfo) != NULL || exchange_of(pinfo, &forth) != NULL) &&
           (pinfo->src.type == AT_IPv4 || pinfo->src.type == AT_IPv6);
}

static ws_bool has_exchange(packet_info *pinfo AMANDA_FILTER_DATA)
{
    bool forth;

    return exchange_of(pinfo, &forth) != NULL;
}

static ws_bool has_exchange_over_ip(packet_info *pinfo AMANDA_FILTER_DATA)
{
    bool forth;

    return exchange_of(pinfo, &forth) != NULL && (pinfo->src.type == AT_IPv4 || pinfo->src.type == AT_IPv6);
}

/* One requester process and one responder. */
static char *build_conversation(packet_info *pinfo AMANDA_FILTER_DATA)
{
    const char *transport = pinfo->ptype == PT_TCP ? "tcp" : "udp";

    return g_strdup_printf("amanda and %s and %s and %s.port == %u and %s.port == %u",
                           address_filter(pinfo, &pinfo->src), address_filter(pinfo, &pinfo->dst), transport,
                           pinfo->srcport, transport, pinfo->destport);
}

static char *build_exchange(packet_info *pinfo AMANDA_FILTER_DATA)
{
    bool forth;
    const amanda_exchange_t *exchange = exchange_of(pinfo, &forth);

    return g_strdup_printf("amanda.exchange == %u", exchange ? exchange->number : 0);
}

static char *build_run(packet_info *pinfo AMANDA_FILTER_DATA)
{
    bool forth;
    const amanda_exchange_t *exchange = exchange_of(pinfo, &forth);

    return g_strdup_printf("amanda.run == %u", exchange ? exchange->run : 0);
}

/* The host that is backed up: it responds to the server, but asks when it recovers files (amrecover). */
static char *build_client(packet_info *pinfo AMANDA_FILTER_DATA)
{
    bool forth;
    const amanda_exchange_t *exchange = exchange_of(pinfo, &forth);
    const char *service = exchange ? exchange->service : NULL;
    bool recovers = g_strcmp0(service, "amindexd") == 0 || g_strcmp0(service, "amidxtaped") == 0;

    return g_strdup_printf("amanda and %s", address_filter(pinfo, forth == recovers ? &pinfo->src : &pinfo->dst));
}

void amanda_filters_register(int proto _U_)
{
    AMANDA_REGISTER_FILTER("amanda", "Amanda", is_amanda_over_ip, build_conversation);
    AMANDA_REGISTER_FILTER("amanda", "Amanda Exchange", has_exchange, build_exchange);
    AMANDA_REGISTER_FILTER("amanda", "Amanda Run", has_exchange, build_run);
    AMANDA_REGISTER_FILTER("amanda", "Amanda Client", has_exchange_over_ip, build_client);
}
