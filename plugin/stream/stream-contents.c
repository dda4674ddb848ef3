/* stream/stream-contents.c
 * What the streams carry: lines of text, but for DATA
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/stream-contents.h"

#include "show/labels.h"
#include "text/printable.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>

#include <string.h>

#include "text/words.h"
#include "stream/data.h"
#include "stream/dump-summary.h"
#include "stream/index-server.h"
#include "stream/mesg.h"
#include "stream/streams.h"
#include "stream/tape-server.h"

#define INFO_MAX 160

static int hf_amanda_cmd;
static int hf_amanda_index_path;
static int hf_amanda_state_block;
static int hf_amanda_state_line;
static int hf_amanda_state_path;

static int ett_amanda_state = -1;

/* One path a line, as the archiver lists it (Amanda 2.4 to 3.5 client-src/sendbackup-gnutar.c, application-src). */
static void dissect_index_line(amanda_stream_bytes_t *piece, const uint8_t *text _U_, amanda_span_t line)
{
    amanda_add_string(piece->tree, hf_amanda_index_path, piece->tvb, line);
    amanda_stream_bytes_offer(piece, 1, line);
}

/* What the application itself reads when it restores. amgtar: block, path (Amanda 3.4 application-src/amgtar.c). */
static void dissect_state_line(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line)
{
    proto_item *item = amanda_add_string(piece->tree, hf_amanda_state_line, piece->tvb, line);
    amanda_span_t block = amanda_span_first_word(text, line);
    uint64_t number;

    amanda_stream_bytes_offer(piece, 1, line);
    if (!amanda_span_number(text, block, 10, &number) || block.length + 1 >= line.length)
        return;

    proto_tree *tree = proto_item_add_subtree(item, ett_amanda_state);
    amanda_span_t path = {block.offset + block.length + 1, line.length - block.length - 1};

    proto_tree_add_uint64(tree, hf_amanda_state_block, piece->tvb, block.offset, block.length, number);
    amanda_add_string(tree, hf_amanda_state_path, piece->tvb, path);
}

/* GET_DUMPER_RESULT, SUCCESS, FAILED (the 4.0 development branch, client-src/sendbackup.c). */
static void dissect_cmd_line(amanda_stream_bytes_t *piece, const uint8_t *text _U_, amanda_span_t line)
{
    amanda_add_string(piece->tree, hf_amanda_cmd, piece->tvb, line);
    amanda_stream_bytes_offer(piece, 1, line);
}

static bool is_service(const amanda_stream_t *stream, const char *service)
{
    return amanda_dump_is_of(stream->dump, service);
}

static bool is_index_server(const amanda_stream_t *stream)
{
    return stream->role == AMANDA_ROLE_MESG && is_service(stream, "amindexd");
}

/* What dissects the lines of a stream; NULL for what has no lines. */
static amanda_stream_bytes_line_t line_dissector(const amanda_stream_t *stream)
{
    switch (stream->role) {
    case AMANDA_ROLE_DATA:
        return NULL;
    case AMANDA_ROLE_MESG:
        return is_service(stream, "restore") || is_service(stream, "ambackupd") ? amanda_stream_bytes_plain_line
                                                                                : amanda_mesg_line;
    case AMANDA_ROLE_INDEX:
        return dissect_index_line;
    case AMANDA_ROLE_STATE:
        return dissect_state_line;
    case AMANDA_ROLE_CTL:
        return is_service(stream, "amdumpd") ? amanda_stream_bytes_plain_line : amanda_tape_server_line;
    case AMANDA_ROLE_CMD:
        return dissect_cmd_line;
    default:
        return amanda_stream_bytes_plain_line;
    }
}

bool amanda_stream_contents_has_lines(const amanda_stream_bytes_t *piece)
{
    return (line_dissector(piece->stream) || is_index_server(piece->stream)) && !amanda_tape_server_is_image(piece);
}

/* Amanda 2.3 to 3.5 client-src/sendbackup.c begins MESG so, and each line of the programs that it runs. */
static bool begins_mesg(tvbuff_t *tvb)
{
    return tvb_strneql(tvb, 0, "sendbackup: ", 12) == 0 || tvb_strneql(tvb, 0, "| ", 2) == 0 ||
           tvb_strneql(tvb, 0, "? ", 2) == 0;
}

bool amanda_stream_contents_begin_with(const amanda_stream_t *stream, tvbuff_t *tvb)
{
    int length = (int)tvb_captured_length(tvb);

    switch (stream->role) {
    case AMANDA_ROLE_MESG:
        return !is_index_server(stream) && begins_mesg(tvb);
    case AMANDA_ROLE_INDEX:
        return length > 0 && tvb_get_bits8(tvb, 0, 8) == '/';
    case AMANDA_ROLE_DATA:
        return length > 0 && amanda_data_is_dump(tvb_get_ptr(tvb, 0, length), length);
    default:
        return false;
    }
}

/* The longest word by which a requester begins is EXCLUDE-GLOB-READY. */
#define WORD_MAX 24

