/* body/reply-state.c
 * A reply on its way through the parts that dissect its lines
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/reply-state.h"

#include "show/packet-data.h"
#include "text/feature-sets.h"
#include "show/outcome-facts.h"

static expert_field ei_amanda_rep_feature;

/* Items in a packet: a tenth of the million at which Wireshark gives the packet up would be far too many to read. */
#define ITEMS_MAX 10000

bool amanda_reply_is_of(const amanda_reply_t *reply, const char *service)
{
    return reply->service && strcmp(reply->service, service) == 0;
}

bool amanda_reply_take(amanda_reply_t *reply, unsigned items)
{
    reply->items += items;
    return reply->items <= ITEMS_MAX;
}

void amanda_reply_needs_feature(const amanda_reply_t *reply, proto_item *item, unsigned feature)
{
    const amanda_body_t *body = reply->body;

    if (reply->record.req_seen && !amanda_features_string_has(body->facts->req_features, feature))
        amanda_expert_add(body->pinfo, item, &ei_amanda_rep_feature);
}

void amanda_reply_count(amanda_reply_t *reply, amanda_error_t error)
{
    amanda_outcome_facts_trouble(reply->body, error.trouble == AMANDA_TROUBLE_WARNING, reply->disk,
                                 reply->disk ? reply->level : -1, error.text);
    if (error.trouble == AMANDA_TROUBLE_WARNING)
        reply->warnings++;
    else if (reply->errors++ == 0)
        reply->error = error;
}

void amanda_reply_state_register(int proto)
{
    static ei_register_info ei[] = {
        {&ei_amanda_rep_feature,
         {"amanda.rep.feature", PI_PROTOCOL, PI_WARN,
          "The reply uses what the features of the request do not allow; the requester may not understand it",
          EXPFILL}},
    };

    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
