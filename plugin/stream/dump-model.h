/* stream/dump-model.h
 * A dump and its streams: what is known of them, whoever found it out
 *
 * Everything here is written on the first pass only, and in the memory of the capture file. Frame numbers are 0 where
 * there is no such frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_DUMP_MODEL_H
#define AMANDA_STREAM_DUMP_MODEL_H

#include "verdict/exchange-facts.h"
#include "verdict/exchange.h"
#include "verdict/hosts.h"

#include <epan/packet.h>

typedef enum {
    AMANDA_ROLE_DATA,
    AMANDA_ROLE_MESG,
    AMANDA_ROLE_INDEX,
    AMANDA_ROLE_STATE,
    AMANDA_ROLE_CTL,
    AMANDA_ROLE_CMD,
    AMANDA_ROLE_NONE
} amanda_role_t;

/* The bytes of a line whose end has not come. They may move as more of them come. */
typedef struct {
    uint8_t *bytes;
    int length;
    int room;
} amanda_tail_t;

/* One direction of a stream. */
typedef struct {
    uint64_t bytes;      /* seen in order and without holes */
    char *unfinished;    /* the beginning of a line whose end has not come; NULL if there never was one */
    amanda_tail_t *tail; /* all of it; NULL if there never was one */
    int tail_length;
    bool has_unfinished : 1; /* unfinished holds something */
    bool mid_line : 1;       /* the next byte does not begin a line */
    bool overlong : 1;       /* nor does it end one, of which the beginning was shown: it was too long to wait for */
    bool incomplete : 1;     /* bytes are missing from the capture */
    bool ended : 1;          /* its end was told, where frames do so */
    bool interrupted : 1;    /* bytes are missing before the next that come */
    bool is_whole : 1;       /* among those that the next gap in their connection interrupts */
} amanda_half_t;

typedef enum { AMANDA_TO_REQUESTER, AMANDA_TO_RESPONDER, AMANDA_DIRECTIONS } amanda_direction_t;

/* What became of a stream. Whoever announces streams without end need not open one of them, which takes none of this. */
typedef struct {
    amanda_half_t half[AMANDA_DIRECTIONS];
    struct amanda_stream *older;                         /* had the same handle in the same connection */
    struct amanda_stream *next_whole[AMANDA_DIRECTIONS]; /* see tcp/framed-connections.h */
    struct amanda_data *data;                            /* of DATA; see stream/data.h; NULL until a byte came */
    uint64_t image_start;  /* the place in the stream from which on the responder's side of CTL carries a dump */
    uint64_t bytes_at_end; /* what of the responder had come when MESG ended */
    uint32_t image_frame;  /* from which on it does so; 0 if it does not */
    uint32_t closed_in;    /* where the responder ended it */
} amanda_carried_t;

typedef struct amanda_stream {
    struct amanda_dump *dump;
    struct amanda_stream *next;     /* of the same reply */
    amanda_carried_t *carried;      /* NULL as long as there is nothing in it; see amanda_stream_carried() */
    const amanda_host_t *requester; /* of a TCP port: who is to connect; else NULL */
    const amanda_host_t *responder; /* and to whom */
    uint32_t number;                /* TCP port, or handle */
    uint32_t ordinal;     /* of all streams of the capture, from 0 on, in the order in which they became known */
    uint32_t setup_frame; /* the reply */
    uint32_t first_frame; /* of its connection; where streams share one, of the stream itself */
    uint32_t refused_in;
    amanda_role_t role : 8;
    bool is_announced : 1; /* among the streams of its connection, where that has frames */
} amanda_stream_t;

typedef enum {
    AMANDA_CHECK_NONE,     /* bytes are missing from the capture, or DATA is still under way */
    AMANDA_CHECK_GOOD,     /* count and CRC are those of the DATA stream */
    AMANDA_CHECK_BAD_CRC,  /* the count is, the CRC is not */
    AMANDA_CHECK_BAD_COUNT /* there are more or fewer bytes */
} amanda_check_t;

/* The place of what is found out when a stream is closed. */
#define AMANDA_AT_CLOSE UINT64_MAX

