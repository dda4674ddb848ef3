/* stream/streams.h
 * The streams that the CONNECT line of a reply announces
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_STREAMS_H
#define AMANDA_STREAM_STREAMS_H

#include "show/body-text.h"
#include "stream/dump-model.h"

/* What was announced in a capture file. */
typedef struct amanda_streams amanda_streams_t;

/* Nothing was announced yet. All that it will need is taken from scope. */
amanda_streams_t *amanda_streams_new(wmem_allocator_t *scope);

/* Announces a stream of a CONNECT line of a reply, and shows in tree what is known of its connection. To be called on
 * every pass for each name and number of the line, in the order of the line.
 *
 * body: the reply; tree: the subtree of this stream; may be NULL, and what is to be remembered is all the same.
 * guess: the service that the reply looks like, where its request is not in the capture, else NULL; lives forever.
 * name: "DATA", "MESG", ...; any other text is ignored. It needs to live during the call only.
 * number: a TCP port (bsd, krb4), or the handle of a stream in the connection (the framed transports), -1 where the
 * stream does not exist; what is no port and no handle is ignored.
 *
 * Amanda 2.3 to 3.5 client-src/sendbackup.c, amandad-src/amandad.c. */
void amanda_streams_announce(amanda_body_t *body, proto_tree *tree, const char *guess, const char *name,
                             int64_t number);

/* The only stream of a connection that no reply announced, since it goes directly to a service; in this frame. To be
 * called on the first pass. service: lives forever. */
amanda_stream_t *amanda_streams_make_direct(const char *service, amanda_role_t role, const packet_info *pinfo);

/* Announces the port of the packet's sender at which its receiver is to get the rest of a dump. To be called on the
 * first pass. */
void amanda_streams_announce_data(amanda_dump_t *dump, uint16_t port, const packet_info *pinfo);

/* What the exchange with these facts announced; NULL if it announced nothing. */
amanda_dump_t *amanda_streams_dump(const amanda_exchange_facts_t *facts);

/* Who is to know of the TCP ports that replies announce. */
typedef struct {
    void (*announced)(amanda_stream_t *stream, const packet_info *pinfo); /* by this packet; on the first pass */
    bool (*is_missed)(const amanda_stream_t *stream); /* whether somebody should have connected by now */
} amanda_stream_ports_t;

/* Tells a listener of all ports from now on. listener: lives forever. */
void amanda_streams_tell_ports(const amanda_stream_ports_t *listener);

/* How many streams the capture has so far: the indices of all of them are below that. */
uint32_t amanda_streams_count(void);

/* What a connection of this stream is for, in a few words: " /home level 0"; of a port that an unmatched reply announced,
 * whose dump is hurt, and what the reply was about. "" where nothing is known. In the memory of the packet. */
const char *amanda_stream_purpose(const amanda_stream_t *stream, packet_info *pinfo);

/* Shows in tree which stream this is, what it belongs to, and where it was announced. */
void amanda_stream_show(const amanda_stream_t *stream, const packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_streams_register(int proto);

#endif
