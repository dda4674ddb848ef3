/* amanda-data.c
 * The DATA stream: the dump itself
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "amanda-data.h"

#include "amanda-header-block.h"

#include <wsutil/crc32.h>

#include <string.h>

/* The first block of a tar archive, which has the most distant magic of all. */
#define HEAD_LENGTH 512

struct amanda_data {
    uint32_t crc;
    uint32_t format_frame; /* where the format became known; 0 as long as it is not */
    uint64_t format_bytes; /* with so many bytes of the stream */
    const char *format;
    int head_length;
    uint8_t head[HEAD_LENGTH];
};

static int hf_amanda_data;
static int hf_amanda_data_bytes;
static int hf_amanda_data_format;

#define MAGIC(offset, bytes, name)                                                                                     \
    {                                                                                                                  \
        offset, sizeof(bytes) - 1, bytes, name                                                                         \
    }

/* Programs that Amanda runs to make, compress or encrypt a dump leave their marks in its first bytes. */
static const struct {
    int offset;
    int length;
    const char *bytes;
    const char *name;
} magics[] = {
    MAGIC(0, AMANDA_HEADER_BLOCK_MAGIC, "Amanda header"),
    MAGIC(0, "NETDUMP: ", "Amanda header"),
    MAGIC(0, "\x1f\x8b", "gzip"),
    MAGIC(0, "\x1f\x9d", "compress"),
    MAGIC(0, "BZh", "bzip2"),
    MAGIC(0,
          "\xfd"
          "7zXZ",
          "xz"),
    MAGIC(0, "\x28\xb5\x2f\xfd", "zstd"),
    MAGIC(0, "\x04\x22\x4d\x18", "lz4"),
    MAGIC(0, "\x89LZO", "lzop"),
    MAGIC(0, "LZIP", "lzip"),
    MAGIC(0, "-----BEGIN PGP", "OpenPGP"),
    MAGIC(0, "PK\x03\x04", "zip"),
    MAGIC(0, "xFSdump0", "xfsdump"),
    MAGIC(0, "070701", "cpio"),
    MAGIC(0, "070702", "cpio"),
    MAGIC(0, "070707", "cpio"),
    MAGIC(24, "\x6c\xea\x00\x00", "dump"),
    MAGIC(24, "\x00\x00\xea\x6c", "dump"),
    MAGIC(24, "\x19\x01\x54\x19", "dump"),
    MAGIC(24, "\x19\x54\x01\x19", "dump"),
    MAGIC(257, "ustar", "tar"),
};

/* Whether this is the header of a tar archive of the oldest kind, which has a checksum but no magic. */
static bool is_old_tar(const uint8_t *head)
{
    unsigned sum = 0;
    unsigned claimed = 0;

    for (int i = 0; i < HEAD_LENGTH; i++)
        sum += i >= 148 && i < 156 ? ' ' : head[i];
    for (int i = 148; i < 156 && (head[i] == ' ' || (head[i] >= '0' && head[i] <= '7')); i++)
        claimed = head[i] == ' ' ? claimed : claimed * 8 + (head[i] - '0');
    return claimed != 0 && sum == claimed;
}

static void recognise(amanda_data_t *data, uint32_t frame, uint64_t bytes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(magics) && !data->format; i++) {
        if (data->head_length >= magics[i].offset + magics[i].length &&
            memcmp(data->head + magics[i].offset, magics[i].bytes, (size_t)magics[i].length) == 0)
            data->format = magics[i].name;
    }
    if (!data->format && data->head_length == HEAD_LENGTH)
        data->format = is_old_tar(data->head) ? "tar" : "unknown format";
    if (!data->format)
        return;
    data->format_frame = frame;
    data->format_bytes = bytes;
}

/* So many bytes of the stream there are with a piece. */
static uint64_t end_of(const amanda_piece_t *piece)
{
    return piece->offset + tvb_reported_length(piece->tvb);
}

static void remember(const amanda_piece_t *piece, const uint8_t *bytes, int length)
{
    amanda_stream_t *stream = piece->stream;

    if (!stream->data) {
        stream->data = wmem_new0(wmem_file_scope(), amanda_data_t);
        stream->data->crc = UINT32_MAX;
    }

    amanda_data_t *data = stream->data;

    data->crc = crc32c_calculate_no_swap(bytes, length, data->crc);
    if (data->format_frame || stream->half[piece->direction].incomplete || piece->offset > HEAD_LENGTH)
        return;

    int more = MIN(length, HEAD_LENGTH - data->head_length);

    memcpy(data->head + data->head_length, bytes, (size_t)more);
    data->head_length += more;
    recognise(data, piece->pinfo->num, end_of(piece));
}

uint32_t amanda_data_crc(const amanda_data_t *data)
{
    return ~data->crc;
}

const char *amanda_data_format(const amanda_stream_t *stream, uint32_t frame, uint64_t bytes)
{
    const amanda_data_t *data = stream->data;

    if (!data || !data->format_frame || data->format_frame > frame)
        return NULL;
    /* Several pieces may come with one packet, and each knows what those before it told. */
    return data->format_frame < frame || data->format_bytes <= bytes ? data->format : NULL;
}

int amanda_data_dissect(amanda_piece_t *piece)
{
    int length = (int)tvb_captured_length(piece->tvb);
    const uint8_t *bytes = length > 0 ? tvb_get_ptr(piece->tvb, 0, length) : NULL;

    /* With this line, amrecover of 2.5 and before begins its connection, too. */
    if (piece->direction == AMANDA_TO_RESPONDER && piece->offset == 0 && length > 9 &&
        memcmp(bytes, "SECURITY ", 9) == 0)
        return amanda_piece_lines(piece, amanda_piece_plain_line);
    if (piece->fresh && length > 0)
        remember(piece, bytes, length);

    const char *format = amanda_data_format(piece->stream, piece->pinfo->num, end_of(piece));
    proto_item *item = proto_tree_add_item(piece->tree, hf_amanda_data, piece->tvb, 0, -1, ENC_NA);

    proto_item_append_text(item, " (%u bytes)", tvb_reported_length(piece->tvb));
    proto_item_set_generated(proto_tree_add_uint64(piece->tree, hf_amanda_data_bytes, piece->tvb, 0, 0, end_of(piece)));
    if (format)
        proto_item_set_generated(proto_tree_add_string(piece->tree, hf_amanda_data_format, piece->tvb, 0, 0, format));
    if (piece->offset == 0 && amanda_header_block_is_one(bytes, length))
        amanda_header_block_dissect(piece->pinfo, piece->tvb, piece->tree);
    return (int)tvb_reported_length(piece->tvb);
}

const char *amanda_data_summary(const amanda_piece_t *piece)
{
    const char *format = amanda_data_format(piece->stream, piece->pinfo->num, end_of(piece));

    return wmem_strdup_printf(piece->pinfo->pool, ", %" G_GUINT64_FORMAT " bytes so far%s%s%s", end_of(piece),
                              format ? " (" : "", format ? format : "", format ? ")" : "");
}

void amanda_data_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_data,
         {"Part of the dump", "amanda.data", FT_NONE, BASE_NONE, NULL, 0x0, "Bytes of the DATA stream", HFILL}},
        {&hf_amanda_data_bytes,
         {"Bytes so far", "amanda.data.bytes", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Length of the DATA stream up to and with this packet", HFILL}},
        {&hf_amanda_data_format,
         {"Format", "amanda.data.format", FT_STRING, BASE_NONE, NULL, 0x0,
          "What made the dump, as its first bytes show: tar, gzip, dump, ...", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}
