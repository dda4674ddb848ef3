/* show/body-text.h
 * The text of a body on its way through the parts that dissect it, and what they all need to show it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_BODY_TEXT_H
#define AMANDA_SHOW_BODY_TEXT_H

#include <epan/expert.h>

#include "verdict/exchange-facts.h"
#include "verdict/hosts.h"
#include "verdict/verdict-record.h"
#include "show/common-fields.h"

/* More than Amanda needs for a datagram, and little enough for Wireshark. */
#define AMANDA_ITEMS_MAX 10000
#define AMANDA_COMPLAINTS_MAX 100

/* A packet's text on its way through the parts that dissect bodies. A datagram and a packet frame of the TCP transports
 * are alike from here on. */
typedef struct {
    packet_info *pinfo;
    tvbuff_t *tvb;       /* all offsets count in this */
    const uint8_t *text; /* its captured bytes */
    int length;          /* of the text: up to the first NUL byte, if there is one */
    bool cut;            /* there was more text than was captured */
    bool framed;         /* came by one of the TCP transports, where CONNECT has stream handles, not ports */
    proto_tree *tree;    /* of the protocol; may be NULL, and everything but the items is to be done all the same */
    amanda_type_t type;
    uint16_t version;                      /* AMANDA_VERSION(); UINT16_MAX where the transport does not say */
    const char *service;                   /* of the packet or its exchange; NULL if nothing tells */
    const amanda_verdict_record_t *record; /* of a datagram; NULL if it has none */
    const char *peer_features;      /* of a REQ: those of its responder by earlier replies; NULL where not known */
    amanda_exchange_facts_t *facts; /* of the exchange; NULL where the exchange is not known */
    wmem_strbuf_t *info_text;       /* see amanda_body_info(); NULL as long as it is empty */
    int items;                      /* see amanda_body_has_room() */
    int complaints;                 /* see amanda_body_may_complain() */
} amanda_body_t;

/* Whether the datagram is a copy of one that the capture holds already, and so says nothing new. */
static inline bool amanda_body_is_copy(const amanda_body_t *body)
{
    return body->record && body->record->is_copy;
}

/* Whether what the body says is to be remembered for other packets: on the first pass, and of no copy. */
static inline bool amanda_body_is_new(const amanda_body_t *body)
{
    return !PINFO_FD_VISITED(body->pinfo) && !amanda_body_is_copy(body);
}

/* Whether what ends at this offset may go on behind what was captured. */
static inline bool amanda_body_is_cut_at(const amanda_body_t *body, int end)
{
    return body->cut && end >= body->length;
}

/* The essence of the body in a few words, for the Info column: what these are to be appended to. Many bodies have none, and
 * need no memory for that. */
static inline wmem_strbuf_t *amanda_body_info(amanda_body_t *body)
{
    if (!body->info_text)
        body->info_text = wmem_strbuf_new(body->pinfo->pool, "");
    return body->info_text;
}

/* Whether there are no such words so far. */
static inline bool amanda_body_has_no_info(const amanda_body_t *body)
{
    return !body->info_text || wmem_strbuf_get_len(body->info_text) == 0;
}

/* Counts one more item, and says whether there is room for it in the tree. A body that is made to have too many of them
 * must not keep Wireshark busy. */
static inline bool amanda_body_has_room(amanda_body_t *body)
{
    return body->items++ < AMANDA_ITEMS_MAX;
}

/* The same of expert infos on malformed things, which take more time than items and can be as many. */
static inline bool amanda_body_may_complain(amanda_body_t *body)
{
    return body->complaints++ < AMANDA_COMPLAINTS_MAX;
}

/* Adds an expert info to the item of a malformed span, unless the capture may have cut what made it malformed, or there were
 * too many of them. */
static inline void amanda_body_complain(amanda_body_t *body, proto_item *item, expert_field *complaint,
                                        amanda_span_t span)
{
    if (!amanda_body_is_cut_at(body, span.offset + span.length) && amanda_body_may_complain(body))
        expert_add_info(body->pinfo, item, complaint);
}

/* The host that the body's request asks. Never NULL. */
amanda_host_t *amanda_body_responder(const amanda_body_t *body);

/* Shows what no part can explain, line by line, from offset to end. */
void amanda_body_show_lines(amanda_body_t *body, proto_tree *tree, int offset, int end);

/* Registers the fields of this part for the protocol. */
void amanda_body_text_register(int proto);

#endif
