/* show/outcome.c
 * Shows what became of jobs and disks
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/outcome.h"

#include "show/labels.h"
#include "show/packet-data.h"
#include "text/printable.h"

#include <epan/expert.h>
#include <epan/to_str.h>

#include "outcome/facts.h"
#include "outcome/jobs.h"
#include "show/capture.h"
#include "show/common-fields.h"
#include "show/generated.h"

/* Items that one frame shows; a request that is made to ask for more must not keep Wireshark busy. */
#define ITEMS_MAX 10000

/* So many outcomes of one frame are shown open: cause and remedy of each are seen without a click. */
#define OPEN_MAX 2

/* Outcomes that the Info column names; and the longest reason in it. */
#define INFO_ITEMS_MAX 4
#define INFO_REASON_MAX 120

static int proto_amanda;

static int hf_amanda_outcome;
static int hf_amanda_outcome_asked_in;
static int hf_amanda_outcome_client;
static int hf_amanda_outcome_disk;
static int hf_amanda_outcome_in;
static int hf_amanda_outcome_level;
static int hf_amanda_outcome_remedy;
static int hf_amanda_outcome_remedy_by_all;
static int hf_amanda_outcome_why;
static int hf_amanda_outcome_why_by_all;

static int ett_amanda_outcome = -1;
static int ett_amanda_outcome_of_many = -1;
static int ett_amanda_outcomes = -1;

/* Of a dump or restore, and of anything else. */
static expert_field ei_serious[AMANDA_CAUSES];
static expert_field ei_other[AMANDA_CAUSES];

#define EITHER(number, name, text)                                                                                     \
    {                                                                                                                  \
        number, "amanda.outcome." name, "amanda.outcome." name "_asked", text                                          \
    }
#define SERIOUS(number, name, text)                                                                                    \
    {                                                                                                                  \
        number, "amanda.outcome." name, NULL, text                                                                     \
    }

/* serious: the expert info of dumps and restores; other: of what is asked before those, NULL where that has no such
 * cause. */
static const struct {
    amanda_cause_t cause;
    const char *serious;
    const char *other;
    const char *text;
} causes[] = {
    EITHER(AMANDA_CAUSE_NONE, "other", "No cause is known"),
    EITHER(AMANDA_CAUSE_NAK, "nak", "The request was refused"),
    EITHER(AMANDA_CAUSE_CLIENT_SAYS, "client_says", "The client reports an error"),
    SERIOUS(AMANDA_CAUSE_RETRY, "retry", "The client asks for another try"),
    SERIOUS(AMANDA_CAUSE_NOT_WHOLE, "not_whole", "The dump ended, but is not whole"),
    SERIOUS(AMANDA_CAUSE_DAMAGED, "damaged", "DATA is not what was announced: another number of bytes, or another CRC"),
    EITHER(AMANDA_CAUSE_STALE_REPLY, "stale_reply", "An old reply to another request was taken for the answer"),
    EITHER(AMANDA_CAUSE_NOBODY_LISTENS, "nobody_listens", "Nobody listens on Amanda's port"),
    SERIOUS(AMANDA_CAUSE_PORT_REFUSED, "port_refused", "Nobody listens any more on a port that the reply announced"),
    EITHER(AMANDA_CAUSE_FIREWALL_REFUSES, "firewall_refuses", "Something between the hosts refuses the connection"),
    SERIOUS(AMANDA_CAUSE_PORT_SILENT, "port_silent", "A port that the reply announced gives no answer"),
    SERIOUS(AMANDA_CAUSE_NEVER_TRIED, "never_tried", "Nobody connected to a port that the reply announced"),
    EITHER(AMANDA_CAUSE_TOO_LATE, "too_late", "The answer came after the requester had gone"),
    EITHER(AMANDA_CAUSE_BUSY, "busy", "The client's amandad was still busy with an earlier dump"),
    SERIOUS(AMANDA_CAUSE_ACK_LOST, "ack_lost", "The acknowledgement of the reply was lost"),
    EITHER(AMANDA_CAUSE_SILENT, "silent", "No answer at all"),
    EITHER(AMANDA_CAUSE_NO_REPLY, "no_reply", "Acknowledged, but no reply in time"),
    EITHER(AMANDA_CAUSE_CONNECTION_CLOSED, "connection_closed", "The connection was closed before the answer"),
    SERIOUS(AMANDA_CAUSE_PROGRAM_HANGS, "program_hangs", "The client's program hangs"),
    SERIOUS(AMANDA_CAUSE_IDLE_RESET, "idle_reset", "An idle connection was reset between the hosts"),
    SERIOUS(AMANDA_CAUSE_CUT_OFF, "cut_off", "The client, or the network to it, was gone"),
    SERIOUS(AMANDA_CAUSE_AMANDAD_DIED, "amandad_died", "The client's amandad died"),
    SERIOUS(AMANDA_CAUSE_SENDBACKUP_DIED, "sendbackup_died", "The client's sendbackup died"),
    SERIOUS(AMANDA_CAUSE_SERVER_STOPPED, "server_stopped", "The requester ended it too early"),
    SERIOUS(AMANDA_CAUSE_DATA_TIMEOUT, "data_timeout",
            "Nothing came from the client for so long that the requester gave up"),
    SERIOUS(AMANDA_CAUSE_DATA_LOST, "data_lost", "Bytes that the client had sent did not come"),
    SERIOUS(AMANDA_CAUSE_WENT_ON, "went_on", "The requester went on to something else"),
    EITHER(AMANDA_CAUSE_NOT_NAMED, "not_named", "The reply says nothing about a disk that was asked about"),
    SERIOUS(AMANDA_CAUSE_CLIENT_ENDED, "client_ended", "The responder ended it too early"),
};

