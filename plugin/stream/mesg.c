/* stream/mesg.c
 * The MESG stream of a dump: what the client tells of its progress and result
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/mesg.h"

#include "show/packet-data.h"
#include "stream/data.h"
#include "show/common-fields.h"
#include "text/quoted-strings.h"
#include "text/words.h"
#include "stream/outcome-facts.h"
#include "stream/dump-summary.h"

#include <string.h>

/* How much a line matters in the Info column. */
enum { RANK_END = 1, RANK_PLAIN, RANK_SIZE, RANK_STRANGE, RANK_FAILED };

static int hf_amanda_mesg;
static int hf_amanda_mesg_client_crc;
static int hf_amanda_mesg_client_crc_bytes;
static int hf_amanda_mesg_disk;
static int hf_amanda_mesg_error;
static int hf_amanda_mesg_host;
static int hf_amanda_mesg_info_name;
static int hf_amanda_mesg_info_value;
static int hf_amanda_mesg_level;
static int hf_amanda_mesg_native_crc;
static int hf_amanda_mesg_native_crc_bytes;
static int hf_amanda_mesg_output;
static int hf_amanda_mesg_program;
static int hf_amanda_mesg_retry;
static int hf_amanda_mesg_retry_delay;
static int hf_amanda_mesg_retry_level;
static int hf_amanda_mesg_retry_message;
static int hf_amanda_mesg_size;
static int hf_amanda_mesg_state;
static int hf_amanda_mesg_strange;
static int hf_amanda_mesg_unknown;
static int hf_amanda_mesg_verb;
static int hf_amanda_mesg_warning;

static int ett_amanda_mesg = -1;

static expert_field ei_amanda_mesg_failed;
static expert_field ei_amanda_mesg_is_strange;
static expert_field ei_amanda_mesg_malformed;
static expert_field ei_amanda_mesg_retries;
static expert_field ei_amanda_mesg_warns;

/* A line behind "sendbackup: " on its way through the functions that dissect it. */
typedef struct {
    amanda_stream_bytes_t *piece;
    const uint8_t *text;
    amanda_span_t value; /* what follows the verb */
    proto_tree *tree;
    amanda_result_t *result; /* NULL where nothing is to be remembered */
} line_t;

/* "[text]" without the brackets. */
static amanda_span_t without_brackets(const uint8_t *text, amanda_span_t span)
{
    if (span.length >= 2 && text[span.offset] == '[' && text[span.offset + span.length - 1] == ']')
        return (amanda_span_t){span.offset + 1, span.length - 2};
    return span;
}

/* Where a string last occurs in a span; -1 if it does not. */
static int find_last(const uint8_t *text, amanda_span_t span, const char *string)
{
    int length = (int)strlen(string);

    for (int i = span.length - length; i >= 0; i--) {
        if (memcmp(text + span.offset + i, string, (size_t)length) == 0)
            return span.offset + i;
    }
    return -1;
}

/* Tells the outcomes of a line, where it is seen for the first time. */
static void tell(const line_t *line, amanda_line_kind_t kind, amanda_span_t text)
{
    if (line->result)
        amanda_stream_outcome_line(line->piece->stream, kind,
                                   amanda_span_text(line->piece->pinfo->pool, line->piece->tvb, text),
                                   line->piece->pinfo);
}

static void malformed(const line_t *line)
{
    tell(line, AMANDA_LINE_ODD, line->value);
    amanda_expert_add(line->piece->pinfo, proto_tree_get_parent(line->tree), &ei_amanda_mesg_malformed);
}

/* What a possibly quoted name really is, in the memory of the capture file. */
static const char *name_of(const line_t *line, amanda_span_t name)
{
    packet_info *pinfo = line->piece->pinfo;
    char *bytes;
    size_t length;

    if (name.length < 2 || line->text[name.offset] != '"')
        return amanda_span_text(wmem_file_scope(), line->piece->tvb, name);
    bytes = (char *)wmem_alloc(pinfo->pool, (size_t)name.length + 1);
    length = amanda_unquote(line->text, name, bytes);
    return amanda_valid_text(wmem_file_scope(), bytes, length);
}

