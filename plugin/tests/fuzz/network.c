/* network.c
 * The packets of a session
 *
 * Checksums stay 0: Wireshark does not verify them unless it is told to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "network.h"

#include <glib.h>

#include <string.h>

#define START 1795334400
#define FIRST_SEQ 1000
#define FLOWS 64
#define FLOW_KEY 5         /* hosts and ports */
#define AGGREGATE_MAX 7935 /* bytes, of IEEE 802.11n */

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16 };

/* One direction of a TCP connection. */
typedef struct {
    uint8_t key[FLOW_KEY];
    uint32_t next;
    uint32_t last;
} flow_t;

static flow_t flows[FLOWS];
static unsigned flow_count;
static nstime_t now;

static void start(void)
{
    flow_count = 0;
    now.secs = START;
    now.nsecs = 0;
}

static flow_t *find_flow(const uint8_t key[FLOW_KEY])
{
    for (unsigned i = 0; i < flow_count; i++) {
        if (memcmp(flows[i].key, key, FLOW_KEY) == 0)
            return &flows[i];
    }

    flow_t *flow = &flows[flow_count < FLOWS ? flow_count++ : FLOWS - 1];

    memcpy(flow->key, key, FLOW_KEY);
    flow->next = flow->last = FIRST_SEQ;
    return flow;
}

static void put(GByteArray *packet, unsigned value, unsigned size)
{
    while (size-- > 0) {
        uint8_t byte = (uint8_t)(value >> 8 * size);

        g_byte_array_append(packet, &byte, 1);
    }
}

static unsigned port(const record_t *record, unsigned at)
{
    return record->header[at] | (unsigned)record->header[at + 1] << 8;
}

/* 198.51.100.n, 2001:db8::n from the eighth on. */
static void put_address(GByteArray *packet, unsigned host, bool version6)
{
    if (!version6) {
        put(packet, 0xc6336400u + host, 4);
        return;
    }
    put(packet, 0x20010db8u, 4);
    put(packet, 0, 4);
    put(packet, 0, 4);
    put(packet, host, 4);
}

static bool is_version6(const record_t *record)
{
    return record->header[1] >> 7;
}

static void put_ip(GByteArray *packet, const record_t *record, unsigned protocol, unsigned length, bool back)
{
    unsigned hosts = record->header[1];
    unsigned source = back ? hosts & 15 : hosts >> 4;
    unsigned destination = back ? hosts >> 4 : hosts & 15;

    if (is_version6(record)) {
        put(packet, 0x60000000u, 4);
        put(packet, length, 2);
        put(packet, protocol, 1);
        put(packet, 64, 1);
    } else {
        put(packet, 0x4500, 2);
        put(packet, 20 + length, 2);
        put(packet, 0, 2);
        put(packet, 0x4000, 2);
        put(packet, 64, 1);
        put(packet, protocol, 1);
        put(packet, 0, 2);
    }
    put_address(packet, source, is_version6(record));
    put_address(packet, destination, is_version6(record));
}

static void put_udp(GByteArray *packet, const record_t *record, unsigned length)
{
    put_ip(packet, record, PROTOCOL_UDP, 8 + length, false);
    put(packet, port(record, 2), 2);
    put(packet, port(record, 4), 2);
    put(packet, 8 + length, 2);
    put(packet, 0, 2);
    g_byte_array_append(packet, record->payload, length);
}

/* Port unreachable, which quotes the datagram. */
static void put_icmp(GByteArray *packet, const record_t *record, unsigned length)
{
    unsigned quoted = 28 + length + (is_version6(record) ? 20 : 0);

    put_ip(packet, record, is_version6(record) ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP, 8 + quoted, true);
    put(packet, is_version6(record) ? 0x0104 : 0x0303, 2);
    put(packet, 0, 2);
    put(packet, 0, 4);
    put_udp(packet, record, length);
}

static uint32_t tcp_place(flow_t *flow, unsigned how, unsigned length)
{
    /* A connection that takes the place of another begins somewhere else. */
    uint32_t seq = flow->next + (how & TCP_SYN && flow->next != FIRST_SEQ ? 100000 : 0);

    switch (how & TCP_PLACE) {
    case TCP_AGAIN:
        return flow->last;
    case TCP_GAP:
        seq += 1;
        break;
    case TCP_GAP_LARGE:
        seq += 1000;
        break;
    case TCP_OVERLAP:
        seq -= MIN(length, 10);
        break;
    default:
        break;
    }
    flow->last = seq;
    flow->next = seq + length + (how & TCP_SYN ? 1 : 0) + (how & TCP_FIN ? 1 : 0);
    return seq;
}

static void put_tcp(GByteArray *packet, const record_t *record, unsigned length)
{
    const uint8_t *header = record->header;
    unsigned how = header[7];
    uint8_t back[FLOW_KEY] = {(uint8_t)(header[1] << 4 | header[1] >> 4), header[4], header[5], header[2], header[3]};
    unsigned flags = (how & TCP_SYN ? FLAG_SYN : 0) | (how & TCP_FIN ? FLAG_FIN : 0) | (how & TCP_RST ? FLAG_RST : 0) |
                     (how & TCP_NO_ACK ? 0 : FLAG_ACK) | (length > 0 ? FLAG_PSH : 0);
    uint32_t seq = tcp_place(find_flow(header + 1), how, length);

    put_ip(packet, record, PROTOCOL_TCP, 20 + length, false);
    put(packet, port(record, 2), 2);
    put(packet, port(record, 4), 2);
    put(packet, seq, 4);
    put(packet, how & TCP_NO_ACK ? 0 : find_flow(back)->next, 4);
    put(packet, 0x5000 | flags, 2);
    put(packet, 64240, 2);
    put(packet, 0, 4);
    g_byte_array_append(packet, record->payload, length);
}

