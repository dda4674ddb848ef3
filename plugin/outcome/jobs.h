/* outcome/jobs.h
 * What is remembered of a job, of each disk in it, and of its streams
 *
 * Knows nothing of trees, columns and packets: facts come in (outcome/facts.h), outcomes go out (outcome/outcomes.h).
 * Only the files of this folder look into these structs to change them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_JOBS_H
#define AMANDA_OUTCOME_JOBS_H

#include "ws-compat.h"

#include <epan/address.h>
#include <wsutil/wmem/wmem.h>

#include "verdict/hosts.h"

/* All that is known of the jobs of a capture file; see outcome/outcomes.h. */
typedef struct amanda_outcomes amanda_outcomes_t;

/* How far the capture has come. Every frame moves it on, also those that have nothing of Amanda, so that this must take no
 * call: amanda_outcomes_t begins with it. */
typedef struct {
    int64_t now;           /* the latest time stamp; INT64_MIN before the first */
    int64_t due;           /* when the next job has had its time to be connected to; INT64_MAX where none waits */
    uint32_t last_settled; /* the frame that settled an item last; 0: none has */
    bool tcp_seen;         /* a TCP segment came */
} amanda_clock_t;

/* In the order in which the first that becomes true counts. */
typedef enum {
    AMANDA_OUTCOME_NONE,
    AMANDA_OUTCOME_REFUSED,
    AMANDA_OUTCOME_FAILED,
    AMANDA_OUTCOME_UNANSWERED,
    AMANDA_OUTCOME_NOT_CONNECTED,
    AMANDA_OUTCOME_UNFINISHED,
    AMANDA_OUTCOME_MISSING,
    AMANDA_OUTCOME_STRANGE,
    AMANDA_OUTCOME_SUCCESS,
    AMANDA_OUTCOME_UNKNOWN,
    AMANDA_OUTCOME_RUNNING,
    AMANDA_OUTCOMES
} amanda_outcome_t;

typedef enum {
    AMANDA_JOB_NOOP,
    AMANDA_JOB_CHECK,
    AMANDA_JOB_ESTIMATE,
    AMANDA_JOB_DUMP,
    AMANDA_JOB_RESTORE,
    AMANDA_JOB_CONNECTION,
    AMANDA_JOB_OTHER,
    AMANDA_JOB_KINDS
} amanda_job_kind_t;

/* What brought an outcome about: one for each remedy. */
typedef enum {
    AMANDA_CAUSE_NONE,
    AMANDA_CAUSE_NAK,
    AMANDA_CAUSE_CLIENT_SAYS,
    AMANDA_CAUSE_RETRY,
    AMANDA_CAUSE_NOT_WHOLE,
    AMANDA_CAUSE_DAMAGED,
    AMANDA_CAUSE_STALE_REPLY,
    AMANDA_CAUSE_NOBODY_LISTENS,
    AMANDA_CAUSE_PORT_REFUSED,
    AMANDA_CAUSE_FIREWALL_REFUSES,
    AMANDA_CAUSE_PORT_SILENT,
    AMANDA_CAUSE_NEVER_TRIED,
    AMANDA_CAUSE_TOO_LATE,
    AMANDA_CAUSE_BUSY,
    AMANDA_CAUSE_ACK_LOST,
    AMANDA_CAUSE_SILENT,
    AMANDA_CAUSE_NO_REPLY,
    AMANDA_CAUSE_CONNECTION_CLOSED,
    AMANDA_CAUSE_PROGRAM_HANGS,
    AMANDA_CAUSE_IDLE_RESET,
    AMANDA_CAUSE_CUT_OFF,
    AMANDA_CAUSE_AMANDAD_DIED,
    AMANDA_CAUSE_SENDBACKUP_DIED,
    AMANDA_CAUSE_SERVER_STOPPED,
    AMANDA_CAUSE_DATA_TIMEOUT,
    AMANDA_CAUSE_DATA_LOST,
    AMANDA_CAUSE_WENT_ON,
    AMANDA_CAUSE_NOT_NAMED,
    AMANDA_CAUSE_CLIENT_ENDED,
    AMANDA_CAUSES
} amanda_cause_t;