/* [host:disk level n], of 2.3 with a datestamp behind that. A disk may hold any of these characters but a line feed. */
static void dissect_start(line_t *line)
{
    tvbuff_t *tvb = line->piece->tvb;
    amanda_span_t inner = without_brackets(line->text, line->value);
    const uint8_t *colon =
        inner.length > 0 ? (const uint8_t *)memchr(line->text + inner.offset, ':', (size_t)inner.length) : NULL;
    int level = find_last(line->text, inner, " level ");

    if (!colon || level < (int)(colon - line->text)) {
        malformed(line);
        return;
    }

    int disk_offset = (int)(colon - line->text) + 1;
    amanda_span_t disk = {disk_offset, MAX(level - disk_offset, 0)};
    amanda_span_t digits = {level + 7, inner.offset + inner.length - level - 7};
    uint64_t number;

    digits = amanda_span_first_word(line->text, digits);
    amanda_add_string(line->tree, hf_amanda_mesg_host, tvb,
                      (amanda_span_t){inner.offset, disk_offset - 1 - inner.offset});
    amanda_add_string(line->tree, hf_amanda_mesg_disk, tvb, disk);
    if (!amanda_span_number(line->text, digits, 10, &number) || number > INT32_MAX) {
        malformed(line);
        return;
    }
    proto_tree_add_int(line->tree, hf_amanda_mesg_level, tvb, digits.offset, digits.length, (int)number);
    if (line->result && !line->result->disk) {
        line->result->disk = name_of(line, disk);
        line->result->level = (int)number;
        line->result->start_frame = line->piece->pinfo->num;
        amanda_stream_outcome_line(line->piece->stream, AMANDA_LINE_DISK, line->result->disk, line->piece->pinfo);
    }
}

static void dissect_info(line_t *line)
{
    const uint8_t *start = line->text + line->value.offset;
    const uint8_t *equals =
        line->value.length > 0 ? (const uint8_t *)memchr(start, '=', (size_t)line->value.length) : NULL;
    amanda_span_t name = line->value;

    if (equals)
        name.length = (int)(equals - start);
    amanda_add_string(line->tree, hf_amanda_mesg_info_name, line->piece->tvb, name);
    if (!equals && amanda_span_is(line->text, amanda_span_first_word(line->text, name), "end"))
        tell(line, AMANDA_LINE_INFO_END, name);
    if (equals)
        amanda_add_string(line->tree, hf_amanda_mesg_info_value, line->piece->tvb,
                          (amanda_span_t){name.offset + name.length + 1, line->value.length - name.length - 1});
}

static void dissect_size(line_t *line)
{
    amanda_span_t digits = amanda_span_first_word(line->text, line->value);
    uint64_t number;

    if (!amanda_span_number(line->text, digits, 10, &number)) {
        malformed(line);
        return;
    }
    proto_tree_add_uint64(line->tree, hf_amanda_mesg_size, line->piece->tvb, digits.offset, digits.length, number);
    if (line->result) {
        line->result->size = number;
        line->result->has_size = true;
        tell(line, AMANDA_LINE_SIZE, digits);
    }
}

/* crc:bytes; shows both, and returns whether they are numbers. */
static bool read_crc(const line_t *line, int hf_crc, int hf_bytes, proto_item **item, uint64_t *crc, uint64_t *bytes)
{
    const uint8_t *start = line->text + line->value.offset;
    const uint8_t *colon =
        line->value.length > 0 ? (const uint8_t *)memchr(start, ':', (size_t)line->value.length) : NULL;

    if (!colon)
        return false;

    amanda_span_t digits = {line->value.offset, (int)(colon - start)};
    amanda_span_t count = {digits.offset + digits.length + 1, line->value.length - digits.length - 1};

    if (!amanda_span_number(line->text, digits, 16, crc) || *crc > UINT32_MAX ||
        !amanda_span_number(line->text, count, 10, bytes))
        return false;
    *item = proto_tree_add_uint(line->tree, hf_crc, line->piece->tvb, digits.offset, digits.length, (uint32_t)*crc);
    proto_tree_add_uint64(line->tree, hf_bytes, line->piece->tvb, count.offset, count.length, *bytes);
    return true;
}

static void dissect_native_crc(line_t *line)
{
    proto_item *item;
    uint64_t crc;
    uint64_t bytes;

    if (!read_crc(line, hf_amanda_mesg_native_crc, hf_amanda_mesg_native_crc_bytes, &item, &crc, &bytes))
        malformed(line);
}