const char *amanda_outcome_cause_text(amanda_cause_t cause)
{
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
        if (causes[i].cause == cause)
            return causes[i].text;
    }
    return causes[0].text;
}

const char *amanda_outcome_client(const amanda_job_t *job, wmem_allocator_t *pool)
{
    const char *name = amanda_job_client(job);

    return name ? name : address_to_str(pool, &amanda_job_client_host(job)->addr);
}

static bool has_other(amanda_cause_t cause)
{
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
        if (causes[i].cause == cause)
            return causes[i].other != NULL;
    }
    return false;
}

static void show_levels(const amanda_item_t *item, tvbuff_t *tvb, proto_tree *tree)
{
    for (unsigned level = 0; level <= AMANDA_LEVEL_MAX; level++) {
        if (amanda_item_told(item)->asked & UINT64_C(1) << level)
            amanda_generated_uint(tree, hf_amanda_outcome_level, tvb, level);
    }
}

/* "dump of client /disk" */
static const char *subject_of(const amanda_item_t *item, wmem_allocator_t *pool)
{
    const char *disk = amanda_item_disk(item);

    return wmem_strdup_printf(pool, "%s of %s%s%s", amanda_job_what(item->job), amanda_outcome_client(item->job, pool),
                              disk ? " " : "", disk ? disk : "");
}

static void add_to_info(wmem_strbuf_t *info, const amanda_item_t *item, wmem_allocator_t *pool)
{
    const amanda_settlement_t *settlement = &item->settled;
    const char *why = settlement->why && amanda_outcome_is_failure(settlement->outcome) ? settlement->why : "";

    wmem_strbuf_append_printf(info, "[%s: %s%s%.*s%s] ", subject_of(item, pool),
                              amanda_outcome_name(settlement->outcome), *why ? ": " : "",
                              amanda_fit(why, INFO_REASON_MAX), why, why[amanda_fit(why, INFO_REASON_MAX)] ? "…" : "");
}

static bool is_failure(const amanda_item_t *item)
{
    return amanda_outcome_is_failure(item->settled.outcome);
}

/* Whether nothing is to be told of these items one by one. */
static bool are_one_success(amanda_item_t *const *items, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (items[i]->job != items[0]->job || items[i]->settled.outcome != AMANDA_OUTCOME_SUCCESS)
            return false;
    }
    return count > 1;
}

/* As far as is known by now, also where only the end of the capture tells. */
static bool has_failed(const amanda_item_t *item, wmem_allocator_t *pool)
{
    return amanda_item_is_settled(item)
               ? is_failure(item)
               : amanda_outcome_is_failure(amanda_outcomes_get(amanda_capture()->outcomes, item, pool).outcome);
}

/* What several items are that are told of as one. */
static const char *subject_of_all(amanda_item_t *const *items, unsigned count, wmem_allocator_t *pool)
{
    return wmem_strdup_printf(pool, "%s of %s, %u disks", amanda_job_what(items[0]->job),
                              amanda_outcome_client(items[0]->job, pool), count);
}

