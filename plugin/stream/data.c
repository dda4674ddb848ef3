/* stream/data.c
 * The DATA stream: the dump itself
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/data.h"

#include "show/labels.h"
#include "show/generated.h"
#include "stream/dump-file-header.h"

#include <wsutil/crc32.h>

#include <string.h>

/* The first block of a tar archive, which has the most distant magic of all. */
#define HEAD_LENGTH 512

#define UNKNOWN_FORMAT "unknown format"

/* Characters that a number and the end of its line take up. */
#define MAX_NUMBER 24

struct amanda_data {
    uint32_t crc;
    uint32_t format_frame; /* where the format became known; 0 as long as it is not */
    uint64_t format_bytes; /* with so many bytes of the stream */
    const char *format;
    uint8_t *beginning; /* the first bytes: those of the header, if there is one, and a head of the image */
    int length;
    int header_length;     /* 0 if there is none */
    uint32_t header_frame; /* where the text of the header became whole; 0 as long as it is not */
    uint64_t header_bytes; /* with so many bytes of the stream */
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
    return sum == claimed;
}

/* head: the first bytes of the image, up to HEAD_LENGTH. */
static const char *recognise(const uint8_t *head, int length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(magics); i++) {
        if (length >= magics[i].offset + magics[i].length &&
            memcmp(head + magics[i].offset, magics[i].bytes, (size_t)magics[i].length) == 0)
            return magics[i].name;
    }
    if (length < HEAD_LENGTH)
        return NULL;
    return is_old_tar(head) ? "tar" : UNKNOWN_FORMAT;
}

bool amanda_data_is_dump(const uint8_t *bytes, int length)
{
    const char *format = recognise(bytes, MIN(length, HEAD_LENGTH));

    return amanda_header_block_is_one(bytes, length) || (format && strcmp(format, UNKNOWN_FORMAT) != 0);
}

/* So many bytes of the stream there are with a piece. */
static uint64_t end_of(const amanda_stream_bytes_t *piece)
{
    return piece->offset + tvb_reported_length(piece->tvb);
}

/* Keeps the first bytes, and finds out how many of them are a header. */
static void keep_beginning(amanda_data_t *data, const amanda_dump_t *dump, const uint8_t *bytes, int length)
{
    int room = data->header_length + HEAD_LENGTH;

    if (!data->beginning)
        data->beginning = (uint8_t *)wmem_alloc(wmem_file_scope(), HEAD_LENGTH);

    int more = MIN(length, room - data->length);

    memcpy(data->beginning + data->length, bytes, (size_t)more);
    data->length += more;
    if (data->header_length || !amanda_header_block_is_one(data->beginning, data->length))
        return;
    data->header_length = dump->header_size ? (int)dump->header_size : AMANDA_HEADER_BLOCK_LENGTH;
    data->beginning =
        (uint8_t *)wmem_realloc(wmem_file_scope(), data->beginning, (size_t)data->header_length + HEAD_LENGTH);
    keep_beginning(data, dump, bytes + more, length - more);
}

/* What is restored has a header in front of what its CRC is of. To be called once it is known how long the header is. */
static void add_to_crc(amanda_data_t *data, const amanda_stream_bytes_t *piece, const uint8_t *bytes, int length)
{
    uint64_t header = (uint64_t)data->header_length;
    int skip = 0;

    if (piece->offset < header && amanda_dump_is_of(piece->stream->dump, "amidxtaped")) {
        data->crc = UINT32_MAX;
        skip = (int)MIN(header - piece->offset, (uint64_t)length);
    }
    data->crc = crc32c_calculate_no_swap(bytes + skip, length - skip, data->crc);
}

/* lacks_bytes: no more of the beginning will be known. */
static void look_at_beginning(amanda_data_t *data, const amanda_stream_bytes_t *piece, bool lacks_bytes)
{
    int header = MIN(data->length, data->header_length);

    if (header > 0 && !data->header_frame &&
        (lacks_bytes || header == data->header_length || amanda_header_block_is_whole(data->beginning, header))) {
        data->header_frame = piece->pinfo->num;
        data->header_bytes = end_of(piece);
    }
    if (data->length > header)
        data->format = recognise(data->beginning + header, MIN(data->length - header, HEAD_LENGTH));
    if (data->format) {
        data->format_frame = piece->pinfo->num;
        data->format_bytes = end_of(piece);
    }
}

void amanda_data_begin(amanda_stream_t *stream, const uint8_t *bytes, int length)
{
    amanda_carried_t *carried = amanda_stream_make_carried(stream);

    if (!carried->data) {
        carried->data = wmem_new0(wmem_file_scope(), amanda_data_t);
        carried->data->crc = UINT32_MAX;
    }
    if (length > 0)
        keep_beginning(carried->data, stream->dump, bytes, length);
}

static void remember(const amanda_stream_bytes_t *piece, const uint8_t *bytes, int length)
{
    amanda_stream_t *stream = piece->stream;

    amanda_data_begin(stream, NULL, 0);

    amanda_data_t *data = stream->carried->data;

    if (data->format_frame) {
        add_to_crc(data, piece, bytes, length);
        return;
    }

    bool lacks_bytes = stream->carried->half[piece->direction].incomplete;

    if (!lacks_bytes)
        keep_beginning(data, stream->dump, bytes, length);
    add_to_crc(data, piece, bytes, length);
    look_at_beginning(data, piece, lacks_bytes || length < (int)tvb_reported_length(piece->tvb));
}

