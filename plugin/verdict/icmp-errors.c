/* verdict/icmp-errors.c
 * ICMP errors that quote a datagram of Amanda: which one it was, and what became of it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/icmp-errors.h"

#include "verdict/endpoint.h"
#include "verdict/times.h"

#include <string.h>

/* More datagrams than can lie between one and the error about it; few enough to look at each of them. Room for the first of
 * them; it doubles. Powers of two. */
#define REMEMBERED 4096
#define FIRST_ROOM 64

/* As much of a HANDLE as all of Amanda's have. Of longer ones this and the length are compared. */
#define HANDLE_KEY 20

/* Errors may be captured in front of what they quote: queues, or several capture points, each with a copy. So many are
 * remembered, so long. */
#define EARLY 16
#define EARLY_TIME (2 * AMANDA_SECOND)

/* A datagram that an error may quote, or what one quotes. */
typedef struct {
    const amanda_verdict_record_t *record;
    uint8_t src[AMANDA_ADDRESS_KEY]; /* as far as it goes, then 0 */
    uint8_t dst[AMANDA_ADDRESS_KEY];
    uint8_t handle[HANDLE_KEY];
    int handle_length;
    int32_t seq;
    uint32_t length; /* of its payload, as it was sent */
    uint16_t src_port;
    uint16_t dst_port;
    uint16_t identification; /* 0: not known */
    uint8_t type;
    bool has_seq; /* of what is quoted; of others it is not filled in */
} sent_t;

/* An error that quotes nothing that came before it. */
typedef struct {
    sent_t quoted;
    amanda_icmp_error_t *error; /* NULL: none */
    int64_t when;
} early_t;

struct amanda_icmp_errors {
    wmem_allocator_t *scope;
    sent_t *sent;  /* the latest datagrams; once there are REMEMBERED of them, each new one takes the oldest's place */
    unsigned room; /* so many fit in */
    unsigned count;
    unsigned next;        /* where the next one goes */
    wmem_array_t *errors; /* of amanda_icmp_error_t *, in their order */
    wmem_map_t *by_quoted;
    early_t early[EARLY];
    unsigned early_count; /* as many as there were; the latest are kept */
};

static unsigned hash_quoted(const void *key)
{
    const amanda_icmp_error_t *error = (const amanda_icmp_error_t *)key;

    return error->quoted_frame * 31 + error->quoted_part;
}

static gboolean equal_quoted(const void *a, const void *b)
{
    const amanda_icmp_error_t *left = (const amanda_icmp_error_t *)a;
    const amanda_icmp_error_t *right = (const amanda_icmp_error_t *)b;

    return left->quoted_frame == right->quoted_frame && left->quoted_part == right->quoted_part;
}

amanda_icmp_errors_t *amanda_icmp_errors_new(wmem_allocator_t *scope)
{
    amanda_icmp_errors_t *errors = wmem_new0(scope, amanda_icmp_errors_t);

    errors->scope = scope;
    errors->room = FIRST_ROOM;
    errors->sent = wmem_alloc_array(scope, sent_t, FIRST_ROOM);
    errors->errors = wmem_array_new(scope, sizeof(amanda_icmp_error_t *));
    errors->by_quoted = wmem_map_new(scope, hash_quoted, equal_quoted);
    return errors;
}

const char *amanda_icmp_kind_name(amanda_icmp_kind_t kind)
{
    static const char *const names[] = {
        [AMANDA_ICMP_OTHER] = "no refusal",
        [AMANDA_ICMP_NETWORK_UNREACHABLE] = "network unreachable",
        [AMANDA_ICMP_HOST_UNREACHABLE] = "host unreachable",
        [AMANDA_ICMP_PROTOCOL_UNREACHABLE] = "protocol unreachable",
        [AMANDA_ICMP_PORT_UNREACHABLE] = "port unreachable",
        [AMANDA_ICMP_TOO_BIG] = "too big",
        [AMANDA_ICMP_PROHIBITED] = "prohibited",
        [AMANDA_ICMP_TIME_EXCEEDED] = "time exceeded",
        [AMANDA_ICMP_PARAMETER_PROBLEM] = "parameter problem",
    };

    return names[kind];
}

bool amanda_icmp_is_refusal(amanda_icmp_kind_t kind)
{
    return kind != AMANDA_ICMP_OTHER;
}

/* Of a Destination Unreachable (RFC 792; RFC 1812 5.2.7.1 for the codes from 6 on). */
static amanda_icmp_kind_t unreachable(uint8_t code)
{
    switch (code) {
    case 0:
    case 6:
    case 8:
    case 11:
        return AMANDA_ICMP_NETWORK_UNREACHABLE;
    case 2:
        return AMANDA_ICMP_PROTOCOL_UNREACHABLE;
    case 3:
        return AMANDA_ICMP_PORT_UNREACHABLE;
    case 4:
        return AMANDA_ICMP_TOO_BIG;
    case 9:
    case 10:
    case 13:
        return AMANDA_ICMP_PROHIBITED;
    default:
        return AMANDA_ICMP_HOST_UNREACHABLE;
    }
}

