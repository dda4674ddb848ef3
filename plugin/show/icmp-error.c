/* show/icmp-error.c
 * What an ICMP error says of a datagram that it quotes, shown at both
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/icmp-error.h"

#include "show/labels.h"

#include <epan/to_str.h>

#include "show/capture.h"
#include "show/generated.h"
#include "show/ipv4.h"
#include "show/outcome-facts.h"

#define UDP_HEADER 8
#define ICMP_HEADER 8
#define IPV4_HEADER 20
#define IPV4_HEADER_MAX 60
#define IPV6_HEADER 40
#define IPV6_FRAGMENT_HEADER 8

/* In front of a header of TCP; and bytes from the beginning of a packet among which that is looked for. */
#define PORTS 4
#define SEARCHED 512

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_IPV6_FRAGMENT 44
#define PROTOCOL_ICMPV6 58

/* Tells what is quoted alone apart from quotes that were dissected, which come before it in the frame. */
#define HEADER_ALONE UINT32_MAX

static int proto_amanda;
static int proto_tcp;
static int proto_udp;

static int hf_amanda_icmp_in;
static int hf_amanda_icmp_kind;
static int hf_amanda_icmp_of;
static int hf_amanda_icmp_sender;

static int ett_amanda_icmp = -1;

/* What that means for who asks why there is no answer. */
static const value_string meaning_vals[] = {
    {AMANDA_ICMP_NETWORK_UNREACHABLE, "no way to that network"},
    {AMANDA_ICMP_HOST_UNREACHABLE, "no way to that host, or it is off"},
    {AMANDA_ICMP_PROTOCOL_UNREACHABLE, "that host knows no UDP"},
    {AMANDA_ICMP_PORT_UNREACHABLE, "nobody listens on that port"},
    {AMANDA_ICMP_TOO_BIG, "longer than a link on the way allows"},
    {AMANDA_ICMP_PROHIBITED, "a firewall or router does not let it through"},
    {AMANDA_ICMP_TIME_EXCEEDED, "it went in circles, or lacked a fragment"},
    {AMANDA_ICMP_PARAMETER_PROBLEM, "a header of it is wrong"},
    {0, NULL},
};

/* Where an IPv4 header begins that ends at end, or -1. Options are rare, so the shortest header is tried first. */
static int ipv4_header_before(const uint8_t *packet, int end, uint8_t protocol)
{
    for (int length = IPV4_HEADER; length <= IPV4_HEADER_MAX && length <= end; length += 4) {
        int start = end - length;

        if (packet[start] == (0x40 | length / 4) && packet[start + 9] == protocol)
            return start;
    }
    return -1;
}

/* The same of IPv6, whose header may be followed by a fragment header. */
static int ipv6_header_before(const uint8_t *packet, int end, uint8_t protocol)
{
    int start = end - IPV6_HEADER;

    if (start >= 0 && packet[start] >> 4 == 6 && packet[start + 6] == protocol)
        return start;
    start -= IPV6_FRAGMENT_HEADER;
    if (start >= 0 && packet[start] >> 4 == 6 && packet[start + 6] == PROTOCOL_IPV6_FRAGMENT &&
        packet[start + IPV6_HEADER] == protocol)
        return start;
    return -1;
}

/* Who sent an ICMP message that begins at icmp; nothing where it came in fragments, as its header is elsewhere then. */
static void read_sender(const uint8_t *packet, int icmp, unsigned version, amanda_icmp_around_t *around)
{
    int ip = version == 4 ? ipv4_header_before(packet, icmp, PROTOCOL_ICMP)
                          : ipv6_header_before(packet, icmp, PROTOCOL_ICMPV6);

    if (ip < 0)
        return;
    if (version == 4) {
        around->ttl = packet[ip + 8];
        set_address(&around->sender, AT_IPv4, 4, packet + ip + 12);
    } else {
        around->ttl = packet[ip + 7];
        set_address(&around->sender, AT_IPv6, 16, packet + ip + 8);
    }
}

/* Reads the headers in front of what an ICMP error quotes, which begins at offset at with the header of a protocol. Returns
 * where the quote's header of IP begins, or -1 where this is none. */
static int read_around(const uint8_t *packet, int at, uint8_t protocol, amanda_icmp_around_t *around)
{
    unsigned version = 4;
    int ip = ipv4_header_before(packet, at, protocol);

    *around = (amanda_icmp_around_t){.kind = AMANDA_ICMP_OTHER};
    if (ip < ICMP_HEADER) {
        version = 6;
        ip = ipv6_header_before(packet, at, protocol);
    }
    if (ip < ICMP_HEADER)
        return -1;

    int icmp = ip - ICMP_HEADER;

    if (!amanda_icmp_kind_of(version, packet[icmp], packet[icmp + 1], &around->kind))
        return -1;
    read_sender(packet, icmp, version, around);
    return ip;
}

