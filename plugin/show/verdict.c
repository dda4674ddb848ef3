/* show/verdict.c
 * Shows what was found out about a datagram's exchange: verdict, links, times and expert infos
 *
 * Everything comes from the record, so that the first pass and every later one show the same.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/verdict.h"

#include "show/labels.h"
#include "show/capture.h"
#include "show/generated.h"
#include "show/outcome.h"
#include "show/packet-data.h"
#include "verdict/times.h"

static int hf_amanda_ack_accepted;
static int hf_amanda_ack_in;
static int hf_amanda_ack_to;
static int hf_amanda_copy_of;
static int hf_amanda_exchange;
static int hf_amanda_rep_asked_of;
static int hf_amanda_rep_closed_by;
static int hf_amanda_rep_closed_in;
static int hf_amanda_rep_mistaken_for;
static int hf_amanda_rep_unmatched;
static int hf_amanda_req_copy_of;
static int hf_amanda_response_in;
static int hf_amanda_response_to;
static int hf_amanda_retransmission;
static int hf_amanda_retransmission_of;
static int hf_amanda_run;
static int hf_amanda_time;
static int hf_amanda_verdict;

static expert_field ei_amanda_ack_duplicate;
static expert_field ei_amanda_ack_no_reply;
static expert_field ei_amanda_ack_stale_accepted;
static expert_field ei_amanda_ack_unknown;
static expert_field ei_amanda_copied;
static expert_field ei_amanda_nak_ignored;
static expert_field ei_amanda_nak_unexpected;
static expert_field ei_amanda_rep_begun_before;
static expert_field ei_amanda_rep_no_request;
static expert_field ei_amanda_rep_out_of_order;
static expert_field ei_amanda_rep_retransmission;
static expert_field ei_amanda_rep_seq_mismatch;
static expert_field ei_amanda_rep_stale;
static expert_field ei_amanda_req_late_copy;
static expert_field ei_amanda_req_refused_before;
static expert_field ei_amanda_req_retransmission;
static expert_field ei_amanda_req_unanswered;
static expert_field ei_amanda_req_returned;
static expert_field ei_amanda_req_unheard;

/* Constant texts, for tshark's table of expert infos groups by them. */
static const char stale_dropped[] = "Stale reply: its request is no longer outstanding. This requester drops it";
static const char stale_acked_again[] =
    "Stale reply: its request is no longer outstanding. This requester only acknowledges it again";
static const char stale_taken[] = "Stale reply: its request is no longer outstanding. This requester compares only the "
                                  "handle, and takes it for the answer to a request to another responder";
static const char stale_behind_ack[] = "Stale reply: the ACK that completed its exchange stands before it. If many "
                                       "have this, the capture is merged from files "
                                       "whose clocks differ";
static const char stale_behind_ack_taken[] =
    "Stale reply: the ACK that completed its exchange stands before it, if clocks do not differ. This requester "
    "compares "
    "only the handle, and takes it for the answer to a request to another responder";
static const char mismatch_dropped[] = "SEQ mismatch: the reply has the handle of an outstanding request, but not its "
                                       "sequence number. This requester drops it";
static const char mismatch_taken[] = "SEQ mismatch: the reply has the handle of an outstanding request, but not its "
                                     "sequence number. This requester takes it for the answer";
static const char no_request[] =
    "No request: the capture has no request for this reply. A long one comes in fragments, of "
    "which a filter for ports captures the first only";
static const char no_request_one_sided[] =
    "No request: the capture has no packet of this requester to this responder so far. It holds one direction only, or "
    "began too late";
static const char no_request_taken[] =
    "No request: the capture has no request for this reply. A requester that compares "
    "only the handle takes it for the answer to a request to another responder";
static const char asked_of_dropped[] = "No request: this was asked of another address. This requester (2.5 or later) "
                                       "drops a reply from here";
static const char asked_of_taken[] =
    "No request: this was asked of another address. This requester (below 2.5) takes a "
    "reply from here all the same";

