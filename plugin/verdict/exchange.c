/* verdict/exchange.c
 * Follows every exchange, and judges each datagram by what was seen before it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/exchange.h"

#include "verdict/outstanding.h"

#include <string.h>

/* A HANDLE or an address that is longer goes into the key as its SHA-256 digest, so that the size of a record has a
 * limit. */
#define MAX_HANDLE_KEY 48

/* The exchanges of one requester, one responder and one HANDLE, whatever their SEQ. */
struct amanda_group {
    struct asker *asker;
    amanda_endpoint_t responder;
    amanda_exchange_t *outstanding; /* at most one is */
    amanda_exchange_t *latest;      /* the one made last; those before it are in verdicts->older */
};

/* One requester and one HANDLE. Nearly always there is one responder and one exchange, which need no allocations of
 * their own. */
typedef struct asker {
    amanda_group_t first;
    amanda_exchange_t exchange;        /* the first one of the first group */
    amanda_outstanding_t *outstanding; /* of all responders, once a second one has a part in it */
    unsigned hash;                     /* of the key, for it takes longer than the rest of a search */
    uint16_t handle_length;            /* before it was folded */
    uint8_t key_length;
    uint8_t key[]; /* the requester, as far as its address goes, and the HANDLE */
} asker_t;

#define MAX_ASKER_KEY (sizeof(amanda_endpoint_t) + MAX_HANDLE_KEY)

struct amanda_verdicts {
    wmem_allocator_t *scope;
    int64_t timeout; /* nanoseconds */
    uint32_t exchange_count;
    GHashTable *askers;      /* takes a third of the memory of a wmem_map_t, and there are as many as HANDLEs */
    asker_t *last_asker;     /* the last one found: an exchange's datagrams often come one behind the other */
    wmem_map_t *more_groups; /* the second and further groups of an asker */
    wmem_map_t *older;       /* the exchanges of a group but for its latest */
    wmem_map_t *services;    /* each name once */
    wmem_array_t *records;
};

static size_t fold_into_key(uint8_t *key, size_t room, const uint8_t *bytes, size_t length)
{
    if (length <= room) {
        memcpy(key, bytes, length);
        return length;
    }

    uint8_t digest[32];
    gsize digest_length = sizeof digest;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(checksum, bytes, (gssize)length);
    g_checksum_get_digest(checksum, digest, &digest_length);
    g_checksum_free(checksum);
    length = MIN(room, digest_length);
    memcpy(key, digest, length);
    return length;
}

amanda_endpoint_t amanda_endpoint_of(const address *addr, uint16_t port)
{
    amanda_endpoint_t endpoint = {.address_type = (uint8_t)addr->type, .port = port};

    endpoint.address_length = (uint8_t)MIN(addr->len, UINT8_MAX);
    if (addr->len == 4) /* nearly always; the compiler copies so many bytes without a call */
        memcpy(endpoint.address, addr->data, 4);
    else
        fold_into_key(endpoint.address, sizeof endpoint.address, (const uint8_t *)addr->data, (size_t)addr->len);
    return endpoint;
}

/* Bytes that an endpoint's key takes up, without what its address does not fill. */
static size_t endpoint_length(const amanda_endpoint_t *endpoint)
{
    return offsetof(amanda_endpoint_t, address) + MIN(endpoint->address_length, AMANDA_ADDRESS_KEY);
}

unsigned amanda_endpoint_hash(const amanda_endpoint_t *endpoint)
{
    return wmem_strong_hash((const uint8_t *)endpoint, endpoint_length(endpoint));
}

static unsigned hash_asker(const void *key)
{
    return ((const asker_t *)key)->hash;
}

static gboolean equal_askers(const void *a, const void *b)
{
    const asker_t *left = (const asker_t *)a;
    const asker_t *right = (const asker_t *)b;

    return left->key_length == right->key_length && left->handle_length == right->handle_length &&
           memcmp(left->key, right->key, left->key_length) == 0;
}

static unsigned hash_group(const void *key)
{
    const amanda_group_t *group = (const amanda_group_t *)key;

    return amanda_endpoint_hash(&group->responder) ^ (unsigned)((uintptr_t)group->asker >> 4);
}

static gboolean equal_groups(const void *a, const void *b)
{
    const amanda_group_t *left = (const amanda_group_t *)a;
    const amanda_group_t *right = (const amanda_group_t *)b;

    return left->asker == right->asker && memcmp(&left->responder, &right->responder, sizeof left->responder) == 0;
}

