/* tcp/attempts.c
 * Attempts to connect to Amanda's own ports, or to those that a reply announced: refused, or never answered
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/attempts.h"

#include <epan/expert.h>

#include <string.h>

#include "show/capture.h"
#include "show/generated.h"
#include "show/labels.h"
#include "show/outcome-facts.h"
#include "show/packet-data.h"
#include "tcp/announced-ports.h"
#include "tcp/outcome-facts.h"
#include "verdict/endpoint.h"

/* No TCP sends a SYN again so soon: such a one was captured twice. */
#define SECONDS_BETWEEN_SYNS 0.15

/* From whom, and to what: an own port of Amanda, or 0 for all that replies announced. */
typedef struct {
    amanda_endpoint_t requester;
    amanda_endpoint_t responder;
} target_key_t;

/* The connections that were tried there, in the order of their first SYNs. */
typedef struct {
    target_key_t key;
    amanda_connection_t *first; /* of those that may have stayed unanswered */
    amanda_connection_t *last;
} target_t;

struct amanda_attempts {
    wmem_map_t *targets;
};

static int proto_amanda;

static int hf_amanda_connection_syn;

static int ett_amanda_attempt = -1;

static expert_field ei_amanda_connection_refused;
static expert_field ei_amanda_connection_unanswered;

static unsigned hash_target(const void *key)
{
    return wmem_strong_hash((const uint8_t *)key, sizeof(target_key_t));
}

static gboolean equal_targets(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(target_key_t)) == 0;
}

amanda_attempts_t *amanda_attempts_new(wmem_allocator_t *scope)
{
    amanda_attempts_t *attempts = wmem_new0(scope, amanda_attempts_t);

    attempts->targets = wmem_map_new(scope, hash_target, equal_targets);
    return attempts;
}

static bool is_to_own_port(const amanda_connection_t *connection)
{
    return amanda_announced_ports_is_own(connection->responder_port) &&
           !(connection->stream && connection->stream->setup_frame);
}

/* Where a SYN goes. made: is to be made if there is none. */
static target_t *target_of(const amanda_connection_t *connection, const packet_info *pinfo, bool make)
{
    wmem_map_t *targets = amanda_capture()->attempts->targets;
    uint16_t port = is_to_own_port(connection) ? connection->responder_port : 0;
    target_key_t key;
    target_t *target;

    memset(&key, 0, sizeof key);
    key.requester = amanda_endpoint_of(&pinfo->src, 0);
    key.responder = amanda_endpoint_of(&pinfo->dst, port);
    target = (target_t *)wmem_map_lookup(targets, &key);
    if (!target && make) {
        target = amanda_record_new0(wmem_file_scope(), target_t);
        target->key = key;
        wmem_map_insert(targets, &target->key, target);
    }
    return target;
}

static bool is_syn(const amanda_segment_t *segment)
{
    return (segment->flags & (AMANDA_TCP_SYN | AMANDA_TCP_ACK | AMANDA_TCP_RST)) == AMANDA_TCP_SYN;
}

amanda_connection_t *amanda_attempts_begin(packet_info *pinfo, const amanda_segment_t *segment)
{
    if (!is_syn(segment) || !amanda_announced_ports_is_own((uint16_t)pinfo->destport))
        return NULL;
    return amanda_connection_make(pinfo, AMANDA_TO_RESPONDER);
}

static void see_syn(amanda_connection_t *connection, const packet_info *pinfo)
{
    const amanda_link_ends_t ends = amanda_tcp_outcome_ends(pinfo, false);
    bool again = connection->syn_time.secs || connection->syn_time.nsecs;
    nstime_t delta;

    if (again) {
        nstime_delta(&delta, &pinfo->abs_ts, &connection->syn_time);
        if (nstime_to_sec(&delta) < SECONDS_BETWEEN_SYNS)
            return;
        connection->syn_again = true;
    } else {
        target_t *target = target_of(connection, pinfo, true);

        if (target->last)
            target->last->next_attempt = connection;
        else
            target->first = connection;
        target->last = connection;
        connection->syn_frame = pinfo->num;
    }
    connection->syn_time = pinfo->abs_ts;
    if (is_to_own_port(connection))
        amanda_outcomes_link_syn(amanda_capture()->outcomes, &ends, again, amanda_outcome_moment(pinfo));
}

/* A connection that ends before either side has sent a byte. The requester may still ask what has hung up before: only its
 * own end, or a reset, settles that nothing was asked. */