static const char asked_of_port_dropped[] =
    "No request: this was asked of another port of this address. This requester (2.5 or later) drops a reply from here";
static const char asked_of_port_taken[] = "No request: this was asked of another port of this address. This requester "
                                          "(below 2.5) takes a reply from here all "
                                          "the same";

static const value_string closed_by_vals[] = {
    {AMANDA_STATE_COMPLETED, "completed"},
    {AMANDA_STATE_REFUSED, "refused"},
    {AMANDA_STATE_SUPERSEDED, "superseded"},
    {AMANDA_STATE_TIMED_OUT, "timed out"},
    {0, NULL},
};

static const value_string verdict_vals[] = {
    {AMANDA_VERDICT_REQUEST, "request"},
    {AMANDA_VERDICT_RETRANSMISSION, "retransmission"},
    {AMANDA_VERDICT_LATE_COPY, "late copy"},
    {AMANDA_VERDICT_ANSWER, "answer"},
    {AMANDA_VERDICT_STALE, "stale"},
    {AMANDA_VERDICT_SEQ_MISMATCH, "SEQ mismatch"},
    {AMANDA_VERDICT_NO_REQUEST, "no request"},
    {AMANDA_VERDICT_COPY, "copy"},
    {0, NULL},
};

const char *amanda_verdict_text(amanda_verdict_t verdict)
{
    return try_val_to_str(verdict, verdict_vals);
}

nstime_t amanda_time_since_request(const amanda_exchange_t *exchange, const packet_info *pinfo)
{
    return amanda_times_since(exchange->first_time, &pinfo->abs_ts);
}

static void add_time(proto_tree *tree, const amanda_verdict_record_t *record, const packet_info *pinfo, tvbuff_t *tvb)
{
    if (!record->exchange || !tree)
        return;

    nstime_t elapsed = amanda_time_since_request(record->exchange, pinfo);

    amanda_generated_time(tree, hf_amanda_time, tvb, &elapsed);
}

/* Whether what does not come to this requester would be in the capture. Where nothing had come before this packet, only
 * a later pass knows. */
static bool has_both_directions(const amanda_verdict_record_t *record, const packet_info *pinfo)
{
    if (!(record->notes & AMANDA_NOTE_ONE_SIDED))
        return true;
    return PINFO_FD_VISITED(pinfo) && amanda_verdicts_is_reached(amanda_capture()->verdicts, &pinfo->src);
}

static void show_req(const amanda_verdict_record_t *record, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                     proto_item *verdict)
{
    const amanda_exchange_t *exchange = record->exchange;

    /* A REQ always has one. */
    if (!exchange)
        return;
    if (record->verdict == AMANDA_VERDICT_LATE_COPY) {
        amanda_expert_add(pinfo, verdict, &ei_amanda_req_late_copy);
        amanda_generated_frame(tree, hf_amanda_req_copy_of, tvb, exchange->first_req);
        return;
    }
    if (record->verdict == AMANDA_VERDICT_RETRANSMISSION) {
        amanda_expert_add(pinfo, verdict, &ei_amanda_req_retransmission);
        amanda_generated_true(tree, hf_amanda_retransmission, tvb);
        amanda_generated_frame(tree, hf_amanda_retransmission_of, tvb, exchange->first_req);
    }
    if ((record->notes & AMANDA_NOTE_REQ_UNHEARD) && has_both_directions(record, pinfo))
        amanda_expert_add(pinfo, verdict, &ei_amanda_req_unheard);
    if (record->notes & AMANDA_NOTE_RETURNED)
        amanda_expert_add(pinfo, verdict, &ei_amanda_req_returned);
    if (record->notes & AMANDA_NOTE_REQ_UNANSWERED)
        amanda_expert_add(pinfo, verdict, &ei_amanda_req_unanswered);
    if (amanda_exchange_is_refused_before(exchange))
        amanda_expert_add(pinfo, verdict, &ei_amanda_req_refused_before);
    amanda_generated_frame(tree, hf_amanda_ack_in, tvb, amanda_verdict_record_ack_in(record));
    amanda_generated_frame(tree, hf_amanda_response_in, tvb,
                           exchange->first_rep ? exchange->first_rep : amanda_exchange_more(exchange)->first_nak);
}