static unsigned hash_exchange(const void *key)
{
    const amanda_exchange_t *exchange = (const amanda_exchange_t *)key;
    const uint64_t both[] = {(uint64_t)(uintptr_t)exchange->group, (uint32_t)exchange->seq};

    return wmem_strong_hash((const uint8_t *)both, sizeof both);
}

static gboolean equal_exchanges(const void *a, const void *b)
{
    const amanda_exchange_t *left = (const amanda_exchange_t *)a;
    const amanda_exchange_t *right = (const amanda_exchange_t *)b;

    return left->group == right->group && left->seq == right->seq;
}

static ws_bool destroy(wmem_allocator_t *scope _U_, wmem_cb_event_t event _U_, void *data)
{
    g_hash_table_destroy((GHashTable *)data);
    return FALSE;
}

amanda_verdicts_t *amanda_verdicts_new(wmem_allocator_t *scope, unsigned timeout)
{
    amanda_verdicts_t *verdicts = wmem_new0(scope, amanda_verdicts_t);

    verdicts->scope = scope;
    verdicts->timeout = (int64_t)timeout * 1000000000;
    verdicts->askers = g_hash_table_new(hash_asker, equal_askers);
    wmem_register_callback(scope, destroy, verdicts->askers);
    verdicts->more_groups = wmem_map_new(scope, hash_group, equal_groups);
    verdicts->older = wmem_map_new(scope, hash_exchange, equal_exchanges);
    verdicts->services = wmem_map_new(scope, wmem_str_hash, g_str_equal);
    verdicts->records = wmem_array_new(scope, sizeof(amanda_verdict_record_t));
    return verdicts;
}

static asker_t *find_asker(amanda_verdicts_t *verdicts, const amanda_endpoint_t *requester,
                           const amanda_datagram_t *datagram, bool make)
{
    union {
        asker_t asker;
        uint8_t room[sizeof(asker_t) + MAX_ASKER_KEY];
    } key;
    size_t length = endpoint_length(requester);

    memcpy(key.asker.key, requester, length);
    length += fold_into_key(key.asker.key + length, MAX_HANDLE_KEY, datagram->handle, (size_t)datagram->handle_length);
    key.asker.key_length = (uint8_t)length;
    key.asker.handle_length = (uint16_t)MIN(datagram->handle_length, UINT16_MAX);
    if (verdicts->last_asker && equal_askers(verdicts->last_asker, &key.asker))
        return verdicts->last_asker;
    key.asker.hash = wmem_strong_hash(key.asker.key, length);

    asker_t *asker = (asker_t *)g_hash_table_lookup(verdicts->askers, &key.asker);

    if (!asker && make) {
        asker = (asker_t *)wmem_alloc0(verdicts->scope, sizeof(asker_t) + length);
        asker->hash = key.asker.hash;
        asker->handle_length = key.asker.handle_length;
        asker->key_length = key.asker.key_length;
        memcpy(asker->key, key.asker.key, length);
        g_hash_table_add(verdicts->askers, asker);
    }
    if (asker)
        verdicts->last_asker = asker;
    return asker;
}

static void gather_outstanding(const amanda_verdicts_t *verdicts, asker_t *asker)
{
    if (asker->outstanding)
        return;
    asker->outstanding = amanda_outstanding_new(verdicts->scope);
    if (asker->first.outstanding)
        amanda_outstanding_add(asker->outstanding, asker->first.outstanding);
}

static amanda_group_t *find_group(amanda_verdicts_t *verdicts, asker_t *asker, const amanda_endpoint_t *responder,
                                  bool make)
{
    amanda_group_t key = {.asker = asker, .responder = *responder};
    amanda_group_t *group = &asker->first;

    if (!group->asker) {
        if (!make)
            return NULL;
        *group = key;
        return group;
    }
    if (memcmp(&group->responder, responder, sizeof *responder) == 0)
        return group;
    group = (amanda_group_t *)wmem_map_lookup(verdicts->more_groups, &key);
    if (!group && make) {
        group = (amanda_group_t *)wmem_memdup(verdicts->scope, &key, sizeof key);
        wmem_map_insert(verdicts->more_groups, group, group);
        gather_outstanding(verdicts, asker);
    }
    return group;
}