/* Words with a hyphen say what they are about, and end with what is done (Amanda 3.3 to 3.6 Amidxtaped.pm, Restore.pm). */
static bool is_of_tape_server(const char *word)
{
    static const char *const words[] = {"ABORT", "CHECK", "CONFIG", "DAR",      "DATESTAMP", "DEVICE", "DISK",  "DUMP",
                                        "END",   "ERROR", "FSF",    "FEATURES", "HEADER",    "HOST",   "LABEL", "LIST",
                                        "OK",    "TAPE",  "TARGET", "6",        "SECURITY",  NULL};
    static const char *const done[] = {"-SEND", "-READY", "-DONE",     "-OK",     "-SIZE",
                                       "-DAR",  "-LEVEL", "-DATAPATH", "-STATUS", NULL};
    const char *hyphen = strrchr(word, '-');

    return hyphen ? g_strv_contains(done, hyphen) : g_strv_contains(words, word);
}

/* Amanda 2.3 to 3.6 server-src/amindexd.c */
static bool is_of_index_server(const char *word)
{
    static const char *const words[] = {"DATE", "DCMP",     "DHST",     "DISK",    "DLE",      "FEATURES",
                                        "HOST", "LISTDISK", "LISTHOST", "OISD",    "OLSD",     "ORLD",
                                        "QUIT", "SCNF",     "TAPE",     "STORAGE", "SECURITY", NULL};

    return g_strv_contains(words, word);
}

bool amanda_stream_contents_may_be_asked_with(const amanda_stream_t *stream, tvbuff_t *tvb)
{
    char word[WORD_MAX + 1];
    int length = MIN((int)tvb_captured_length(tvb), WORD_MAX);

    tvb_memcpy(tvb, word, 0, (size_t)length);
    word[length] = '\0';
    /* Of a word that is cut off, nothing more is known. */
    if (length < WORD_MAX && (int)strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == length)
        return true;
    word[strcspn(word, "= \r\n")] = '\0';
    if (stream->role == AMANDA_ROLE_CTL)
        return is_of_tape_server(word);
    if (is_index_server(stream))
        return is_of_index_server(word);
    return !is_service(stream, "amidxtaped") || strcmp(word, "SECURITY") == 0;
}

int amanda_stream_contents_dissect(amanda_stream_bytes_t *piece)
{
    amanda_stream_t *stream = piece->stream;
    amanda_stream_bytes_line_t dissect_line = line_dissector(stream);

    if (is_index_server(stream))
        return amanda_index_server_dissect(piece);
    if (amanda_tape_server_is_image(piece))
        return amanda_data_dissect(piece);
    return dissect_line ? amanda_stream_bytes_lines(piece, dissect_line) : amanda_data_dissect(piece);
}

void amanda_stream_contents_take(amanda_stream_bytes_t *piece, const amanda_unfinished_t *unfinished, tvbuff_t *shown)
{
    /* Unless it is told otherwise, nothing is left over. */
    volatile int done = (int)tvb_captured_length(piece->tvb);

    TRY
    {
        amanda_stream_show(piece->stream, piece->pinfo, shown, piece->tree);
    }
    CATCH_BOUNDS_AND_DISSECTOR_ERRORS
    {
        show_exception(shown, piece->pinfo, piece->tree, EXCEPT_CODE, GET_MESSAGE);
        piece->tree = NULL;
    }
    ENDTRY;
    TRY
    {
        done = amanda_stream_contents_dissect(piece);
    }
    FINALLY
    {
        if (piece->fresh) {
            amanda_unfinished_done(piece, unfinished, done);
            amanda_dump_summary_advance(piece->stream, piece->pinfo);
        }
    }
    ENDTRY;
}

void amanda_stream_contents_show_summary(const amanda_stream_bytes_t *piece, proto_item *protocol)
{
    packet_info *pinfo = piece->pinfo;
    const char *label = amanda_dump_label(piece->stream->dump, pinfo);
    wmem_strbuf_t *summary = wmem_strbuf_new(pinfo->pool, amanda_role_name(piece->stream->role));

    if (*label)
        wmem_strbuf_append_printf(summary, " %s", label);
    if (piece->info_rank == 0 && (piece->stream->role == AMANDA_ROLE_DATA || amanda_tape_server_is_image(piece)))
        wmem_strbuf_append(summary, amanda_data_summary(piece));
    else if (piece->info_rank > 0) {
        const char *info_text = amanda_span_text(pinfo->pool, piece->tvb, piece->info_text);

        wmem_strbuf_append_printf(summary, "%s %.*s", *label ? ":" : "", amanda_fit(info_text, INFO_MAX), info_text);
        if (piece->info_also)
            wmem_strbuf_append(summary, piece->info_also);
    }
    amanda_info_add(pinfo, "%s", wmem_strbuf_get_str(summary));
    amanda_label(protocol, ", %s", wmem_strbuf_get_str(summary));
}

void amanda_stream_contents_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_index_path,
         {"Path", "amanda.index.path", FT_STRING, BASE_NONE, NULL, 0x0,
          "A file or, where it ends with a slash, a directory in the dump", HFILL}},
        {&hf_amanda_state_line,
         {"State", "amanda.state", FT_STRING, BASE_NONE, NULL, 0x0, "What the application says of its dump", HFILL}},
        {&hf_amanda_state_block,
         {"Block", "amanda.state.block", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Block of 512 bytes in the dump where the file begins", HFILL}},
        {&hf_amanda_state_path,
         {"Path", "amanda.state.path", FT_STRING, BASE_NONE, NULL, 0x0, "File that begins in this block", HFILL}},
        {&hf_amanda_cmd,
         {"Command", "amanda.cmd", FT_STRING, BASE_NONE, NULL, 0x0, "Command or answer of the CMD stream", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_state,
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}