static void wait(unsigned index)
{
    /* Microseconds: what a network needs, Amanda's timers, and clocks that are set back. */
    static const int64_t steps[16] = {0,         1,          100,      1000,     10000,    100000,
                                      1000000,   2000000,    10000000, 11000000, 30000000, 60000000,
                                      300000000, 3600000000, -1000000, -60000000};
    int64_t time = now.secs * G_USEC_PER_SEC + now.nsecs / 1000 + steps[index % 16];

    now.secs = time / G_USEC_PER_SEC;
    now.nsecs = (int)(time % G_USEC_PER_SEC * 1000);
}

network_link_t network_link(const session_t *session)
{
    if (session->options & SESSION_AGGREGATES)
        return NETWORK_IEEE_802_11;
    return session->options & SESSION_ETHERNET ? NETWORK_ETHERNET : NETWORK_RAW_IP;
}

static void put_station(GByteArray *frame, unsigned number)
{
    put(frame, 0x0200, 2);
    put(frame, number, 4);
}

static void put_ethertype(GByteArray *frame, const record_t *record)
{
    put(frame, is_version6(record) ? 0x86dd : 0x0800, 2);
}

/* A frame of QoS data that holds an aggregate (A-MSDU). */
static void begin_aggregate(GByteArray *frame)
{
    put(frame, 0x8800, 2);
    put(frame, 0, 2);
    for (unsigned station = 1; station <= 3; station++)
        put_station(frame, station);
    put(frame, 0x8000, 4);
}

static void put_in_aggregate(GByteArray *frame, const record_t *record, const GByteArray *packet)
{
    enum { HEADER = 26, LLC = 8 };

    while ((frame->len - HEADER) % 4 > 0)
        put(frame, 0, 1);
    put_station(frame, 1);
    put_station(frame, 2);
    put(frame, LLC + packet->len, 2);
    put(frame, 0xaaaa0300u, 4);
    put(frame, 0, 2);
    put_ethertype(frame, record);
    g_byte_array_append(frame, packet->data, packet->len);
}

static void put_frame(GByteArray *frame, network_link_t link, const record_t *record, const GByteArray *packet)
{
    if (link == NETWORK_IEEE_802_11) {
        if (frame->len == 0)
            begin_aggregate(frame);
        put_in_aggregate(frame, record, packet);
        return;
    }
    if (link == NETWORK_ETHERNET) {
        put_station(frame, 1);
        put_station(frame, 2);
        put_ethertype(frame, record);
    }
    g_byte_array_append(frame, packet->data, packet->len);
}

static unsigned kind_of(const record_t *record)
{
    return (record->header[0] & RECORD_KIND) % RECORD_KINDS;
}

static GByteArray *make_packet(const record_t *record, unsigned length)
{
    GByteArray *packet = g_byte_array_new();

    if (kind_of(record) == RECORD_TCP)
        put_tcp(packet, record, length);
    else if (kind_of(record) == RECORD_ICMP)
        put_icmp(packet, record, length);
    else
        put_udp(packet, record, length);
    return packet;
}

/* Whether a record goes into the frame before it, which may be NULL. */
static bool is_joined(const record_t *record, network_link_t link, const packet_t *before)
{
    return before && link == NETWORK_IEEE_802_11 && record->header[0] & RECORD_JOINED &&
           before->captured == before->length && before->length < AGGREGATE_MAX;
}

/* frame: of the packets before, to be joined; without bytes if there are none. */
static void add_packet(packet_t *frame, const record_t *record, network_link_t link)
{
    unsigned length = MIN(record->length, 65400u);
    bool tcp = kind_of(record) == RECORD_TCP;
    bool cut = (record->header[0] & RECORD_CUT) && (!tcp || (record->header[7] & TCP_CUT));
    GByteArray *packet = make_packet(record, length);
    GByteArray *bytes = g_byte_array_new();

    if (frame->bytes)
        g_byte_array_append(bytes, frame->bytes, frame->length);
    g_free(frame->bytes);
    put_frame(bytes, link, record, packet);
    g_byte_array_free(packet, true);
    frame->length = frame->captured = bytes->len;
    frame->tcp = frame->tcp || tcp;
    if (cut)
        frame->captured -= MIN(length, 1u + record->header[7] * 4u);
    frame->bytes = g_byte_array_free(bytes, false);
}

unsigned network_frames(const session_t *session, packet_t *frames)
{
    network_link_t link = network_link(session);
    unsigned count = 0;

    start();
    for (unsigned i = 0; i < session->count; i++) {
        const record_t *record = &session->records[i];

        wait(record->header[6]);
        if (!is_joined(record, link, count > 0 ? &frames[count - 1] : NULL))
            frames[count++] = (packet_t){.time = now};
        add_packet(&frames[count - 1], record, link);
    }
    return count;
}