static amanda_exchange_t *find_exchange(amanda_verdicts_t *verdicts, amanda_group_t *group, int32_t seq)
{
    if (!group || !group->latest)
        return NULL;
    if (group->latest->seq == seq)
        return group->latest;
    if (group->outstanding && group->outstanding->seq == seq)
        return group->outstanding;

    const amanda_exchange_t key = {.group = group, .seq = seq};

    return (amanda_exchange_t *)wmem_map_lookup(verdicts->older, &key);
}

static amanda_exchange_t *make_exchange(amanda_verdicts_t *verdicts, amanda_group_t *group,
                                        const amanda_datagram_t *datagram)
{
    asker_t *asker = group->asker;
    amanda_exchange_t *exchange =
        asker->exchange.group ? wmem_new0(verdicts->scope, amanda_exchange_t) : &asker->exchange;

    exchange->group = group;
    exchange->seq = datagram->seq;
    exchange->number = verdicts->exchange_count++;
    exchange->version = datagram->version;
    exchange->krb4 = datagram->krb4;
    exchange->first_req = datagram->frame;
    /* Not outstanding before open_exchange(). */
    exchange->state = AMANDA_STATE_SUPERSEDED;
    if (group->latest)
        wmem_map_insert(verdicts->older, group->latest, group->latest);
    group->latest = exchange;
    return exchange;
}

static const char *intern(amanda_verdicts_t *verdicts, const char *name)
{
    const char *known = (const char *)wmem_map_lookup(verdicts->services, name);

    if (!known) {
        char *copy = wmem_strdup(verdicts->scope, name);

        wmem_map_insert(verdicts->services, copy, copy);
        known = copy;
    }
    return known;
}

int64_t amanda_nanoseconds_of(const nstime_t *timestamp)
{
    /* Unsigned, so that a capture with absurd time stamps wraps and does nothing worse. */
    return (int64_t)((uint64_t)timestamp->secs * 1000000000 + (uint64_t)timestamp->nsecs);
}

nstime_t amanda_nstime_of(int64_t nanoseconds)
{
    return (nstime_t){(time_t)(nanoseconds / 1000000000), (int)(nanoseconds % 1000000000)};
}

static void close_exchange(amanda_exchange_t *exchange, amanda_state_t how, uint32_t frame)
{
    amanda_group_t *group = exchange->group;

    exchange->state = (uint8_t)how;
    exchange->closed_in = frame;
    group->outstanding = NULL;
    if (group->asker->outstanding)
        amanda_outstanding_remove(group->asker->outstanding, exchange);
}

/* Closes it if it has timed out as of now. Returns whether it is outstanding. */
static bool is_outstanding(const amanda_verdicts_t *verdicts, amanda_exchange_t *exchange, int64_t now)
{
    if (!exchange || exchange->state != AMANDA_STATE_OUTSTANDING)
        return false;
    if (verdicts->timeout > 0 && now - exchange->last_time > verdicts->timeout) {
        close_exchange(exchange, AMANDA_STATE_TIMED_OUT, 0);
        return false;
    }
    return true;
}

static void open_exchange(const amanda_verdicts_t *verdicts, amanda_exchange_t *exchange, uint32_t frame, int64_t now)
{
    amanda_group_t *group = exchange->group;

    if (is_outstanding(verdicts, group->outstanding, now))
        close_exchange(group->outstanding, AMANDA_STATE_SUPERSEDED, frame);
    exchange->state = AMANDA_STATE_OUTSTANDING;
    exchange->closed_in = 0;
    exchange->heard = false;
    group->outstanding = exchange;
    if (group->asker->outstanding)
        amanda_outstanding_add(group->asker->outstanding, exchange);
}

/* The exchanges whose copies of a REQ or REP wait for an ACK hold them as a chain through ack_in. */
static void await_ack(const amanda_verdicts_t *verdicts, amanda_verdict_record_t *record, uint32_t *awaiting)
{
    record->notes |= AMANDA_NOTE_AWAITS_ACK;
    record->ack_in = *awaiting;
    *awaiting = wmem_array_get_count(verdicts->records) + 1;
}

static void resolve_ack(amanda_verdicts_t *verdicts, uint32_t *awaiting, uint32_t frame)
{
    while (*awaiting != 0) {
        amanda_verdict_record_t *record = (amanda_verdict_record_t *)wmem_array_index(verdicts->records, *awaiting - 1);

        *awaiting = record->ack_in;
        record->ack_in = frame;
        record->notes &= ~(unsigned)AMANDA_NOTE_AWAITS_ACK;
    }
}

