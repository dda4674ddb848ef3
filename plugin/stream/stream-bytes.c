/* stream/stream-bytes.c
 * Bytes of a stream, on their way through the parts that dissect what the streams carry
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/stream-bytes.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>

#include "show/packet-data.h"
#include "text/words.h"

/* A longer line is no line of Amanda's. Waiting for its end could take forever. */
#define MAX_LINE 16384

#define INFO_MAX 160

static int hf_amanda_stream_line;
static int hf_amanda_stream_part;
static int hf_amanda_stream_rest;
static int hf_amanda_stream_unfinished;

static expert_field ei_amanda_stream_gap;
static expert_field ei_amanda_stream_line_cut;
static expert_field ei_amanda_stream_no_syn;
static expert_field ei_amanda_stream_unfinished_line;

void amanda_stream_bytes_offer(amanda_stream_bytes_t *piece, int rank, amanda_span_t line)
{
    if (rank <= piece->info_rank || line.length <= 0)
        return;
    piece->info_rank = rank;
    piece->info_text = line;
}

/* Remembers how a line begins, for the case that its end never comes. */
static void keep_unfinished(amanda_half_t *half, const uint8_t *text, int length)
{
    int kept = MIN(length, INFO_MAX);

    if (!half->unfinished)
        half->unfinished = (char *)wmem_alloc(wmem_file_scope(), INFO_MAX + 1);
    for (int i = 0; i < kept; i++)
        half->unfinished[i] = g_ascii_isprint((char)text[i]) ? (char)text[i] : '.';
    half->unfinished[kept] = '\0';
    half->has_unfinished = true;
}

/* A walk from line to line. */
typedef struct {
    amanda_stream_bytes_t *piece;
    amanda_stream_bytes_line_t dissect_line;
    int offset;    /* of the line at hand */
    int next;      /* of the one behind it */
    bool rest;     /* the line at hand lacks its beginning */
    bool overlong; /* which was shown */
} walk_t;

