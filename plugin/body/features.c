/* body/features.c
 * Shows features strings, and what two of them have in common
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/features.h"

#include "show/labels.h"
#include "show/generated.h"
#include "show/packet-data.h"

#include <string.h>

enum group {
    GENERAL,
    PROGRAM,
    SELFCHECK,
    SENDSIZE,
    SENDBACKUP,
    DISK_OPTIONS,
    XML,
    AMINDEXD,
    AMIDXTAPED,
    AMRECOVER,
    RESTORE,
    GROUPS
};

static const char *const group_names[GROUPS] = {
    [GENERAL] = "All services",  [PROGRAM] = "Backup programs",
    [SELFCHECK] = "selfcheck",   [SENDSIZE] = "sendsize (estimates)",
    [SENDBACKUP] = "sendbackup", [DISK_OPTIONS] = "Options of disks in lines of text",
    [XML] = "Disks in XML",      [AMINDEXD] = "amindexd",
    [AMIDXTAPED] = "amidxtaped", [AMRECOVER] = "amrecover",
    [RESTORE] = "restore",
};

static const struct {
    enum group group;
    const char *name;
    const char *label;
    const char *blurb;
} features[AMANDA_FEATURE_COUNT] = {
#define FEATURE(number, name, group, since, label)                                                                     \
    [number] = {group, #name, label, "Feature " #number ", fe_" #name ", defined since Amanda " since},
    AMANDA_FEATURE_TABLE(FEATURE)
#undef FEATURE
};

static const char no_set[] = "UNKNOWNFEATURE";

static int hf_amanda_feature[AMANDA_FEATURE_COUNT];
static int hf_amanda_features_common;
static int hf_amanda_features_only_rep;
static int hf_amanda_features_only_req;
static int hf_amanda_features_release;
static int hf_amanda_features_unknown_bit;

static int ett_amanda_features = -1;
static int ett_amanda_features_common = -1;
static int ett_amanda_features_group = -1;

static expert_field ei_amanda_req_unread;
static expert_field ei_amanda_features_none;
static expert_field ei_amanda_features_not_hex;
static expert_field ei_amanda_features_odd;
static expert_field ei_amanda_features_other_version;
static expert_field ei_amanda_features_unknown_release;

/* The numbers of the features by their groups, and where in them each group begins. */
static uint8_t by_group[AMANDA_FEATURE_COUNT];
static unsigned group_start[GROUPS + 1];

/* The labels of the groups: of each, as many as it has features, and one. NULL: none yet. */
static const char *group_labels[AMANDA_FEATURE_COUNT + GROUPS];

static ws_bool pref_show_unset;

/* The digit that holds a bit, counted from the first: the low digit of a byte is the second one. */
static int digit_of(unsigned number)
{
    return (int)(2 * (number >> 3) + (number & 4 ? 0 : 1));
}

/* What a group is called in which so many features are set: made once, for it takes longer than the rest of the group. */
static const char *group_label(enum group group, unsigned present)
{
    unsigned known = group_start[group + 1] - group_start[group];
    const char **label = &group_labels[group_start[group] + group + present];

    if (!*label)
        *label = wmem_strdup_printf(wmem_epan_scope(), "%s: %u of %u features", group_names[group], present, known);
    return *label;
}

static void show_group(enum group group, const amanda_feature_set_t *set, tvbuff_t *tvb, proto_tree *tree,
                       amanda_span_t hex)
{
    unsigned known = group_start[group + 1] - group_start[group];
    const uint8_t *members = by_group + group_start[group];
    unsigned present = 0;

    for (unsigned i = 0; i < known; i++)
        present += amanda_features_has(set, members[i]);
    if (present == 0 && !pref_show_unset)
        return;

    proto_tree *subtree = proto_tree_add_subtree(tree, tvb, hex.offset, hex.length, ett_amanda_features_group, NULL,
                                                 group_label(group, present));

    for (unsigned i = 0; i < known; i++) {
        int hf = hf_amanda_feature[members[i]];
        int digit = digit_of(members[i]);
        bool has = amanda_features_has(set, members[i]);

        if (!has && !pref_show_unset)
            continue;
        if (digit < hex.length)
            proto_tree_add_boolean(subtree, hf, tvb, hex.offset + digit, 1, has);
        else
            proto_item_set_generated(proto_tree_add_boolean(subtree, hf, tvb, 0, 0, false));
    }
}