/* What a REQ that is sent again while its exchange is outstanding tells of the answer that does not come. */
static unsigned notes_on_repeated_req(const amanda_exchange_t *exchange, int64_t now)
{
    /* Without an ACK the REQ goes out three times, 10 seconds apart (Amanda 2.3 to 3.5 common-src/protocol.c). */
    static const int64_t longer_than_for_an_ack = (int64_t)15 * 1000000000;
    bool replied = exchange->heard || exchange->last_rep || exchange->first_nak;

    if (!exchange->responder_acked && !replied && exchange->sent >= 2)
        return AMANDA_NOTE_REQ_UNHEARD;
    if (exchange->responder_acked && !exchange->last_rep && !exchange->first_nak &&
        now - exchange->last_time > longer_than_for_an_ack)
        return AMANDA_NOTE_REQ_UNANSWERED;
    return 0;
}

static void judge_req(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram, amanda_verdict_record_t *record)
{
    amanda_endpoint_t requester = amanda_endpoint_of(datagram->src, datagram->src_port);
    amanda_endpoint_t responder = amanda_endpoint_of(datagram->dst, datagram->dst_port);
    asker_t *asker = find_asker(verdicts, &requester, datagram, true);
    amanda_group_t *group = find_group(verdicts, asker, &responder, true);
    amanda_exchange_t *exchange = find_exchange(verdicts, group, datagram->seq);
    int64_t now = amanda_nanoseconds_of(&datagram->arrival);

    if (!exchange) {
        exchange = make_exchange(verdicts, group, datagram);
        exchange->first_time = now;
        record->verdict = AMANDA_VERDICT_REQUEST;
        open_exchange(verdicts, exchange, datagram->frame, now);
    } else if (is_outstanding(verdicts, exchange, now)) {
        record->verdict = AMANDA_VERDICT_RETRANSMISSION;
        record->notes |= notes_on_repeated_req(exchange, now);
    } else if (exchange->state == AMANDA_STATE_REFUSED || exchange->state == AMANDA_STATE_TIMED_OUT) {
        record->verdict = AMANDA_VERDICT_RETRANSMISSION;
        open_exchange(verdicts, exchange, datagram->frame, now);
    } else {
        record->verdict = AMANDA_VERDICT_LATE_COPY;
    }
    record->exchange = exchange;
    if (!exchange->service && datagram->service)
        exchange->service = intern(verdicts, datagram->service);
    if (record->verdict == AMANDA_VERDICT_LATE_COPY)
        return;
    exchange->last_time = now;
    exchange->last_req = datagram->frame;
    exchange->sent = (uint8_t)MIN(exchange->sent + 1, UINT8_MAX);
    await_ack(verdicts, record, &exchange->reqs_awaiting);
}

bool amanda_exchange_compares_handle_only(const amanda_exchange_t *exchange)
{
    return exchange->version < AMANDA_VERSION(2, 5);
}

/* The krb4 driver of 2.5 and 2.6 compares the address and port, too, but not the SEQ (common-src/krb4-security.c). */
static bool takes_other_seq(const amanda_exchange_t *exchange)
{
    return amanda_exchange_compares_handle_only(exchange) ||
           (exchange->krb4 && exchange->version < AMANDA_VERSION(2, 7));
}

/* Of the asker's outstanding exchanges that a question finds, the first that has not timed out. */
static amanda_exchange_t *ask(const amanda_verdicts_t *verdicts, asker_t *asker, int32_t seq, int64_t now,
                              amanda_exchange_t *(*question)(const amanda_outstanding_t *, int32_t))
{
    amanda_exchange_t *found;

    if (!asker || (!asker->outstanding && !asker->first.outstanding))
        return NULL;
    gather_outstanding(verdicts, asker);
    do {
        found = question(asker->outstanding, seq);
    } while (found && !is_outstanding(verdicts, found, now));
    return found;
}