static void dissect_client_crc(line_t *line)
{
    const amanda_dump_t *dump = line->piece->stream->dump;
    proto_item *item;
    uint64_t crc;
    uint64_t bytes;

    if (!read_crc(line, hf_amanda_mesg_client_crc, hf_amanda_mesg_client_crc_bytes, &item, &crc, &bytes)) {
        malformed(line);
        return;
    }
    if (line->result && !line->result->has_client_crc) {
        line->result->has_client_crc = true;
        line->result->client_crc = (uint32_t)crc;
        line->result->client_bytes = bytes;
        line->result->crc_frame = line->piece->pinfo->num;
        amanda_dump_summary_check(dump, line->piece->pinfo, 0);
    }
    amanda_dump_summary_show_check(dump, line->piece->pinfo, 0, line->piece->tvb, line->tree, item);
}

static void dissect_error(line_t *line)
{
    proto_item *item = amanda_add_string(line->tree, hf_amanda_mesg_error, line->piece->tvb,
                                         without_brackets(line->text, line->value));

    amanda_expert_add(line->piece->pinfo, item ? item : proto_tree_get_parent(line->tree), &ei_amanda_mesg_failed);
    if (line->result)
        line->result->errors++;
    tell(line, AMANDA_LINE_ERROR, without_brackets(line->text, line->value));
}

static void dissect_warning(line_t *line)
{
    proto_item *item = amanda_add_string(line->tree, hf_amanda_mesg_warning, line->piece->tvb,
                                         without_brackets(line->text, line->value));

    amanda_expert_add(line->piece->pinfo, item ? item : proto_tree_get_parent(line->tree), &ei_amanda_mesg_warns);
    tell(line, AMANDA_LINE_STRANGE, without_brackets(line->text, line->value));
}

/* [delay n] [level n] [message "text"] */
static void dissect_retry(line_t *line)
{
    static const struct {
        const char *word;
        int *hf;
    } numbers[] = {{"delay", &hf_amanda_mesg_retry_delay}, {"level", &hf_amanda_mesg_retry_level}};
    tvbuff_t *tvb = line->piece->tvb;
    amanda_span_t rest = line->value;

    amanda_add_string(line->tree, hf_amanda_mesg_retry, tvb, line->value);
    tell(line, AMANDA_LINE_RETRY, line->value);
    amanda_expert_add(line->piece->pinfo, proto_tree_get_parent(line->tree), &ei_amanda_mesg_retries);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (!amanda_span_starts_with_word(line->text, rest, numbers[i].word))
            continue;
        rest = amanda_span_behind_word(line->text, rest);

        amanda_span_t digits = amanda_span_first_word(line->text, rest);
        uint64_t number;

        if (amanda_span_number(line->text, digits, 10, &number) && number <= UINT32_MAX)
            proto_tree_add_uint(line->tree, *numbers[i].hf, tvb, digits.offset, digits.length, (uint32_t)number);
        rest = amanda_span_behind_word(line->text, rest);
    }
    if (amanda_span_starts_with_word(line->text, rest, "message"))
        amanda_add_string(line->tree, hf_amanda_mesg_retry_message, tvb, amanda_span_behind_word(line->text, rest));
}

static void dissect_state(line_t *line)
{
    amanda_add_string(line->tree, hf_amanda_mesg_state, line->piece->tvb, line->value);
}

static void dissect_end(line_t *line)
{
    if (line->result)
        line->result->ended = true;
    tell(line, AMANDA_LINE_END, line->value);
}

static const struct {
    const char *verb;
    int rank;
    void (*dissect)(line_t *line);
} verbs[] = {
    {"start", RANK_PLAIN, dissect_start},
    {"info", RANK_PLAIN, dissect_info},
    {"size", RANK_SIZE, dissect_size},
    {"native-CRC", RANK_PLAIN, dissect_native_crc},
    {"client-CRC", RANK_PLAIN, dissect_client_crc},
    {"error", RANK_FAILED, dissect_error},
    {"warning", RANK_PLAIN, dissect_warning},
    {"retry", RANK_STRANGE, dissect_retry},
    {"state", RANK_PLAIN, dissect_state},
    {"end", RANK_END, dissect_end},
    {"statedone", RANK_PLAIN, NULL},
    {"no-op", RANK_PLAIN, NULL},
};

