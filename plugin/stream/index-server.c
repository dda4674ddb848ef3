/* stream/index-server.c
 * The lines of amindexd, by which amrecover finds the files in the dumps
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/index-server.h"

#include "show/error-meaning.h"
#include "show/packet-data.h"
#include "stream/questions.h"
#include "text/words.h"

#include <string.h>

/* A longer reply (a list of very many files) is shown line by line, as it comes. */
#define MAX_REPLY 65536

#define CODE_LENGTH 3
#define FIRST_ERROR_CODE 500

enum { RANK_PART = 1, RANK_WHOLE, RANK_ERROR };

static int hf_amanda_amindexd_argument;
static int hf_amanda_amindexd_code;
static int hf_amanda_amindexd_command;
static int hf_amanda_amindexd_reply;
static int hf_amanda_amindexd_request;
static int hf_amanda_amindexd_text;

static int ett_amanda_amindexd = -1;

static expert_field ei_amanda_amindexd_error;

static void dissect_command(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line)
{
    proto_item *item = amanda_add_string(piece->tree, hf_amanda_amindexd_request, piece->tvb, line);
    proto_tree *tree = proto_item_add_subtree(item, ett_amanda_amindexd);

    amanda_add_string(tree, hf_amanda_amindexd_command, piece->tvb, amanda_span_first_word(text, line));
    amanda_add_string(tree, hf_amanda_amindexd_argument, piece->tvb, amanda_span_behind_word(text, line));
    amanda_questions_ask(piece, tree, 0);
    amanda_stream_bytes_offer(piece, RANK_WHOLE, line);
}

/* Whether a line ends a reply: three digits, and no minus sign behind them. */
static bool ends_reply(const uint8_t *text, amanda_span_t line)
{
    uint64_t code;

    return line.length >= CODE_LENGTH &&
           amanda_span_number(text, (amanda_span_t){line.offset, CODE_LENGTH}, 10, &code) &&
           (line.length == CODE_LENGTH || text[line.offset + CODE_LENGTH] != '-');
}

static void dissect_reply(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line)
{
    proto_item *item = amanda_add_string(piece->tree, hf_amanda_amindexd_reply, piece->tvb, line);
    proto_tree *tree = proto_item_add_subtree(item, ett_amanda_amindexd);
    amanda_span_t digits = {line.offset, MIN(line.length, CODE_LENGTH)};
    bool last = ends_reply(text, line);
    amanda_span_t said = line;
    uint64_t code = 0;

    if (digits.length == CODE_LENGTH && amanda_span_number(text, digits, 10, &code)) {
        amanda_span_t rest = {line.offset + CODE_LENGTH + 1, line.length - CODE_LENGTH - 1};

        said = amanda_span_skip_blanks(text, rest);

        proto_tree_add_uint(tree, hf_amanda_amindexd_code, piece->tvb, digits.offset, digits.length, (uint32_t)code);
        amanda_add_string(tree, hf_amanda_amindexd_text, piece->tvb, said);
        amanda_questions_answer(piece, tree, 0, last);
    }
    if (code >= FIRST_ERROR_CODE) {
        amanda_expert_add(piece->pinfo, item, &ei_amanda_amindexd_error);
        if (tree && said.length > 0)
            amanda_show_error_meaning(amanda_error_meaning((const char *)text + said.offset, (size_t)said.length),
                                      piece->tvb, said, tree);
        amanda_stream_bytes_offer(piece, RANK_ERROR, line);
    } else {
        amanda_stream_bytes_offer(piece, last ? RANK_WHOLE : RANK_PART, line);
    }
}

/* Where the last whole reply ends. */
static int whole_replies(const uint8_t *text, int length)
{
    int offset = 0;
    int end = 0;

    while (offset < length) {
        amanda_span_t line;

        if (amanda_line(text, length, offset, &line, &offset) && ends_reply(text, line))
            end = offset;
    }
    return end;
}

/* Whether the rest of a reply is waited for. */
static bool waits_for_reply(const amanda_stream_bytes_t *piece)
{
    int length = (int)tvb_captured_length(piece->tvb);

    return length > 0 && length < MAX_REPLY && !piece->last && !piece->mid_line &&
           (int)tvb_reported_length(piece->tvb) == length;
}

int amanda_index_server_dissect(amanda_stream_bytes_t *piece)
{
    int length = (int)tvb_captured_length(piece->tvb);
    int end;

    if (piece->direction == AMANDA_TO_RESPONDER)
        return amanda_stream_bytes_lines(piece, dissect_command);
    if (!waits_for_reply(piece))
        return amanda_stream_bytes_lines(piece, dissect_reply);
    end = whole_replies(tvb_get_ptr(piece->tvb, 0, length), length);
    if (end > 0) {
        tvbuff_t *all = piece->tvb;

        piece->tvb = tvb_new_subset_length(all, 0, end);
        amanda_stream_bytes_lines(piece, dissect_reply);
        piece->tvb = all;
    }
    return end;
}

void amanda_index_server_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_amindexd_request,
         {"Request", "amanda.amindexd.request", FT_STRING, BASE_NONE, NULL, 0x0, "A line of the client", HFILL}},
        {&hf_amanda_amindexd_command,
         {"Command", "amanda.amindexd.command", FT_STRING, BASE_NONE, NULL, 0x0,
          "FEATURES, DATE, SCNF, HOST, DISK, OISD, OLSD, ...", HFILL}},
        {&hf_amanda_amindexd_argument,
         {"Argument", "amanda.amindexd.argument", FT_STRING, BASE_NONE, NULL, 0x0, "What follows the command", HFILL}},
        {&hf_amanda_amindexd_reply,
         {"Reply", "amanda.amindexd.reply", FT_STRING, BASE_NONE, NULL, 0x0, "A line of the server", HFILL}},
        {&hf_amanda_amindexd_code,
         {"Code", "amanda.amindexd.code", FT_UINT32, BASE_DEC, NULL, 0x0,
          "200 success, 201 a line of a list, 220 greeting, 500 and above an error", HFILL}},
        {&hf_amanda_amindexd_text,
         {"Text", "amanda.amindexd.text", FT_STRING, BASE_NONE, NULL, 0x0, "What follows the code", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_amindexd,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_amindexd_error,
         {"amanda.amindexd.error", PI_RESPONSE_CODE, PI_NOTE, "amindexd cannot do what it was asked for", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
