/* verdict/exchange-facts.h
 * What the bodies of an exchange's packets said, as far as another packet needs it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_EXCHANGE_FACTS_H
#define AMANDA_VERDICT_EXCHANGE_FACTS_H

#include "ws-compat.h"

#include <wsutil/wmem/wmem.h>

/* One disk and level that a sendsize REQ asks an estimate of. */
typedef struct {
    const char *disk; /* the real name */
    int level;
    bool server; /* to be left to the server: the answer is -1 */
} amanda_asked_estimate_t;

/* The disks of a REQ. */
typedef struct {
    wmem_array_t *estimates; /* of amanda_asked_estimate_t; NULL but for sendsize */
    const char *disk;        /* the first disk list entry: its real name, */
    const char *program;     /* the program or application that dumps it, */
    int level;               /* and its level; -1 where there is none */
    unsigned count;
} amanda_asked_disks_t;

/* Written on the first pass only, from the first whole body of its kind, and in the memory of the capture file. */
typedef struct {
    const char *req_features;          /* features= of the REQ; NULL where there was none */
    const char *peer_features;         /* those of the responder, by an earlier reply; NULL where there was none */
    const amanda_asked_disks_t *disks; /* of the REQ; NULL where it names none: see amanda_exchange_disks() */
    struct amanda_job *job;            /* see outcome/jobs.h; NULL until a REQ was seen */
    uint32_t last_reply_length;        /* of the longest body of a PREP, or of a REP of sendsize */
    bool req_seen;                     /* a REQ with a whole body was seen: what is not here was not in it */
} amanda_exchange_facts_t;

/* The disks of an exchange's REQ: none where it names none, or nothing is known of it (NULL). */
const amanda_asked_disks_t *amanda_exchange_disks(const amanda_exchange_facts_t *facts);

/* The facts that *slot holds. Makes them in the memory of the capture file where there are none yet. */
amanda_exchange_facts_t *amanda_exchange_facts_make(amanda_exchange_facts_t **slot);

#endif
