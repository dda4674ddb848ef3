/* text/security-service.c
 * The SECURITY and SERVICE lines, which stand between the header line and the body
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/security-service.h"

static void read_security(const uint8_t *text, amanda_span_t line, bool whole,
                          amanda_security_service_t *security_service)
{
    static const char ticket[] = "TICKET";
    amanda_span_t value;

    security_service->security = amanda_span_behind_word(text, line);
    value = amanda_span_behind_word(text, security_service->security);
    if (amanda_span_starts_with_word(text, security_service->security, "USER"))
        security_service->user = value;
    else if (amanda_span_starts_with_word(text, security_service->security, "MUTUAL-AUTH"))
        security_service->mutual_auth = value;
    else if (amanda_span_starts_with_word(text, security_service->security, ticket)) {
        security_service->ticket = value;
        security_service->krb4 = whole || security_service->security.length >= (int)sizeof ticket;
    }
}

/* The next line with text in it, for 2.4 skips all white space in front of these lines. Whether all of it is there. */
static bool next_line(const uint8_t *text, int length, int offset, bool cut, amanda_span_t *line, int *next)
{
    return amanda_line(text, length, amanda_skip_space(text, offset, length), line, next) || !cut;
}

void amanda_security_service_parse(const uint8_t *text, int length, int offset, amanda_type_t type, bool cut,
                                   amanda_security_service_t *security_service)
{
    amanda_span_t line;
    int next;

    *security_service = (amanda_security_service_t){.body = offset};
    if (offset >= length)
        return;

    bool whole = next_line(text, length, offset, cut, &line, &next);

    if (amanda_span_starts_with_word(text, line, "SECURITY")) {
        security_service->security_line = (amanda_span_t){line.offset, next - line.offset};
        read_security(text, line, whole, security_service);
        offset = next;
        whole = next_line(text, length, offset, cut, &line, &next);
    }
    if (type == AMANDA_TYPE_REQ && amanda_span_starts_with_word(text, line, "SERVICE")) {
        security_service->service_line = (amanda_span_t){line.offset, next - line.offset};
        if (whole) {
            amanda_span_t name = amanda_span_behind_word(text, line);
            amanda_span_t rest = amanda_span_behind_word(text, name);

            security_service->service = amanda_span_first_word(text, name);
            if (amanda_span_starts_with_word(text, rest, "PROGRAM"))
                security_service->program = amanda_span_first_word(text, amanda_span_behind_word(text, rest));
        }
        offset = next;
    }
    security_service->body = offset;
}