/* The streams of a CONNECT line. */
typedef enum {
    AMANDA_STREAM_DATA,
    AMANDA_STREAM_MESG,
    AMANDA_STREAM_INDEX,
    AMANDA_STREAM_STATE,
    AMANDA_STREAM_CTL,
    AMANDA_STREAM_CMD,
    AMANDA_STREAMS
} amanda_stream_role_t;

typedef enum { AMANDA_PARTY_REQUESTER, AMANDA_PARTY_RESPONDER, AMANDA_PARTIES } amanda_party_t;

/* A RST or ICMP error that refused or reset something; see outcome/refusals.h. */
typedef struct {
    address sender;    /* of an ICMP error; AT_NONE where it is not known, and of a RST */
    uint8_t kind;      /* of an ICMP error: amanda_icmp_kind_t */
    uint8_t ttl;       /* 0 where it is not known */
    uint8_t usual_ttl; /* that of the host in whose name it came; the same */
    bool icmp;
    bool foreign; /* that host did not send it: something between did */
} amanda_refusal_t;

typedef enum { AMANDA_END_NONE, AMANDA_END_FIN, AMANDA_END_RST, AMANDA_END_FRAME, AMANDA_END_HOLE } amanda_end_t;

/* What became of a stream. */
typedef struct {
    amanda_moment_t syn; /* the first */
    amanda_moment_t last_syn;
    amanda_moment_t connected; /* the first sign that both sides are there */
    amanda_moment_t refused;   /* RST, or ICMP that quotes the SYN */
    amanda_moment_t last_byte;
    amanda_moment_t ended[AMANDA_PARTIES];
    amanda_moment_t reaction;        /* the first packet of the other side after the first end */
    int64_t data_before;             /* when the last byte of DATA, */
    int64_t mesg_before;             /* and that of MESG had come, before the first end; 0 for none */
    uint64_t bytes;                  /* of the responder, or of the requester where that sends more */
    const amanda_refusal_t *refusal; /* of the RST or ICMP error that refused or reset it first; NULL for none */
    unsigned syns;
    amanda_end_t how[AMANDA_PARTIES];
    amanda_end_t reacted;           /* FIN and RST as of the stream, FRAME: nothing but an ACK; HOLE: which shows that
                                     * bytes before it have not come */
    bool missing;                   /* bytes are not in the capture */
    bool awaited;                   /* the requester has ended it, and had more of it than has come so far */
    bool cut_short[AMANDA_PARTIES]; /* the connection was closed under it */
} amanda_stream_course_t;

/* A stream that the reply of a job announced. There are six of them in each transfer: 12 bytes each, with nothing behind the
 * number. */
#pragma pack(push, 4)
typedef struct {
    amanda_stream_course_t *course; /* NULL as long as nothing became of it; see amanda_stream_course() */
    uint32_t number;                /* TCP port, or handle; 0: no reply announced it */
} amanda_stream_facts_t;
#pragma pack(pop)

/* What the streams of a job said. */
typedef struct {
    amanda_stream_facts_t stream[AMANDA_STREAMS];
    const char *error; /* sendbackup: error, or ERROR of a control stream */
    char *strange;     /* the last such line, or the first part of it; NULL where there is none */
    const char *retry;
    const char *disk; /* as MESG or the header of the dump names it */
    uint64_t announced_bytes;
    uint64_t counted_bytes;
    bool has_size : 1;
    bool info_ended : 1;
    bool ended : 1;        /* sendbackup: end */
    bool odd : 1;          /* a line that makes the dump strange */
    bool strange_ends : 1; /* the last such line only tells of the end */
    bool damaged : 1;      /* another CRC or number of bytes than the client says */
    bool checked : 1;      /* CRC or number of bytes are right */
    bool partial : 1;      /* a restore of parts of a dump */
    bool unmatched : 1;    /* announced by a reply to another request, which was taken for the answer */
} amanda_transfer_t;

/* The outcome of an item, once it has one. */
typedef struct {
    amanda_moment_t at;           /* frame 0: the end of the capture */
    amanda_outcome_t outcome : 8; /* NONE as long as it has none */
    amanda_cause_t cause : 8;
    const char *why; /* NULL where there is nothing to say */
} amanda_settlement_t;

/* Levels as bits; any above this one share the last. */
#define AMANDA_LEVEL_MAX 63

