/* tcp/framed-packets.c
 * The packets that come in frames: verdict and body
 *
 * Amanda 2.5 to 3.5 common-src/security-util.c (tcpm_send_token), packet.h.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/framed-packets.h"

#include "show/labels.h"
#include "text/printable.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/exceptions.h>
#include <epan/strutil.h>

#include "body/body.h"
#include "show/capture.h"
#include "show/outcome-facts.h"
#include "show/header.h"
#include "show/packet-data.h"
#include "show/verdict.h"
#include "tcp/outcome-facts.h"
#include "text/security-service.h"
#include "verdict/endpoint.h"

/* What the Info column has of a packet. */
#define INFO_MAX 160

/* So many packets of one frame are told to the listener: taps have no room for more than 5,000. */
#define TOLD_MAX 2000

/* What became of a packet. */
typedef struct {
    const amanda_verdict_record_t *record; /* NULL of a frame that ends an exchange */
    amanda_framed_handle_t *handle;
    amanda_exchange_t *refuses; /* of a NAK before any REQ: the exchange of the one that came behind it; NULL so far */
} framed_packet_t;

static amanda_framed_packet_listener_t listener;

static expert_field ei_amanda_frame_no_nul;

static const amanda_type_t types[] = {AMANDA_TYPE_REQ, AMANDA_TYPE_REP, AMANDA_TYPE_PREP, AMANDA_TYPE_ACK,
                                      AMANDA_TYPE_NAK};

amanda_type_t amanda_framed_packet_type(uint8_t byte)
{
    return byte < G_N_ELEMENTS(types) ? types[byte] : AMANDA_TYPE_UNKNOWN;
}

/* On the first pass: whether a NAK is the first thing that a responder says, so that it may have read no request. It does
 * not know the handle of any then, and takes 1 (Amanda 2.5.1 to 3.5 common-src/bsdtcp-security.c). */
static bool is_early_nak(const amanda_frame_t *frame, amanda_type_t type, bool has_nul)
{
    return type == AMANDA_TYPE_NAK && frame->direction == AMANDA_TO_REQUESTER && !frame->connection->framed->answered &&
           (!has_nul || !amanda_framed_lacks_bytes(frame->connection));
}

/* On the first pass: the exchange of the connection's first REQ; NULL if there was none so far. */
static amanda_exchange_t *first_asked(const amanda_frame_t *frame)
{
    wmem_array_t *asked = frame->connection->framed->asked;

    return wmem_array_get_count(asked) > 0 ? *(amanda_exchange_t *const *)wmem_array_index(asked, 0) : NULL;
}

/* That of TCP, but for what TCP takes for an earlier connection. */
static uint32_t number_of(const amanda_connection_t *connection, packet_info *pinfo)
{
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);

    if (connection->later_in)
        return UINT32_MAX - connection->later_in;
    return tcp ? tcp->stream + 1 : UINT32_MAX;
}

/* On the first pass. service: of a REQ, else NULL. handle: that of the packet, or of the REQ that it refuses. */
static const amanda_verdict_record_t *judge(const amanda_frame_t *frame, amanda_type_t type, const char *service,
                                            uint32_t handle)
{
    packet_info *pinfo = frame->pinfo;
    const amanda_early_nak_t *early = &frame->connection->framed->early_nak;
    const amanda_reassembly_t *order = frame->connection->order;
    const amanda_datagram_t datagram = {
        .frame = pinfo->num,
        .part = amanda_datagram_part(pinfo->curr_layer_num, frame->number),
        .type = type,
        .src = &pinfo->src,
        .dst = &pinfo->dst,
        .src_port = (uint16_t)pinfo->srcport,
        .dst_port = (uint16_t)pinfo->destport,
        .arrival = pinfo->abs_ts,
        .handle = (const uint8_t *)&handle,
        .handle_length = sizeof handle,
        .version = UINT16_MAX,
        .service = service,
        .connection = number_of(frame->connection, pinfo),
        .from_requester = frame->direction == AMANDA_TO_RESPONDER,
        .begun_before = frame->connection->begun_before,
        .one_sided = !order[AMANDA_TO_REQUESTER].marks && !order[AMANDA_TO_RESPONDER].saw_ack,
        .refused_in = type == AMANDA_TYPE_REQ && !first_asked(frame) ? early->frame : 0,
    };

    return amanda_capture_judge(&datagram);
}