static const char *stale_text(const amanda_verdict_record_t *record)
{
    bool taken = record->of.reply.mistaken_for != 0;

    if (record->notes & AMANDA_NOTE_BEHIND_ACK)
        return taken ? stale_behind_ack_taken : stale_behind_ack;
    if (taken)
        return stale_taken;
    return amanda_exchange_compares_handle_only(record->exchange) ? stale_acked_again : stale_dropped;
}

static const char *no_request_text(const amanda_verdict_record_t *record)
{
    bool taken = (record->notes & AMANDA_NOTE_TAKEN) != 0;

    if (record->other.asked_of && record->notes & AMANDA_NOTE_OTHER_PORT)
        return taken ? asked_of_port_taken : asked_of_port_dropped;
    if (record->other.asked_of)
        return taken ? asked_of_taken : asked_of_dropped;
    if (taken)
        return no_request_taken;
    return record->notes & AMANDA_NOTE_ONE_SIDED ? no_request_one_sided : no_request;
}

static void show_unmatched(const amanda_verdict_record_t *record, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                           proto_item *verdict)
{
    switch (record->verdict) {
    case AMANDA_VERDICT_STALE:
        if (amanda_expert_has_room(pinfo, verdict))
            expert_add_info_format(pinfo, verdict, &ei_amanda_rep_stale, "%s", stale_text(record));
        break;
    case AMANDA_VERDICT_SEQ_MISMATCH:
        if (amanda_expert_has_room(pinfo, verdict))
            expert_add_info_format(pinfo, verdict, &ei_amanda_rep_seq_mismatch, "%s",
                                   record->notes & AMANDA_NOTE_TAKEN ? mismatch_taken : mismatch_dropped);
        break;
    default:
        if (record->notes & AMANDA_NOTE_BEGUN_BEFORE)
            amanda_expert_add(pinfo, verdict, &ei_amanda_rep_begun_before);
        else if (amanda_expert_has_room(pinfo, verdict))
            expert_add_info_format(pinfo, verdict, &ei_amanda_rep_no_request, "%s", no_request_text(record));
        break;
    }
    amanda_generated_true(tree, hf_amanda_rep_unmatched, tvb);
    amanda_generated_frame(tree, hf_amanda_rep_mistaken_for, tvb, record->of.reply.mistaken_for);
    if (record->verdict == AMANDA_VERDICT_NO_REQUEST)
        amanda_generated_frame(tree, hf_amanda_rep_asked_of, tvb, record->other.asked_of);
    if (record->exchange) {
        amanda_generated_string(tree, hf_amanda_rep_closed_by, tvb,
                                val_to_str_const(record->closed_by, closed_by_vals, "?"));
        amanda_generated_frame(tree, hf_amanda_rep_closed_in, tvb, record->of.reply.closed_in);
    }
}

static void show_reply(const amanda_verdict_record_t *record, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                       proto_item *verdict)
{
    if (amanda_verdict_record_is_unmatched(record))
        show_unmatched(record, pinfo, tvb, tree, verdict);
    if (record->verdict == AMANDA_VERDICT_RETRANSMISSION) {
        if (!(record->notes & AMANDA_NOTE_RETURNED))
            amanda_expert_add(pinfo, verdict, &ei_amanda_rep_retransmission);
        else if (amanda_expert_has_room(pinfo, verdict))
            expert_add_info_format(pinfo, verdict, &ei_amanda_rep_retransmission,
                                   "The reply is sent again: an ICMP error returned it");
        amanda_generated_true(tree, hf_amanda_retransmission, tvb);
        amanda_generated_frame(tree, hf_amanda_retransmission_of, tvb, record->exchange->first_rep);
    }
    if (record->verdict == AMANDA_VERDICT_ANSWER)
        add_time(tree, record, pinfo, tvb);
    if (record->notes & AMANDA_NOTE_OUT_OF_ORDER)
        amanda_expert_add(pinfo, verdict, &ei_amanda_rep_out_of_order);
    if (record->type == AMANDA_TYPE_REP)
        amanda_generated_frame(tree, hf_amanda_ack_in, tvb, amanda_verdict_record_ack_in(record));
}

