/* text/header-line.h
 * The header line that every Amanda datagram begins with
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_HEADER_LINE_H
#define AMANDA_TEXT_HEADER_LINE_H

#include "text/words.h"

typedef enum {
    AMANDA_TYPE_UNKNOWN,
    AMANDA_TYPE_REQ,
    AMANDA_TYPE_REP,
    AMANDA_TYPE_PREP,
    AMANDA_TYPE_ACK,
    AMANDA_TYPE_NAK
} amanda_type_t;

typedef enum {
    AMANDA_HEADER_WHOLE,
    AMANDA_HEADER_FOREIGN,       /* does not begin as an Amanda datagram does */
    AMANDA_HEADER_CUT,           /* well formed as far as the captured bytes go, but they end inside the line */
    AMANDA_HEADER_BAD_VERSION,   /* no version token, or one without a dot */
    AMANDA_HEADER_BAD_TYPE,      /* a type that no Amanda sends; the values behind it are read all the same */
    AMANDA_HEADER_NO_HANDLE_KEY, /* the word HANDLE is not where it belongs */
    AMANDA_HEADER_EMPTY_HANDLE,  /* nothing between HANDLE and SEQ */
    AMANDA_HEADER_NO_SEQ_KEY,    /* the word SEQ is not where it belongs */
    AMANDA_HEADER_NO_SEQ         /* nothing behind the word SEQ */
} amanda_header_status_t;

/* Version numbers as one that can be compared, e.g. AMANDA_VERSION(2, 5). */
#define AMANDA_VERSION(major, minor) ((uint16_t)((major) << 8 | (minor)))

/* What Amanda's datagrams cannot exceed: 2.3 to 2.4.1 cut a text at the first, up to 2.4.5 at the second one. 2.5.1 and
 * later send one byte more, a NUL (common-src/dgram.c and dgram.h of each). */
#define AMANDA_DATAGRAM_MAX_2_3 8192
#define AMANDA_DATAGRAM_MAX 65503

typedef struct {
    amanda_header_status_t status;
    amanda_span_t version;
    amanda_span_t type;
    amanda_span_t handle;
    amanda_span_t seq;   /* sign and digits, or the word that is none */
    amanda_span_t wrong; /* where a malformed line goes wrong */
    amanda_type_t type_code;
    uint16_t version_code; /* AMANDA_VERSION; a version without numbers counts as the newest */
    int32_t seq_value;
    bool seq_is_number; /* false: text that the real parsers read as 0, or junk behind the digits */
    int length;         /* bytes of the header with its line feed: where the body begins */
    int text_length;    /* bytes of the datagram's text: all in front of the first NUL byte */
} amanda_header_t;

/* Reads the header line.
 *
 * text, length: the captured bytes of a datagram's payload.
 * cut: whether the datagram had more bytes than these.
 * header: filled in as far as the line can be read; a value that touches the end of a cut capture is left out.
 *
 * Returns header->status. As tolerant as the receivers taken together: any white space between the words, and SEQ
 * through atoi() with the wrap to 32 bits (Amanda 2.4 common-src/protocol.c; 2.5 to 3.5 common-src/security-util.c,
 * str2pkthdr). A NUL byte ends the text. */
amanda_header_status_t amanda_header_parse(const uint8_t *text, int length, bool cut, amanda_header_t *header);

/* Whether the line is what Amanda itself sends, so that a datagram on any port may be claimed because of it. */
bool amanda_header_is_well_formed(const amanda_header_t *header);

#endif
