/* body/estimates.h
 * What a sendsize reply says of each disk and level
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_ESTIMATES_H
#define AMANDA_BODY_ESTIMATES_H

#include "body/reply-state.h"

/* Whether a line is "DISK LEVEL SIZE ...", with ERROR or WARNING in place of SIZE. */
bool amanda_estimate_is_line(const uint8_t *text, amanda_span_t line);

/* The disks and levels that a reply has estimates of. Begin with {0}; lives as long as the packet. */
typedef struct {
    wmem_map_t *answered;        /* NULL until there is one */
    wmem_map_t *left_to_server;  /* disks and levels of the REQ; NULL until asked for */
    wmem_map_t *disks;           /* the same; name to struct answered_disk, */
    struct answered_disk *first; /* which are also in the order of the reply */
    struct answered_disk *last;
} amanda_answers_t;

/* Dissects such a line, and adds it to the answers.
 *
 * Amanda 2.3 to 3.5 client-src/sendsize.c, server-src/planner.c, handle_result(). */
void amanda_estimate_dissect(amanda_reply_t *reply, amanda_answers_t *answers, proto_tree *tree, amanda_span_t line);

/* Warns at each disk that has no size for any level, and no error line that says why. To be called for a whole REP only. */
void amanda_estimate_show_failed(amanda_reply_t *reply, const amanda_answers_t *answers);

/* Names each disk and level that the REQ asked for and that the answers lack. To be called for a whole REP only. */
void amanda_estimate_show_missing(amanda_reply_t *reply, const amanda_answers_t *answers, proto_tree *tree);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_estimate_register(int proto);

#endif
