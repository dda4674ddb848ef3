/* stream/questions.c
 * Questions and answers in the lines of amindexd and amidxtaped
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/questions.h"

#include "show/generated.h"
#include "show/packet-data.h"

/* What is known of a line. */
typedef struct amanda_line_link {
    uint32_t question; /* the frame; 0 for a question */
    uint32_t answer;   /* of a question: the frame of the last line of its answer; 0 as long as there is none */
    nstime_t asked_at; /* of the question */
} amanda_line_link_t;

static int hf_amanda_dialogue_answer_in;
static int hf_amanda_dialogue_answer_to;
static int hf_amanda_dialogue_time;

/* What is known of the next line in the packet, which is made on the first pass. NULL if a later pass has more of them. */
static amanda_line_link_t *next_link(const amanda_stream_bytes_t *piece)
{
    const unsigned n = amanda_packet_data_next(piece->pinfo, AMANDA_PACKET_LINE_LINK);
    amanda_dump_t *dump = piece->stream->dump;
    amanda_line_link_t *link;

    if (!piece->fresh)
        return (amanda_line_link_t *)amanda_packet_data_get(piece->pinfo, AMANDA_PACKET_LINE_LINK, n);
    link = wmem_new0(wmem_file_scope(), amanda_line_link_t);
    if (!dump->questions)
        dump->questions = wmem_new0(wmem_file_scope(), amanda_questions_t);
    amanda_packet_data_keep(piece->pinfo, AMANDA_PACKET_LINE_LINK, n, link);
    return link;
}

void amanda_questions_ask(const amanda_stream_bytes_t *piece, proto_tree *tree, unsigned topic)
{
    amanda_line_link_t *link = next_link(piece);

    if (piece->fresh) {
        amanda_questions_t *questions = piece->stream->dump->questions;

        questions->asked[topic].frame = piece->pinfo->num;
        questions->asked[topic].asked_at = piece->pinfo->abs_ts;
        questions->asked[topic].link = link;
    }
    if (link)
        amanda_generated_frame(tree, hf_amanda_dialogue_answer_in, piece->tvb, link->answer);
}

void amanda_questions_answer(const amanda_stream_bytes_t *piece, proto_tree *tree, unsigned topic, bool last)
{
    amanda_line_link_t *link = next_link(piece);
    nstime_t delay;

    if (piece->fresh) {
        amanda_questions_t *questions = piece->stream->dump->questions;

        link->question = questions->asked[topic].frame;
        link->asked_at = questions->asked[topic].asked_at;
        if (last && questions->asked[topic].link) {
            questions->asked[topic].link->answer = piece->pinfo->num;
            questions->asked[topic].frame = 0;
            questions->asked[topic].link = NULL;
        }
    }
    if (!link || !link->question)
        return;
    amanda_generated_frame(tree, hf_amanda_dialogue_answer_to, piece->tvb, link->question);
    nstime_delta(&delay, &piece->pinfo->abs_ts, &link->asked_at);
    amanda_generated_time(tree, hf_amanda_dialogue_time, piece->tvb, &delay);
}

void amanda_questions_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_dialogue_answer_in,
         {"Answered in", "amanda.dialogue.answer_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0x0,
          "The last line of the answer; known once it has been seen", HFILL}},
        {&hf_amanda_dialogue_answer_to,
         {"Answer to", "amanda.dialogue.answer_to", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "The line that this answers", HFILL}},
        {&hf_amanda_dialogue_time,
         {"Time since that", "amanda.dialogue.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
          "Time since the line that this answers", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}
