/* tcp/framed-connections.h
 * What is known of a connection with frames
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FRAMED_CONNECTIONS_H
#define AMANDA_TCP_FRAMED_CONNECTIONS_H

#include "show/no-frame.h"
#include "tcp/connections.h"
#include "verdict/exchange.h"

/* Where one direction of a connection is: in the payload of a stream's frame, or between two frames. */
typedef struct {
    amanda_stream_t *stream; /* NULL between two frames */
    uint32_t remaining;      /* of that frame, so many bytes are to come */
    uint32_t handle;
    bool lost;       /* where the next frame begins is not known */
    uint8_t instead; /* amanda_instead_t: then, what stands there in place of frames */
} amanda_progress_t;

/* What a handle of packets stands for. */
typedef struct {
    amanda_exchange_t *exchange;    /* the latest; NULL where no REQ of it was seen */
    amanda_exchange_facts_t *facts; /* of replies without a REQ */
} amanda_framed_handle_t;

/* A NAK before any REQ: its responder has read none, and refuses the connection. */
typedef struct {
    uint32_t frame;              /* 0 where there is none */
    amanda_exchange_t **refuses; /* where its packet keeps the exchange of the REQ that came behind it */
} amanda_early_nak_t;

/* The end of a stream that the requester told, before what it has of the responder has had its turn. */
typedef struct amanda_framed_end {
    struct amanda_framed_end *next;
    amanda_stream_t *stream;
} amanda_framed_end_t;

/* Written on the first pass only. */
struct amanda_framed {
    wmem_map_t *handles;                       /* handle to amanda_framed_handle_t */
    wmem_array_t *asked;                       /* the exchanges whose REQ was seen */
    wmem_map_t *streams;                       /* handle to amanda_stream_t: the one that was announced last */
    amanda_stream_t *whole[AMANDA_DIRECTIONS]; /* a list of those that something came of since the last gap */
    amanda_progress_t progress[AMANDA_DIRECTIONS];
    amanda_half_t half[AMANDA_DIRECTIONS]; /* whose tail is the beginning of a frame */
    amanda_framed_end_t *ended;            /* those that wait, in no certain order */
    wmem_array_t *unanswered; /* the frames of the requests without an answer at the end; NULL as long as it goes on */
    uint32_t gss_frame;       /* of the first GSS token; 0 if there was none */
    bool lost[AMANDA_DIRECTIONS]; /* frames are missing or cut */
    bool told;                    /* that bytes are missing */
    bool answered;                /* a packet of the responder was seen */
    uint32_t first_handle;        /* of the first REQ that was seen */
    amanda_early_nak_t early_nak;
};

/* That of a connection, which is made where there is none yet. */
struct amanda_framed *amanda_framed_of(amanda_connection_t *connection);

/* On the first pass: the stream that has this handle; NULL if there is none. */
amanda_stream_t *amanda_framed_stream(const amanda_connection_t *connection, uint32_t handle);

/* On the first pass: something comes of a stream, so that the next gap interrupts it. */
void amanda_framed_touch(amanda_connection_t *connection, amanda_stream_t *stream, amanda_direction_t direction);

/* On the first pass: from here on, it is not known where frames begin. missing: since the capture lacks bytes. */
void amanda_framed_lose(amanda_connection_t *connection, amanda_direction_t direction, bool missing);

/* On the first pass: the capture lacks the last bytes that the responder sent. */
void amanda_framed_lose_end(amanda_connection_t *connection);

/* What a handle of packets stands for; made where it is new. On the first pass. */
amanda_framed_handle_t *amanda_framed_handle(amanda_connection_t *connection, uint32_t number);

/* Whether a packet had this handle so far. */
bool amanda_framed_knows_handle(const amanda_connection_t *connection, uint32_t handle);

/* On the first pass: whether the capture lacks any bytes of the connection so far, or began later than it. */
bool amanda_framed_lacks_bytes(const amanda_connection_t *connection);

/* On the first pass: whether this is the first time that such a thing is told of the connection. */
bool amanda_framed_tell_once(amanda_connection_t *connection);

/* On the first pass: a REQ has begun an exchange. */
void amanda_framed_asked(amanda_connection_t *connection, amanda_exchange_t *exchange);

/* On the first pass: gives the handles of streams that the reply in this packet announced their meaning. facts: of its
 * exchange. */
void amanda_framed_announce(amanda_connection_t *connection, const amanda_exchange_facts_t *facts,
                            const packet_info *pinfo);

/* On the first pass: the connection was closed. Returns whether there is anything to tell of that. */
bool amanda_framed_close(amanda_connection_t *connection, const packet_info *pinfo);

/* On the first pass: the requester ends a stream; what it has acknowledged is to be told before. */
void amanda_framed_end_later(amanda_connection_t *connection, amanda_stream_t *stream);

/* On the first pass: all that it has acknowledged has been told. */
void amanda_framed_end_streams(amanda_connection_t *connection, const packet_info *pinfo);

/* Calls a function for each stream of the connection, in no certain order. */
void amanda_framed_each_stream(const amanda_connection_t *connection,
                               void (*function)(amanda_stream_t *stream, void *user_data), void *user_data);

/* A frame on its way through the parts that dissect it. */
typedef struct {
    amanda_connection_t *connection;
    tvbuff_t *tvb; /* with the 8 bytes in front; of a stream's frame, any part of it */
    packet_info *pinfo;
    proto_tree *tree;
    proto_item *item;
    uint32_t handle;
    unsigned number; /* counts the frames of the packet from 0 */
    int header;      /* the 8 bytes, or 0 if this part is without them */
    int length;      /* of the payload */
    amanda_direction_t direction;
} amanda_frame_t;

#endif