static bool kind_of_icmp(uint8_t type, uint8_t code, amanda_icmp_kind_t *kind)
{
    switch (type) {
    case 3:
        *kind = unreachable(code);
        return true;
    case 4:
    case 5:
        *kind = AMANDA_ICMP_OTHER;
        return true;
    case 11:
        *kind = AMANDA_ICMP_TIME_EXCEEDED;
        return true;
    case 12:
        *kind = AMANDA_ICMP_PARAMETER_PROBLEM;
        return true;
    default:
        return false;
    }
}

/* RFC 4443 3. */
static bool kind_of_icmpv6(uint8_t type, uint8_t code, amanda_icmp_kind_t *kind)
{
    static const amanda_icmp_kind_t unreachable_codes[] = {
        AMANDA_ICMP_NETWORK_UNREACHABLE, AMANDA_ICMP_PROHIBITED,       AMANDA_ICMP_HOST_UNREACHABLE,
        AMANDA_ICMP_HOST_UNREACHABLE,    AMANDA_ICMP_PORT_UNREACHABLE,
    };
    static const amanda_icmp_kind_t other_types[] = {AMANDA_ICMP_TOO_BIG, AMANDA_ICMP_TIME_EXCEEDED,
                                                     AMANDA_ICMP_PARAMETER_PROBLEM};

    if (type == 1)
        *kind = code < G_N_ELEMENTS(unreachable_codes) ? unreachable_codes[code] : AMANDA_ICMP_PROHIBITED;
    else if (type >= 2 && type <= 4)
        *kind = other_types[type - 2];
    else
        return false;
    return true;
}

bool amanda_icmp_kind_of(unsigned version, uint8_t type, uint8_t code, amanda_icmp_kind_t *kind)
{
    return version == 4 ? kind_of_icmp(type, code, kind) : kind_of_icmpv6(type, code, kind);
}

/* As many bytes as a key has room for, and zeros behind them. */
static inline void keep_bytes(uint8_t *key, size_t room, const void *bytes, int length)
{
    memset(key, 0, room);
    if (length == 4) /* an address, nearly always; the compiler copies so many bytes without a call */
        memcpy(key, bytes, 4);
    else if (length > 0)
        memcpy(key, bytes, MIN(room, (size_t)length));
}

/* Where it stands: each datagram comes by here, and is hardly ever asked for. */
static void fill_in(sent_t *sent, const amanda_datagram_t *datagram, const amanda_verdict_record_t *record)
{
    sent->record = record;
    keep_bytes(sent->src, sizeof sent->src, datagram->src->data, datagram->src->len);
    keep_bytes(sent->dst, sizeof sent->dst, datagram->dst->data, datagram->dst->len);
    keep_bytes(sent->handle, sizeof sent->handle, datagram->handle, datagram->handle_length);
    sent->handle_length = datagram->handle_length;
    sent->seq = datagram->seq;
    sent->length = datagram->wire_length;
    sent->src_port = datagram->src_port;
    sent->dst_port = datagram->dst_port;
    sent->identification = datagram->identification;
    sent->type = (uint8_t)datagram->type;
}

/* Whether a quote may be of this datagram: all that it holds agrees. */
static bool agrees(const sent_t *quoted, const sent_t *sent)
{
    bool has_handle = quoted->handle_length > 0;

    if (quoted->src_port != sent->src_port || quoted->dst_port != sent->dst_port ||
        memcmp(quoted->src, sent->src, sizeof sent->src) != 0 || memcmp(quoted->dst, sent->dst, sizeof sent->dst) != 0)
        return false;
    if (quoted->identification && sent->identification && quoted->identification != sent->identification)
        return false;
    /* RFC 792: no more than the header of UDP need be quoted. */
    if (!has_handle && quoted->length && quoted->length != sent->length)
        return false;
    if (quoted->type != AMANDA_TYPE_UNKNOWN && quoted->type != sent->type)
        return false;
    if (has_handle && (quoted->handle_length != sent->handle_length ||
                       memcmp(quoted->handle, sent->handle, sizeof sent->handle) != 0))
        return false;
    return !quoted->has_seq || quoted->seq == sent->seq;
}

/* The rules of the verdicts want to know. */
static void mark_exchange(const amanda_verdict_record_t *returned)
{
    if (!returned->exchange)
        return;
    if (returned->type == AMANDA_TYPE_REQ)
        returned->exchange->req_returned = true;
    else if (returned->type == AMANDA_TYPE_REP)
        returned->exchange->rep_returned = true;
}