/* The items that are told of where there is room for that many: failures first. Returns how many there are. */
static unsigned choose(amanda_item_t *const *items, unsigned count, unsigned room, const amanda_item_t **chosen,
                       wmem_allocator_t *pool)
{
    unsigned n = 0;

    for (int failures = 1; failures >= 0; failures--) {
        for (unsigned i = 0; i < count && n < room; i++) {
            if (has_failed(items[i], pool) == (failures != 0))
                chosen[n++] = items[i];
        }
    }
    return n;
}

static const char *info_of(amanda_item_t *const *items, unsigned count, wmem_allocator_t *pool)
{
    wmem_strbuf_t *info = wmem_strbuf_new(pool, "");
    const amanda_item_t *chosen[INFO_ITEMS_MAX];
    unsigned shown;

    if (are_one_success(items, count)) {
        wmem_strbuf_append_printf(info, "[%s: %s] ", subject_of_all(items, count, pool),
                                  amanda_outcome_name(AMANDA_OUTCOME_SUCCESS));
        return wmem_strbuf_get_str(info);
    }
    shown = choose(items, count, INFO_ITEMS_MAX, chosen, pool);
    for (unsigned i = 0; i < shown; i++)
        add_to_info(info, chosen[i], pool);
    if (count > shown)
        wmem_strbuf_append_printf(info, "[… %u more] ", count - shown);
    return wmem_strbuf_get_str(info);
}

/* The items that the frame at hand settles; NULL if there are none. On the first pass, nearly no frame settles any. */
static amanda_item_t *const *settled_here(const packet_info *pinfo, unsigned *count)
{
    const amanda_outcomes_t *outcomes = amanda_capture()->outcomes;

    if (!outcomes || (!PINFO_FD_VISITED(pinfo) && !amanda_outcomes_may_be_settled_in(outcomes, pinfo->num)))
        return NULL;
    return amanda_outcomes_settled_in(outcomes, pinfo->num, count);
}

static void begin_info(amanda_item_t *const *items, unsigned count, packet_info *pinfo)
{
    if (pinfo->cinfo && col_get_writable(pinfo->cinfo, COL_INFO))
        amanda_info_begin(pinfo, "%s", info_of(items, count, pinfo->pool));
}

void amanda_outcomes_begin_info(packet_info *pinfo)
{
    unsigned count = 0;
    amanda_item_t *const *items = pinfo->cinfo ? settled_here(pinfo, &count) : NULL;

    /* That all went well is said once, when all is known: it is what nearly every exchange comes to. */
    for (unsigned i = 0; items && i < count; i++) {
        if (is_failure(items[i])) {
            begin_info(items, count, pinfo);
            return;
        }
    }
}

/* Exactly one for each failure: where it is settled, or, where only the end of the capture did that, at its REQ. */
static void add_expert(const amanda_item_t *item, const amanda_settlement_t *settlement, packet_info *pinfo,
                       proto_item *at)
{
    bool serious = item->job->kind == AMANDA_JOB_DUMP || item->job->kind == AMANDA_JOB_RESTORE;

    expert_field *other = has_other(settlement->cause) ? &ei_other[settlement->cause] : &ei_other[AMANDA_CAUSE_NONE];

    if (amanda_outcome_is_failure(settlement->outcome))
        amanda_expert_add(pinfo, at, serious ? &ei_serious[settlement->cause] : other);
}

/* What followed the frame that settles an item may tell a cause with another remedy: known on a later pass, and then
 * the one to go by. What the frame itself told never changes. */
static void show_by_all(const amanda_item_t *item, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    if (!tree || !PINFO_FD_VISITED(pinfo) || !is_failure(item))
        return;

    const amanda_settlement_t by_all = amanda_outcomes_get(amanda_capture()->outcomes, item, pinfo->pool);
    const char *remedy = amanda_outcome_remedy(item, &by_all);

    if (g_strcmp0(remedy, amanda_outcome_remedy(item, &item->settled)) != 0) {
        amanda_generated_string(tree, hf_amanda_outcome_why_by_all, tvb, by_all.why);
        amanda_generated_string(tree, hf_amanda_outcome_remedy_by_all, tvb, remedy);
    }
}

