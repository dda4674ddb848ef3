/* tcp/framed-connections.c
 * What is known of a connection with frames
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/framed-connections.h"

#include <stdlib.h>

#include "stream/dump-summary.h"
#include "stream/streams.h"

struct amanda_framed *amanda_framed_of(amanda_connection_t *connection)
{
    if (!connection->framed) {
        connection->framed = wmem_new0(wmem_file_scope(), struct amanda_framed);
        connection->framed->transactions = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
        connection->framed->streams = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    }
    return connection->framed;
}

amanda_stream_t *amanda_framed_stream(const amanda_connection_t *connection, uint32_t handle)
{
    if (connection->stream)
        return amanda_dump_stream(connection->stream->dump, handle);
    return (amanda_stream_t *)wmem_map_lookup(connection->framed->streams, GUINT_TO_POINTER(handle));
}

void amanda_framed_touch(amanda_connection_t *connection, amanda_stream_t *stream, amanda_direction_t direction)
{
    if (stream->half[direction].is_whole)
        return;
    stream->half[direction].is_whole = true;
    stream->next_whole[direction] = connection->framed->whole[direction];
    connection->framed->whole[direction] = stream;
}

static void interrupt(amanda_half_t *half)
{
    half->incomplete = true;
    half->mid_line = true;
    half->tail_length = 0;
}

void amanda_framed_lose(amanda_connection_t *connection, amanda_direction_t direction)
{
    struct amanda_framed *framed = connection->framed;

    framed->progress[direction] = (amanda_progress_t){.lost = true};
    framed->half[direction].tail_length = 0;
    for (amanda_stream_t *stream = framed->whole[direction]; stream; stream = stream->next_whole[direction]) {
        stream->half[direction].is_whole = false;
        interrupt(&stream->half[direction]);
    }
    framed->whole[direction] = NULL;
    if (!connection->stream)
        return;
    for (amanda_stream_t *stream = connection->stream->dump->streams; stream; stream = stream->next)
        interrupt(&stream->half[direction]);
}

void amanda_framed_announce(amanda_connection_t *connection, amanda_framed_exchange_t *transaction,
                            const packet_info *pinfo)
{
    amanda_dump_t *dump = amanda_streams_dump(&transaction->facts);

    if (!dump || dump->reply != pinfo->num)
        return;
    dump->request = transaction->req_frame;
    for (amanda_stream_t *stream = dump->streams; stream; stream = stream->next) {
        void *handle = GUINT_TO_POINTER((uint32_t)stream->number);
        amanda_stream_t *older = (amanda_stream_t *)wmem_map_lookup(connection->framed->streams, handle);

        if (older == stream)
            continue;
        stream->older = older;
        wmem_map_insert(connection->framed->streams, handle, stream);
        for (int direction = 0; direction < AMANDA_DIRECTIONS; direction++)
            amanda_framed_touch(connection, stream, (amanda_direction_t)direction);
    }
}

typedef struct {
    void (*function)(amanda_stream_t *, void *);
    void *user_data;
} call_t;

static void call_each(void *key _U_, void *value, void *user_data)
{
    const call_t *call = (const call_t *)user_data;

    for (amanda_stream_t *stream = (amanda_stream_t *)value; stream; stream = stream->older)
        call->function(stream, call->user_data);
}

void amanda_framed_each_stream(const amanda_connection_t *connection,
                               void (*function)(amanda_stream_t *stream, void *user_data), void *user_data)
{
    call_t call = {function, user_data};

    if (connection->framed)
        wmem_map_foreach(connection->framed->streams, call_each, &call);
    if (!connection->stream)
        return;
    for (amanda_stream_t *stream = connection->stream->dump->streams; stream; stream = stream->next)
        function(stream, user_data);
}

static void note_unanswered(void *key _U_, void *value, void *user_data)
{
    const amanda_framed_exchange_t *transaction = (const amanda_framed_exchange_t *)value;

    if (transaction->req_frame && !transaction->rep_frame)
        wmem_array_append_one((wmem_array_t *)user_data, transaction->req_frame);
}

static int compare_frames(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one;
    uint32_t b = *(const uint32_t *)other;

    return (a > b) - (a < b);
}

typedef struct {
    const packet_info *pinfo;
    bool any;
} closing_t;

/* A stream whose end was never told ends with its connection. */
static void close_stream(amanda_stream_t *stream, void *user_data)
{
    closing_t *closing = (closing_t *)user_data;

    closing->any = closing->any || !stream->closed_in;
    amanda_dump_summary_closed(stream, closing->pinfo);
}

bool amanda_framed_close(amanda_connection_t *connection, const packet_info *pinfo)
{
    struct amanda_framed *framed = amanda_framed_of(connection);
    closing_t closing = {pinfo, false};

    framed->unanswered = wmem_array_new(wmem_file_scope(), sizeof(uint32_t));
    /* Where bytes are missing, the answer may have been among them. */
    if (!connection->order[AMANDA_TO_REQUESTER].missed)
        wmem_map_foreach(framed->transactions, note_unanswered, framed->unanswered);
    wmem_array_sort(framed->unanswered, compare_frames);
    amanda_framed_each_stream(connection, close_stream, &closing);
    return wmem_array_get_count(framed->unanswered) > 0 || closing.any;
}
