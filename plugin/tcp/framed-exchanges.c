/* tcp/framed-exchanges.c
 * The exchanges in a framed connection: which packets belong together
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/framed-exchanges.h"

#include "show/verdict.h"

amanda_framed_exchange_t *amanda_framed_exchange_find(wmem_map_t *transactions, uint32_t handle)
{
    return (amanda_framed_exchange_t *)wmem_map_lookup(transactions, GUINT_TO_POINTER(handle));
}

static amanda_framed_exchange_t *make(wmem_map_t *transactions, uint32_t handle)
{
    amanda_framed_exchange_t *transaction = wmem_new0(wmem_file_scope(), amanda_framed_exchange_t);

    wmem_map_insert(transactions, GUINT_TO_POINTER(handle), transaction);
    return transaction;
}

static void remember_req(amanda_framed_exchange_t *transaction, const char *service, const packet_info *pinfo)
{
    if (transaction->req_frame)
        return;
    transaction->req_frame = pinfo->num;
    transaction->req_time = pinfo->abs_ts;
    transaction->service = service ? wmem_strdup(wmem_file_scope(), service) : NULL;
}

static void remember_ack(amanda_framed_exchange_t *transaction, amanda_direction_t direction, const packet_info *pinfo)
{
    if (direction == AMANDA_TO_REQUESTER) {
        if (!transaction->req_acked_in)
            transaction->req_acked_in = pinfo->num;
    } else {
        if (!transaction->rep_acked_in)
            transaction->rep_acked_in = pinfo->num;
        transaction->closed = true;
    }
}

amanda_framed_exchange_t *amanda_framed_exchange_follow(wmem_map_t *transactions, uint32_t handle, amanda_type_t type,
                                                        amanda_direction_t direction, const char *service,
                                                        const packet_info *pinfo)
{
    amanda_framed_exchange_t *transaction = amanda_framed_exchange_find(transactions, handle);

    if (!transaction || (type == AMANDA_TYPE_REQ && transaction->closed))
        transaction = make(transactions, handle);
    switch (type) {
    case AMANDA_TYPE_REQ:
        remember_req(transaction, service, pinfo);
        break;
    case AMANDA_TYPE_ACK:
        remember_ack(transaction, direction, pinfo);
        break;
    case AMANDA_TYPE_REP:
    case AMANDA_TYPE_NAK:
        if (!transaction->rep_frame)
            transaction->rep_frame = pinfo->num;
        transaction->closed = transaction->closed || type == AMANDA_TYPE_NAK;
        break;
    default:
        break;
    }
    return transaction;
}

void amanda_framed_exchange_show(const amanda_framed_exchange_t *transaction, amanda_type_t type,
                                 amanda_direction_t direction, const packet_info *pinfo, tvbuff_t *tvb,
                                 proto_tree *tree)
{
    amanda_links_t links = {0};
    /* A request that comes after its answers is none that a first pass knows of there. */
    uint32_t request = transaction->req_frame < pinfo->num ? transaction->req_frame : 0;
    uint32_t reply = transaction->rep_frame < pinfo->num ? transaction->rep_frame : 0;

    switch (type) {
    case AMANDA_TYPE_REQ:
        links.ack_in = transaction->req_acked_in;
        links.response_in = transaction->rep_frame;
        break;
    case AMANDA_TYPE_ACK:
        links.response_to = request;
        links.ack_to = direction == AMANDA_TO_REQUESTER ? request : reply;
        break;
    default:
        links.response_to = request;
        links.ack_in = type == AMANDA_TYPE_REP ? transaction->rep_acked_in : 0;
        links.has_time = request != 0;
        nstime_delta(&links.delay, &pinfo->abs_ts, &transaction->req_time);
        break;
    }
    amanda_show_links(&links, tvb, tree);
}
