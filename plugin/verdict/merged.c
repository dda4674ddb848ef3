/* verdict/merged.c
 * What files of both ends, merged, prove: a datagram that one capture point has and the other has not was lost between them
 *
 * Two hosts show two capture points where at least four of their datagrams have a copy, of each direction at least one, at
 * least one datagram has none, and nothing contradicts it: no datagram without a copy has an answer that shows that it
 * arrived. Where each has one, a mirror port may have copied what one capture point saw.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/merged.h"

#include "text/header-line.h"
#include "verdict/pairs.h"

#include <string.h>

#define COPIES_MIN 4

/* Two hosts, whatever their ports. */
typedef struct {
    const amanda_host_t *requester;
    const amanda_host_t *responder;
    uint32_t asked;    /* datagrams of the requester that have copies, */
    uint32_t answered; /* and of the responder */
    bool lost;         /* at least one has none */
    bool fragments;    /* both files have what came in fragments: no capture filter has dropped them at one end */
    bool contradicted;
} hosts_t;

#define HOSTS_KEY_LENGTH offsetof(hosts_t, asked)

struct amanda_merged {
    const amanda_verdict_records_t *records;
    uint32_t seen; /* so many records were looked at */
    GHashTable *hosts;
};

static unsigned hash_hosts(const void *key)
{
    return amanda_key_hash((const uint8_t *)key, HOSTS_KEY_LENGTH);
}

static gboolean equal_hosts(const void *a, const void *b)
{
    return memcmp(a, b, HOSTS_KEY_LENGTH) == 0;
}

amanda_merged_t *amanda_merged_new(wmem_allocator_t *scope, const amanda_verdict_records_t *records)
{
    amanda_merged_t *merged = wmem_new0(scope, amanda_merged_t);

    merged->records = records;
    merged->hosts = amanda_key_set(scope, hash_hosts, equal_hosts, g_free);
    return merged;
}

static hosts_t hosts_of(const amanda_pair_t *pair)
{
    return (hosts_t){.requester = pair->requester, .responder = pair->responder};
}

/* Whether an answer shows that this datagram arrived, of which there was no other transmission. */
static bool has_arrived(const amanda_verdict_record_t *record)
{
    const amanda_exchange_t *exchange = record->exchange;

    if (record->type == AMANDA_TYPE_REQ)
        return exchange->sent == 1 && record->frame == exchange->first_req &&
               (exchange->responder_acked || exchange->heard || exchange->last_rep ||
                amanda_exchange_more(exchange)->first_nak);
    return record->type == AMANDA_TYPE_REP && exchange->first_rep == record->frame &&
           exchange->last_rep == record->frame && exchange->rep_acked;
}

static void see(amanda_merged_t *merged, const amanda_verdict_record_t *record)
{
    if (!record->exchange || !record->exchange->pair || record->is_copy || record->held_back)
        return;
    if (record->in_fragments && !record->has_copy)
        return;

    const hosts_t key = hosts_of(record->exchange->pair);
    hosts_t *hosts = (hosts_t *)g_hash_table_lookup(merged->hosts, &key);

    if (!hosts) {
        hosts = g_new(hosts_t, 1);
        *hosts = key;
        g_hash_table_add(merged->hosts, hosts);
    }
    if (record->in_fragments) {
        hosts->fragments = true;
    } else if (!record->has_copy) {
        hosts->lost = true;
        hosts->contradicted = hosts->contradicted || has_arrived(record);
    } else if (amanda_verdict_record_is_from_requester(record))
        hosts->asked++;
    else
        hosts->answered++;
}

bool amanda_merged_has_both_ends(amanda_merged_t *merged, const amanda_verdict_record_t *record)
{
    uint32_t count = amanda_verdict_records_count(merged->records);

    if (!record->exchange || !record->exchange->pair)
        return false;
    if (merged->seen != count) {
        g_hash_table_remove_all(merged->hosts);
        for (uint32_t number = 1; number <= count; number++)
            see(merged, amanda_verdict_records_at(merged->records, number));
        merged->seen = count;
    }

    const hosts_t key = hosts_of(record->exchange->pair);
    const hosts_t *hosts = (const hosts_t *)g_hash_table_lookup(merged->hosts, &key);

    return hosts && hosts->asked > 0 && hosts->answered > 0 && hosts->asked + hosts->answered >= COPIES_MIN &&
           hosts->lost && !hosts->contradicted && (!record->in_fragments || hosts->fragments);
}
