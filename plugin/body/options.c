/* body/options.c
 * The OPTIONS line of requests and replies
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/options.h"

#include <string.h>

#include "body/dle-options.h"
#include "body/features.h"
#include "show/outcome-facts.h"
#include "show/capture.h"
#include "text/feature-sets.h"
#include "text/words.h"

static int hf_amanda_options;
static int hf_amanda_options_auth;
static int hf_amanda_options_config;
static int hf_amanda_options_data_shm_control_name;
static int hf_amanda_options_features;
static int hf_amanda_options_hostname;
static int hf_amanda_options_maxdumps;
static int hf_amanda_options_timestamp;
static int hf_amanda_options_timestamp_text;
static int hf_amanda_options_unknown;

static int ett_amanda_options = -1;
static int ett_amanda_options_timestamp = -1;

static expert_field ei_amanda_options_bad_value;
static expert_field ei_amanda_options_duplicate;
static expert_field ei_amanda_options_unknown_key;

enum kind { TEXT, NUMBER, TIME, FEATURES };

static const struct {
    const char *key;
    int *hf;
    enum kind kind;
    unsigned feature; /* that the receiver of a REQ needs for it; 0: none */
} keys[] = {
    {"features=", &hf_amanda_options_features, FEATURES, 0},
    {"maxdumps=", &hf_amanda_options_maxdumps, NUMBER, 0},
    {"MAXDUMPS=", &hf_amanda_options_maxdumps, NUMBER, 0}, /* Amanda 2.3 */
    {"hostname=", &hf_amanda_options_hostname, TEXT, 0},
    {"config=", &hf_amanda_options_config, TEXT, AMANDA_FE_req_options_config},
    {"timestamp=", &hf_amanda_options_timestamp, TIME, AMANDA_FE_req_options_timestamp},
    {"auth=", &hf_amanda_options_auth, TEXT, 0},
    {"data-shm-control-name=", &hf_amanda_options_data_shm_control_name, TEXT,
     AMANDA_FE_sendbackup_req_options_data_shm_control_name},
};

/* The OPTIONS line under way. */
typedef struct {
    amanda_body_t *body;
    proto_tree *tree;
    amanda_span_t features; /* the hexadecimal digits; empty if there were none yet */
    unsigned seen;          /* bits for the rows of keys[] that occurred */
} options_t;

bool amanda_options_is_line(const uint8_t *text, amanda_span_t line)
{
    return amanda_span_starts_with_word(text, line, "OPTIONS") || amanda_span_starts_with_word(text, line, "GOPTIONS");
}

/* How many dumps a host may have running at a time: a number above 0. The receiver takes what is above 16 for 16. */
static proto_item *add_maxdumps(options_t *options, int hf, amanda_span_t value)
{
    int64_t number;
    proto_item *item;

    if (amanda_span_integer(options->body->text, value, &number) && number > 0 && number <= INT32_MAX)
        return proto_tree_add_uint(options->tree, hf, options->body->tvb, value.offset, value.length, (uint32_t)number);
    item = amanda_add_string(options->tree, hf_amanda_options_unknown, options->body->tvb, value);
    amanda_body_complain(options->body, item, &ei_amanda_options_bad_value, value);
    return item;
}

static bool read_digits(const uint8_t **text, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        int digit = g_ascii_digit_value((char)(*text)[i]);

        if (digit < 0)
            return false;
        *number = *number * 10 + digit;
    }
    *text += count;
    return true;
}

/* YYYYMMDDhhmmss, by the clock on the wall of the server. */
static bool read_timestamp(const uint8_t *text, int length, nstime_t *when)
{
    int year, month, day, hour, minute, second;
    GDateTime *date;

    if (length != 14 || !read_digits(&text, 4, &year) || !read_digits(&text, 2, &month) ||
        !read_digits(&text, 2, &day) || !read_digits(&text, 2, &hour) || !read_digits(&text, 2, &minute) ||
        !read_digits(&text, 2, &second))
        return false;
    date = g_date_time_new_local(year, month, day, hour, minute, second);
    if (!date)
        return false;
    when->secs = (time_t)g_date_time_to_unix(date);
    when->nsecs = 0;
    g_date_time_unref(date);
    return true;
}

