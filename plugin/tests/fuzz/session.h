/* session.h
 * The fuzzer's input: a capture in few bytes, made so that a mutated one is still a capture
 *
 * Options (two bytes), then records: a header of RECORD_HEADER bytes and a payload. Numbers are little-endian.
 *
 *   0     kind (low two bits), RECORD_CUT and RECORD_JOINED
 *   1     sender's and receiver's host, a nibble each
 *   2-3   sender's port
 *   4-5   receiver's port
 *   6     time since the record before, an index
 *   7     UDP, ICMP: bytes that the capture lacks (with RECORD_CUT). TCP: flags and where in the stream
 *   8-9   length of the payload; a longer one than there is takes what is there
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_FUZZ_SESSION_H
#define AMANDA_FUZZ_SESSION_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_HEADER 10
#define RECORDS_MAX 256

/* Options of a session. */
#define SESSION_OPTIONS 2       /* bytes */
#define SESSION_TREE 1u         /* the first pass makes a tree */
#define SESSION_OUT_OF_ORDER 2u /* TCP waits for segments that come late */
#define SESSION_TIMEOUT 4u      /* requests get old */
#define SESSION_SHOW_ALL 8u     /* XML as XML, features that are not set */
#define SESSION_ETHERNET 16u    /* the packets have headers of Ethernet, and not of IP alone */
#define SESSION_AGGREGATES 32u  /* or of IEEE 802.11, of which a frame holds several packets (RECORD_JOINED) */
#define SESSION_LEFT_OUT 64u    /* a later pass looks at some of the frames only, as with a filter */
#define SESSION_ABSOLUTE 128u   /* TCP tells sequence numbers as they are */
#define SESSION_NO_STREAMS 256u /* TCP puts no segments together */
#define SESSION_ANY_PORT 512u   /* streams may be at ports below 1024 */
#define SESSION_BITS 10

enum { RECORD_UDP, RECORD_TCP, RECORD_ICMP, RECORD_KINDS };
#define RECORD_KIND 3u
#define RECORD_CUT 4u
#define RECORD_JOINED 8u /* in the frame of the record before, where the session has such frames */

/* Byte 7 of a TCP record. */
#define TCP_PLACE 7u
enum { TCP_NEXT, TCP_AGAIN, TCP_GAP, TCP_GAP_LARGE, TCP_OVERLAP };
#define TCP_SYN 8u
#define TCP_FIN 16u
#define TCP_RST 32u
#define TCP_CUT 64u
#define TCP_NO_ACK 128u

typedef struct {
    uint8_t header[RECORD_HEADER];
    const uint8_t *payload;
    uint16_t length;
} record_t;

typedef struct {
    uint16_t options;
    unsigned count;
    record_t records[RECORDS_MAX];
} session_t;

/* Reads any bytes as a session; the payloads point into them. What follows RECORDS_MAX records is left out. */
void session_read(session_t *session, const uint8_t *data, size_t size);

/* Writes as many whole records as size bytes hold; returns the bytes written (none if there is no room for the options). */
size_t session_write(const session_t *session, uint8_t *data, size_t size);

#endif
