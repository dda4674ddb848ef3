/* show/outcome.c
 * Shows what became of jobs and disks
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/outcome.h"

#include "show/labels.h"
#include "text/printable.h"

#include <epan/expert.h>
#include <epan/to_str.h>

#include "show/capture.h"
#include "show/generated.h"

/* Items that one frame shows; a request that is made to ask for more must not keep Wireshark busy. */
#define ITEMS_MAX 10000

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
static int hf_amanda_outcome_why;

static int ett_amanda_outcome = -1;
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
        if (item->asked & UINT64_C(1) << level)
            amanda_generated_uint(tree, hf_amanda_outcome_level, tvb, level);
    }
}

static void show_in_info(const amanda_item_t *item, const amanda_settlement_t *settlement, packet_info *pinfo)
{
    const char *disk = amanda_item_disk(item);
    const char *why = settlement->why && amanda_outcome_is_failure(settlement->outcome) ? settlement->why : "";

    amanda_info_append(pinfo, " [%s of %s%s%s: %s%s%.*s%s]", amanda_job_what(item->job),
                       amanda_outcome_client(item->job, pinfo->pool), disk ? " " : "", disk ? disk : "",
                       amanda_outcome_name(settlement->outcome), *why ? ": " : "", amanda_fit(why, INFO_REASON_MAX),
                       why, why[amanda_fit(why, INFO_REASON_MAX)] ? "…" : "");
}

/* Exactly one for each failure: where it is settled, or, where only the end of the capture did that, at its REQ. */
static void add_expert(const amanda_item_t *item, const amanda_settlement_t *settlement, packet_info *pinfo,
                       proto_item *at)
{
    bool serious = item->job->kind == AMANDA_JOB_DUMP || item->job->kind == AMANDA_JOB_RESTORE;

    expert_field *other = has_other(settlement->cause) ? &ei_other[settlement->cause] : &ei_other[AMANDA_CAUSE_NONE];

    if (amanda_outcome_is_failure(settlement->outcome))
        expert_add_info(pinfo, at, serious ? &ei_serious[settlement->cause] : other);
}

/* settles: this is the frame that settles it; else the one that asked for it. */
static void show_item(const amanda_item_t *item, bool settles, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_settlement_t settlement =
        settles ? *item->settled : amanda_outcomes_get(amanda_capture()->outcomes, item, pinfo->pool);
    const char *disk = amanda_item_disk(item);
    proto_item *line =
        proto_tree_add_string(tree, hf_amanda_outcome, tvb, 0, 0, amanda_outcome_name(settlement.outcome));
    proto_tree *subtree = proto_item_add_subtree(line, ett_amanda_outcome);

    proto_item_set_generated(line);
    amanda_label(line, ", %s of %s%s%s", amanda_job_what(item->job), amanda_outcome_client(item->job, pinfo->pool),
                 disk ? " " : "", disk ? disk : "");
    amanda_generated_string(subtree, hf_amanda_outcome_client, tvb, amanda_outcome_client(item->job, pinfo->pool));
    amanda_generated_string(subtree, hf_amanda_outcome_disk, tvb, disk ? disk : "");
    show_levels(item, tvb, subtree);
    amanda_generated_string(subtree, hf_amanda_outcome_why, tvb, settlement.why);
    amanda_generated_string(subtree, hf_amanda_outcome_remedy, tvb, amanda_outcome_remedy(item, &settlement));
    amanda_generated_frame(subtree, hf_amanda_outcome_asked_in, tvb, item->job->req.frame);
    if (!settles)
        amanda_generated_frame(subtree, hf_amanda_outcome_in, tvb, settlement.at.frame);
    if (settles || !settlement.at.frame)
        add_expert(item, &settlement, pinfo, line);
}

static proto_tree *add_tree(tvbuff_t *tvb, proto_tree *tree, const char *what)
{
    proto_item *top = proto_tree_add_item(tree, proto_amanda, tvb, 0, 0, ENC_NA);

    proto_item_set_generated(top);
    amanda_label(top, ", %s", what);
    return proto_item_add_subtree(top, ett_amanda_outcomes);
}

static void show_settled(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    unsigned count;
    amanda_item_t *const *items = amanda_outcomes_settled_in(amanda_capture()->outcomes, pinfo->num, &count);

    if (!items)
        return;
    tree = add_tree(tvb, tree, "outcome settled here");
    for (unsigned i = 0; i < MIN(count, ITEMS_MAX); i++) {
        show_item(items[i], true, pinfo, tvb, tree);
        if (i < INFO_ITEMS_MAX)
            show_in_info(items[i], items[i]->settled, pinfo);
    }
    if (count > INFO_ITEMS_MAX)
        amanda_info_append(pinfo, " [… %u more]", count - INFO_ITEMS_MAX);
}

/* What became of what this frame asks for: known on a later pass. */
static void show_asked(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    unsigned count;
    unsigned shown = 0;
    amanda_job_t *const *jobs = amanda_outcomes_asked_in(amanda_capture()->outcomes, pinfo->num, &count);
    proto_tree *subtree = NULL;

    for (unsigned i = 0; i < count; i++) {
        if (jobs[i]->dropped)
            continue;
        if (!subtree)
            subtree = add_tree(tvb, tree, "outcome of what is asked here");
        for (const amanda_item_t *item = &jobs[i]->item; item && shown++ < ITEMS_MAX; item = item->next)
            show_item(item, false, pinfo, tvb, subtree);
    }
}

void amanda_outcomes_show(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    show_settled(pinfo, tvb, tree);
    if (PINFO_FD_VISITED(pinfo))
        show_asked(pinfo, tvb, tree);
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