bool amanda_icmp_around(tvbuff_t *tvb, amanda_icmp_around_t *around)
{
    int udp = tvb_raw_offset(tvb) - UDP_HEADER;

    if (udp < 0)
        return false;

    const uint8_t *packet = tvb_get_ptr(tvb_get_ds_tvb(tvb), 0, udp + UDP_HEADER);
    unsigned length = amanda_ntoh16(packet + udp + 4);

    if (read_around(packet, udp, PROTOCOL_UDP, around) < 0)
        return false;
    around->length = length > UDP_HEADER ? length - UDP_HEADER : 0;
    return true;
}

static void read_ends(const uint8_t *ip, const uint8_t *ports, amanda_icmp_quoted_t *quoted)
{
    bool ipv4 = ip[0] >> 4 == 4;
    bool whole = ipv4 && (amanda_ntoh16(ip + 6) & 0x3fff) == 0; /* no fragment */

    set_address(&quoted->source, ipv4 ? AT_IPv4 : AT_IPv6, ipv4 ? 4 : 16, ip + (ipv4 ? 12 : 8));
    set_address(&quoted->destination, ipv4 ? AT_IPv4 : AT_IPv6, ipv4 ? 4 : 16, ip + (ipv4 ? 16 : 24));
    quoted->source_port = amanda_ntoh16(ports);
    quoted->destination_port = amanda_ntoh16(ports + 2);
    quoted->identification = whole ? amanda_ntoh16(ip + 4) : 0;
}

/* Whether the dissection of a frame ended with this protocol, which an ICMP error quotes. The last layer is ours, who are
 * called behind all others. */
static bool ends_with_quoted(const packet_info *pinfo, int proto)
{
    wmem_list_frame_t *own = wmem_list_tail(pinfo->layers);
    wmem_list_frame_t *last = own ? wmem_list_frame_prev(own) : NULL;

    return last && GPOINTER_TO_INT(wmem_list_frame_data(last)) == proto &&
           (proto_is_frame_protocol(pinfo->layers, "icmp") || proto_is_frame_protocol(pinfo->layers, "icmpv6"));
}

/* Looks for a quote of this protocol between the ports of the packet. Since Wireshark 4.4 these are not those of the quote,
 * but none: then only a quote is taken that has all headers of an ICMP error in front of it. */
static bool find_quote(const packet_info *pinfo, uint8_t protocol, amanda_icmp_quoted_t *quoted)
{
    const struct data_source *source = pinfo->data_src ? (const struct data_source *)pinfo->data_src->data : NULL;
    tvbuff_t *tvb = source ? get_data_source_tvb(source) : NULL;
    int length = tvb ? MIN((int)tvb_captured_length(tvb), SEARCHED) : 0;
    const uint8_t *packet = length > 0 ? tvb_get_ptr(tvb, 0, length) : NULL;

    for (int at = ICMP_HEADER + IPV4_HEADER; at + PORTS <= length; at++) {
        int ip;

        if (pinfo->ptype != PT_NONE &&
            (amanda_ntoh16(packet + at) != pinfo->srcport || amanda_ntoh16(packet + at + 2) != pinfo->destport))
            continue;
        ip = read_around(packet, at, protocol, &quoted->around);
        if (ip < 0 || (pinfo->ptype == PT_NONE && quoted->around.sender.type == AT_NONE))
            continue;
        read_ends(packet + ip, packet + at, quoted);
        if (protocol == PROTOCOL_UDP && at + UDP_HEADER <= length)
            quoted->around.length = (unsigned)MAX(amanda_ntoh16(packet + at + 4) - UDP_HEADER, 0);
        return true;
    }
    return false;
}

bool amanda_icmp_quotes_tcp(const packet_info *pinfo, amanda_icmp_quoted_t *quoted)
{
    return (pinfo->ptype != PT_NONE || ends_with_quoted(pinfo, proto_tcp)) && find_quote(pinfo, PROTOCOL_TCP, quoted);
}

/* On the first pass: enters an error, and tells the outcomes and the losses what it returned. */
static const amanda_icmp_error_t *see(amanda_icmp_errors_t *errors, const amanda_icmp_quote_t *quote,
                                      const packet_info *pinfo)
{
    const amanda_icmp_error_t *error = amanda_icmp_errors_see(errors, quote);

    if (error->quoted && amanda_icmp_is_refusal(quote->kind)) {
        amanda_outcome_facts_returned(error, pinfo);
        amanda_losses_returned(error->quoted);
    }
    return error;
}

static const amanda_icmp_error_t *see_header(const packet_info *pinfo)
{
    amanda_icmp_errors_t *errors = amanda_capture()->icmp_errors;
    amanda_icmp_quoted_t quoted;

    if (PINFO_FD_VISITED(pinfo))
        return amanda_icmp_errors_recall(errors, pinfo->num, HEADER_ALONE);
    if (!find_quote(pinfo, PROTOCOL_UDP, &quoted))
        return NULL;

    const amanda_icmp_quote_t quote = {
        .kind = quoted.around.kind,
        .sender = quoted.around.sender.type == AT_NONE ? NULL : &quoted.around.sender,
        .ttl = quoted.around.ttl,
        .datagram =
            {
                .frame = pinfo->num,
                .part = HEADER_ALONE,
                .src = &quoted.source,
                .dst = &quoted.destination,
                .src_port = quoted.source_port,
                .dst_port = quoted.destination_port,
                .arrival = pinfo->abs_ts,
                .wire_length = quoted.around.length,
                .identification = quoted.identification,
            },
    };

    return see(errors, &quote, pinfo);
}