static void show_ack(const amanda_verdict_record_t *record, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                     proto_item *protocol)
{
    if (record->notes & AMANDA_NOTE_ACK_STALE_ACCEPTED) {
        amanda_expert_add(pinfo, protocol, &ei_amanda_ack_stale_accepted);
        amanda_generated_frame(tree, hf_amanda_ack_accepted, tvb, record->other.accepted);
    } else if (record->exchange) {
        amanda_generated_frame(tree, hf_amanda_ack_to, tvb, record->other.acks);
    }
    if (record->notes & AMANDA_NOTE_ACK_NO_REPLY)
        amanda_expert_add(pinfo, protocol, &ei_amanda_ack_no_reply);
    if (record->notes & AMANDA_NOTE_ACK_DUPLICATE)
        amanda_expert_add(pinfo, protocol, &ei_amanda_ack_duplicate);
    if (record->notes & AMANDA_NOTE_ACK_UNKNOWN)
        amanda_expert_add(pinfo, protocol, &ei_amanda_ack_unknown);
}

static void show_nak(const amanda_verdict_record_t *record, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                     proto_item *protocol)
{
    if (record->notes & AMANDA_NOTE_NAK_UNEXPECTED)
        amanda_expert_add(pinfo, protocol, &ei_amanda_nak_unexpected);
    if (record->notes & AMANDA_NOTE_NAK_IGNORED)
        amanda_expert_add(pinfo, protocol, &ei_amanda_nak_ignored);
    if (record->notes & AMANDA_NOTE_ENDS)
        add_time(tree, record, pinfo, tvb);
}

void amanda_show_exchange_numbers(const amanda_exchange_t *exchange, tvbuff_t *tvb, proto_tree *tree)
{
    if (!exchange || !tree)
        return;
    amanda_generated_uint(tree, hf_amanda_exchange, tvb, exchange->number);
    amanda_generated_uint(tree, hf_amanda_run, tvb, exchange->run);
}

/* Whether an unmatched reply did any harm: what became of the request that it was taken to answer, and of its own. */
static void show_harm(const amanda_verdict_record_t *record, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    amanda_outcome_show_request(record->of.reply.mistaken_for, "It could be taken to answer", pinfo, tvb, tree);
    if (record->exchange)
        amanda_outcome_show_job(record->exchange->facts.job, "It belongs to", pinfo, tvb, tree);
}

static void show_copy(const amanda_verdict_record_t *record, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                      proto_item *item)
{
    amanda_expert_add(pinfo, item, &ei_amanda_copied);
    amanda_generated_frame(tree, hf_amanda_copy_of, tvb, record->other.copy_of);
}

void amanda_show_exchange(const amanda_verdict_record_t *record, bool wire_service, packet_info *pinfo, tvbuff_t *tvb,
                          proto_tree *tree)
{
    const amanda_exchange_t *exchange = record->exchange;
    const char *verdict_text = tree ? amanda_verdict_text((amanda_verdict_t)record->verdict) : NULL;
    proto_item *verdict = verdict_text ? amanda_generated_string(tree, hf_amanda_verdict, tvb, verdict_text) : NULL;

    if (tree && amanda_verdict_record_is_unmatched(record))
        show_harm(record, pinfo, tvb, tree);
    amanda_show_exchange_numbers(exchange, tvb, tree);
    if (exchange && tree) {
        if (exchange->service && !wire_service)
            amanda_generated_string(tree, hf_amanda_service, tvb, exchange->service);
        if (record->type != AMANDA_TYPE_REQ)
            amanda_generated_frame(tree, hf_amanda_response_to, tvb, exchange->first_req);
    }
    if (record->is_copy) {
        show_copy(record, pinfo, tvb, tree, verdict ? verdict : proto_tree_get_parent(tree));
        return;
    }
    switch (record->type) {
    case AMANDA_TYPE_REQ:
        show_req(record, pinfo, tvb, tree, verdict);
        break;
    case AMANDA_TYPE_REP:
    case AMANDA_TYPE_PREP:
        show_reply(record, pinfo, tvb, tree, verdict);
        break;
    case AMANDA_TYPE_ACK:
        show_ack(record, pinfo, tvb, tree, proto_tree_get_parent(tree));
        break;
    default:
        show_nak(record, pinfo, tvb, tree, proto_tree_get_parent(tree));
        break;
    }
}