/* On the first pass: a packet has its verdict; remembers what the next one needs to know of it. */
static void remember(const amanda_frame_t *frame, amanda_type_t type, framed_packet_t *packet, bool early)
{
    struct amanda_framed *framed = frame->connection->framed;
    bool asks = type == AMANDA_TYPE_REQ && packet->record->verdict == AMANDA_VERDICT_REQUEST;

    if (early && !packet->record->exchange)
        framed->early_nak = (amanda_early_nak_t){.frame = frame->pinfo->num, .refuses = &packet->refuses};
    if (asks && !first_asked(frame)) {
        framed->first_handle = frame->handle;
        if (framed->early_nak.refuses)
            *framed->early_nak.refuses = packet->record->exchange;
    }
    if (asks)
        amanda_framed_asked(frame->connection, packet->record->exchange);
    framed->answered = framed->answered || frame->direction == AMANDA_TO_REQUESTER;
}

/* What became of a packet: found out on the first pass, and kept for the later ones. NULL only on a later pass.
 * Inlined, its variable would be one of the caller's, in which gcc's sanitizers fear for it at TRY. */
static framed_packet_t *G_GNUC_NO_INLINE find_packet(const amanda_frame_t *frame, amanda_type_t type,
                                                     const char *service, bool has_nul)
{
    packet_info *pinfo = frame->pinfo;
    uint32_t handle = frame->handle;
    framed_packet_t *packet;
    bool early;

    if (PINFO_FD_VISITED(pinfo))
        return (framed_packet_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_PACKET, frame->number);
    early = is_early_nak(frame, type, has_nul);
    if (early && first_asked(frame))
        handle = frame->connection->framed->first_handle;
    packet = amanda_record_new0(wmem_file_scope(), framed_packet_t);
    packet->record = judge(frame, type, service, handle);
    packet->handle = amanda_framed_handle(frame->connection, handle);
    if (packet->record->exchange)
        packet->handle->exchange = packet->record->exchange;
    remember(frame, type, packet, early);
    amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_PACKET, frame->number, packet);
    return packet;
}

static void show_summary(const amanda_frame_t *frame, const amanda_body_t *body)
{
    wmem_strbuf_t *summary = wmem_strbuf_new(frame->pinfo->pool, amanda_type_name(body->type));

    if (body->service)
        wmem_strbuf_append_printf(summary, " %.*s", amanda_fit(body->service, INFO_MAX), body->service);
    if (!amanda_body_has_no_info(body)) {
        const char *info_text = wmem_strbuf_get_str(body->info_text);

        wmem_strbuf_append_printf(summary, " %.*s", amanda_fit(info_text, INFO_MAX), info_text);
    }
    wmem_strbuf_append_printf(summary, " handle=%u", frame->handle);
    amanda_info_add(frame->pinfo, "%s%s", body->record ? amanda_exchange_mark(body->record, frame->pinfo->pool) : "",
                    wmem_strbuf_get_str(summary));
    amanda_label(frame->item, ", %s", wmem_strbuf_get_str(summary));
}

/* The facts of the exchange; where its REQ is not in the capture, those of the handle. */
static amanda_exchange_facts_t *facts_of(framed_packet_t *packet)
{
    /* On a later pass, another frame may be here than that for which this was kept. */
    if (!packet || !packet->record)
        return NULL;
    return packet->record->exchange ? &packet->record->exchange->facts
                                    : amanda_exchange_facts_make(&packet->handle->facts);
}

static const char *service_of_exchange(const amanda_verdict_record_t *record)
{
    return record && record->exchange ? record->exchange->service : NULL;
}

static void tell(const amanda_frame_t *frame, const amanda_body_t *body, int body_offset)
{
    if (listener && body->record && amanda_packet_data_next(frame->pinfo, AMANDA_PACKET_TOLD) < TOLD_MAX)
        listener(body, wmem_strdup_printf(frame->pinfo->pool, "%u", frame->handle), body_offset);
}

/* Whatever is thrown while a packet is shown, what its reply announced is known afterwards. A function of its own: what
 * calls setjmp() must not share its variables with what is inlined into it. */
