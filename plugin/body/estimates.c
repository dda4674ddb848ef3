/* body/estimates.c
 * What a sendsize reply says of each disk and level
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/estimates.h"

#include "show/labels.h"
#include "show/packet-data.h"

#include <string.h>

#include "body/errors.h"
#include "text/feature-sets.h"
#include "text/quoted-strings.h"
#include "show/common-fields.h"
#include "show/outcome-facts.h"
#include "show/quoted.h"

static int hf_amanda_estimate;
static int hf_amanda_estimate_disk;
static int hf_amanda_estimate_disk_wire;
static int hf_amanda_estimate_level;
static int hf_amanda_estimate_missing;
static int hf_amanda_estimate_new;
static int hf_amanda_estimate_size;
static int hf_amanda_estimate_size_text;

static int ett_amanda_estimate = -1;

static expert_field ei_amanda_estimate_bad_size;
static expert_field ei_amanda_estimate_failed;
static expert_field ei_amanda_estimate_incomplete;

/* Wireshark shows a packet's first expert infos only so fast; nobody reads more names than these. */
#define MISSING_MAX 1000

/* What a size that is none means (Amanda 2.4 to 3.5 client-src/sendsize.c, server-src/planner.c, handle_result()). */
static const char *explain_size(int64_t size)
{
    if (size == -1)
        return "no estimate: it failed, or is left to the server";
    return size == -2 ? "this level cannot be dumped" : NULL;
}

typedef struct {
    amanda_span_t disk;
    amanda_span_t level;
    amanda_span_t key;   /* SIZE, ERROR or WARNING */
    amanda_span_t value; /* what follows it */
    int64_t level_value;
} estimate_t;

static bool read_estimate(const uint8_t *text, amanda_span_t line, estimate_t *estimate)
{
    int end = line.offset + line.length;
    int at = line.offset;

    estimate->disk = amanda_quoted_word(text, end, &at, NULL, NULL);
    estimate->level = amanda_quoted_word(text, end, &at, NULL, NULL);
    estimate->key = amanda_quoted_word(text, end, &at, NULL, NULL);
    estimate->value = amanda_span_skip_blanks(text, (amanda_span_t){at, end - at});
    return amanda_span_integer(text, estimate->level, &estimate->level_value) &&
           (amanda_span_starts_with_word(text, estimate->key, "SIZE") ||
            amanda_span_starts_with_word(text, estimate->key, "ERROR") ||
            amanda_span_starts_with_word(text, estimate->key, "WARNING"));
}

bool amanda_estimate_is_line(const uint8_t *text, amanda_span_t line)
{
    estimate_t estimate;

    return read_estimate(text, line, &estimate);
}

/* A disk and level as one string; level -1 for all levels of a disk. */
static const char *answer_key(wmem_allocator_t *pool, const char *disk, int64_t level)
{
    return wmem_strdup_printf(pool, "%" PRId64 " %s", level, disk);
}

/* What was said of a disk, and where first. */
typedef struct answered_disk {
    struct answered_disk *next;
    proto_item *item;
    proto_tree *tree;
    amanda_span_t span;
    bool has_size;
    bool has_error;
} answered_disk_t;

static answered_disk_t *disk_of(amanda_answers_t *answers, wmem_allocator_t *pool, const char *name)
{
    answered_disk_t *disk;

    if (!answers->disks)
        answers->disks = wmem_map_new(pool, g_str_hash, g_str_equal);
    disk = (answered_disk_t *)wmem_map_lookup(answers->disks, name);
    if (!disk) {
        disk = wmem_new0(pool, answered_disk_t);
        wmem_map_insert(answers->disks, name, disk);
        if (answers->last)
            answers->last->next = disk;
        else
            answers->first = disk;
        answers->last = disk;
    }
    return disk;
}

static void remember(amanda_answers_t *answers, packet_info *pinfo, const char *disk, int64_t level)
{
    if (!answers->answered)
        answers->answered = wmem_map_new(pinfo->pool, g_str_hash, g_str_equal);
    wmem_map_insert(answers->answered, answer_key(pinfo->pool, disk, level), answers);
}

static bool is_answered(const amanda_answers_t *answers, wmem_allocator_t *pool, const amanda_asked_estimate_t *asked)
{
    return answers->answered && (wmem_map_contains(answers->answered, answer_key(pool, asked->disk, asked->level)) ||
                                 wmem_map_contains(answers->answered, answer_key(pool, asked->disk, -1)));
}

/* Whether the REQ asks for no estimate of the client's, or may do so as far as the capture has it: the server has its own, and
 * -1 is no failure. */