/* settles: this is the frame that settles it; else the one that asked for it. ett: of the item's subtree. */
static void show_item(const amanda_item_t *item, bool settles, int ett, packet_info *pinfo, tvbuff_t *tvb,
                      proto_tree *tree)
{
    const amanda_settlement_t settlement =
        settles ? item->settled : amanda_outcomes_get(amanda_capture()->outcomes, item, pinfo->pool);
    const char *disk = amanda_item_disk(item);
    proto_item *line =
        proto_tree_add_string(tree, hf_amanda_outcome, tvb, 0, 0, amanda_outcome_name(settlement.outcome));
    proto_tree *subtree = proto_item_add_subtree(line, ett);
    proto_item *disk_item;

    proto_item_set_generated(line);
    amanda_label(line, ", %s", subject_of(item, pinfo->pool));
    if (settles)
        show_by_all(item, pinfo, tvb, subtree);
    amanda_generated_string(subtree, hf_amanda_outcome_why, tvb, settlement.why);
    amanda_generated_string(subtree, hf_amanda_outcome_remedy, tvb, amanda_outcome_remedy(item, &settlement));
    amanda_generated_string(subtree, hf_amanda_outcome_client, tvb, amanda_outcome_client(item->job, pinfo->pool));
    disk_item = amanda_generated_string(subtree, hf_amanda_outcome_disk, tvb, disk ? disk : "");
    if (!disk)
        amanda_label(disk_item, "none is named");
    show_levels(item, tvb, subtree);
    amanda_generated_frame(subtree, hf_amanda_outcome_asked_in, tvb, item->job->req.frame);
    if (!settles)
        amanda_generated_frame(subtree, hf_amanda_outcome_in, tvb, settlement.at.frame);
    if (settles || !settlement.at.frame)
        add_expert(item, &settlement, pinfo, line);
    amanda_generated_tree_is(line, ett);
}

/* The tree of what the packet has of Amanda already; where that is nothing, one of its own. */
static proto_tree *tree_for_outcomes(tvbuff_t *tvb, proto_tree *tree)
{
    for (proto_node *node = tree ? tree->first_child : NULL; node; node = node->next) {
        /* Whatever the tree is else, with an outcome in it it is open. */
        if (PNODE_FINFO(node) && PNODE_FINFO(node)->hfinfo->id == proto_amanda)
            return proto_item_add_subtree(node, ett_amanda_outcomes);
    }

    proto_item *top = proto_tree_add_item(tree, proto_amanda, tvb, 0, 0, ENC_NA);

    proto_item_set_generated(top);
    amanda_label(top, ", outcome");
    return proto_item_add_subtree(top, ett_amanda_outcomes);
}

static void show_settled(amanda_item_t *const *items, unsigned count, packet_info *pinfo, tvbuff_t *tvb,
                         proto_tree *tree)
{
    for (unsigned i = 0; i < MIN(count, ITEMS_MAX); i++)
        show_item(items[i], true, count <= OPEN_MAX ? ett_amanda_outcome : ett_amanda_outcome_of_many, pinfo, tvb,
                  tree);
}

/* What became of what this frame asks for: known on a later pass. first: the number of the first job. */
static void show_asked(unsigned first, unsigned count, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    unsigned shown = 0;

    for (unsigned i = 0; i < count; i++) {
        const amanda_job_t *job = amanda_outcomes_job(amanda_capture()->outcomes, first + i);
        int ett = job->item.next ? ett_amanda_outcome_of_many : ett_amanda_outcome;

        for (const amanda_item_t *item = job->dropped ? NULL : &job->item; item && shown++ < ITEMS_MAX;
             item = item->next)
            show_item(item, false, ett, pinfo, tvb, tree);
    }
}

/* The jobs that the frame at hand asks for, as far as they are to be shown: how many, and the number of the first. */
static unsigned asked_here(const packet_info *pinfo, unsigned *first)
{
    const amanda_outcomes_t *outcomes = amanda_capture()->outcomes;
    unsigned count = 0;

    *first = PINFO_FD_VISITED(pinfo) ? amanda_outcomes_asked_in(outcomes, pinfo->num, &count) : 0;
    for (unsigned i = 0; i < count; i++) {
        if (!amanda_outcomes_job(outcomes, *first + i)->dropped)
            return count;
    }
    return 0;
}