static void show_guarded(const amanda_frame_t *frame, amanda_body_t *body, const amanda_security_service_t *lines,
                         const framed_packet_t *packet)
{
    bool fresh = packet && !PINFO_FD_VISITED(body->pinfo);

    TRY
    {
        if (body->record)
            amanda_show_exchange(body->record, lines->service.length > 0, body->pinfo, body->tvb, frame->tree);
        if (packet)
            amanda_show_early_refusal(packet->refuses, body->tvb, frame->tree);
        amanda_show_type(body->type, frame->tvb, AMANDA_FRAME_HEADER, 1, frame->tree);
        amanda_show_security_service(lines, body->tvb, frame->tree);
        amanda_body_dissect(body, lines->body);
    }
    FINALLY
    {
        if (fresh) {
            amanda_framed_announce(frame->connection, body->facts, body->pinfo);
            if (body->type == AMANDA_TYPE_NAK && frame->connection->framed->early_nak.frame == body->pinfo->num)
                amanda_tcp_outcome_early_nak(frame->connection, amanda_outcome_facts_nak_text(body), body->pinfo);
        }
        amanda_outcome_facts_end(body);
    }
    ENDTRY;
}

void amanda_framed_packet_dissect(amanda_frame_t *frame, amanda_type_t type)
{
    packet_info *pinfo = frame->pinfo;
    tvbuff_t *tvb = tvb_new_subset_remaining(frame->tvb, AMANDA_FRAME_HEADER + 1);
    int length = (int)tvb_captured_length(tvb);
    const uint8_t *text = length > 0 ? tvb_get_ptr(tvb, 0, length) : (const uint8_t *)"";
    int text_length = amanda_text_length(text, length);
    bool cut = text_length == length && tvb_reported_length(tvb) > (unsigned)length;
    amanda_security_service_t lines;

    amanda_security_service_parse(text, text_length, 0, type, cut, &lines);

    const char *service = lines.service.length > 0 ? amanda_span_text(pinfo->pool, tvb, lines.service) : NULL;
    bool has_nul = text_length < length || cut;
    framed_packet_t *packet = find_packet(frame, type, service, has_nul);
    const amanda_verdict_record_t *record = packet ? packet->record : NULL;
    amanda_body_t body = {
        .pinfo = pinfo,
        .tvb = tvb,
        .text = text,
        .length = text_length,
        .cut = cut,
        .framed = true,
        .tree = frame->tree,
        .type = type,
        .version = UINT16_MAX,
        .service = service ? service : service_of_exchange(record),
        .record = record,
        .facts = facts_of(packet),
    };

    amanda_outcome_facts_begin(&body, frame->direction == AMANDA_TO_RESPONDER);
    show_guarded(frame, &body, &lines, packet);
    if (!has_nul)
        amanda_expert_add(pinfo, frame->item, &ei_amanda_frame_no_nul);
    show_summary(frame, &body);
    tell(frame, &body, lines.body);
}

bool amanda_framed_packet_dissect_end(const amanda_frame_t *frame)
{
    packet_info *pinfo = frame->pinfo;
    const framed_packet_t *packet;

    if (frame->length > 0)
        return false;
    if (!PINFO_FD_VISITED(pinfo) && amanda_framed_knows_handle(frame->connection, frame->handle)) {
        framed_packet_t *end = amanda_record_new0(wmem_file_scope(), framed_packet_t);

        end->handle = amanda_framed_handle(frame->connection, frame->handle);
        amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_PACKET, frame->number, end);
    }
    packet = (const framed_packet_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_PACKET, frame->number);
    if (!packet)
        return false;
    amanda_label(frame->item, ", end of exchange, handle=%u", frame->handle);
    amanda_info_add(pinfo, "End of exchange handle=%u", frame->handle);
    return true;
}

const amanda_exchange_t *amanda_framed_packets_exchange(packet_info *pinfo)
{
    unsigned kept = amanda_packet_data_kept(pinfo, AMANDA_PACKET_FRAME_PACKET);
    /* Another protocol may have claimed this time what the first pass had. */
    unsigned count = MIN(kept, amanda_packet_data_count(pinfo, AMANDA_PACKET_FRAME_STREAM));

    for (unsigned n = 0; n < count; n++) {
        const framed_packet_t *packet =
            (const framed_packet_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_PACKET, n);

        if (packet && packet->record && packet->record->exchange)
            return packet->record->exchange;
    }
    return NULL;
}

void amanda_framed_packets_tell(amanda_framed_packet_listener_t to_be_told)
{
    listener = to_be_told;
}

void amanda_framed_packets_register(int proto)
{
    static ei_register_info ei[] = {
        {&ei_amanda_frame_no_nul,
         {"amanda.frame.no_nul", PI_PROTOCOL, PI_NOTE,
          "No NUL byte at the end: a NAK of a responder that did not accept the connection", EXPFILL}},
    };

    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