void amanda_show_early_refusal(const amanda_exchange_t *refused, tvbuff_t *tvb, proto_tree *tree)
{
    if (!refused || !tree)
        return;
    amanda_show_exchange_numbers(refused, tvb, tree);
    if (refused->service)
        amanda_generated_string(tree, hf_amanda_service, tvb, refused->service);
    amanda_generated_frame(tree, hf_amanda_response_to, tvb, refused->first_req);
}

static void mark_unmatched(const amanda_verdict_record_t *record, wmem_strbuf_t *mark)
{
    if (record->verdict == AMANDA_VERDICT_SEQ_MISMATCH) {
        wmem_strbuf_append_printf(mark, "[SEQ mismatch: could be taken for the answer to %u] ",
                                  record->of.reply.mistaken_for);
        return;
    }
    if (record->verdict == AMANDA_VERDICT_STALE) {
        wmem_strbuf_append_printf(mark, "[Stale: answers %u", record->exchange->first_req);
    } else {
        wmem_strbuf_append(mark, "[No request");
        if (record->other.asked_of)
            wmem_strbuf_append_printf(mark, " here: %u asked another %s", record->other.asked_of,
                                      record->notes & AMANDA_NOTE_OTHER_PORT ? "port" : "address");
    }
    if (record->of.reply.mistaken_for)
        wmem_strbuf_append_printf(mark, ", could be taken for the answer to %u", record->of.reply.mistaken_for);
    wmem_strbuf_append(mark, "] ");
}

static void mark_verdict(const amanda_verdict_record_t *record, wmem_strbuf_t *mark)
{
    const amanda_exchange_t *exchange = record->exchange;

    if (amanda_verdict_record_is_unmatched(record))
        mark_unmatched(record, mark);
    else if (record->verdict == AMANDA_VERDICT_RETRANSMISSION)
        wmem_strbuf_append_printf(mark, "[Retransmission of %u] ",
                                  record->type == AMANDA_TYPE_REQ ? exchange->first_req : exchange->first_rep);
    else if (record->verdict == AMANDA_VERDICT_LATE_COPY)
        wmem_strbuf_append_printf(mark, "[Late copy of %u] ", exchange->first_req);
}

const char *amanda_exchange_mark(const amanda_verdict_record_t *record, wmem_allocator_t *pool)
{
    static const struct {
        unsigned note;
        const char *text;
    } notes[] = {
        {AMANDA_NOTE_NAK_UNEXPECTED, "[Unexpected] "},  {AMANDA_NOTE_NAK_IGNORED, "[Ignored by the requester] "},
        {AMANDA_NOTE_ACK_DUPLICATE, "[Duplicate] "},    {AMANDA_NOTE_ACK_UNKNOWN, "[Unknown exchange] "},
        {AMANDA_NOTE_ACK_NO_REPLY, "[No reply seen] "}, {AMANDA_NOTE_OUT_OF_ORDER, "[Behind its ACK] "},
    };
    const unsigned marked = AMANDA_NOTE_NAK_UNEXPECTED | AMANDA_NOTE_NAK_IGNORED | AMANDA_NOTE_ACK_DUPLICATE |
                            AMANDA_NOTE_ACK_UNKNOWN | AMANDA_NOTE_ACK_NO_REPLY | AMANDA_NOTE_OUT_OF_ORDER |
                            AMANDA_NOTE_ACK_STALE_ACCEPTED;
    bool usual = record->verdict == AMANDA_VERDICT_NONE || record->verdict == AMANDA_VERDICT_REQUEST ||
                 record->verdict == AMANDA_VERDICT_ANSWER;

    if (usual && !record->is_copy && !(record->notes & marked))
        return "";

    wmem_strbuf_t *mark = wmem_strbuf_new(pool, "");

    if (record->is_copy)
        wmem_strbuf_append_printf(mark, "[Copy of %u] ", record->other.copy_of);
    mark_verdict(record, mark);
    if (record->notes & AMANDA_NOTE_ACK_STALE_ACCEPTED)
        wmem_strbuf_append_printf(mark, "[Took the stale reply %u for the answer] ", record->other.accepted);
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++) {
        if (record->notes & notes[i].note)
            wmem_strbuf_append(mark, notes[i].text);
    }
    return wmem_strbuf_get_str(mark);
}