void amanda_outcomes_show(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    unsigned settled_count;
    unsigned first_asked;
    amanda_item_t *const *settled = settled_here(pinfo, &settled_count);
    unsigned asked_count = asked_here(pinfo, &first_asked);

    if (!settled && asked_count == 0)
        return;
    if (settled)
        begin_info(settled, settled_count, pinfo);
    tree = tree_for_outcomes(tvb, tree);

    proto_node *last_before = amanda_generated_last(tree);

    if (settled)
        show_settled(settled, settled_count, pinfo, tvb, tree);
    if (asked_count > 0)
        show_asked(first_asked, asked_count, pinfo, tvb, tree);
    amanda_generated_to_front(tree, last_before);
}

/* A line without a field: what it says has its fields elsewhere. */
static proto_item *add_line(proto_tree *tree, tvbuff_t *tvb, const char *begins, proto_tree **subtree)
{
    proto_item *line;

    *subtree = proto_tree_add_subtree(tree, tvb, 0, 0, ett_amanda_outcome, &line, "");
    amanda_label(line, "%s", begins);
    proto_item_set_generated(line);
    return line;
}

/* So many items of a request are looked at where another packet tells of it, of which there may be any number. */
#define LOOKED_AT_MAX 64

/* What became of an item, or of several that had the same: what says which. */
static void show_item_of_request(const amanda_item_t *item, const char *begins, const char *what, packet_info *pinfo,
                                 tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_settlement_t settlement = amanda_outcomes_get(amanda_capture()->outcomes, item, pinfo->pool);
    const char *remedy = amanda_outcome_remedy(item, &settlement);
    proto_tree *subtree;
    proto_tree *unused;

    amanda_label(add_line(tree, tvb, begins, &subtree), ": %s, %s", what, amanda_outcome_name(settlement.outcome));
    if (settlement.why)
        amanda_label(add_line(subtree, tvb, "Why", &unused), ": %s", settlement.why);
    if (remedy)
        amanda_label(add_line(subtree, tvb, "Remedy", &unused), ": %s", remedy);
}

/* all: whether these are all items of the request. */
static void show_items_of_request(amanda_item_t *const *items, unsigned count, bool all, const char *begins,
                                  packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_item_t *chosen[OPEN_MAX];
    unsigned shown;
    proto_tree *unused;

    if (all && are_one_success(items, count)) {
        show_item_of_request(items[0], begins, subject_of_all(items, count, pinfo->pool), pinfo, tvb, tree);
        return;
    }
    shown = choose(items, count, OPEN_MAX, chosen, pinfo->pool);
    for (unsigned i = 0; i < shown; i++)
        show_item_of_request(chosen[i], begins, subject_of(chosen[i], pinfo->pool), pinfo, tvb, tree);
    if (!all)
        amanda_label(add_line(tree, tvb, begins, &unused), ": … more disks");
    else if (count > shown)
        amanda_label(add_line(tree, tvb, begins, &unused), ": … %u more", count - shown);
}

void amanda_outcome_show_job(amanda_job_t *job, const char *whose, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    amanda_item_t *items[LOOKED_AT_MAX];
    amanda_item_t *item = job && !job->dropped && PINFO_FD_VISITED(pinfo) ? &job->item : NULL;
    unsigned count = 0;

    if (!tree || !item)
        return;
    for (; item && count < LOOKED_AT_MAX; item = item->next)
        items[count++] = item;
    show_items_of_request(items, count, !item, wmem_strdup_printf(pinfo->pool, "%s %u", whose, job->req.frame), pinfo,
                          tvb, tree);
}

void amanda_outcome_show_request(uint32_t frame, const char *whose, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_outcomes_t *outcomes = amanda_capture()->outcomes;
    unsigned count = 0;
    unsigned first =
        tree && outcomes && PINFO_FD_VISITED(pinfo) ? amanda_outcomes_asked_in(outcomes, frame, &count) : 0;

    /* Of several requests in one frame, the number does not tell which. */
    if (count == 1)
        amanda_outcome_show_job(amanda_outcomes_job(outcomes, first), whose, pinfo, tvb, tree);
}

void amanda_outcome_show_client(const amanda_exchange_facts_t *facts, tvbuff_t *tvb, proto_tree *tree)
{
    if (facts && facts->job)
        amanda_subject_show_client(tree, tvb, facts->job->client);
}