/* program: verb value */
static int dissect_verb(line_t *line, amanda_span_t program)
{
    amanda_span_t verb;

    program.length--;
    amanda_add_string(line->tree, hf_amanda_mesg_program, line->piece->tvb, program);
    verb = amanda_span_first_word(line->text, line->value);
    amanda_add_string(line->tree, hf_amanda_mesg_verb, line->piece->tvb, verb);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (amanda_span_starts_with_word(line->text, line->value, verbs[i].verb)) {
            line->value = amanda_span_behind_word(line->text, line->value);
            if (verbs[i].dissect)
                verbs[i].dissect(line);
            return verbs[i].rank;
        }
    }
    malformed(line);
    return RANK_PLAIN;
}

/* | text, ? text, ! text */
static int dissect_output(line_t *line)
{
    tvbuff_t *tvb = line->piece->tvb;
    proto_item *item;

    switch (line->text[line->value.offset - 1]) {
    case '?':
        item = amanda_add_string(line->tree, hf_amanda_mesg_strange, tvb, line->value);
        amanda_expert_add(line->piece->pinfo, item ? item : proto_tree_get_parent(line->tree),
                          &ei_amanda_mesg_is_strange);
        if (line->result)
            line->result->strange++;
        tell(line, AMANDA_LINE_STRANGE, line->value);
        return RANK_STRANGE;
    case '!':
        amanda_add_string(line->tree, hf_amanda_mesg_unknown, tvb, line->value);
        tell(line, AMANDA_LINE_ODD, line->value);
        return RANK_PLAIN;
    default:
        amanda_add_string(line->tree, hf_amanda_mesg_output, tvb, line->value);
        return RANK_PLAIN;
    }
}

void amanda_mesg_line(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t span)
{
    amanda_span_t first = amanda_span_first_word(text, span);
    proto_item *item = amanda_add_string(piece->tree, hf_amanda_mesg, piece->tvb, span);
    line_t line = {
        .piece = piece,
        .text = text,
        .tree = proto_item_add_subtree(item, ett_amanda_mesg),
        .result = piece->fresh ? amanda_dump_result(piece->stream->dump) : NULL,
    };
    int rank = RANK_PLAIN;

    if (span.length == 0)
        return;
    if (strchr("|?!", text[span.offset]) && text[span.offset]) {
        line.value = (amanda_span_t){span.offset + 1, span.length - 1};
        rank = dissect_output(&line);
    } else if (first.length > 1 && text[first.offset + first.length - 1] == ':') {
        line.value = amanda_span_behind_word(text, span);
        rank = dissect_verb(&line, first);
    } else {
        malformed(&line);
    }
    amanda_stream_bytes_offer(piece, rank, span);
    if (rank == RANK_END && piece->info_rank > RANK_END)
        piece->info_also = ", end";
}