const amanda_icmp_error_t *amanda_icmp_error_see(const amanda_header_t *header, const uint8_t *text, tvbuff_t *tvb,
                                                 packet_info *pinfo)
{
    amanda_icmp_errors_t *errors = amanda_capture()->icmp_errors;
    amanda_icmp_around_t around;

    if (!errors || !amanda_icmp_around(tvb, &around))
        return NULL;
    if (PINFO_FD_VISITED(pinfo))
        return amanda_icmp_errors_recall(errors, pinfo->num, pinfo->curr_layer_num);

    const amanda_icmp_quote_t quote = {
        .kind = around.kind,
        .sender = around.sender.type == AT_NONE ? NULL : &around.sender,
        .ttl = around.ttl,
        .datagram =
            {
                .frame = pinfo->num,
                .part = pinfo->curr_layer_num,
                .type = header->type_code,
                .src = &pinfo->src,
                .dst = &pinfo->dst,
                .src_port = (uint16_t)pinfo->srcport,
                .dst_port = (uint16_t)pinfo->destport,
                .arrival = pinfo->abs_ts,
                .handle = header->handle.length > 0 ? text + header->handle.offset : NULL,
                .handle_length = header->handle.length,
                .seq = header->seq_value,
                .wire_length = around.length,
                .identification = amanda_ipv4_around(tvb, pinfo).identification,
            },
        .has_seq = header->seq.length > 0,
    };
    return see(errors, &quote, pinfo);
}

static void show_error(const amanda_icmp_error_t *error, int hf, uint32_t frame, packet_info *pinfo, tvbuff_t *tvb,
                       proto_tree *tree)
{
    const char *kind = amanda_icmp_kind_name((amanda_icmp_kind_t)error->kind);
    const char *meaning = try_val_to_str(error->kind, meaning_vals);
    const char *sender = error->sender.type == AT_NONE ? NULL : address_to_str(pinfo->pool, &error->sender);
    proto_item *item = amanda_generated_frame(tree, hf, tvb, frame);
    proto_tree *subtree = item ? proto_item_add_subtree(item, ett_amanda_icmp) : tree;

    amanda_label(item, ", %s%s%s", kind, sender ? ", says " : "", sender ? sender : "");
    item = amanda_generated_string(subtree, hf_amanda_icmp_kind, tvb, kind);
    if (meaning)
        amanda_label(item, ": %s", meaning);
    if (sender)
        amanda_generated_string(subtree, hf_amanda_icmp_sender, tvb, sender);
}

void amanda_icmp_see_header_alone(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_icmp_error_t *error = ends_with_quoted(pinfo, proto_udp) ? see_header(pinfo) : NULL;
    proto_item *item;

    if (!error || !error->quoted || !tree)
        return;
    item = proto_tree_add_item(tree, proto_amanda, tvb, 0, 0, ENC_NA);
    proto_item_set_generated(item);
    amanda_show_icmp_of(error, pinfo, tvb, proto_item_add_subtree(item, ett_amanda_icmp));
}

void amanda_show_icmp_of(const amanda_icmp_error_t *error, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    if (tree)
        show_error(error, hf_amanda_icmp_of, error->quoted_frame, pinfo, tvb, tree);
}

void amanda_show_icmp_in(const amanda_icmp_error_t *error, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    if (tree)
        show_error(error, hf_amanda_icmp_in, error->frame, pinfo, tvb, tree);
}

void amanda_show_icmp_error_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_icmp_of,
         {"Quoted datagram", "amanda.icmp_of", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "On what an ICMP error quotes: the latest such datagram before it, or on a later pass one right behind it",
          HFILL}},
        {&hf_amanda_icmp_in,
         {"ICMP error in", "amanda.icmp_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The first ICMP error that quotes this datagram", HFILL}},
        {&hf_amanda_icmp_kind,
         {"Error", "amanda.icmp.kind", FT_STRING, BASE_NONE, NULL, 0x0,
          "What the ICMP error says: network, host, protocol or port unreachable, too big, prohibited, time exceeded, "
          "parameter problem; or no refusal, where the datagram itself went on",
          HFILL}},
        {&hf_amanda_icmp_sender,
         {"Sender of the error", "amanda.icmp.sender", FT_STRING, BASE_NONE, NULL, 0x0,
          "Who refused the datagram: its destination, or a router or firewall on the way", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_icmp,
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}

void amanda_show_icmp_error_handoff(int proto _U_)
{
    proto_tcp = proto_get_id_by_filter_name("tcp");
    proto_udp = proto_get_id_by_filter_name("udp");
}