/* The job whose requester took an old reply for the answer to the request in this frame; NULL if there is none. */
static const amanda_job_t *victim_of(uint32_t frame)
{
    const amanda_job_t *job = frame ? amanda_outcomes_job_of_request(amanda_capture()->outcomes, frame) : NULL;

    return job && job->stale ? job : NULL;
}

const char *amanda_outcome_victim(uint32_t frame, wmem_allocator_t *pool)
{
    const amanda_job_t *job = victim_of(frame);
    const char *disk = job ? amanda_item_told(&job->item)->disk : NULL;

    return disk ? wmem_strdup_printf(pool, "%s level %s", disk, amanda_item_levels(&job->item, pool)) : NULL;
}

bool amanda_outcome_show_victim(uint32_t frame, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_job_t *job = victim_of(frame);

    if (!job)
        return false;

    const amanda_item_told_t *told = amanda_item_told(&job->item);
    uint64_t asked = told->asked;
    bool one_level = asked && (asked & (asked - 1)) == 0;

    amanda_subject_show_client(tree, tvb, job->client);
    amanda_subject_show(tree, tvb, told->disk, one_level ? g_bit_nth_lsf((gulong)asked, -1) : -1);
    return true;
}

void amanda_outcome_open_trees(void)
{
    tree_expanded_set(ett_amanda_outcome, true);
    tree_expanded_set(ett_amanda_outcomes, true);
}

static void register_fields(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_outcome,
         {"Outcome", "amanda.outcome", FT_STRING, BASE_NONE, NULL, 0x0,
          "What became of a disk or job: refused, failed, unanswered, not connected, unfinished, missing, strange, "
          "success, running, or unknown",
          HFILL}},
        {&hf_amanda_outcome_why,
         {"Why", "amanda.outcome.why", FT_STRING, BASE_NONE, NULL, 0x0, "The cause, in one sentence", HFILL}},
        {&hf_amanda_outcome_remedy,
         {"Remedy", "amanda.outcome.remedy", FT_STRING, BASE_NONE, NULL, 0x0, "What an administrator does about it",
          HFILL}},
        {&hf_amanda_outcome_why_by_all,
         {"Why, by the whole capture", "amanda.outcome.why_by_all", FT_STRING, BASE_NONE, NULL, 0x0,
          "The cause, where frames behind this one told of another with another remedy", HFILL}},
        {&hf_amanda_outcome_remedy_by_all,
         {"Remedy, by the whole capture", "amanda.outcome.remedy_by_all", FT_STRING, BASE_NONE, NULL, 0x0,
          "What an administrator does about that", HFILL}},
        {&hf_amanda_outcome_client,
         {"Client", "amanda.outcome.client", FT_STRING, BASE_NONE, NULL, 0x0,
          "The client's name in the requests, or its address", HFILL}},
        {&hf_amanda_outcome_disk,
         {"Disk", "amanda.outcome.disk", FT_STRING, BASE_NONE, NULL, 0x0, "Empty where no disk is named", HFILL}},
        {&hf_amanda_outcome_level,
         {"Level", "amanda.outcome.level", FT_UINT32, BASE_DEC, NULL, 0x0, "Each level that was asked", HFILL}},
        {&hf_amanda_outcome_asked_in,
         {"Asked in", "amanda.outcome.asked_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "The first transmission of the REQ", HFILL}},
        {&hf_amanda_outcome_in,
         {"Settled in", "amanda.outcome_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The frame after which the outcome is certain; absent where only the end of the capture tells", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}

void amanda_outcome_register(int proto)
{
    static int *ett[] = {
        &ett_amanda_outcome,
        &ett_amanda_outcome_of_many,
        &ett_amanda_outcomes,
    };
    static ei_register_info ei[2 * G_N_ELEMENTS(causes)];
    int count = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
        ei[count++] = (ei_register_info){&ei_serious[causes[i].cause],
                                         {causes[i].serious, PI_RESPONSE_CODE, PI_ERROR, causes[i].text, EXPFILL}};
        if (causes[i].other)
            ei[count++] = (ei_register_info){&ei_other[causes[i].cause],
                                             {causes[i].other, PI_RESPONSE_CODE, PI_WARN, causes[i].text, EXPFILL}};
    }
    proto_amanda = proto;
    register_fields(proto);
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, count);
}