static bool is_left_to_server(amanda_reply_t *reply, amanda_answers_t *answers)
{
    wmem_allocator_t *pool = reply->body->pinfo->pool;
    wmem_array_t *asked = amanda_exchange_disks(reply->body->facts)->estimates;

    if (!reply->record.req_seen)
        return true;
    if (!asked)
        return false;
    if (!answers->left_to_server) {
        answers->left_to_server = wmem_map_new(pool, g_str_hash, g_str_equal);
        for (unsigned i = 0; i < wmem_array_get_count(asked); i++) {
            const amanda_asked_estimate_t *estimate = (const amanda_asked_estimate_t *)wmem_array_index(asked, i);

            if (estimate->server)
                wmem_map_insert(answers->left_to_server, answer_key(pool, estimate->disk, estimate->level), answers);
        }
    }
    return wmem_map_contains(answers->left_to_server, answer_key(pool, reply->disk, reply->level));
}

/* Returns whether the size is one: what is no number, or too large for one, is none that the receiver can use. */
static bool show_size(amanda_reply_t *reply, const estimate_t *estimate, proto_tree *tree, proto_item *line)
{
    amanda_body_t *body = reply->body;
    amanda_span_t word = amanda_span_first_word(body->text, estimate->value);
    proto_item *item;
    int64_t size;

    if (!amanda_span_integer(body->text, word, &size)) {
        item = amanda_add_string(tree, hf_amanda_estimate_size_text, body->tvb, word);
        amanda_body_complain(body, item ? item : line, &ei_amanda_estimate_bad_size, word);
        return false;
    }
    amanda_outcome_facts_size(body, reply->disk, reply->level, size);
    item = proto_tree_add_int64(tree, hf_amanda_estimate_size, body->tvb, word.offset, word.length, size);

    const char *none = explain_size(size);

    if (none) {
        amanda_label(item, " (%s)", none);
        amanda_label(line, ": %s", none);
    } else {
        amanda_label(item, " KB");
        amanda_label(line, ": %" PRId64 " KB", size);
    }
    return size >= 0;
}

/* Whether the line goes beyond what an earlier PREP or REP of the exchange had: each repeats those before it. */
static void show_whether_new(const amanda_reply_t *reply, proto_tree *tree, amanda_span_t line)
{
    bool is_new = line.offset + line.length >= reply->start + (int)reply->record.reported;

    if (reply->body->facts)
        proto_item_set_generated(
            proto_tree_add_boolean(tree, hf_amanda_estimate_new, reply->body->tvb, line.offset, line.length, is_new));
}

void amanda_estimate_dissect(amanda_reply_t *reply, amanda_answers_t *answers, proto_tree *tree, amanda_span_t line)
{
    amanda_body_t *body = reply->body;
    tvbuff_t *tvb = body->tvb;
    estimate_t estimate;

    if (!read_estimate(body->text, line, &estimate))
        return;

    proto_item *item = proto_tree_add_item(tree, hf_amanda_estimate, tvb, line.offset, line.length, ENC_NA);
    proto_tree *subtree = item ? proto_item_add_subtree(item, ett_amanda_estimate) : NULL;
    const char *disk =
        amanda_add_quoted(body, subtree, hf_amanda_estimate_disk, hf_amanda_estimate_disk_wire, estimate.disk, NULL);

    if (body->text[estimate.disk.offset] == '"')
        amanda_reply_needs_feature(reply, item, AMANDA_FE_interface_quoted_text);
    amanda_label(item, " of %s level %" PRId64, disk, estimate.level_value);
    proto_tree_add_int(subtree, hf_amanda_estimate_level, tvb, estimate.level.offset, estimate.level.length,
                       (int32_t)estimate.level_value);
    remember(answers, body->pinfo, disk, estimate.level_value);

    answered_disk_t *answered = disk_of(answers, body->pinfo->pool, disk);

    if (!answered->span.length) {
        answered->item = item;
        answered->tree = subtree;
        answered->span = line;
        if (amanda_exchange_disks(body->facts)->count != 1)
            amanda_subject_show(body->tree, tvb, disk, -1);
    }
    reply->disk = disk;
    reply->level = (int)estimate.level_value;
    if (amanda_span_starts_with_word(body->text, estimate.key, "SIZE")) {
        if (show_size(reply, &estimate, subtree, item) || is_left_to_server(reply, answers))
            answered->has_size = true;
        else
            reply->failed++;
        reply->estimates++;
    } else if (amanda_span_starts_with_word(body->text, estimate.key, "ERROR")) {
        answered->has_error = true;
        amanda_label(item, ": error");
        amanda_reply_count(reply, amanda_error_words(body, subtree, estimate.value, AMANDA_TROUBLE_ERROR));
        /* Services name level 0 in an error that concerns all levels. */
        remember(answers, body->pinfo, disk, -1);
    } else {
        amanda_label(item, ": warning");
        amanda_reply_count(reply, amanda_error_words(body, subtree, estimate.value, AMANDA_TROUBLE_WARNING));
    }
    reply->disk = NULL;
    show_whether_new(reply, subtree, line);
}

