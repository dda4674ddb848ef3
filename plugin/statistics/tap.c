/* statistics/tap.c
 * What statistics are told of each datagram
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/tap.h"

#include <epan/tap.h>

#include "text/error-meanings.h"
#include "text/words.h"

static int amanda_tap = -1;

/* The kind of what a NAK says without the word ERROR, as amandad does by TCP before it has read any request. */
static const char *reason_without_error(const amanda_body_t *body, int offset)
{
    amanda_span_t line;

    amanda_line(body->text, body->length, offset, &line, &offset);

    const char *text = (const char *)body->text + line.offset;
    const amanda_error_meaning_t *known = amanda_error_meaning(text, (size_t)line.length);

    if (!known)
        known = amanda_error_meaning_beheaded(text, (size_t)line.length);
    return known ? known->reason : "no error text";
}

/* The kind of an error text. Its own words name hosts, users and paths, of which there is no end. */
static const char *reason_of(const amanda_body_t *body, int body_offset)
{
    int offset = body_offset;

    while (offset < body->length) {
        amanda_span_t line;

        amanda_line(body->text, body->length, offset, &line, &offset);
        if (!amanda_span_starts_with_word(body->text, line, "ERROR"))
            continue;

        amanda_span_t text = amanda_span_behind_word(body->text, line);
        const amanda_error_meaning_t *known =
            amanda_error_meaning((const char *)body->text + text.offset, (size_t)text.length);

        return known ? known->reason : "other error";
    }
    return body->framed ? reason_without_error(body, body_offset) : "no error text";
}

bool amanda_tap_is_heard(void)
{
    return have_tap_listener(amanda_tap);
}

void amanda_tap_queue(const amanda_body_t *body, const char *handle, int32_t seq, int body_offset,
                      const amanda_loss_t *losses, unsigned loss_count)
{
    packet_info *pinfo = body->pinfo;

    if (!body->record || !have_tap_listener(amanda_tap))
        return;

    amanda_tap_t *tap = wmem_new0(pinfo->pool, amanda_tap_t);
    bool forth = amanda_verdict_record_is_from_requester(body->record);

    tap->record = *body->record;
    /* The next datagram of this frame may move the array that they are in, before a listener reads them. */
    tap->losses = loss_count > 0
                      ? (const amanda_loss_t *)wmem_memdup(pinfo->pool, losses, loss_count * sizeof(amanda_loss_t))
                      : NULL;
    tap->loss_count = loss_count;
    copy_address_shallow(&tap->requester, forth ? &pinfo->src : &pinfo->dst);
    copy_address_shallow(&tap->responder, forth ? &pinfo->dst : &pinfo->src);
    tap->requester_port = (uint16_t)(forth ? pinfo->srcport : pinfo->destport);
    tap->responder_port = (uint16_t)(forth ? pinfo->destport : pinfo->srcport);
    tap->service = body->service;
    tap->handle = wmem_strdup(pinfo->pool, handle);
    tap->seq = seq;
    tap->version = body->version;
    if (body->type == AMANDA_TYPE_NAK)
        tap->reason = reason_of(body, body_offset);
    tap_queue_packet(amanda_tap, pinfo, tap);
}

void amanda_tap_register(int proto _U_)
{
    amanda_tap = register_tap("amanda");
}
