/* stream/mesg.h
 * The MESG stream of a dump: what the client tells of its progress and result
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_MESG_H
#define AMANDA_STREAM_MESG_H

#include "stream/stream-bytes.h"

typedef enum {
    AMANDA_CHECK_NONE,     /* bytes are missing from the capture, or DATA is still under way */
    AMANDA_CHECK_GOOD,     /* count and CRC are those of the DATA stream */
    AMANDA_CHECK_BAD_CRC,  /* the count is, the CRC is not */
    AMANDA_CHECK_BAD_COUNT /* there are more or fewer bytes */
} amanda_check_t;

/* The place of what is found out when a stream is closed. */
#define AMANDA_AT_CLOSE UINT64_MAX

/* What MESG said of a dump. Written on the first pass only. Frame numbers are 0 where there is no such frame. */
typedef struct amanda_result {
    const char *disk;     /* of the start line; NULL if there was none */
    int level;            /* the same; -1 */
    uint32_t start_frame; /* of that line */
    uint64_t size;        /* in KiB (2.3: bytes) */
    bool has_size;
    bool has_client_crc;
    uint32_t client_crc;
    uint64_t client_bytes;
    uint32_t crc_frame; /* of the client-CRC line */
    unsigned strange;   /* lines that begin with ? */
    unsigned errors;
    bool ended;            /* with sendbackup: end */
    uint32_t end_frame;    /* of that line, or where the connection ended without it */
    uint64_t end_position; /* how many bytes of MESG that was; AMANDA_AT_CLOSE where it did not end with a line */
    nstime_t end_time;
    amanda_check_t check;
    uint32_t check_frame;    /* where the check could be made: of the client-CRC line, or later in DATA */
    uint64_t check_position; /* 0 at the line; how many bytes of DATA that was; AMANDA_AT_CLOSE at its end */
    uint32_t calculated;     /* CRC-32C of the bytes that were seen */
    uint64_t counted;
} amanda_result_t;

/* The result of a dump, which is made where there is none yet. To be called on the first pass. */
amanda_result_t *amanda_mesg_result(amanda_dump_t *dump);

/* Dissects a line of MESG.
 *
 * Amanda 2.3 to 3.5 client-src/sendbackup.c, server-src/dumper.c (parse_info_line, process_dumpline). */
void amanda_mesg_line(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t span);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_mesg_register(int proto);

#endif