void amanda_estimate_show_failed(amanda_reply_t *reply, const amanda_answers_t *answers)
{
    static const amanda_error_meaning_t failed = {"", "no estimate",
                                                  "The client could not estimate any of the levels that were asked.",
                                                  "Look at the debug files of sendsize and of the application on the "
                                                  "client (/tmp/amanda or /var/log/amanda): can "
                                                  "the disk be read, and does the program that estimates it run?",
                                                  false};
    unsigned shown = 0;

    for (const answered_disk_t *disk = answers->first; disk; disk = disk->next) {
        if (disk->has_size || disk->has_error || shown++ >= MISSING_MAX)
            continue;
        amanda_expert_add(reply->body->pinfo, disk->item, &ei_amanda_estimate_failed);
        amanda_error_show_meaning(reply->body, disk->tree, disk->span, "no estimate for any level", &failed);
    }
}

void amanda_estimate_show_missing(amanda_reply_t *reply, const amanda_answers_t *answers, proto_tree *tree)
{
    amanda_body_t *body = reply->body;
    wmem_allocator_t *pool = body->pinfo->pool;
    wmem_array_t *asked = amanda_exchange_disks(body->facts)->estimates;

    if (!asked || !reply->record.req_seen)
        return;
    for (unsigned i = 0; i < wmem_array_get_count(asked); i++) {
        const amanda_asked_estimate_t *estimate = (const amanda_asked_estimate_t *)wmem_array_index(asked, i);

        if (is_answered(answers, pool, estimate))
            continue;
        if (reply->missing++ >= MISSING_MAX || !amanda_reply_take(reply, 1))
            continue; /* counts on */

        const char *name = wmem_strdup_printf(pool, "%s level %d", estimate->disk, estimate->level);
        proto_item *item = proto_tree_add_string(tree, hf_amanda_estimate_missing, body->tvb, reply->start, 0, name);

        proto_item_set_generated(item);
        if (reply->missing == 1)
            amanda_expert_add(body->pinfo, item, &ei_amanda_estimate_incomplete);
    }
}

void amanda_estimate_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_estimate,
         {"Estimate", "amanda.estimate", FT_NONE, BASE_NONE, NULL, 0x0,
          "How large a dump of a disk would be, or why that cannot be told", HFILL}},
        {&hf_amanda_estimate_disk,
         {"Disk", "amanda.estimate.disk", FT_STRING, BASE_NONE, NULL, 0x0, "Disk that the estimate is of", HFILL}},
        {&hf_amanda_estimate_disk_wire,
         {"As sent", "amanda.estimate.disk.wire", FT_STRING, BASE_NONE, NULL, 0x0,
          "The disk's name as it was sent, with quotes and escapes", HFILL}},
        {&hf_amanda_estimate_level,
         {"Level", "amanda.estimate.level", FT_INT32, BASE_DEC, NULL, 0x0, "Dump level that the estimate is of",
          HFILL}},
        {&hf_amanda_estimate_size,
         {"Size", "amanda.estimate.size", FT_INT64, BASE_DEC, NULL, 0x0,
          "Estimated size in KB; -1: none, it failed or is left to the server; -2: this level cannot be dumped",
          HFILL}},
        {&hf_amanda_estimate_size_text,
         {"Size", "amanda.estimate.size.text", FT_STRING, BASE_NONE, NULL, 0x0,
          "What stands in place of a size, and is no number of 64 bits", HFILL}},
        {&hf_amanda_estimate_new,
         {"New", "amanda.estimate.new", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
          "No earlier PREP or REP of the exchange had this estimate", HFILL}},
        {&hf_amanda_estimate_missing,
         {"Missing estimate", "amanda.estimate.missing", FT_STRING, BASE_NONE, NULL, 0x0,
          "A disk and level that the request asked for, and that the reply has no estimate of", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_estimate,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_estimate_bad_size,
         {"amanda.estimate.bad_size", PI_MALFORMED, PI_WARN, "The size is no number, or too large for one", EXPFILL}},
        {&ei_amanda_estimate_failed,
         {"amanda.estimate.failed", PI_RESPONSE_CODE, PI_WARN,
          "The client could not estimate any level of the disk that was asked", EXPFILL}},
        {&ei_amanda_estimate_incomplete,
         {"amanda.estimate.incomplete", PI_RESPONSE_CODE, PI_NOTE,
          "The reply lacks estimates that the request asked for", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