static void link_error(amanda_icmp_errors_t *errors, amanda_icmp_error_t *error, const amanda_verdict_record_t *quoted)
{
    error->quoted = quoted;
    error->quoted_frame = quoted->frame;
    error->quoted_part = quoted->part;
    if (!wmem_map_lookup(errors->by_quoted, error))
        wmem_map_insert(errors->by_quoted, error, error);
    if (amanda_icmp_is_refusal((amanda_icmp_kind_t)error->kind))
        mark_exchange(quoted);
}

static bool is_early(const early_t *early, int64_t now)
{
    int64_t between = amanda_times_between(early->when, now);

    return between <= EARLY_TIME && between >= -EARLY_TIME;
}

/* Links a datagram to the errors in front of it that quote it, in their order; returns the last of them, or NULL. What comes
 * behind an error may be another one on the same ports, so more must agree than these. */
static const amanda_icmp_error_t *link_early(amanda_icmp_errors_t *errors, const sent_t *sent, int64_t now)
{
    const amanda_icmp_error_t *found = NULL;
    unsigned end = errors->early_count;

    /* They are no longer of interest, and cost nothing any more. */
    if (!is_early(&errors->early[(end - 1) % EARLY], now)) {
        errors->early_count = 0;
        return NULL;
    }
    for (unsigned i = end > EARLY ? end - EARLY : 0; i < end; i++) {
        early_t *early = &errors->early[i % EARLY];
        const sent_t *quoted = &early->quoted;

        if (!early->error || !is_early(early, now))
            continue;
        if ((quoted->has_seq || (quoted->identification && sent->identification)) && agrees(quoted, sent)) {
            link_error(errors, early->error, sent->record);
            found = early->error;
            early->error = NULL;
        }
    }
    return found;
}

const amanda_icmp_error_t *amanda_icmp_errors_note(amanda_icmp_errors_t *errors, const amanda_datagram_t *datagram,
                                                   const amanda_verdict_record_t *record)
{
    if (errors->next == errors->room) {
        errors->room *= 2;
        errors->sent = (sent_t *)wmem_realloc(errors->scope, errors->sent, errors->room * sizeof(sent_t));
    }

    sent_t *sent = &errors->sent[errors->next];

    fill_in(sent, datagram, record);
    errors->count = MAX(errors->count, errors->next + 1);
    errors->next = (errors->next + 1) % REMEMBERED;
    return errors->early_count > 0 ? link_early(errors, sent, amanda_times_of(&datagram->arrival)) : NULL;
}

static const amanda_verdict_record_t *find_quoted(const amanda_icmp_errors_t *errors, const sent_t *quoted)
{
    for (unsigned back = 1; back <= errors->count; back++) {
        const sent_t *candidate = &errors->sent[(errors->next + REMEMBERED - back) % REMEMBERED];

        if (agrees(quoted, candidate))
            return candidate->record;
    }
    return NULL;
}

const amanda_icmp_error_t *amanda_icmp_errors_see(amanda_icmp_errors_t *errors, const amanda_icmp_quote_t *quote)
{
    amanda_icmp_error_t *error = wmem_new0(errors->scope, amanda_icmp_error_t);
    early_t early = {.error = error, .when = amanda_times_of(&quote->datagram.arrival)};

    error->frame = quote->datagram.frame;
    error->part = quote->datagram.part;
    error->kind = (uint8_t)quote->kind;
    error->ttl = quote->ttl;
    if (quote->sender)
        copy_address_wmem(errors->scope, &error->sender, quote->sender);
    wmem_array_append_one(errors->errors, error);
    fill_in(&early.quoted, &quote->datagram, NULL);
    early.quoted.has_seq = quote->has_seq;

    const amanda_verdict_record_t *quoted = find_quoted(errors, &early.quoted);

    if (quoted)
        link_error(errors, error, quoted);
    else
        errors->early[errors->early_count++ % EARLY] = early;
    return error;
}

const amanda_icmp_error_t *amanda_icmp_errors_recall(const amanda_icmp_errors_t *errors, uint32_t frame, uint32_t part)
{
    amanda_icmp_error_t *const *all = (amanda_icmp_error_t *const *)wmem_array_get_raw(errors->errors);
    unsigned low = 0;
    unsigned high = wmem_array_get_count(errors->errors);

    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        const amanda_icmp_error_t *error = all[middle];

        if (error->frame == frame && error->part == part)
            return error;
        if (error->frame < frame || (error->frame == frame && error->part < part))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const amanda_icmp_error_t *amanda_icmp_errors_quoting(const amanda_icmp_errors_t *errors, uint32_t frame, uint32_t part)
{
    /* Most captures have none. */
    if (wmem_map_size(errors->by_quoted) == 0)
        return NULL;

    const amanda_icmp_error_t key = {.quoted_frame = frame, .quoted_part = part};

    return (const amanda_icmp_error_t *)wmem_map_lookup(errors->by_quoted, &key);
}