static void see_end(amanda_connection_t *connection, const amanda_segment_t *segment, const amanda_link_ends_t *ends,
                    bool from_responder, packet_info *pinfo)
{
    bool reset = (segment->flags & AMANDA_TCP_RST) != 0;
    amanda_party_t side = from_responder || connection->hung_up ? AMANDA_PARTY_RESPONDER : AMANDA_PARTY_REQUESTER;
    const amanda_refuser_t by = {.ttl = amanda_segment_ttl(segment)};

    /* An ACK alone and the RST that it is answered by are of an older connection. */
    connection->accepted = connection->accepted || (from_responder && segment->flags & AMANDA_TCP_SYN);
    connection->spoken = connection->spoken || segment->payload;
    if (!connection->accepted || connection->spoken || connection->others ||
        amanda_connection_is_known(connection, pinfo) || !(segment->flags & (AMANDA_TCP_FIN | AMANDA_TCP_RST)))
        return;
    if (from_responder && !reset) {
        connection->hung_up = true;
        amanda_outcomes_link_hung_up(amanda_capture()->outcomes, ends);
        return;
    }
    amanda_outcomes_link_ended(amanda_capture()->outcomes, ends, side,
                               reset && !connection->hung_up ? AMANDA_END_RST : AMANDA_END_FIN, reset ? &by : NULL,
                               amanda_outcome_moment(pinfo));
}

bool amanda_attempts_see(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo)
{
    amanda_outcomes_t *outcomes = amanda_capture()->outcomes;
    bool from_responder = amanda_connection_direction(connection, pinfo) == AMANDA_TO_REQUESTER;
    const amanda_link_ends_t ends = amanda_tcp_outcome_ends(pinfo, from_responder);
    bool first_answer = !connection->answered;

    amanda_tcp_outcome_ttl(connection, segment, pinfo);
    if (is_syn(segment) && !from_responder) {
        if (first_answer)
            see_syn(connection, pinfo);
        return false;
    }
    /* One without an ACK refuses no SYN: it is of the connection before (RFC 9293 3.10.7.1). */
    if (first_answer && (segment->flags & (AMANDA_TCP_RST | AMANDA_TCP_ACK)) == AMANDA_TCP_RST)
        return false;
    connection->answered = true;
    if (!is_to_own_port(connection) || !connection->syn_frame)
        return false;
    /* What goes to a service directly, or is of another program, has no exchanges. */
    if ((connection->foreign || connection->stream) && !connection->others) {
        connection->others = true;
        amanda_outcomes_link_of_others(outcomes, &ends);
    }
    if (!first_answer || !from_responder || !(segment->flags & AMANDA_TCP_RST))
        see_end(connection, segment, &ends, from_responder, pinfo);
    if (!first_answer || !from_responder)
        return false;
    if (segment->flags & AMANDA_TCP_RST) {
        const amanda_refuser_t by = {.ttl = amanda_segment_ttl(segment)};

        amanda_outcomes_link_refused(outcomes, &ends, &by, amanda_outcome_moment(pinfo));
        return true;
    }
    amanda_outcomes_link_opened(outcomes, &ends, amanda_outcome_moment(pinfo));
    return false;
}

static proto_tree *add_item(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree, const char *text, expert_field *expert)
{
    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, 0, ENC_NA);

    proto_item_set_generated(item);
    amanda_label(item, ", connection %s", text);
    amanda_expert_add(pinfo, item, expert);
    amanda_info_begin(pinfo, "[Amanda: %s] ", text);
    return proto_item_add_subtree(item, ett_amanda_attempt);
}

void amanda_attempts_show_refused(const amanda_connection_t *connection, packet_info *pinfo, tvbuff_t *tvb,
                                  proto_tree *tree)
{
    proto_tree *subtree = add_item(pinfo, tvb, tree, "refused", &ei_amanda_connection_refused);

    amanda_generated_frame(subtree, hf_amanda_connection_syn, tvb, connection->syn_frame);
}

void amanda_attempts_show_unanswered(const amanda_connection_t *connection, packet_info *pinfo, tvbuff_t *tvb,
                                     proto_tree *tree)
{
    target_t *target;

    if (connection->syn_frame != pinfo->num || connection->answered || !connection->syn_again)
        return;
    target = target_of(connection, pinfo, false);
    /* What was answered stays so. */
    while (target && target->first && (target->first->answered || !target->first->syn_again))
        target->first = target->first->next_attempt;
    if (target && target->first == connection)
        add_item(pinfo, tvb, tree, "never answered", &ei_amanda_connection_unanswered);
}

void amanda_attempts_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_connection_syn,
         {"Refuses", "amanda.connection.syn", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "The SYN to a port of Amanda that is refused", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_attempt,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_connection_refused,
         {"amanda.connection.refused", PI_SEQUENCE, PI_WARN,
          "Nobody listens on this port of Amanda: its connection is refused", EXPFILL}},
        {&ei_amanda_connection_unanswered,
         {"amanda.connection.unanswered", PI_SEQUENCE, PI_WARN,
          "Nothing ever answered this SYN, though it was sent again: the host is down, or a firewall drops it",
          EXPFILL}},
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