static void judge_unmatched(const amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram, asker_t *asker,
                            amanda_exchange_t *other, amanda_verdict_record_t *record)
{
    int64_t now = amanda_nanoseconds_of(&datagram->arrival);
    const amanda_exchange_t *own = record->exchange;
    bool taken = false;

    if (other) {
        record->verdict = AMANDA_VERDICT_SEQ_MISMATCH;
        taken = takes_other_seq(other);
    } else {
        record->verdict = own ? AMANDA_VERDICT_STALE : AMANDA_VERDICT_NO_REQUEST;
        other = ask(verdicts, asker, datagram->seq, now, amanda_outstanding_other_seq);
        taken = other != NULL;
    }
    if (other) {
        record->of.reply.mistaken_for = other->first_req;
        if (datagram->type == AMANDA_TYPE_REP)
            other->mistaken_rep = datagram->frame;
    }
    if (record->verdict == AMANDA_VERDICT_NO_REQUEST) {
        const amanda_exchange_t *asked = ask(verdicts, asker, datagram->seq, now, amanda_outstanding_same_seq);

        if (asked) {
            record->other.asked_of = asked->first_req;
            taken = amanda_exchange_compares_handle_only(asked);
        }
    }
    if (taken)
        record->notes |= AMANDA_NOTE_TAKEN;
    if (own) {
        record->of.reply.closed_in = own->closed_in;
        record->closed_by = own->state;
    }
}

static void judge_reply(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram, amanda_verdict_record_t *record)
{
    amanda_endpoint_t requester = amanda_endpoint_of(datagram->dst, datagram->dst_port);
    amanda_endpoint_t responder = amanda_endpoint_of(datagram->src, datagram->src_port);
    asker_t *asker = find_asker(verdicts, &requester, datagram, false);
    amanda_group_t *group = asker ? find_group(verdicts, asker, &responder, false) : NULL;
    amanda_exchange_t *exchange = find_exchange(verdicts, group, datagram->seq);
    int64_t now = amanda_nanoseconds_of(&datagram->arrival);

    record->exchange = exchange;
    if (is_outstanding(verdicts, exchange, now)) {
        record->verdict = AMANDA_VERDICT_ANSWER;
        if (datagram->type == AMANDA_TYPE_PREP)
            exchange->heard = true;
        else if (exchange->first_rep)
            record->verdict = AMANDA_VERDICT_RETRANSMISSION;
        else
            exchange->first_rep = datagram->frame;
    } else {
        amanda_exchange_t *other =
            group && is_outstanding(verdicts, group->outstanding, now) ? group->outstanding : NULL;

        judge_unmatched(verdicts, datagram, asker, other, record);
    }
    if (exchange && datagram->type == AMANDA_TYPE_REP) {
        exchange->last_rep = datagram->frame;
        exchange->rep_time = now;
        await_ack(verdicts, record, &exchange->reps_awaiting);
    }
}

static amanda_exchange_t *exchange_between(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram,
                                           const amanda_endpoint_t *requester, const amanda_endpoint_t *responder)
{
    asker_t *asker = find_asker(verdicts, requester, datagram, false);

    return asker ? find_exchange(verdicts, find_group(verdicts, asker, responder, false), datagram->seq) : NULL;
}

static void judge_nak(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram, amanda_verdict_record_t *record)
{
    amanda_endpoint_t requester = amanda_endpoint_of(datagram->dst, datagram->dst_port);
    amanda_endpoint_t responder = amanda_endpoint_of(datagram->src, datagram->src_port);
    amanda_exchange_t *exchange = exchange_between(verdicts, datagram, &requester, &responder);

    record->exchange = exchange;
    if (!is_outstanding(verdicts, exchange, amanda_nanoseconds_of(&datagram->arrival))) {
        record->notes |= AMANDA_NOTE_NAK_UNEXPECTED;
        return;
    }
    if (!exchange->first_nak)
        exchange->first_nak = datagram->frame;
    /* Amanda 2.5.2 common-src/protocol.c, s_repwait: not looked at before 2.6. */
    if (exchange->version < AMANDA_VERSION(2, 6) && exchange->heard) {
        record->notes |= AMANDA_NOTE_NAK_IGNORED;
        return;
    }
    close_exchange(exchange, AMANDA_STATE_REFUSED, datagram->frame);
    record->notes |= AMANDA_NOTE_ENDS;
}