static void show_set(const amanda_feature_set_t *set, tvbuff_t *tvb, proto_tree *tree, amanda_span_t hex)
{
    for (int group = 0; group < GROUPS; group++)
        show_group((enum group)group, set, tvb, tree, hex);
    for (unsigned i = AMANDA_FEATURE_COUNT; i < 8 * AMANDA_FEATURE_BYTES; i++) {
        if (amanda_features_has(set, i))
            proto_tree_add_uint(tree, hf_amanda_features_unknown_bit, tvb, hex.offset + digit_of(i), 1, i);
    }
}

static void show_release(amanda_body_t *body, proto_tree *tree, proto_item *item,
                         const amanda_feature_release_t *release, amanda_span_t hex)
{
    if (!release) {
        amanda_expert_add(body->pinfo, item, &ei_amanda_features_unknown_release);
        return;
    }
    if (tree) {
        proto_item_set_generated(
            proto_tree_add_string(tree, hf_amanda_features_release, body->tvb, hex.offset, hex.length, release->names));
        amanda_label(item, " (Amanda %s)", release->names);
    }
    if (body->version != UINT16_MAX && (body->version < release->first || body->version > release->last))
        amanda_expert_add(body->pinfo, item, &ei_amanda_features_other_version);
}

proto_item *amanda_features_dissect(amanda_body_t *body, proto_tree *tree, int hf, amanda_span_t hex)
{
    const char *text = (const char *)body->text + hex.offset;
    proto_item *item = amanda_add_string(tree, hf, body->tvb, hex);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_features);
    amanda_feature_set_t set = {.odd = false};
    const amanda_feature_release_t *release;

    if (hex.length <= 0)
        return NULL;
    if ((size_t)hex.length == strlen(no_set) && strncmp(text, no_set, strlen(no_set)) == 0) {
        amanda_expert_add(body->pinfo, item, &ei_amanda_features_none);
        return item;
    }
    release = amanda_features_release(text, (size_t)hex.length);
    /* What a release sends can be parsed, and nobody may look at it. */
    if ((!release || tree) && !amanda_features_parse(text, (size_t)hex.length, &set)) {
        amanda_expert_add(body->pinfo, item, &ei_amanda_features_not_hex);
        return item;
    }
    /* What the capture cut tells nothing. */
    if (!amanda_body_is_cut_at(body, hex.offset + hex.length)) {
        if (set.odd)
            amanda_expert_add(body->pinfo, item, &ei_amanda_features_odd);
        show_release(body, subtree, item, release, hex);
    }
    if (tree)
        show_set(&set, body->tvb, subtree, hex);
    return item;
}

void amanda_features_compare(amanda_body_t *body, proto_tree *tree, const char *request, const char *reply)
{
    amanda_feature_set_t asking, answering;
    unsigned common = 0;

    if (!tree || !amanda_features_parse_or_default(request, &asking) ||
        !amanda_features_parse_or_default(reply, &answering) ||
        memcmp(asking.bytes, answering.bytes, sizeof asking.bytes) == 0)
        return;
    for (unsigned i = 0; i < AMANDA_FEATURE_COUNT; i++)
        common += amanda_features_has(&asking, i) && amanda_features_has(&answering, i);

    proto_item *item = proto_tree_add_uint(tree, hf_amanda_features_common, body->tvb, 0, 0, common);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_features_common);

    proto_item_set_generated(item);
    for (unsigned i = 0; i < AMANDA_FEATURE_COUNT; i++) {
        bool asks = amanda_features_has(&asking, i);
        int hf = asks ? hf_amanda_features_only_req : hf_amanda_features_only_rep;

        if (asks != amanda_features_has(&answering, i))
            amanda_generated_string(subtree, hf, body->tvb, features[i].name);
    }
}

static void sort_by_group(void)
{
    unsigned count = 0;

    for (unsigned group = 0; group < GROUPS; group++) {
        group_start[group] = count;
        for (unsigned i = 0; i < AMANDA_FEATURE_COUNT; i++) {
            if (features[i].group == group)
                by_group[count++] = (uint8_t)i;
        }
    }
    group_start[GROUPS] = count;
}

