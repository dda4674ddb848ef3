/* stream/outcome-facts.c
 * Tells the outcomes what the streams of a job carry, and how they begin and end
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/outcome-facts.h"

#include "outcome/facts.h"
#include "show/capture.h"
#include "show/outcome-facts.h"
#include "stream/data.h"
#include "verdict/exchange-table.h"

G_STATIC_ASSERT((int)AMANDA_ROLE_DATA == (int)AMANDA_STREAM_DATA && (int)AMANDA_ROLE_MESG == (int)AMANDA_STREAM_MESG &&
                (int)AMANDA_ROLE_INDEX == (int)AMANDA_STREAM_INDEX &&
                (int)AMANDA_ROLE_STATE == (int)AMANDA_STREAM_STATE && (int)AMANDA_ROLE_CTL == (int)AMANDA_STREAM_CTL &&
                (int)AMANDA_ROLE_CMD == (int)AMANDA_STREAM_CMD);

static amanda_outcomes_t *outcomes(void)
{
    return amanda_capture()->outcomes;
}

/* The job whose streams these are; NULL where it is not known. */
static amanda_job_t *job_of_dump(const amanda_dump_t *dump)
{
    if (!outcomes())
        return NULL;
    /* Whoever takes an old reply for the answer connects for what it has asked. */
    if (dump->unmatched)
        return dump->mistaken_for ? amanda_outcomes_job_of_request(outcomes(), dump->mistaken_for) : NULL;
    return dump->facts ? dump->facts->job : NULL;
}

void amanda_stream_outcome_client(const amanda_dump_t *dump, const char **client)
{
    const amanda_job_t *job = job_of_dump(dump);

    if (job && job->client)
        *client = job->client;
}

/* The role of a stream for the outcomes; AMANDA_STREAMS if it has none. */
static amanda_stream_role_t role_of(const amanda_stream_t *stream)
{
    return stream->role < AMANDA_ROLE_NONE ? (amanda_stream_role_t)stream->role : AMANDA_STREAMS;
}

static amanda_job_t *job_of(const amanda_stream_t *stream)
{
    return role_of(stream) < AMANDA_STREAMS ? job_of_dump(stream->dump) : NULL;
}

void amanda_stream_outcome_announced(const amanda_stream_t *stream)
{
    amanda_job_t *job = job_of(stream);

    if (job)
        amanda_outcomes_announced(outcomes(), job, role_of(stream), stream->number, stream->dump->unmatched);
}

/* An old reply may wait in the requester's socket until its next request is out, and is the answer then, if the SEQ is not
 * compared (Amanda 2.4.4 common-src/protocol.c). What gives it away: an ACK of the new request that nothing explains, and then
 * a connection to a port of the old reply. */
static void find_victim(amanda_dump_t *dump)
{
    if (!dump->unmatched || dump->mistaken_for || !dump->exchange || !amanda_exchange_takes_other_seq(dump->exchange))
        return;

    uint32_t number = *amanda_exchange_table_job(dump->exchange);
    amanda_job_t *job = number ? amanda_outcomes_job(outcomes(), number - 1) : NULL;

    if (!job || !amanda_outcomes_took_waiting_reply(job))
        return;
    dump->mistaken_for = job->req.frame;
    for (const amanda_stream_t *stream = dump->streams; stream; stream = stream->next)
        amanda_stream_outcome_announced(stream);
}

void amanda_stream_outcome_syn(const amanda_stream_t *stream, const packet_info *pinfo)
{
    if (outcomes())
        find_victim(stream->dump);

    amanda_job_t *job = job_of(stream);

    if (job)
        amanda_outcomes_stream_syn(outcomes(), job, role_of(stream), amanda_outcome_moment(pinfo));
}

void amanda_stream_outcome_connected(const amanda_stream_t *stream, const packet_info *pinfo)
{
    amanda_job_t *job = job_of(stream);

    if (job)
        amanda_outcomes_stream_connected(outcomes(), job, role_of(stream), amanda_outcome_moment(pinfo));
}

void amanda_stream_outcome_refused(const amanda_stream_t *stream, const amanda_refuser_t *by, const packet_info *pinfo)
{
    amanda_job_t *job = job_of(stream);

    if (job)
        amanda_outcomes_stream_refused(outcomes(), job, role_of(stream), by, amanda_outcome_moment(pinfo));
}

