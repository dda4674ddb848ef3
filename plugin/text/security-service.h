/* text/security-service.h
 * The SECURITY and SERVICE lines, which stand between the header line and the body
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_SECURITY_SERVICE_H
#define AMANDA_TEXT_SECURITY_SERVICE_H

#include <string.h>

#include "text/header-line.h"

typedef struct {
    amanda_span_t security_line; /* with its line feed */
    amanda_span_t security;      /* what follows the word SECURITY */
    amanda_span_t user;          /* of SECURITY USER */
    amanda_span_t ticket;        /* of SECURITY TICKET */
    amanda_span_t mutual_auth;   /* of SECURITY MUTUAL-AUTH */
    amanda_span_t service_line;  /* with its line feed */
    amanda_span_t service;       /* the name; from a whole line only */
    amanda_span_t program;       /* of 2.3's SERVICE name PROGRAM program */
    bool krb4;                   /* SECURITY TICKET, whole as far as the word goes */
    int body;                    /* where the body begins */
} amanda_security_service_t;

/* Reads both lines, either of which may be absent.
 *
 * text, length: the captured text of a datagram (see amanda_text_length()); offset: where its header ends.
 * type: only a REQ has a SERVICE line. cut: whether there was more text than that.
 *
 * Amanda 2.5 to 3.5 common-src/security-util.c, bsd_security checks; 2.4 client-src/amandad.c. */
void amanda_security_service_parse(const uint8_t *text, int length, int offset, amanda_type_t type, bool cut,
                                   amanda_security_service_t *security_service);

/* The line that begins at offset: its text without the line feed (and a carriage return before that). *next is where
 * the next line begins; the result says whether a line feed ended the line. */
bool amanda_line(const uint8_t *text, int length, int offset, amanda_span_t *line, int *next);

/* What separates words within a line. */
static inline bool amanda_is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* Whether the text at a span begins with a word, i.e. with these letters and then a blank or the end of the span. The
 * word is a literal nearly everywhere, so that its length and the comparison take no call. */
static inline bool amanda_span_starts_with_word(const uint8_t *text, amanda_span_t span, const char *word)
{
    size_t length = strlen(word);

    return span.length >= (int)length && memcmp(text + span.offset, word, length) == 0 &&
           (span.length == (int)length || amanda_is_blank(text[span.offset + (int)length]));
}

/* What follows the first word of a span and the blanks behind it. */
amanda_span_t amanda_span_behind_word(const uint8_t *text, amanda_span_t span);

/* The first word of a span. */
amanda_span_t amanda_span_first_word(const uint8_t *text, amanda_span_t span);

#endif