static void register_fields(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_mesg,
         {"Message", "amanda.mesg", FT_STRING, BASE_NONE, NULL, 0x0, "A line of the MESG stream", HFILL}},
        {&hf_amanda_mesg_program,
         {"Program", "amanda.mesg.program", FT_STRING, BASE_NONE, NULL, 0x0, "Who says this: sendbackup", HFILL}},
        {&hf_amanda_mesg_verb,
         {"Kind", "amanda.mesg.verb", FT_STRING, BASE_NONE, NULL, 0x0,
          "Kind of the line: start, info, size, native-CRC, client-CRC, warning, error, retry, state, end, ...",
          HFILL}},
        {&hf_amanda_mesg_host,
         {"Host", "amanda.mesg.host", FT_STRING, BASE_NONE, NULL, 0x0, "Client that is dumped", HFILL}},
        {&hf_amanda_mesg_disk,
         {"Disk", "amanda.mesg.disk", FT_STRING, BASE_NONE, NULL, 0x0, "Disk that is dumped", HFILL}},
        {&hf_amanda_mesg_level,
         {"Level", "amanda.mesg.level", FT_INT32, BASE_DEC, NULL, 0x0, "Level of the dump", HFILL}},
        {&hf_amanda_mesg_info_name,
         {"Name", "amanda.mesg.info.name", FT_STRING, BASE_NONE, NULL, 0x0,
          "What is told about the dump: BACKUP, RECOVER_CMD, COMPRESS_SUFFIX, ...; or end", HFILL}},
        {&hf_amanda_mesg_info_value,
         {"Value", "amanda.mesg.info.value", FT_STRING, BASE_NONE, NULL, 0x0, "What is told about the dump", HFILL}},
        {&hf_amanda_mesg_size,
         {"Size", "amanda.mesg.size", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Size of the dump before any compression, in KiB (Amanda 2.3: in bytes)", HFILL}},
        {&hf_amanda_mesg_native_crc,
         {"CRC before compression", "amanda.mesg.native_crc", FT_UINT32, BASE_HEX, NULL, 0x0,
          "CRC-32C of the dump before compression and encryption on the client", HFILL}},
        {&hf_amanda_mesg_native_crc_bytes,
         {"Bytes before compression", "amanda.mesg.native_crc.bytes", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Size of the dump before compression and encryption on the client", HFILL}},
        {&hf_amanda_mesg_client_crc,
         {"CRC", "amanda.mesg.client_crc", FT_UINT32, BASE_HEX, NULL, 0x0,
          "CRC-32C of the dump as the client sent it in the DATA stream", HFILL}},
        {&hf_amanda_mesg_client_crc_bytes,
         {"Bytes", "amanda.mesg.client_crc.bytes", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Size of the dump as the client sent it in the DATA stream", HFILL}},
        {&hf_amanda_mesg_error,
         {"Error", "amanda.mesg.error", FT_STRING, BASE_NONE, NULL, 0x0, "Why the dump failed", HFILL}},
        {&hf_amanda_mesg_warning,
         {"Warning", "amanda.mesg.warning", FT_STRING, BASE_NONE, NULL, 0x0, "Warning about the dump", HFILL}},
        {&hf_amanda_mesg_retry,
         {"Retry", "amanda.mesg.retry", FT_STRING, BASE_NONE, NULL, 0x0, "The dump is to be tried again", HFILL}},
        {&hf_amanda_mesg_retry_delay,
         {"Delay", "amanda.mesg.retry.delay", FT_UINT32, BASE_DEC, NULL, 0x0, "After so many seconds", HFILL}},
        {&hf_amanda_mesg_retry_level,
         {"Level", "amanda.mesg.retry.level", FT_UINT32, BASE_DEC, NULL, 0x0, "At this level", HFILL}},
        {&hf_amanda_mesg_retry_message,
         {"Message", "amanda.mesg.retry.message", FT_STRING, BASE_NONE, NULL, 0x0, "For this reason", HFILL}},
        {&hf_amanda_mesg_state,
         {"State", "amanda.mesg.state", FT_STRING, BASE_NONE, NULL, 0x0,
          "What the application says of its dump, where there is no STATE stream", HFILL}},
        {&hf_amanda_mesg_output,
         {"Output", "amanda.mesg.output", FT_STRING, BASE_NONE, NULL, 0x0, "Normal output of the dump program", HFILL}},
        {&hf_amanda_mesg_strange,
         {"Strange output", "amanda.mesg.strange", FT_STRING, BASE_NONE, NULL, 0x0,
          "Output of the dump program that makes the dump STRANGE in Amanda's report", HFILL}},
        {&hf_amanda_mesg_unknown,
         {"Unknown output", "amanda.mesg.unknown", FT_STRING, BASE_NONE, NULL, 0x0,
          "Output of the dump program that is of no known class", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}

void amanda_mesg_register(int proto)
{
    static int *ett[] = {
        &ett_amanda_mesg,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_mesg_failed,
         {"amanda.mesg.failed", PI_RESPONSE_CODE, PI_ERROR, "The client says that the dump failed", EXPFILL}},
        {&ei_amanda_mesg_is_strange,
         {"amanda.mesg.is_strange", PI_RESPONSE_CODE, PI_WARN, "Strange output of the dump program", EXPFILL}},
        {&ei_amanda_mesg_warns,
         {"amanda.mesg.warns", PI_RESPONSE_CODE, PI_WARN, "The client warns about the dump", EXPFILL}},
        {&ei_amanda_mesg_retries,
         {"amanda.mesg.retries", PI_RESPONSE_CODE, PI_WARN, "The client asks to try the dump again", EXPFILL}},
        {&ei_amanda_mesg_malformed,
         {"amanda.mesg.malformed", PI_PROTOCOL, PI_WARN, "Not a line that a client writes to MESG", EXPFILL}},
    };

    register_fields(proto);
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