static proto_item *add_timestamp(options_t *options, int hf, amanda_span_t value)
{
    amanda_body_t *body = options->body;
    nstime_t when;
    proto_item *item;

    if (!read_timestamp(body->text + value.offset, value.length, &when)) {
        item = amanda_add_string(options->tree, hf_amanda_options_timestamp_text, body->tvb, value);
        amanda_body_complain(body, item, &ei_amanda_options_bad_value, value);
        return item;
    }
    item = proto_tree_add_time(options->tree, hf, body->tvb, value.offset, value.length, &when);
    amanda_add_string(proto_item_add_subtree(item, ett_amanda_options_timestamp), hf_amanda_options_timestamp_text,
                      body->tvb, value);
    return item;
}

static proto_item *add_value(options_t *options, size_t row, amanda_span_t value)
{
    amanda_body_t *body = options->body;
    int hf = *keys[row].hf;

    if (value.length <= 0)
        return NULL;
    switch (keys[row].kind) {
    case NUMBER:
        return add_maxdumps(options, hf, value);
    case TIME:
        return add_timestamp(options, hf, value);
    case FEATURES:
        if (options->features.length == 0)
            options->features = value;
        return amanda_features_dissect(body, options->tree, hf, value);
    case TEXT:
        break;
    }
    if (keys[row].hf == &hf_amanda_options_hostname && !amanda_body_is_cut_at(body, value.offset + value.length))
        amanda_outcome_facts_client(body, amanda_span_text(body->pinfo->pool, body->tvb, value));
    return amanda_add_string(options->tree, hf, body->tvb, value);
}

static bool add_known(options_t *options, amanda_span_t option)
{
    amanda_body_t *body = options->body;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        int length = (int)strlen(keys[i].key);

        if (!amanda_span_starts_with(body->text, option, keys[i].key))
            continue;

        proto_item *item = add_value(options, i, (amanda_span_t){option.offset + length, option.length - length});

        if (options->seen & 1U << i)
            amanda_body_complain(body, item, &ei_amanda_options_duplicate, option);
        options->seen |= 1U << i;
        if (keys[i].feature)
            amanda_features_need(body, options->tree, option, keys[i].feature);
        return true;
    }
    return false;
}

static void add_option(options_t *options, amanda_span_t option)
{
    amanda_body_t *body = options->body;
    amanda_dle_t dle = {.body = body};

    /* Up to 2.4.2 a sendbackup reply repeats the options of the disk, |; and all. */
    if (option.length == 0 || (option.length == 1 && body->text[option.offset] == '|') || add_known(options, option) ||
        (body->type != AMANDA_TYPE_REQ && amanda_dle_add_option(&dle, options->tree, option)))
        return;

    proto_item *item = amanda_add_string(options->tree, hf_amanda_options_unknown, body->tvb, option);

    amanda_body_complain(body, item, &ei_amanda_options_unknown_key, option);
}

/* Keeps the features for the other packets of the exchange, and compares the two sides' in a reply. */
static void keep_features(options_t *options)
{
    amanda_body_t *body = options->body;
    amanda_span_t span = options->features;
    bool request = body->type == AMANDA_TYPE_REQ;
    const char *features;

    if (span.length == 0 || !body->facts || amanda_body_is_cut_at(body, span.offset + span.length))
        return;
    features = amanda_hosts_keep_features(amanda_capture()->hosts, (const char *)body->text + span.offset,
                                          (size_t)span.length);
    if (!request) {
        const amanda_exchange_facts_t *facts = body->facts;

        if (amanda_body_is_new(body))
            amanda_body_responder(body)->features = features;
        if (facts->req_seen || facts->req_features)
            amanda_features_compare(body, options->tree, facts->req_features, features);
    } else if (amanda_body_is_new(body)) {
        amanda_exchange_facts_t *facts = body->facts;

        if (!facts->req_features)
            facts->req_features = features;
    }
}

