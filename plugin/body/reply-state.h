/* body/reply-state.h
 * A reply on its way through the parts that dissect its lines
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_REPLY_STATE_H
#define AMANDA_BODY_REPLY_STATE_H

#include "body/errors.h"
#include "show/body-text.h"

/* What was known of the exchange when the reply came. The same on every pass, whatever comes behind the reply. */
typedef struct {
    uint32_t reported;  /* bytes of the body that an earlier PREP or REP of the exchange had, too */
    bool service_known; /* from the REQ */
    bool req_seen;      /* the REQ was seen whole, so that its facts can be relied on */
    bool acked;         /* the responder's ACK was seen before the reply, or nobody can tell */
    bool late;          /* it is a PREP, and a REP was seen before it */
} amanda_reply_record_t;

/* A reply on its way through the parts that dissect its lines. */
typedef struct {
    amanda_body_t *body;
    amanda_reply_record_t record;
    const char *service; /* of the exchange, or guessed from the body; NULL if nothing tells */
    int start;           /* where the body begins */
    bool open_end;       /* what it ends with needs no line feed */
    bool unfinished;     /* it ends too early */

    const char *disk; /* that the line at hand is about, in the memory of the packet; NULL where it says none */
    int level;        /* the same */

    /* What was found in it so far. */
    unsigned items;         /* added to the tree, about */
    unsigned parses;        /* of JSON */
    amanda_span_t headline; /* its CONNECT or RETRY line, which says all */
    amanda_error_t error;   /* the first one */
    unsigned oks;
    unsigned estimates;
    unsigned failed; /* of the estimates: those without a size */
    unsigned messages;
    unsigned missing;
    unsigned errors;
    unsigned warnings;
} amanda_reply_t;

/* Whether the reply is one of this service. */
bool amanda_reply_is_of(const amanda_reply_t *reply, const char *service);

/* Counts items that are about to be added. Returns false once a packet has more than one can look at, or Wireshark
 * wants. */
bool amanda_reply_take(amanda_reply_t *reply, unsigned items);

/* Adds an expert info to the item where the REQ of the exchange was seen, and its features= lack this one, without
 * which the responder must not send what the item shows. feature: a number of text/feature-sets.h. */
void amanda_reply_needs_feature(const amanda_reply_t *reply, proto_item *item, unsigned feature);

/* Counts an error or warning for the info_text. */
void amanda_reply_count(amanda_reply_t *reply, amanda_error_t error);

/* Registers the expert infos of this part for the protocol. */
void amanda_reply_state_register(int proto);

#endif