/* What REQ and REP say of an item. */
typedef struct {
    const char *disk;   /* NULL where none is named */
    const char *device; /* NULL where none is named */
    const char *error;  /* what the REP says */
    const char *warning;
    uint64_t asked;  /* the levels, as bits */
    uint64_t sized;  /* those with a size in the REP, or that the server estimates itself */
    uint64_t failed; /* those with an error, -1 or -2 */
    uint64_t kib;    /* all sizes together */
    bool named;      /* the REP says something of it */
} amanda_item_told_t;

/* A disk of a job, or the job itself where it names none. */
typedef struct amanda_item {
    struct amanda_item *next; /* of the same job */
    struct amanda_job *job;
    amanda_item_told_t *told;    /* NULL as long as nothing is; see amanda_item_told() */
    amanda_settlement_t settled; /* as long as no frame has settled it, without an outcome */
} amanda_item_t;

/* What few jobs have, or have otherwise than all. */
typedef struct {
    amanda_item_t *last_item; /* where they are many */
    wmem_map_t *by_name;      /* items by disk and device; NULL where they are few */
    const char *error;        /* of the REP, that names no disk */
    const char *warning;      /* the same */
    const char *nak_text;
    const char *said;             /* by the responder, in no words of Amanda's protocol; NULL for nothing */
    struct amanda_link *link;     /* its TCP connection; NULL over UDP */
    struct amanda_job *on_link;   /* the next of the same connection */
    struct amanda_job *elsewhere; /* the same request as it was captured before, with another address; NULL for none */
    const amanda_refusal_t *refusal;  /* what refused it or closed its connection; NULL where that was no RST or ICMP */
    const amanda_refusal_t *returned; /* the ICMP error of gone; NULL where there was none */
    amanda_moment_t last_req;         /* where the REQ was sent again */
    amanda_moment_t last_rep;         /* where the REP was */
    amanda_moment_t prep;             /* the last */
    amanda_moment_t nak;
    amanda_moment_t went_on;
    amanda_moment_t gone;    /* ICMP from the requester's side, or its RST */
    amanda_moment_t closed;  /* framed: the connection */
    amanda_moment_t refused; /* ICMP that quotes a REQ, or RST in answer to a SYN */
    amanda_party_t closed_by;
    amanda_end_t closed_how;
    uint8_t tls_alert; /* by which TLS was broken off; 0 for none */
} amanda_job_more_t;

/* One exchange of a service with its streams, or a connection without a REQ. */
typedef struct amanda_job {
    amanda_item_t item;  /* the first */
    const char *service; /* NULL of a connection */
    const char *client;  /* hostname= of the REQ; NULL where none told */
    amanda_host_t *requester;
    amanda_host_t *responder;
    amanda_transfer_t *transfer; /* NULL as long as no streams are announced */
    amanda_job_more_t *more;     /* NULL as long as there is nothing in it; see amanda_job_more() */
    amanda_moment_t req;         /* the first transmission; for the last, see amanda_job_last_req() */
    amanda_moment_t req_acked;
    amanda_moment_t rep; /* the first; for the last, see amanda_job_last_rep() */
    amanda_moment_t rep_acked;
    uint16_t requester_port;
    uint16_t responder_port;
    uint8_t transmissions; /* of the REQ; stops at 255 */
    amanda_job_kind_t kind : 8;
    bool framed : 1;
    bool open : 1;         /* some item is not settled */
    bool tls : 1;          /* a connection that begins with TLS */
    bool auth_differs : 1; /* one side has sent TLS, the other one has not */
    bool dropped : 1;      /* a connection that turned out to be fine */
    bool hung_up : 1;      /* the responder has ended it; what is asked behind that has no answer */
    bool ack_no_reply : 1; /* the requester acknowledged what the capture does not have */
    bool missing : 1;      /* bytes of the REP are not in the capture */
    bool req_cut : 1;
    bool rep_cut : 1;
    bool encrypted : 1;
    bool names_items : 1;   /* the REP names at least one */
    bool oks : 1;           /* the REP has something that is in order */
    bool returned_last : 1; /* an ICMP error returned the last transmission of the REQ */
    bool stale : 1;         /* an old reply was taken for the answer */
    bool untold : 1;        /* one of too many on its connection: it was not told everything that became of that */
} amanda_job_t;

