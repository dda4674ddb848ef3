/* stream/tape-server.c
 * The CTL lines of amidxtaped and restore, by which a dump is read from its tape again
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/tape-server.h"

#include "show/packet-data.h"
#include "stream/outcome-facts.h"
#include "stream/data.h"
#include "stream/questions.h"
#include "stream/dump-file-header.h"
#include "stream/streams.h"
#include "text/words.h"

#include <string.h>

/* Any Amanda's header is within these limits. */
#define MIN_HEADER 128
#define MAX_HEADER (1 << 20)

static int hf_amanda_ctl;
static int hf_amanda_ctl_argument;
static int hf_amanda_ctl_command;

static int ett_amanda_ctl = -1;

static expert_field ei_amanda_ctl_error;

/* What asks, and what answers it from the other side. */
static const struct {
    const char *word;
    unsigned topic;
    bool asks;
    bool answers;
} talk[] = {
    {"HEADER-SEND-SIZE", 0, true, false},
    {"HEADER-READY", 0, false, true},
    {"HEADER-DONE", 0, false, true},
    {"STATE-SEND", 1, true, false},
    {"STATE-READY", 1, false, true},
    {"STATE-DONE", 1, false, true},
    {"NO-STATE-SEND", 1, true, false},
    {"DATA-SEND", 2, true, false},
    {"DATA-READY", 2, false, true},
    {"AVAIL-DATAPATH", 3, true, false},
    {"USE-DATAPATH", 3, false, true},
    {"FEEDME", 4, true, false},
    {"OK", 4, false, true},
    {"TAPE", 4, false, true},
    {"ERROR", 4, false, true},
    {"INCLUDE-SEND", 5, true, false},
    {"INCLUDE-READY", 5, false, true},
    {"INCLUDE-DONE", 5, false, true},
    {"EXCLUDE-SEND", 6, true, false},
    {"EXCLUDE-READY", 6, false, true},
    {"EXCLUDE-DONE", 6, false, true},
    {"INCLUDE-GLOB-SEND", 7, true, false},
    {"INCLUDE-GLOB-READY", 7, false, true},
    {"INCLUDE-GLOB-DONE", 7, false, true},
    {"EXCLUDE-GLOB-SEND", 8, true, false},
    {"EXCLUDE-GLOB-READY", 8, false, true},
    {"EXCLUDE-GLOB-DONE", 8, false, true},
};

/* The word up to the first blank or equals sign. */
static amanda_span_t command_of(const uint8_t *text, amanda_span_t line)
{
    amanda_span_t word = {line.offset, 0};

    while (word.length < line.length && text[word.offset + word.length] != ' ' &&
           text[word.offset + word.length] != '=')
        word.length++;
    return word;
}

static void dissect_talk(const amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line, proto_tree *tree)
{
    for (size_t i = 0; i < G_N_ELEMENTS(talk); i++) {
        if (!amanda_span_starts_with_word(text, line, talk[i].word))
            continue;
        if (talk[i].asks)
            amanda_questions_ask(piece, tree, talk[i].topic);
        if (talk[i].answers)
            amanda_questions_answer(piece, tree, talk[i].topic, false);
    }
}

/* HEADER-SEND-SIZE bytes: so long is the header in front of the dump. */
static void remember_header_size(const amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t argument)
{
    uint64_t size;

    if (piece->fresh && amanda_span_number(text, amanda_span_first_word(text, argument), 10, &size) &&
        size >= MIN_HEADER && size <= MAX_HEADER)
        piece->stream->dump->header_size = (uint32_t)size;
}

/* CONNECT port: the dump comes by a connection of its own. */
static void dissect_connect(const amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t argument)
{
    uint64_t port;

    if (piece->fresh && piece->direction == AMANDA_TO_REQUESTER &&
        amanda_span_number(text, amanda_span_first_word(text, argument), 10, &port) && port > 0 && port <= UINT16_MAX)
        amanda_streams_announce_data(piece->stream->dump, (uint16_t)port, piece->pinfo);
}

/* By a message of this kind amidxtaped ends a restore that is not what was dumped (Amanda 3.4 to 3.5 perl/Amanda/Restore.pm). */
static void tell_message(const amanda_stream_bytes_t *piece, const char *text)
{
    bool failed = g_str_has_prefix(text, "recovery failed");

    amanda_stream_outcome_line(piece->stream, failed ? AMANDA_LINE_ERROR : AMANDA_LINE_STRANGE, text, piece->pinfo);
}

