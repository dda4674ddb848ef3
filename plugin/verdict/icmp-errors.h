/* verdict/icmp-errors.h
 * ICMP errors that quote a datagram of Amanda: which one it was, and what became of it
 *
 * Knows nothing of trees and packets, as all of verdict/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_ICMP_ERRORS_H
#define AMANDA_VERDICT_ICMP_ERRORS_H

#include "verdict/datagram.h"
#include "verdict/verdict-record.h"

/* ICMP (RFC 792, RFC 1812) and ICMPv6 (RFC 4443) taken together. */
typedef enum {
    AMANDA_ICMP_OTHER, /* a redirection, a call to slow down: the datagram itself went on */
    AMANDA_ICMP_NETWORK_UNREACHABLE,
    AMANDA_ICMP_HOST_UNREACHABLE,
    AMANDA_ICMP_PROTOCOL_UNREACHABLE,
    AMANDA_ICMP_PORT_UNREACHABLE,
    AMANDA_ICMP_TOO_BIG,
    AMANDA_ICMP_PROHIBITED, /* by a firewall or router */
    AMANDA_ICMP_TIME_EXCEEDED,
    AMANDA_ICMP_PARAMETER_PROBLEM
} amanda_icmp_kind_t;

/* An ICMP error and what it quotes, as far as it does. The pointers need to live during the call only. */
typedef struct {
    amanda_icmp_kind_t kind;
    const address *sender;      /* of the error; NULL where the capture does not tell */
    uint8_t ttl;                /* with which it came; 0 where the capture does not tell */
    amanda_datagram_t datagram; /* of the quoted datagram: AMANDA_TYPE_UNKNOWN, handle NULL where the quote ends before;
                                   frame, part, arrival: of the error; identification, wire_length: 0 where
                                   the quote does not tell */
    bool has_seq;
} amanda_icmp_quote_t;

/* What is kept of an ICMP error. Frame numbers are 0 where there is no such frame. */
typedef struct {
    uint32_t frame;
    uint32_t part;         /* tells several in one frame apart */
    uint32_t quoted_frame; /* the latest such datagram before the error, or the first one right behind it */
    uint32_t quoted_part;
    const amanda_verdict_record_t *quoted; /* its record; NULL with quoted_frame 0 */
    address sender;                        /* AT_NONE where the capture does not tell */
    uint8_t kind;                          /* amanda_icmp_kind_t */
    uint8_t ttl;                           /* 0 where the capture does not tell */
} amanda_icmp_error_t;

typedef struct amanda_icmp_errors amanda_icmp_errors_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_icmp_errors_t *amanda_icmp_errors_new(wmem_allocator_t *scope);

/* Remembers a datagram that an error may quote later. In capture order, once for each that was judged; what is a copy of
 * another is not to be told. Only the latest few thousand count: an error comes within seconds. Returns the error that quotes it and
 * stands in front of it in the file, the last of several; mostly NULL. */
const amanda_icmp_error_t *amanda_icmp_errors_note(amanda_icmp_errors_t *errors, const amanda_datagram_t *datagram,
                                                   const amanda_verdict_record_t *record);

/* Finds what an error quotes, and remembers it. In capture order, once for each. Where the quote ends early, the latest
 * datagram that agrees with all that it holds. The result belongs to errors. */
const amanda_icmp_error_t *amanda_icmp_errors_see(amanda_icmp_errors_t *errors, const amanda_icmp_quote_t *quote);

/* The error that amanda_icmp_errors_see() was told of; NULL if there is none. */
const amanda_icmp_error_t *amanda_icmp_errors_recall(const amanda_icmp_errors_t *errors, uint32_t frame, uint32_t part);

/* The first error that quotes this datagram, as far as the capture was read; NULL if there is none. */
const amanda_icmp_error_t *amanda_icmp_errors_quoting(const amanda_icmp_errors_t *errors, uint32_t frame,
                                                      uint32_t part);

/* Whether such an error says that the datagram did not arrive at who was to read it. */
bool amanda_icmp_is_refusal(amanda_icmp_kind_t kind);

/* "port unreachable", "prohibited", ... */
const char *amanda_icmp_kind_name(amanda_icmp_kind_t kind);

/* The kind of an ICMP (version 4) or ICMPv6 (6) message; false: it is no error, and quotes nothing. */
bool amanda_icmp_kind_of(unsigned version, uint8_t type, uint8_t code, amanda_icmp_kind_t *kind);

#endif