/* Before anything is told of a stream, that it is not all there. */
static void tell_gaps(const amanda_stream_t *stream, amanda_job_t *job)
{
    if (amanda_stream_carried(stream)->half[AMANDA_TO_REQUESTER].incomplete)
        amanda_outcomes_stream_missing(outcomes(), job, role_of(stream));
}

void amanda_stream_outcome_gap(const amanda_stream_t *stream)
{
    amanda_job_t *job = job_of(stream);

    if (job)
        tell_gaps(stream, job);
}

void amanda_stream_outcome_bytes(const amanda_stream_t *stream, const packet_info *pinfo)
{
    const amanda_half_t *half = amanda_stream_carried(stream)->half;
    amanda_job_t *job = job_of(stream);

    if (!job)
        return;
    tell_gaps(stream, job);
    amanda_outcomes_stream_bytes(outcomes(), job, role_of(stream),
                                 MAX(half[AMANDA_TO_REQUESTER].bytes, half[AMANDA_TO_RESPONDER].bytes),
                                 amanda_outcome_moment(pinfo));
}

void amanda_stream_outcome_line(const amanda_stream_t *stream, amanda_line_kind_t kind, const char *text,
                                const packet_info *pinfo)
{
    amanda_job_t *job = job_of(stream);

    if (!job)
        return;
    tell_gaps(stream, job);
    amanda_outcomes_line(outcomes(), job, kind, text, amanda_outcome_moment(pinfo));
}

void amanda_stream_outcome_checked(const amanda_stream_t *data, bool good, uint64_t announced, uint64_t counted,
                                   const packet_info *pinfo)
{
    amanda_job_t *job = job_of(data);

    if (job)
        amanda_outcomes_checked(outcomes(), job, good, announced, counted, amanda_outcome_moment(pinfo));
}

/* What is restored has as many bytes as the header in front of it says, and that CRC. */
static void check_restore(const amanda_stream_t *data, const packet_info *pinfo)
{
    const amanda_carried_t *carried = amanda_stream_carried(data);
    const amanda_half_t *half = &carried->half[AMANDA_TO_REQUESTER];
    uint64_t header;
    uint64_t announced;
    uint32_t crc;

    if (!amanda_dump_is_of(data->dump, "amidxtaped") || half->incomplete || !carried->data ||
        !amanda_data_announced(carried->data, &header, &announced, &crc))
        return;

    uint64_t counted = half->bytes > header ? half->bytes - header : 0;

    amanda_stream_outcome_checked(data, counted == announced && crc == amanda_data_crc(carried->data), announced,
                                  counted, pinfo);
}

void amanda_stream_outcome_ended(const amanda_stream_t *stream, bool all, amanda_direction_t direction,
                                 amanda_end_t how, const amanda_refuser_t *by, const packet_info *pinfo)
{
    amanda_job_t *job = job_of(stream);
    amanda_party_t side = direction == AMANDA_TO_RESPONDER ? AMANDA_PARTY_REQUESTER : AMANDA_PARTY_RESPONDER;

    if (!job)
        return;
    tell_gaps(stream, job);
    /* What a segment held behind its last captured byte may have been of any stream that ends with the connection. */
    for (const amanda_stream_t *other = all ? stream->dump->streams : NULL; other; other = other->next)
        tell_gaps(other, job);
    if (stream->role == AMANDA_ROLE_DATA && side == AMANDA_PARTY_RESPONDER)
        check_restore(stream, pinfo);
    if (all)
        amanda_outcomes_streams_ended(outcomes(), job, side, how, by, amanda_outcome_moment(pinfo));
    else
        amanda_outcomes_stream_ended(outcomes(), job, role_of(stream), side, how, by, amanda_outcome_moment(pinfo));
}

void amanda_stream_outcome_awaited(const amanda_stream_t *stream, bool all)
{
    amanda_job_t *job = job_of(stream);

    if (!job)
        return;
    if (all)
        amanda_outcomes_streams_awaited(outcomes(), job);
    else
        amanda_outcomes_stream_awaited(outcomes(), job, role_of(stream));
}

void amanda_stream_outcome_reacted(const amanda_stream_t *stream, amanda_end_t how, const packet_info *pinfo)
{
    amanda_job_t *job = job_of(stream);

    if (job)
        amanda_outcomes_streams_reacted(outcomes(), job, how, amanda_outcome_moment(pinfo));
}

void amanda_stream_outcome_partial(const amanda_stream_t *control)
{
    amanda_job_t *job = job_of(control);

    if (job)
        amanda_outcomes_partial_restore(outcomes(), job);
}
