/* stream/dump-file-header.h
 * The header of a dump file: a block of 32 KiB in front of the dump
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_DUMP_FILE_HEADER_H
#define AMANDA_STREAM_DUMP_FILE_HEADER_H

#include "show/common-fields.h"

/* How long a header is, unless both sides agreed on something else; and how many bytes are needed to recognise one. */
#define AMANDA_HEADER_BLOCK_LENGTH 32768
#define AMANDA_HEADER_BLOCK_MAGIC 9

/* Whether these bytes begin as a header does. bytes may be NULL where length is 0. */
bool amanda_header_block_is_one(const uint8_t *bytes, int length);

/* Whether the text of a header ends within these bytes; NUL bytes may follow. */
bool amanda_header_block_is_whole(const uint8_t *bytes, int length);

/* Whose dump this is. */
typedef struct {
    const char *client;
    const char *disk;
    int level; /* -1 where it is not known */
} amanda_subject_t;

/* What the first line of a header says of that. Its texts are in memory of the pool. Returns false, and changes nothing, if
 * bytes are no header, or one that names no disk. */
bool amanda_header_block_subject(wmem_allocator_t *pool, const uint8_t *bytes, int length, amanda_subject_t *subject);

/* Dissects the header at the beginning of tvb, as far as it is there.
 *
 * Amanda 2.4 to 3.5 common-src/fileheader.c, parse_file_header() and build_header(). */
void amanda_header_block_dissect(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_header_block_register(int proto);

#endif
