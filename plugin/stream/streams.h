/* stream/streams.h
 * The streams that the CONNECT line of a reply announces
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_STREAMS_H
#define AMANDA_STREAM_STREAMS_H

#include "show/body-text.h"

typedef enum {
    AMANDA_ROLE_DATA,
    AMANDA_ROLE_MESG,
    AMANDA_ROLE_INDEX,
    AMANDA_ROLE_STATE,
    AMANDA_ROLE_CTL,
    AMANDA_ROLE_CMD,
    AMANDA_ROLE_NONE
} amanda_role_t;

/* One direction of a stream. Written on the first pass only. */
typedef struct {
    uint64_t bytes;   /* seen in order and without holes */
    char *unfinished; /* the beginning of a line whose end has not come; NULL if there never was one */
    uint8_t *tail;    /* all of it */
    int tail_length;
    int tail_room;
    bool has_unfinished; /* unfinished holds something */
    bool mid_line;       /* the next byte does not begin a line */
    bool incomplete;     /* bytes are missing from the capture */
    bool ended;          /* its end was told, where frames do so */
} amanda_half_t;

typedef enum { AMANDA_TO_REQUESTER, AMANDA_TO_RESPONDER, AMANDA_DIRECTIONS } amanda_direction_t;

/* Written on the first pass only, and in the memory of the capture file. Frame numbers are 0 where there is no such
 * frame. */
typedef struct amanda_stream {
    struct amanda_dump *dump;
    struct amanda_stream *next;  /* of the same reply */
    struct amanda_stream *older; /* had the same handle in the same connection */
    struct amanda_data *data;    /* of DATA; see stream/data.h; NULL until a byte came */
    int64_t number;              /* TCP port, or handle */
    amanda_role_t role;
    uint32_t setup_frame; /* the reply */
    uint32_t first_frame; /* of its connection; where streams share one, of the stream itself */
    uint32_t refused_in;
    uint32_t closed_in;   /* where the responder ended it */
    uint32_t image_frame; /* from which on the responder's side of CTL carries a dump; 0 if it does not */
    uint64_t image_start; /* the place in the stream from which on it does */
    uint64_t bytes_at_end[AMANDA_DIRECTIONS]; /* what had come when MESG ended */
    amanda_half_t half[AMANDA_DIRECTIONS];
} amanda_stream_t;

/* What a reply with a CONNECT line set up: nearly always a dump, and its streams. */
typedef struct amanda_dump {
    amanda_exchange_facts_t **facts;    /* of the exchange; NULL where the exchange is not known */
    const char *service;                /* NULL if nothing told */
    amanda_stream_t *streams;           /* in the order of the CONNECT line */
    struct amanda_result *result;       /* what MESG said; see stream/mesg.h; NULL until it said something */
    struct amanda_questions *questions; /* of amindexd or amidxtaped; see stream/questions.h; NULL until it began */
    uint32_t header_size;               /* of the dump file, in DATA; 0 where it is as usual */
    nstime_t reply_time;
    uint32_t request;      /* the frame of the REQ */
    uint32_t reply;        /* the frame that announced the streams first */
    uint32_t mistaken_for; /* of an unmatched reply: the REQ that it could be taken to answer */
    bool unmatched;        /* announced by a reply that answers no outstanding request */
} amanda_dump_t;

/* Announces a stream of a CONNECT line of a reply, and shows in tree what is known of its connection. To be called on
 * every pass for each name and number of the line, in the order of the line.
 *
 * body: the reply; tree: the subtree of this stream; may be NULL, and what is to be remembered is all the same.
 * name: "DATA", "MESG", ...; any other text is ignored. It needs to live during the call only.
 * number: a TCP port (bsd, krb4), or the handle of a stream in the connection (the framed transports), -1 where the
 * stream does not exist; what is no port and no handle is ignored.
 *
 * Amanda 2.3 to 3.5 client-src/sendbackup.c, amandad-src/amandad.c. */
void amanda_streams_announce(amanda_body_t *body, proto_tree *tree, const char *name, int64_t number);

/* The only stream of a connection that no reply announced, since it goes directly to a service; in this frame. To be
 * called on the first pass. service: lives forever. */
amanda_stream_t *amanda_streams_make_direct(const char *service, amanda_role_t role, const packet_info *pinfo);

/* Announces the port of the packet's sender at which its receiver is to get the rest of a dump. To be called on the
 * first pass. */
void amanda_streams_announce_data(amanda_dump_t *dump, uint16_t port, const packet_info *pinfo);

/* Has all packets looked at that come from this TCP port or go there. */
void amanda_streams_watch_port(uint16_t port);

/* Whether this TCP port of a responder was announced in the capture file; cheap, and right but for some false alarms. */
bool amanda_streams_port_is_known(uint16_t port);

/* Whether any stream was announced in the capture file, so that its packets have to be looked at. */
bool amanda_streams_any(void);

/* Notes that the capture goes on at this time, and whether it has TCP segments. On the first pass only. */
void amanda_streams_capture_goes_on(const nstime_t *now, bool tcp);

/* The stream that a new connection from requester to a port of responder at this time belongs to; NULL if none was
 * announced there that still waits for its connection. A reply that was announced for a request goes first. */
amanda_stream_t *amanda_streams_take_port(const address *requester, const address *responder, uint16_t port,
                                          const nstime_t *now);

/* The stream with this handle among those that a dump's reply announced; NULL if there is none. */
amanda_stream_t *amanda_dump_stream(const amanda_dump_t *dump, int64_t number);

/* The stream of a dump in this role; NULL if there is none. */
amanda_stream_t *amanda_dump_role(const amanda_dump_t *dump, amanda_role_t role);

/* What the exchange with these facts announced; NULL if it announced nothing. */
amanda_dump_t *amanda_streams_dump(amanda_exchange_facts_t **facts);

/* "DATA", "MESG", ... */
const char *amanda_role_name(amanda_role_t role);

/* The disk of a dump, from its request or from the first line of MESG; NULL where it is not known in this frame. The
 * same of the level, which is -1 then. */
const char *amanda_dump_disk(const amanda_dump_t *dump, uint32_t frame);
int amanda_dump_level(const amanda_dump_t *dump, uint32_t frame);

/* Disk and level in a few words: "/home level 0"; "" where they are not known. In the memory of the packet. */
const char *amanda_dump_label(const amanda_dump_t *dump, packet_info *pinfo);

/* Shows in tree which stream this is, what it belongs to, and where it was announced. */
void amanda_stream_show(const amanda_stream_t *stream, const packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_streams_register(int proto);

#endif
