/* text/security-service.h
 * The SECURITY and SERVICE lines, which stand between the header line and the body
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_SECURITY_SERVICE_H
#define AMANDA_TEXT_SECURITY_SERVICE_H

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

#endif
