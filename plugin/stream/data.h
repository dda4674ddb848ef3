/* stream/data.h
 * The DATA stream: the dump itself
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_DATA_H
#define AMANDA_STREAM_DATA_H

#include "stream/stream-bytes.h"

/* What the first pass found out about the bytes. */
typedef struct amanda_data amanda_data_t;

/* Dissects a piece of DATA; waits for nothing. Returns the length of the piece. */
int amanda_data_dissect(amanda_stream_bytes_t *piece);

/* On the first pass: tells the first bytes of the dump, which came as something else. */
void amanda_data_begin(amanda_stream_t *stream, const uint8_t *bytes, int length);

/* The first bytes of the dump: at least those by which a header is recognised, if there were so many. */
const uint8_t *amanda_data_beginning(const amanda_data_t *data);

/* Whether bytes are recognised as the beginning of a dump, or of the header of a dump file. */
bool amanda_data_is_dump(const uint8_t *bytes, int length);

/* CRC-32C of all bytes that came in order; of no use where some are missing. */
uint32_t amanda_data_crc(const amanda_data_t *data);

/* The format as it was known in this frame with so many bytes of the stream, "tar" e.g.; NULL where it was not. */
const char *amanda_data_format(const amanda_stream_t *stream, uint32_t frame, uint64_t bytes);

/* Whether the header of the dump file, if there is one, became whole in this frame with so many bytes of the stream. */
bool amanda_data_ends_header(const amanda_stream_t *stream, uint32_t frame, uint64_t bytes);

/* Shows that header, whose bytes came with several packets. tvb: any buffer of this one. */
void amanda_data_show_header(const amanda_stream_t *stream, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* What the Info column says of a piece, behind the name of the stream. In the memory of the packet. */
const char *amanda_data_summary(const amanda_stream_bytes_t *piece);

/* How long the header of the dump file in front of a dump is, and how many bytes and which CRC-32C it says that the dump
 * itself has (SERVER-CRC or CLIENT-CRC; NATIVE-CRC where nothing compresses or encrypts it; Amanda 3.4 to 3.5
 * common-src/fileheader.c). Returns false where it does not say. */
bool amanda_data_announced(const amanda_data_t *data, uint64_t *header, uint64_t *bytes, uint32_t *crc);

/* Registers the fields of this part for the protocol. */
void amanda_data_register(int proto);

#endif