void amanda_show_exchange_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_verdict,
         {"Verdict", "amanda.verdict", FT_STRING, BASE_NONE, NULL, 0x0,
          "REQ: request, retransmission, late copy; REP and PREP: answer, retransmission, stale, SEQ mismatch, no "
          "request; all three: copy",
          HFILL}},
        {&hf_amanda_copy_of,
         {"Copy of", "amanda.copy_of", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The capture holds this packet more than once; this is the frame where it came first", HFILL}},
        {&hf_amanda_exchange,
         {"Exchange", "amanda.exchange", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number of the exchange: everything that shares requester, responder, handle and SEQ; by TCP, connection and "
          "handle",
          HFILL}},
        {&hf_amanda_run,
         {"Run", "amanda.run", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number of the run of amdump, amcheck or another program of the requester's that the exchange belongs to",
          HFILL}},
        {&hf_amanda_response_in,
         {"Response in", "amanda.response_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0x0,
          "The first REP that answers this REQ, else the first NAK; known once it has been seen", HFILL}},
        {&hf_amanda_response_to,
         {"Request in", "amanda.response_to", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "First transmission of the REQ of this exchange", HFILL}},
        {&hf_amanda_time,
         {"Time since request", "amanda.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
          "Time since the first transmission of the REQ", HFILL}},
        {&hf_amanda_ack_in,
         {"Acknowledged in", "amanda.ack_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_ACK), 0x0,
          "The first ACK of this exchange from the other side after this packet", HFILL}},
        {&hf_amanda_ack_to,
         {"Acknowledges", "amanda.ack_to", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The last REQ or REP of this exchange before this ACK", HFILL}},
        {&hf_amanda_retransmission,
         {"Retransmission", "amanda.retransmission", FT_BOOLEAN, BASE_NONE, NULL, 0x0, "This packet was sent before",
          HFILL}},
        {&hf_amanda_retransmission_of,
         {"Retransmission of", "amanda.retransmission_of", FT_FRAMENUM, BASE_NONE,
          FRAMENUM_TYPE(FT_FRAMENUM_RETRANS_PREV), 0x0, "First transmission of this packet", HFILL}},
        {&hf_amanda_req_copy_of,
         {"Late copy of", "amanda.req.copy_of", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "First transmission of a REQ that was finished with before this copy of it came", HFILL}},
        {&hf_amanda_rep_unmatched,
         {"Unmatched reply", "amanda.rep.unmatched", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
          "This reply matches no outstanding request", HFILL}},
        {&hf_amanda_rep_mistaken_for,
         {"Could be taken for the answer to", "amanda.rep.mistaken_for", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "An outstanding REQ with the handle of this reply", HFILL}},
        {&hf_amanda_rep_asked_of,
         {"Asked of another address or port in", "amanda.rep.asked_of", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The REQ with the handle and SEQ of this reply, outstanding with another responder: another address, or "
          "another port",
          HFILL}},
        {&hf_amanda_rep_closed_by,
         {"Its exchange was", "amanda.rep.closed_by", FT_STRING, BASE_NONE, NULL, 0x0,
          "How this reply's own exchange had ended: completed, refused, superseded, timed out", HFILL}},
        {&hf_amanda_rep_closed_in,
         {"Its exchange ended in", "amanda.rep.closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The frame that had ended this reply's own exchange", HFILL}},
        {&hf_amanda_ack_accepted,
         {"Accepted reply", "amanda.ack.accepted", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The unmatched reply that the requester took for its answer", HFILL}},
    };
    static ei_register_info ei[] = {
        {&ei_amanda_req_retransmission,
         {"amanda.req.retransmission", PI_SEQUENCE, PI_NOTE, "The request is sent again", EXPFILL}},
        {&ei_amanda_req_unheard,
         {"amanda.req.unheard", PI_SEQUENCE, PI_WARN, "The request was sent three times, and nothing has come back",
          EXPFILL}},
        {&ei_amanda_req_returned,
         {"amanda.req.returned", PI_SEQUENCE, PI_WARN,
          "The request was sent three times, and only ICMP errors have come back", EXPFILL}},
        {&ei_amanda_req_unanswered,
         {"amanda.req.unanswered", PI_SEQUENCE, PI_WARN,
          "The request was acknowledged, but no reply came in time: it is sent again", EXPFILL}},
        {&ei_amanda_req_refused_before,
         {"amanda.req.refused_before", PI_SEQUENCE, PI_NOTE,
          "The responder had refused the connection before it could read this request", EXPFILL}},
        {&ei_amanda_req_late_copy,
         {"amanda.req.late_copy", PI_SEQUENCE, PI_NOTE,
          "A copy of a request that its requester had finished with: the network kept it", EXPFILL}},
        {&ei_amanda_copied,
         {"amanda.copied", PI_SEQUENCE, PI_CHAT, "The capture holds this packet more than once", EXPFILL}},
        {&ei_amanda_rep_out_of_order,
         {"amanda.rep.out_of_order", PI_SEQUENCE, PI_NOTE,
          "The reply was captured after its ACK: several capture points, queues or clocks", EXPFILL}},
        {&ei_amanda_rep_retransmission,
         {"amanda.rep.retransmission", PI_SEQUENCE, PI_NOTE, "The reply is sent again: its ACK was lost or is late",
          EXPFILL}},
        {&ei_amanda_rep_stale, {"amanda.rep.stale", PI_SEQUENCE, PI_WARN, "Stale reply", EXPFILL}},
        {&ei_amanda_rep_seq_mismatch, {"amanda.rep.seq_mismatch", PI_SEQUENCE, PI_WARN, "SEQ mismatch", EXPFILL}},
        {&ei_amanda_rep_no_request, {"amanda.rep.no_request", PI_SEQUENCE, PI_WARN, "No request", EXPFILL}},
        {&ei_amanda_rep_begun_before,
         {"amanda.rep.begun_before", PI_SEQUENCE, PI_NOTE,
          "No request: the connection began before the capture, and so may have the request", EXPFILL}},
        {&ei_amanda_nak_unexpected,
         {"amanda.nak.unexpected", PI_SEQUENCE, PI_NOTE, "NAK without an outstanding request", EXPFILL}},
        {&ei_amanda_nak_ignored,
         {"amanda.nak.ignored", PI_SEQUENCE, PI_NOTE,
          "This requester (below 2.6) ignores a NAK while it waits for the reply", EXPFILL}},
        {&ei_amanda_ack_duplicate,
         {"amanda.ack.duplicate", PI_SEQUENCE, PI_NOTE, "Duplicate ACK of this side", EXPFILL}},
        {&ei_amanda_ack_unknown,
         {"amanda.ack.unknown", PI_SEQUENCE, PI_NOTE, "ACK of an exchange that was not seen", EXPFILL}},
        {&ei_amanda_ack_no_reply,
         {"amanda.ack.no_reply", PI_SEQUENCE, PI_NOTE, "ACK of a reply that is missing from the capture", EXPFILL}},
        {&ei_amanda_ack_stale_accepted,
         {"amanda.ack.stale_accepted", PI_SEQUENCE, PI_ERROR,
          "The requester took a stale reply for the answer to this request", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
