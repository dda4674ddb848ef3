/* stream/questions.h
 * Questions and answers in the lines of amindexd and amidxtaped
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_QUESTIONS_H
#define AMANDA_STREAM_QUESTIONS_H

#include "stream/stream-bytes.h"

#define AMANDA_TOPICS 12

/* The last question on each topic that has not been answered. Written on the first pass only. */
typedef struct amanda_questions {
    struct {
        uint32_t frame;
        nstime_t asked_at;
        struct amanda_line_link *link;
    } asked[AMANDA_TOPICS];
} amanda_questions_t;

/* On the first pass, remembers a line as a question on a topic, or as the answer to the last one. On every pass, shows
 * in tree the frame of the answer or of the question.
 *
 * To be called for each such line, in order. topic: below AMANDA_TOPICS. last: whether this is all of the answer. */
void amanda_questions_ask(const amanda_stream_bytes_t *piece, proto_tree *tree, unsigned topic);
void amanda_questions_answer(const amanda_stream_bytes_t *piece, proto_tree *tree, unsigned topic, bool last);

/* Registers the fields of this part for the protocol. */
void amanda_questions_register(int proto);

#endif
