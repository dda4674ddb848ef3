/* tcp/framed-connections.c
 * What is known of a connection with frames
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/framed-connections.h"

#include "stream/dump-summary.h"
#include "stream/outcome-facts.h"
#include "stream/streams.h"
#include "verdict/endpoint.h"

struct amanda_framed *amanda_framed_of(amanda_connection_t *connection)
{
    if (!connection->framed) {
        connection->framed = wmem_new0(wmem_file_scope(), struct amanda_framed);
        connection->framed->handles = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
        connection->framed->asked = wmem_array_new(wmem_file_scope(), sizeof(amanda_exchange_t *));
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
    amanda_carried_t *carried = amanda_stream_make_carried(stream);

    if (carried->half[direction].is_whole)
        return;
    carried->half[direction].is_whole = true;
    carried->next_whole[direction] = connection->framed->whole[direction];
    connection->framed->whole[direction] = stream;
}

static void interrupt(amanda_half_t *half)
{
    if (half->ended)
        return;
    half->incomplete = true;
    half->mid_line = true;
    half->overlong = false;
    half->tail_length = 0;
    half->interrupted = true;
}

void amanda_framed_lose(amanda_connection_t *connection, amanda_direction_t direction, bool missing)
{
    struct amanda_framed *framed = connection->framed;

    framed->progress[direction] = (amanda_progress_t){.lost = true};
    framed->lost[direction] = framed->lost[direction] || missing;
    framed->half[direction].tail_length = 0;
    for (amanda_stream_t *stream = framed->whole[direction]; stream; stream = stream->carried->next_whole[direction]) {
        stream->carried->half[direction].is_whole = false;
        interrupt(&stream->carried->half[direction]);
    }
    framed->whole[direction] = NULL;
    if (!connection->stream)
        return;
    for (amanda_stream_t *stream = connection->stream->dump->streams; stream; stream = stream->next)
        interrupt(&amanda_stream_make_carried(stream)->half[direction]);
}

amanda_framed_handle_t *amanda_framed_handle(amanda_connection_t *connection, uint32_t number)
{
    void *key = GUINT_TO_POINTER(number);
    amanda_framed_handle_t *handle = (amanda_framed_handle_t *)wmem_map_lookup(connection->framed->handles, key);

    if (!handle) {
        handle = amanda_record_new0(wmem_file_scope(), amanda_framed_handle_t);
        wmem_map_insert(connection->framed->handles, key, handle);
    }
    return handle;
}

bool amanda_framed_knows_handle(const amanda_connection_t *connection, uint32_t handle)
{
    return wmem_map_contains(connection->framed->handles, GUINT_TO_POINTER(handle));
}

bool amanda_framed_lacks_bytes(const amanda_connection_t *connection)
{
    const struct amanda_framed *framed = connection->framed;

    return connection->begun_before || framed->lost[AMANDA_TO_REQUESTER] || framed->lost[AMANDA_TO_RESPONDER];
}

bool amanda_framed_tell_once(amanda_connection_t *connection)
{
    bool first = !connection->framed->told;

    connection->framed->told = true;
    return first;
}

void amanda_framed_asked(amanda_connection_t *connection, amanda_exchange_t *exchange)
{
    wmem_array_append_one(connection->framed->asked, exchange);
}

void amanda_framed_announce(amanda_connection_t *connection, const amanda_exchange_facts_t *facts,
                            const packet_info *pinfo)
{
    amanda_dump_t *dump = amanda_streams_dump(facts);

    if (!dump || dump->reply != pinfo->num)
        return;
    for (amanda_stream_t *stream = dump->streams; stream; stream = stream->next) {
        void *handle = GUINT_TO_POINTER(stream->number);
        amanda_stream_t *older = (amanda_stream_t *)wmem_map_lookup(connection->framed->streams, handle);

        /* A frame may hold the reply twice, and a reply the handle. */
        if (stream->is_announced)
            continue;
        stream->is_announced = true;
        amanda_stream_make_carried(stream)->older = older;
        wmem_map_insert(connection->framed->streams, handle, stream);
        for (int direction = 0; direction < AMANDA_DIRECTIONS; direction++)
            amanda_framed_touch(connection, stream, (amanda_direction_t)direction);
    }
}

void amanda_framed_end_later(amanda_connection_t *connection, amanda_stream_t *stream)
{
    amanda_framed_end_t *end = wmem_new(wmem_file_scope(), amanda_framed_end_t);

    end->stream = stream;
    end->next = connection->framed->ended;
    connection->framed->ended = end;
    amanda_stream_outcome_awaited(stream, false);
}

void amanda_framed_end_streams(amanda_connection_t *connection, const packet_info *pinfo)
{
    for (const amanda_framed_end_t *end = connection->framed->ended; end; end = end->next)
        amanda_stream_outcome_ended(end->stream, false, AMANDA_TO_RESPONDER, AMANDA_END_FRAME, NULL, pinfo);
    connection->framed->ended = NULL;
    connection->awaits_reaction = true;
}

typedef struct {
    void (*function)(amanda_stream_t *, void *);
    void *user_data;
} call_t;

static void call_each(void *key _U_, void *value, void *user_data)
{
    const call_t *call = (const call_t *)user_data;

    for (amanda_stream_t *stream = (amanda_stream_t *)value; stream; stream = amanda_stream_carried(stream)->older)
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

static void tell_gap(amanda_stream_t *stream, void *user_data _U_)
{
    amanda_stream_outcome_gap(stream);
}

void amanda_framed_lose_end(amanda_connection_t *connection)
{
    if (!connection->framed)
        return;
    amanda_framed_lose(connection, AMANDA_TO_REQUESTER, true);
    amanda_framed_each_stream(connection, tell_gap, NULL);
}

/* The requests that had no answer. Where bytes are missing, the answer may have been among them. */
static void note_unanswered(const amanda_connection_t *connection)
{
    struct amanda_framed *framed = connection->framed;

    framed->unanswered = wmem_array_new(wmem_file_scope(), sizeof(uint32_t));
    if (connection->order[AMANDA_TO_REQUESTER].missed || framed->lost[AMANDA_TO_REQUESTER])
        return;
    for (unsigned i = 0; i < wmem_array_get_count(framed->asked); i++) {
        const amanda_exchange_t *exchange = *(amanda_exchange_t *const *)wmem_array_index(framed->asked, i);

        if (!exchange->last_rep && !amanda_exchange_more(exchange)->first_nak)
            wmem_array_append_one(framed->unanswered, exchange->first_req);
    }
}

typedef struct {
    const packet_info *pinfo;
    bool any;
} closing_t;

/* A stream whose end was never told ends with its connection. */
static void close_stream(amanda_stream_t *stream, void *user_data)
{
    closing_t *closing = (closing_t *)user_data;

    closing->any = closing->any || !amanda_stream_carried(stream)->closed_in;
    amanda_dump_summary_closed(stream, closing->pinfo);
}

bool amanda_framed_close(amanda_connection_t *connection, const packet_info *pinfo)
{
    struct amanda_framed *framed = amanda_framed_of(connection);
    closing_t closing = {pinfo, false};

    note_unanswered(connection);
    amanda_framed_each_stream(connection, close_stream, &closing);
    return wmem_array_get_count(framed->unanswered) > 0 || closing.any;
}
