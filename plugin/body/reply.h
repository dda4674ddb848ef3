/* body/reply.h
 * The bodies of REP, PREP and NAK
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_REPLY_H
#define AMANDA_BODY_REPLY_H

#include "show/body-text.h"
#include "body/errors.h"

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

    /* What was found in it so far. */
    unsigned items;         /* added to the tree, about */
    unsigned parses;        /* of JSON */
    amanda_span_t headline; /* its CONNECT or RETRY line, which says all */
    amanda_error_t error;   /* the first one */
    unsigned oks;
    unsigned estimates;
    unsigned messages;
    unsigned missing;
    unsigned errors;
    unsigned warnings;
} amanda_reply_t;

/* Dissects the body of a REP, PREP or NAK.
 *
 * tree: of the body; may be NULL. offset: where the body begins. Adds the items and expert infos, remembers on the
 * first pass what later packets of the exchange need, and fills in the info_text.
 *
 * Amanda 2.3 to 3.5 client-src/selfcheck.c, sendsize.c and sendbackup.c, amandad-src/amandad.c; 3.4 and 3.5
 * client-src/senddiscover.c and restore.pl, server-src/ambackupd.pl. */
void amanda_reply_dissect(amanda_body_t *body, proto_tree *tree, int offset);

/* Whether the reply is one of this service. */
bool amanda_reply_is_of(const amanda_reply_t *reply, const char *service);

/* Counts items that are about to be added. Returns false once a packet has more than one can look at, or Wireshark
 * wants. */
bool amanda_reply_take(amanda_reply_t *reply, unsigned items);

/* Adds an expert info to the item where the REQ of the exchange was seen, and its features= lack this one, without
 * which the responder must not send what the item shows. feature: a number of body/features.h. */
void amanda_reply_needs_feature(const amanda_reply_t *reply, proto_item *item, unsigned feature);

/* Counts an error or warning for the info_text. */
void amanda_reply_count(amanda_reply_t *reply, amanda_error_t error);

/* Registers the fields and expert infos of this part and of those for its lines. */
void amanda_reply_register(int proto);

#endif