static void judge_requesters_ack(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram,
                                 amanda_verdict_record_t *record)
{
    amanda_exchange_t *exchange = record->exchange;
    int64_t now = amanda_nanoseconds_of(&datagram->arrival);

    record->notes |= AMANDA_NOTE_FROM_REQUESTER;
    record->other.acks = exchange->last_rep;
    if (exchange->last_rep && !exchange->rep_acked) {
        exchange->rep_acked = true;
        record->notes |= AMANDA_NOTE_FIRST_ACK;
        record->of.acks_since = exchange->rep_time;
    }
    if (is_outstanding(verdicts, exchange, now)) {
        close_exchange(exchange, AMANDA_STATE_COMPLETED, datagram->frame);
        record->notes |= AMANDA_NOTE_ENDS;
        if (!exchange->first_rep && exchange->mistaken_rep && takes_other_seq(exchange)) {
            record->notes |= AMANDA_NOTE_ACK_STALE_ACCEPTED;
            record->other.accepted = exchange->mistaken_rep;
        } else if (!exchange->first_rep) {
            record->notes |= AMANDA_NOTE_ACK_NO_REPLY;
        }
    } else if (exchange->requester_acked) {
        record->notes |= AMANDA_NOTE_ACK_DUPLICATE;
    }
    exchange->requester_acked = true;
    resolve_ack(verdicts, &exchange->reps_awaiting, datagram->frame);
}

static void judge_responders_ack(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram,
                                 amanda_verdict_record_t *record)
{
    amanda_exchange_t *exchange = record->exchange;

    record->other.acks = exchange->last_req;
    if (exchange->responder_acked) {
        record->notes |= AMANDA_NOTE_ACK_DUPLICATE;
    } else {
        record->notes |= AMANDA_NOTE_FIRST_ACK;
        record->of.acks_since = exchange->last_time;
    }
    exchange->responder_acked = true;
    exchange->heard = true;
    resolve_ack(verdicts, &exchange->reqs_awaiting, datagram->frame);
}

static void judge_ack(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram, amanda_verdict_record_t *record)
{
    amanda_endpoint_t src = amanda_endpoint_of(datagram->src, datagram->src_port);
    amanda_endpoint_t dst = amanda_endpoint_of(datagram->dst, datagram->dst_port);

    record->exchange = exchange_between(verdicts, datagram, &src, &dst);
    if (record->exchange) {
        judge_requesters_ack(verdicts, datagram, record);
        return;
    }
    record->exchange = exchange_between(verdicts, datagram, &dst, &src);
    if (record->exchange)
        judge_responders_ack(verdicts, datagram, record);
    else
        record->notes |= AMANDA_NOTE_ACK_UNKNOWN;
}

const amanda_verdict_record_t *amanda_verdicts_judge(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram)
{
    amanda_verdict_record_t record = {.frame = datagram->frame, .layer = datagram->layer, .type = datagram->type};

    switch (datagram->type) {
    case AMANDA_TYPE_REQ:
        judge_req(verdicts, datagram, &record);
        break;
    case AMANDA_TYPE_REP:
    case AMANDA_TYPE_PREP:
        judge_reply(verdicts, datagram, &record);
        break;
    case AMANDA_TYPE_NAK:
        judge_nak(verdicts, datagram, &record);
        break;
    case AMANDA_TYPE_ACK:
        judge_ack(verdicts, datagram, &record);
        break;
    case AMANDA_TYPE_UNKNOWN:
        return NULL;
    }
    wmem_array_append_one(verdicts->records, record);
    return (const amanda_verdict_record_t *)wmem_array_index(verdicts->records,
                                                             wmem_array_get_count(verdicts->records) - 1);
}

const amanda_verdict_record_t *amanda_verdicts_recall(const amanda_verdicts_t *verdicts, uint32_t frame, uint8_t layer)
{
    unsigned low = 0;
    unsigned high = wmem_array_get_count(verdicts->records);

    /* The last record of that number: with a read filter, tshark gives a frame that it rejects, and the next one, the
     * same number. */
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        const amanda_verdict_record_t *record =
            (const amanda_verdict_record_t *)wmem_array_index(verdicts->records, middle);

        if (record->frame < frame || (record->frame == frame && record->layer <= layer))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;

    const amanda_verdict_record_t *found =
        (const amanda_verdict_record_t *)wmem_array_index(verdicts->records, low - 1);

    return found->frame == frame && found->layer == layer ? found : NULL;
}

uint32_t amanda_verdict_record_ack_in(const amanda_verdict_record_t *record)
{
    return record->notes & AMANDA_NOTE_AWAITS_ACK ? 0 : record->ack_in;
}

bool amanda_verdict_record_is_unmatched(const amanda_verdict_record_t *record)
{
    return record->verdict >= AMANDA_VERDICT_STALE;
}