/* Whether a frame has settled an item. */
static inline bool amanda_item_is_settled(const amanda_item_t *item)
{
    return item->settled.outcome != AMANDA_OUTCOME_NONE;
}

/* What is not there reads as 0. */
extern const amanda_stream_course_t amanda_no_course;
extern const amanda_item_told_t amanda_nothing_told;
extern const amanda_job_more_t amanda_no_more;

/* What became of a stream, also of none (NULL), what was told of an item, and what else there is of a job, each to be
 * read; never NULL. */
static inline const amanda_stream_course_t *amanda_stream_course(const amanda_stream_facts_t *stream)
{
    return stream && stream->course ? stream->course : &amanda_no_course;
}

static inline const amanda_item_told_t *amanda_item_told(const amanda_item_t *item)
{
    return item->told ? item->told : &amanda_nothing_told;
}

static inline const amanda_job_more_t *amanda_job_more(const amanda_job_t *job)
{
    return job->more ? job->more : &amanda_no_more;
}

/* The same to be written: made in scope where it is not there yet. */
amanda_stream_course_t *amanda_stream_make_course(amanda_stream_facts_t *stream, wmem_allocator_t *scope);
amanda_item_told_t *amanda_item_make_told(amanda_item_t *item, wmem_allocator_t *scope);
amanda_job_more_t *amanda_job_make_more(amanda_job_t *job, wmem_allocator_t *scope);

/* Which side ended a stream first; where both did in one frame, the responder. Only of one that either has ended. */
static inline amanda_party_t amanda_course_ended_by(const amanda_stream_course_t *course)
{
    uint32_t requester = course->ended[AMANDA_PARTY_REQUESTER].frame;
    uint32_t responder = course->ended[AMANDA_PARTY_RESPONDER].frame;

    return requester && (!responder || requester < responder) ? AMANDA_PARTY_REQUESTER : AMANDA_PARTY_RESPONDER;
}

/* The last transmission of a job's REQ, and of its REP; frame 0 where there was none. */
static inline amanda_moment_t amanda_job_last_req(const amanda_job_t *job)
{
    return job->more && job->more->last_req.frame ? job->more->last_req : job->req;
}

static inline amanda_moment_t amanda_job_last_rep(const amanda_job_t *job)
{
    return job->more && job->more->last_rep.frame ? job->more->last_rep : job->rep;
}

/* Whether an outcome is a failure. */
static inline bool amanda_outcome_is_failure(amanda_outcome_t outcome)
{
    return outcome >= AMANDA_OUTCOME_REFUSED && outcome <= AMANDA_OUTCOME_MISSING;
}

/* "success", "not connected", ...; NULL where there is none. */
const char *amanda_outcome_name(amanda_outcome_t outcome);

/* What a job is: "check", "dump", ..., or the name of another service. */
const char *amanda_job_what(const amanda_job_t *job);

/* The host of a job's client: the one that is asked, but of a restore, which is asked of the server. */
const amanda_host_t *amanda_job_client_host(const amanda_job_t *job);

/* The name of the job's client: of its REQ, else what other jobs call the address; NULL where there is only the
 * address. */
const char *amanda_job_client(const amanda_job_t *job);

/* The levels that an item was asked with, as "0" or "0, 1"; "" where there are none. In pool. */
const char *amanda_item_levels(const amanda_item_t *item, wmem_allocator_t *pool);

/* The disk of an item; that of the dump's own words where the REQ names none; NULL where nothing names one. */
const char *amanda_item_disk(const amanda_item_t *item);

/* The item that a text calls by its disk or device; NULL if there is none. length: of name, in bytes. */
amanda_item_t *amanda_job_find(amanda_job_t *job, const char *name, size_t length);

/* Adds a disk of the REQ to a job in scope; one that is there already gets the levels. device: NULL for none. */
amanda_item_t *amanda_job_add(amanda_job_t *job, wmem_allocator_t *scope, const char *disk, const char *device);

/* Bytes of the responder are not in the capture: those of the job's reply, where it has none yet. */
void amanda_job_misses_reply(amanda_job_t *job);

#endif