/* What MESG said of a dump. */
typedef struct {
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
    bool incomplete;       /* bytes of MESG before that are missing from the capture */
    uint32_t end_frame;    /* of that line, or where the connection ended without it */
    uint64_t end_position; /* how many bytes of MESG that was; AMANDA_AT_CLOSE where it did not end with a line */
    nstime_t end_time;
    amanda_check_t check;
    uint32_t check_frame;    /* where the check could be made: of the client-CRC line, or later in DATA */
    uint64_t check_position; /* 0 at the line; how many bytes of DATA that was; AMANDA_AT_CLOSE at its end */
    uint32_t calculated;     /* CRC-32C of the bytes that were seen */
    uint64_t counted;
} amanda_result_t;

/* What a reply with a CONNECT line set up: nearly always a dump, and its streams. */
typedef struct amanda_dump {
    const amanda_exchange_t *exchange;    /* that the reply is of; NULL where it is not known */
    const amanda_exchange_facts_t *facts; /* of the exchange; NULL where none are known */
    const char *service;                  /* NULL if nothing told */
    const char *guess;                    /* what the reply looks like where nothing did; NULL for nothing */
    amanda_stream_t *streams;             /* in the order of the CONNECT line */
    amanda_result_t *result;              /* NULL until MESG said something */
    const amanda_result_t *last_word;     /* the same, as it was when MESG ended; NULL until then */
    struct amanda_questions *questions;   /* of amindexd or amidxtaped; see stream/questions.h; NULL until it began */
    uint32_t header_size;                 /* of the dump file, in DATA; 0 where it is as usual */
    nstime_t reply_time;
    uint32_t request;      /* the frame of the REQ */
    uint32_t reply;        /* the frame that announced the streams first */
    uint32_t mistaken_for; /* of an unmatched reply: the REQ that it could be taken to answer */
    bool unmatched;        /* announced by a reply that answers no outstanding request */
    bool unasked;          /* nor any other that the capture has: whoever connects most probably asked before */
} amanda_dump_t;

/* What is not there reads as 0. */
extern const amanda_carried_t amanda_nothing_carried;

/* What became of a stream so far, to be read; never NULL. */
static inline const amanda_carried_t *amanda_stream_carried(const amanda_stream_t *stream)
{
    return stream->carried ? stream->carried : &amanda_nothing_carried;
}

/* The same to be written: made in the memory of the capture file where it is not there yet. */
amanda_carried_t *amanda_stream_make_carried(amanda_stream_t *stream);

/* "DATA", "MESG", ... */
const char *amanda_role_name(amanda_role_t role);

/* The role with this name; AMANDA_ROLE_NONE if there is none. */
amanda_role_t amanda_role_of(const char *name);

/* One more stream of a dump. Returns NULL if it has as many as a reply may announce. */
amanda_stream_t *amanda_dump_add_stream(amanda_dump_t *dump, amanda_role_t role, uint32_t number,
                                        const packet_info *pinfo);

/* The stream with this port or handle; NULL if there is none. */
amanda_stream_t *amanda_dump_stream(const amanda_dump_t *dump, int64_t number);

/* The stream of a dump in this role; NULL if there is none. */
amanda_stream_t *amanda_dump_role(const amanda_dump_t *dump, amanda_role_t role);

/* Whether a dump is of this service; where its request is not in the capture, as far as the reply tells that. */
bool amanda_dump_is_of(const amanda_dump_t *dump, const char *service);

/* The result of a dump, which is made where there is none yet. To be called on the first pass. */
amanda_result_t *amanda_dump_result(amanda_dump_t *dump);

/* The disk of a dump, from its request or from the first line of MESG; NULL where it is not known in this frame. The
 * same of the level, which is -1 then. */
const char *amanda_dump_disk(const amanda_dump_t *dump, uint32_t frame);
int amanda_dump_level(const amanda_dump_t *dump, uint32_t frame);

/* Disk and level in a few words: "/home level 0"; "" where they are not known. In the memory of the packet. */
const char *amanda_dump_label(const amanda_dump_t *dump, packet_info *pinfo);

#endif