const uint8_t *amanda_data_beginning(const amanda_data_t *data)
{
    return data->beginning;
}

uint32_t amanda_data_crc(const amanda_data_t *data)
{
    return ~data->crc;
}

/* Several pieces may come with one packet, and each knows what those before it told. */
static bool is_told(uint32_t told_in, uint64_t told_with, uint32_t frame, uint64_t bytes)
{
    return told_in && (told_in < frame || (told_in == frame && told_with <= bytes));
}

const char *amanda_data_format(const amanda_stream_t *stream, uint32_t frame, uint64_t bytes)
{
    const amanda_data_t *data = amanda_stream_carried(stream)->data;

    if (!data)
        return NULL;
    if (is_told(data->format_frame, data->format_bytes, frame, bytes))
        return data->format;
    return is_told(data->header_frame, data->header_bytes, frame, bytes) ? "Amanda header" : NULL;
}

/* The number of bytes and the CRC behind a key of the header; false where it does not have both. */
static bool read_crc(const amanda_data_t *data, const char *key, uint64_t *bytes, uint32_t *crc)
{
    int known = MIN(data->length, data->header_length);
    const char *found = g_strstr_len((const char *)data->beginning, known, key);
    const char *end = (const char *)data->beginning + known;
    const char *colon = found ? (const char *)memchr(found, ':', (size_t)(end - found)) : NULL;

    if (!colon || memchr(found + 1, '\n', (size_t)(colon - found - 1)) || end - colon < MAX_NUMBER)
        return false;
    *bytes = g_ascii_strtoull(colon + 1, NULL, 10);
    *crc = (uint32_t)g_ascii_strtoull(found + strlen(key), NULL, 16);
    return true;
}

/* Whether what is behind the header is as the client's program made it, neither compressed nor encrypted. What the server has
 * compressed it expands before it sends it; the other CRCs stay those of what it stored (Amanda 3.4 to 3.5
 * perl/Amanda/Restore.pm). */
static bool is_plain(const amanda_data_t *data)
{
    const char *text = (const char *)data->beginning;
    int known = MIN(data->length, data->header_length);
    const char *end = (const char *)memchr(text, '\n', (size_t)known);
    int line = end ? (int)(end - text) : known;

    return g_strstr_len(text, line, " comp N ") && !g_strstr_len(text, line, " crypt ");
}

bool amanda_data_announced(const amanda_data_t *data, uint64_t *header, uint64_t *bytes, uint32_t *crc)
{
    static const char *const keys[] = {"\nNATIVE-CRC=", "\nSERVER-CRC=", "\nCLIENT-CRC="};

    if (!data->header_frame)
        return false;
    *header = (uint64_t)data->header_length;

    for (size_t i = is_plain(data) ? 0 : 1; i < G_N_ELEMENTS(keys); i++) {
        if (read_crc(data, keys[i], bytes, crc))
            return true;
    }
    return false;
}

bool amanda_data_ends_header(const amanda_stream_t *stream, uint32_t frame, uint64_t bytes)
{
    const amanda_data_t *data = amanda_stream_carried(stream)->data;

    return data && data->header_frame == frame && data->header_bytes == bytes;
}

void amanda_data_show_header(const amanda_stream_t *stream, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_data_t *data = amanda_stream_carried(stream)->data;
    int known = MIN(data->length, data->header_length);
    int length = (int)MIN(data->header_bytes - amanda_stream_carried(stream)->image_start, (uint64_t)known);
    tvbuff_t *header = tvb_new_child_real_data(tvb, data->beginning, (unsigned)length, length);

    add_new_data_source(pinfo, header, "Header of the dump file");
    amanda_header_block_dissect(pinfo, header, tree);
}

int amanda_data_dissect(amanda_stream_bytes_t *piece)
{
    int length = (int)tvb_captured_length(piece->tvb);
    const uint8_t *bytes = length > 0 ? tvb_get_ptr(piece->tvb, 0, length) : NULL;

    /* With this line, amrecover of 2.5 and before begins its connection, too. */
    if (piece->direction == AMANDA_TO_RESPONDER && piece->offset == 0 && length > 9 &&
        memcmp(bytes, "SECURITY ", 9) == 0)
        return amanda_stream_bytes_lines(piece, amanda_stream_bytes_plain_line);
    if (piece->fresh && length > 0)
        remember(piece, bytes, length);

    const char *format = amanda_data_format(piece->stream, piece->pinfo->num, end_of(piece));
    proto_item *item = proto_tree_add_item(piece->tree, hf_amanda_data, piece->tvb, 0, length, ENC_NA);

    amanda_label(item, " (%u bytes)", tvb_reported_length(piece->tvb));
    amanda_generated_uint64(piece->tree, hf_amanda_data_bytes, piece->tvb, end_of(piece));
    if (format)
        amanda_generated_string(piece->tree, hf_amanda_data_format, piece->tvb, format);
    if (!amanda_data_ends_header(piece->stream, piece->pinfo->num, end_of(piece)))
        return (int)tvb_reported_length(piece->tvb);
    /* Where it is all in one piece, it is shown there. */
    if (piece->offset == amanda_stream_carried(piece->stream)->image_start && amanda_header_block_is_one(bytes, length))
        amanda_header_block_dissect(piece->pinfo, piece->tvb, piece->tree);
    else
        amanda_data_show_header(piece->stream, piece->pinfo, piece->tvb, piece->tree);
    return (int)tvb_reported_length(piece->tvb);
}

const char *amanda_data_summary(const amanda_stream_bytes_t *piece)
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