/* One field for each row of the table; field names are lower case where Amanda's are not. */
static void register_bits(int proto)
{
    static hf_register_info hf[AMANDA_FEATURE_COUNT];

    for (size_t i = 0; i < AMANDA_FEATURE_COUNT; i++) {
        char *name = g_ascii_strdown(features[i].name, -1);

        hf[i].p_id = &hf_amanda_feature[i];
        hf[i].hfinfo = (header_field_info){features[i].label,
                                           wmem_strdup_printf(wmem_epan_scope(), "amanda.feature.%s", name),
                                           FT_BOOLEAN,
                                           BASE_NONE,
                                           NULL,
                                           0x0,
                                           features[i].blurb,
                                           HFILL};
        g_free(name);
    }
    proto_register_field_array(proto, hf, array_length(hf));
}

void amanda_features_need(amanda_body_t *body, proto_tree *tree, amanda_span_t span, unsigned feature)
{
    static const char *const since[] = {
#define FEATURE_SINCE(number, name, group, release, label)                                                             \
    [number] =                                                                                                         \
        "The client has said that it cannot read this (feature " #name "): those before Amanda " release " cannot",
        AMANDA_FEATURE_TABLE(FEATURE_SINCE)
#undef FEATURE_SINCE
    };

    if (!body->peer_features || amanda_features_string_has(body->peer_features, feature) ||
        !amanda_body_may_complain(body) || !amanda_expert_has_room(body->pinfo, proto_tree_get_parent(tree)))
        return;
    proto_tree_add_expert_format(tree, body->pinfo, &ei_amanda_req_unread, body->tvb, span.offset, span.length, "%s",
                                 since[feature]);
}

void amanda_features_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_features_release,
         {"Releases", "amanda.features.release", FT_STRING, BASE_NONE, NULL, 0x0,
          "The releases of Amanda that send exactly this features string", HFILL}},
        {&hf_amanda_features_unknown_bit,
         {"Unknown feature", "amanda.features.unknown_bit", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number of a feature that is set but has no name in any known release", HFILL}},
        {&hf_amanda_features_common,
         {"Features of both sides", "amanda.features.common", FT_UINT32, BASE_DEC, NULL, 0x0,
          "How many features requester and responder have in common, where they have not all", HFILL}},
        {&hf_amanda_features_only_req,
         {"Only the requester has", "amanda.features.only_req", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name of a feature that the request announces and the reply does not", HFILL}},
        {&hf_amanda_features_only_rep,
         {"Only the responder has", "amanda.features.only_rep", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name of a feature that the reply announces and the request does not", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_features,
        &ett_amanda_features_common,
        &ett_amanda_features_group,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_req_unread,
         {"amanda.req.unread", PI_PROTOCOL, PI_WARN, "The client has said that it cannot read this", EXPFILL}},
        {&ei_amanda_features_none,
         {"amanda.features.none", PI_PROTOCOL, PI_NOTE,
          "The word UNKNOWNFEATURE instead of a set: the sender does not know its peer's features", EXPFILL}},
        {&ei_amanda_features_not_hex,
         {"amanda.features.not_hex", PI_PROTOCOL, PI_WARN,
          "Not a string of hexadecimal digits: the receiver rejects it all", EXPFILL}},
        {&ei_amanda_features_odd,
         {"amanda.features.odd", PI_PROTOCOL, PI_NOTE,
          "Odd number of hexadecimal digits: the receiver drops the last one", EXPFILL}},
        {&ei_amanda_features_unknown_release,
         {"amanda.features.unknown_release", PI_PROTOCOL, PI_NOTE,
          "No known release of Amanda sends exactly these features", EXPFILL}},
        {&ei_amanda_features_other_version,
         {"amanda.features.other_version", PI_PROTOCOL, PI_NOTE,
          "The version in the header line is not of a release that sends these features", EXPFILL}},
    };

    sort_by_group();
    register_bits(proto);
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}

void amanda_features_register_preferences(module_t *module)
{
    prefs_register_bool_preference(module, "show_unset_features", "Show features that are not set",
                                   "Whether a features string shows all features that Amanda knows, "
                                   "not only those that it sets",
                                   &pref_show_unset);
}