/* Whether the first bytes of MESG are those by which every dump begins, so that nothing is missing before them. */
static bool begins_as_mesg(const amanda_stream_bytes_t *piece)
{
    static const char *const beginnings[] = {"sendbackup: start [", "sendbackup: info BACKUP="};

    for (size_t i = 0; piece->stream->role == AMANDA_ROLE_MESG && i < G_N_ELEMENTS(beginnings); i++) {
        if (tvb_strneql(piece->tvb, 0, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

/* What is told of a line that lacks its beginning: whether bytes are missing before the very first one is not known. */
static expert_field *lack_of(const walk_t *walk)
{
    if (!walk->rest)
        return &ei_amanda_stream_line_cut;
    return walk->piece->first ? &ei_amanda_stream_no_syn : &ei_amanda_stream_gap;
}

/* Dissects line by line from the offset on. What is not done with begins at the offset then. */
static void walk_lines(walk_t *walk)
{
    amanda_stream_bytes_t *piece = walk->piece;
    int length = (int)tvb_captured_length(piece->tvb);
    bool cut = (int)tvb_reported_length(piece->tvb) > length;
    const uint8_t *text = length > 0 ? tvb_get_ptr(piece->tvb, 0, length) : (const uint8_t *)"";

    for (; walk->offset < length; walk->offset = walk->next) {
        amanda_span_t line;
        bool whole = amanda_line(text, length, walk->offset, &line, &walk->next);

        if (!whole && !cut && !piece->last && !walk->overlong && length - walk->offset < MAX_LINE) {
            if (piece->fresh)
                keep_unfinished(&amanda_stream_make_carried(piece->stream)->half[piece->direction], text + walk->offset,
                                length - walk->offset);
            amanda_add_string(piece->tree, hf_amanda_stream_part, piece->tvb, line);
            return;
        }
        if (walk->rest || (!whole && (cut || !piece->last))) {
            proto_item *item = amanda_add_string(piece->tree, hf_amanda_stream_rest, piece->tvb, line);

            if (!walk->overlong)
                amanda_expert_add(piece->pinfo, item, lack_of(walk));
            if (piece->fresh)
                amanda_stream_make_carried(piece->stream)->half[piece->direction].overlong =
                    !whole && !cut && !piece->last;
        } else {
            walk->dissect_line(piece, text, line);
        }
        walk->rest = walk->overlong = false;
    }
}

int amanda_stream_bytes_lines(amanda_stream_bytes_t *piece, amanda_stream_bytes_line_t dissect_line)
{
    walk_t *walk = wmem_new0(piece->pinfo->pool, walk_t);
    volatile bool finished = false;

    walk->piece = piece;
    walk->dissect_line = dissect_line;
    walk->overlong = piece->mid_line && piece->overlong;
    walk->rest = piece->mid_line && !(piece->first && begins_as_mesg(piece));
    amanda_stream_make_carried(piece->stream)->half[piece->direction].has_unfinished &= !piece->fresh;
    while (!finished) {
        TRY
        {
            walk_lines(walk);
            finished = true;
        }
        /* What the lines say is remembered even if there is no room for them in the tree. */
        CATCH_BOUNDS_AND_DISSECTOR_ERRORS
        {
            show_exception(piece->tvb, piece->pinfo, piece->tree, EXCEPT_CODE, GET_MESSAGE);
            if (!piece->tree)
                walk->offset = walk->next;
            piece->tree = NULL;
        }
        ENDTRY;
    }
    return walk->offset;
}

void amanda_stream_bytes_plain_line(amanda_stream_bytes_t *piece, const uint8_t *text _U_, amanda_span_t line)
{
    amanda_add_string(piece->tree, hf_amanda_stream_line, piece->tvb, line);
    amanda_stream_bytes_offer(piece, 1, line);
}

void amanda_stream_bytes_show_unfinished(const amanda_half_t *half, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    if (!half->has_unfinished)
        return;

    proto_item *item = proto_tree_add_string(tree, hf_amanda_stream_unfinished, tvb, 0, 0, half->unfinished);

    proto_item_set_generated(item);
    amanda_expert_add(pinfo, item, &ei_amanda_stream_unfinished_line);
}

void amanda_stream_bytes_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_stream_line,
         {"Line", "amanda.stream.line", FT_STRING, BASE_NONE, NULL, 0x0, "A line of a stream that has no other form",
          HFILL}},
        {&hf_amanda_stream_part,
         {"Beginning of a line", "amanda.stream.part", FT_STRING, BASE_NONE, NULL, 0x0,
          "The beginning of a line that ends in a later packet, where it is shown whole", HFILL}},
        {&hf_amanda_stream_rest,
         {"Part of a line", "amanda.stream.rest", FT_STRING, BASE_NONE, NULL, 0x0,
          "The part of a line that was captured", HFILL}},
        {&hf_amanda_stream_unfinished,
         {"Unfinished line", "amanda.stream.unfinished", FT_STRING, BASE_NONE, NULL, 0x0,
          "The beginning of the last line, whose end was never sent", HFILL}},
    };
    static ei_register_info ei[] = {
        {&ei_amanda_stream_gap,
         {"amanda.stream.gap", PI_SEQUENCE, PI_NOTE, "Bytes before this were not captured", EXPFILL}},
        {&ei_amanda_stream_no_syn,
         {"amanda.stream.no_syn", PI_SEQUENCE, PI_NOTE,
          "The begin of this connection was not captured: this line may lack its beginning", EXPFILL}},
        {&ei_amanda_stream_line_cut,
         {"amanda.stream.line_cut", PI_UNDECODED, PI_NOTE, "The end of this line is not among these bytes", EXPFILL}},
        {&ei_amanda_stream_unfinished_line,
         {"amanda.stream.unfinished_line", PI_SEQUENCE, PI_WARN, "The stream ended inside a line", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
