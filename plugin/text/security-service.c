/* text/security-service.c
 * The SECURITY and SERVICE lines, which stand between the header line and the body
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/security-service.h"

/* What follows a word that a span begins with and the blanks behind it. Returns whether the span begins with it. */
static inline bool take_word(const uint8_t *text, amanda_span_t span, const char *word, amanda_span_t *rest)
{
    if (!amanda_span_starts_with_word(text, span, word))
        return false;
    *rest = amanda_span_behind(text, span, (int)strlen(word));
    return true;
}

/* security: what follows the word SECURITY. */
static void read_security(const uint8_t *text, amanda_span_t security, bool whole,
                          amanda_security_service_t *security_service)
{
    static const char ticket[] = "TICKET";

    security_service->security = security;
    if (take_word(text, security, "USER", &security_service->user) ||
        take_word(text, security, "MUTUAL-AUTH", &security_service->mutual_auth))
        return;
    if (take_word(text, security, ticket, &security_service->ticket))
        security_service->krb4 = whole || security.length >= (int)sizeof ticket;
}

/* name: what follows the word SERVICE. */
static void read_service(const uint8_t *text, amanda_span_t name, amanda_security_service_t *security_service)
{
    amanda_span_t service = amanda_span_first_word(text, name);
    amanda_span_t rest = amanda_span_behind(text, name, service.length);
    amanda_span_t program;

    security_service->service = service;
    if (take_word(text, rest, "PROGRAM", &program))
        security_service->program = amanda_span_first_word(text, program);
}

/* The next line with text in it, for 2.4 skips all white space in front of these lines. Whether all of it is there. */
static bool next_line(const uint8_t *text, int length, int offset, bool cut, amanda_span_t *line, int *next)
{
    return amanda_line(text, length, amanda_skip_space(text, offset, length), line, next) || !cut;
}

void amanda_security_service_parse(const uint8_t *text, int length, int offset, amanda_type_t type, bool cut,
                                   amanda_security_service_t *security_service)
{
    amanda_span_t line, rest;
    int next;

    *security_service = (amanda_security_service_t){.body = offset};
    if (offset >= length)
        return;

    bool whole = next_line(text, length, offset, cut, &line, &next);

    if (take_word(text, line, "SECURITY", &rest)) {
        security_service->security_line = (amanda_span_t){line.offset, next - line.offset};
        read_security(text, rest, whole, security_service);
        offset = next;
        whole = next_line(text, length, offset, cut, &line, &next);
    }
    if (type == AMANDA_TYPE_REQ && take_word(text, line, "SERVICE", &rest)) {
        security_service->service_line = (amanda_span_t){line.offset, next - line.offset};
        if (whole)
            read_service(text, rest, security_service);
        offset = next;
    }
    security_service->body = offset;
}