void amanda_tape_server_line(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line)
{
    amanda_span_t command = command_of(text, line);
    amanda_span_t argument = {command.offset + command.length + 1, MAX(line.length - command.length - 1, 0)};
    proto_item *item = amanda_add_string(piece->tree, hf_amanda_ctl, piece->tvb, line);
    proto_tree *tree = proto_item_add_subtree(item, ett_amanda_ctl);

    amanda_add_string(tree, hf_amanda_ctl_command, piece->tvb, command);
    amanda_add_string(tree, hf_amanda_ctl_argument, piece->tvb, argument);
    dissect_talk(piece, text, line, tree);
    if (amanda_span_starts_with_word(text, line, "HEADER-SEND-SIZE"))
        remember_header_size(piece, text, argument);
    if (amanda_span_starts_with_word(text, line, "CONNECT"))
        dissect_connect(piece, text, argument);
    /* The server offers it, the client decides. */
    if (piece->fresh && piece->direction == AMANDA_TO_RESPONDER &&
        amanda_span_starts_with_word(text, line, "USE-DAR") && amanda_span_starts_with_word(text, argument, "YES"))
        amanda_stream_outcome_partial(piece->stream);
    if (piece->fresh && amanda_span_starts_with_word(text, line, "MESSAGE"))
        tell_message(piece, amanda_span_text(piece->pinfo->pool, piece->tvb, argument));
    if (amanda_span_starts_with_word(text, line, "ERROR")) {
        if (piece->fresh)
            amanda_stream_outcome_line(piece->stream, AMANDA_LINE_ERROR,
                                       amanda_span_text(piece->pinfo->pool, piece->tvb, argument), piece->pinfo);
        amanda_expert_add(piece->pinfo, item, &ei_amanda_ctl_error);
    }
    amanda_stream_bytes_offer(piece, 1, line);
}

/* Whether the dump begins with a piece: its header does, whose first bytes may have come before. */
static bool begins_image(const amanda_stream_bytes_t *piece, int *before)
{
    const amanda_half_t *half = &amanda_stream_carried(piece->stream)->half[piece->direction];
    int length = MIN((int)tvb_captured_length(piece->tvb), AMANDA_HEADER_BLOCK_MAGIC);
    uint8_t bytes[2 * AMANDA_HEADER_BLOCK_MAGIC];

    *before = half->tail_length < AMANDA_HEADER_BLOCK_MAGIC ? half->tail_length : 0;
    if (*before > 0)
        memcpy(bytes, half->tail->bytes, (size_t)*before);
    tvb_memcpy(piece->tvb, bytes + *before, 0, (size_t)length);
    if (amanda_header_block_is_one(bytes, *before + length))
        return true;
    /* What came before is a line without an end. */
    length = amanda_header_block_is_one(bytes + *before, length) ? length : 0;
    *before = 0;
    return length > 0;
}

/* Only a connection of its own carries both. */
static bool may_have_image(const amanda_stream_bytes_t *piece)
{
    const amanda_stream_t *stream = piece->stream;

    return stream->role == AMANDA_ROLE_CTL && !stream->setup_frame && piece->direction == AMANDA_TO_REQUESTER;
}

void amanda_tape_server_find_image(const amanda_stream_bytes_t *piece)
{
    amanda_stream_t *stream = piece->stream;
    int before;

    if (!may_have_image(piece) || amanda_stream_carried(stream)->image_frame || !begins_image(piece, &before))
        return;

    amanda_carried_t *carried = amanda_stream_make_carried(stream);
    amanda_half_t *half = &carried->half[piece->direction];

    carried->image_frame = piece->pinfo->num;
    carried->image_start = piece->offset - (uint64_t)before;
    amanda_data_begin(stream, before > 0 ? half->tail->bytes : NULL, before);
    half->tail_length = 0;
    half->has_unfinished = false;
}

bool amanda_tape_server_is_image(const amanda_stream_bytes_t *piece)
{
    const amanda_carried_t *carried = amanda_stream_carried(piece->stream);

    return may_have_image(piece) && carried->image_frame && carried->image_frame <= piece->pinfo->num &&
           piece->offset >= carried->image_start;
}

void amanda_tape_server_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_ctl,
         {"Control line", "amanda.ctl", FT_STRING, BASE_NONE, NULL, 0x0, "A line of the CTL stream", HFILL}},
        {&hf_amanda_ctl_command,
         {"Command", "amanda.ctl.command", FT_STRING, BASE_NONE, NULL, 0x0,
          "FEATURES, LABEL, FSF, HEADER, DATA-SEND, DATA-READY, FEEDME, ...", HFILL}},
        {&hf_amanda_ctl_argument,
         {"Argument", "amanda.ctl.argument", FT_STRING, BASE_NONE, NULL, 0x0,
          "What follows the command and a blank or an equals sign", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_ctl,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_ctl_error, {"amanda.ctl.error", PI_RESPONSE_CODE, PI_WARN, "The other side cannot go on", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