void amanda_options_dissect(amanda_body_t *body, proto_tree *tree, amanda_span_t line)
{
    amanda_span_t text = amanda_span_behind_word(body->text, line);
    int end = text.offset + text.length;
    int offset = text.offset;
    amanda_span_t option;
    /* Even an empty list of options has something to select: the word OPTIONS. */
    proto_item *item = text.length > 0
                           ? amanda_add_string(tree, hf_amanda_options, body->tvb, text)
                           : proto_tree_add_string(tree, hf_amanda_options, body->tvb, line.offset, line.length, "");
    options_t options = {.body = body, .tree = proto_item_add_subtree(item, ett_amanda_options)};

    while (amanda_dle_next_option(body->text, end, &offset, &option) && amanda_body_has_room(body))
        add_option(&options, option);
    keep_features(&options);
}

void amanda_options_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_options,
         {"Options", "amanda.options", FT_STRING, BASE_NONE, NULL, 0x0,
          "What follows the word OPTIONS: options, each ended by a semicolon", HFILL}},
        {&hf_amanda_options_features,
         {"Features", "amanda.options.features", FT_STRING, BASE_NONE, NULL, 0x0,
          "What the sender can do: bits in hexadecimal digits", HFILL}},
        {&hf_amanda_options_maxdumps,
         {"Maximum dumps", "amanda.options.maxdumps", FT_UINT32, BASE_DEC, NULL, 0x0,
          "How many dumps the host may have running at a time", HFILL}},
        {&hf_amanda_options_hostname,
         {"Host name", "amanda.options.hostname", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name that the server's disklist has for the host", HFILL}},
        {&hf_amanda_options_config,
         {"Configuration", "amanda.options.config", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name of the server's configuration", HFILL}},
        {&hf_amanda_options_timestamp,
         {"Time stamp", "amanda.options.timestamp", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_LOCAL, NULL, 0x0,
          "When the run began, by the server's clock, taken as local time", HFILL}},
        {&hf_amanda_options_timestamp_text,
         {"Time stamp on the wire", "amanda.options.timestamp.text", FT_STRING, BASE_NONE, NULL, 0x0,
          "When the run began: YYYYMMDDhhmmss", HFILL}},
        {&hf_amanda_options_auth,
         {"Authentication", "amanda.options.auth", FT_STRING, BASE_NONE, NULL, 0x0,
          "Kind of authentication that amrecover uses: bsd, bsdtcp, ssh, ...", HFILL}},
        {&hf_amanda_options_data_shm_control_name,
         {"Shared memory control name", "amanda.options.data_shm_control_name", FT_STRING, BASE_NONE, NULL, 0x0,
          "Shared memory that the data go through on one host", HFILL}},
        {&hf_amanda_options_unknown,
         {"Unknown option", "amanda.options.unknown", FT_STRING, BASE_NONE, NULL, 0x0,
          "An option that no known release of Amanda has, or the value of one that it does not fit", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_options,
        &ett_amanda_options_timestamp,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_options_unknown_key,
         {"amanda.options.unknown_key", PI_PROTOCOL, PI_NOTE,
          "No known release of Amanda has this option; receivers report it", EXPFILL}},
        {&ei_amanda_options_duplicate,
         {"amanda.options.duplicate", PI_PROTOCOL, PI_NOTE,
          "This option occurred before; receivers report it and take the last one", EXPFILL}},
        {&ei_amanda_options_bad_value,
         {"amanda.options.bad_value", PI_PROTOCOL, PI_NOTE, "The receiver does not accept this value", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
