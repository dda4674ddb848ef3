/* statistics/outcomes-text.c
 * The table of outcomes as tshark prints it, with the causes below it
 *
 * A table of Wireshark's own (statistics/table-rows.h) has its rows printed as wide as they were registered, and nothing
 * behind them; and where only the end of the capture tells an outcome, they are printed before it is asked. So this one
 * prints itself.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/outcomes-text.h"

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include <stdio.h>
#include <string.h>

#include "show/capture.h"
#include "show/outcome.h"
#include "statistics/outcome-rows.h"

#define NAME "amanda,outcomes"

/* Disks of one cause that are named. */
#define NAMED_MAX 20

typedef struct {
    char *filter;     /* NULL for none */
    GHashTable *seen; /* the frames that pass it */
} outcomes_t;

/* All failures of one cause. */
typedef struct {
    char *text;
    const char *remedy; /* NULL for none */
    GString *hit;       /* clients and disks */
    char *last_hit;
    unsigned count;
    unsigned named;
} cause_t;

/* What is printed below the rows. */
typedef struct {
    unsigned counts[AMANDA_JOB_KINDS][AMANDA_OUTCOMES];
    GHashTable *causes; /* text and remedy to cause_t */
    GHashTable *asked;  /* clients of which a disk was asked about */
    GPtrArray *unasked; /* those whose noop or connection failed, in this order */
    unsigned failures;
    unsigned items;
    bool open; /* of something the capture does not tell how it ended */
} summary_t;

typedef void (*each_t)(const amanda_item_t *item, const char *const *cells, const amanda_settlement_t *settlement,
                       void *user_data);

/* Calls a function for each item, in the order of the requests. */
static void for_each_item(const outcomes_t *outcomes, each_t function, void *user_data)
{
    unsigned count = amanda_outcomes_job_count(amanda_capture()->outcomes);

    for (unsigned i = 0; i < count; i++) {
        const amanda_job_t *job = amanda_outcomes_job(amanda_capture()->outcomes, i);

        if (job->dropped ||
            (outcomes->filter && !g_hash_table_contains(outcomes->seen, GUINT_TO_POINTER(job->req.frame))))
            continue;
        for (const amanda_item_t *item = &job->item; item; item = item->next) {
            wmem_allocator_t *pool = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
            const char *cells[AMANDA_OUTCOME_COLUMNS];
            const amanda_settlement_t settlement = amanda_outcome_row(item, cells, pool);

            function(item, cells, &settlement, user_data);
            wmem_destroy_allocator(pool);
        }
    }
}

static void measure(const amanda_item_t *item _U_, const char *const *cells, const amanda_settlement_t *settlement _U_,
                    void *user_data)
{
    int *widths = (int *)user_data;

    for (int i = 0; i < AMANDA_OUTCOME_COLUMNS; i++)
        widths[i] = MAX(widths[i], (int)g_utf8_strlen(cells[i], -1));
}

static bool is_number(int column)
{
    return column >= AMANDA_COLUMN_ASKED_IN;
}

static void print_row(const amanda_item_t *item _U_, const char *const *cells,
                      const amanda_settlement_t *settlement _U_, void *user_data)
{
    const int *widths = (const int *)user_data;
    GString *line = g_string_new(NULL);

    for (int i = 0; i < AMANDA_OUTCOME_COLUMNS; i++) {
        int blanks = MAX(widths[i] - (int)g_utf8_strlen(cells[i], -1), 0);

        if (is_number(i))
            g_string_append_printf(line, "%*s", blanks, "");
        g_string_append(line, cells[i]);
        if (!is_number(i))
            g_string_append_printf(line, "%*s", blanks, "");
        g_string_append(line, "  ");
    }
    printf("%s\n", g_strchomp(line->str));
    g_string_free(line, true);
}

static void free_cause(void *data)
{
    cause_t *cause = (cause_t *)data;

    g_string_free(cause->hit, true);
    g_free(cause->text);
    g_free(cause->last_hit);
    g_free(cause);
}

/* A client's own words are a cause of their own. */
static const char *text_of_cause(const char *const *cells, const amanda_settlement_t *settlement)
{
    bool words = settlement->cause == AMANDA_CAUSE_CLIENT_SAYS || settlement->cause == AMANDA_CAUSE_NAK;

    return words && *cells[AMANDA_COLUMN_WHY] ? cells[AMANDA_COLUMN_WHY] : amanda_outcome_cause_text(settlement->cause);
}

/* Digits that name a process or a time, and not a cause: "dump (334) /bin/tar returned 2", "sendsize.20261129000220.debug". */
static size_t passing_digits(const char *text, const char *at)
{
    enum { LONG = 8 };
    size_t digits = strspn(at, "0123456789");

    bool of_process =
        (at > text && at[-1] == '(' && at[digits] == ')') || (at - text >= 4 && strncmp(at - 4, "pid ", 4) == 0);

    return digits >= LONG || of_process ? digits : 0;
}

/* One cause may have several remedies, as for a port that streams have and for Amanda's own. */
static char *key_of(const char *text, const char *remedy)
{
    GString *key = g_string_new(NULL);

    for (const char *at = text; *at; at++) {
        at += passing_digits(text, at);
        if (*at == '\0')
            break;
        g_string_append_c(key, *at);
    }
    g_string_append_printf(key, "\n%s", remedy ? remedy : "");
    return g_string_free(key, false);
}

static void add_to_cause(summary_t *summary, const amanda_item_t *item, const char *const *cells,
                         const amanda_settlement_t *settlement)
{
    const char *text = text_of_cause(cells, settlement);
    const char *remedy = amanda_outcome_remedy(item, settlement);
    char *key = key_of(text, remedy);
    cause_t *cause = (cause_t *)g_hash_table_lookup(summary->causes, key);
    char *hit = g_strconcat(cells[AMANDA_COLUMN_CLIENT], *cells[AMANDA_COLUMN_DISK] ? " " : "",
                            cells[AMANDA_COLUMN_DISK], NULL);

    if (!cause) {
        cause = g_new0(cause_t, 1);
        cause->text = g_strdup(text);
        cause->hit = g_string_new(NULL);
        cause->remedy = remedy;
        g_hash_table_insert(summary->causes, key, cause);
    } else {
        g_free(key);
    }
    cause->count++;
    if (g_strcmp0(cause->last_hit, hit) != 0 && cause->named++ < NAMED_MAX)
        g_string_append_printf(cause->hit, "%s%s", cause->hit->len > 0 ? ", " : "", hit);
    g_free(cause->last_hit);
    cause->last_hit = hit;
}

static void sum_up(const amanda_item_t *item, const char *const *cells, const amanda_settlement_t *settlement,
                   void *user_data)
{
    summary_t *summary = (summary_t *)user_data;
    const amanda_job_t *job = item->job;
    bool failed = amanda_outcome_is_failure(settlement->outcome);

    summary->items++;
    summary->counts[job->kind][settlement->outcome]++;
    summary->open =
        summary->open || settlement->outcome == AMANDA_OUTCOME_UNKNOWN || settlement->outcome == AMANDA_OUTCOME_RUNNING;
    if (failed) {
        summary->failures++;
        add_to_cause(summary, item, cells, settlement);
    }
    if (job->kind == AMANDA_JOB_NOOP || job->kind == AMANDA_JOB_CONNECTION) {
        if (failed)
            g_ptr_array_add(summary->unasked, g_strdup(cells[AMANDA_COLUMN_CLIENT]));
    } else {
        g_hash_table_add(summary->asked, g_strdup(cells[AMANDA_COLUMN_CLIENT]));
    }
}

static void print_counts(const summary_t *summary)
{
    static const char *const kinds[AMANDA_JOB_KINDS] = {"noops",    "checks",      "estimates", "dumps",
                                                        "restores", "connections", "others"};

    for (int kind = 0; kind < AMANDA_JOB_KINDS; kind++) {
        bool any = false;

        for (int outcome = 0; outcome < AMANDA_OUTCOMES; outcome++) {
            unsigned count = summary->counts[kind][outcome];

            if (count == 0)
                continue;
            if (!any)
                printf("%-12s", kinds[kind]);
            printf("%s%u %s", any ? ", " : "", count, amanda_outcome_name((amanda_outcome_t)outcome));
            any = true;
        }
        if (any)
            printf("\n");
    }
}

static int compare_causes(const void *one, const void *other)
{
    const cause_t *a = *(const cause_t *const *)one;
    const cause_t *b = *(const cause_t *const *)other;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->text, b->text) ? strcmp(a->text, b->text) : g_strcmp0(a->remedy, b->remedy);
}

static void print_causes(const summary_t *summary)
{
    GPtrArray *causes = g_ptr_array_new();
    GHashTableIter iter;
    void *value;

    g_hash_table_iter_init(&iter, summary->causes);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(causes, value);
    g_ptr_array_sort(causes, compare_causes);
    for (unsigned i = 0; i < causes->len; i++) {
        const cause_t *cause = (const cause_t *)g_ptr_array_index(causes, i);

        printf("%u x %s: %s", cause->count, cause->text, cause->hit->str);
        if (cause->named > NAMED_MAX)
            printf(", … %u more", cause->named - NAMED_MAX);
        printf("\n");
        if (cause->remedy)
            printf("    %s\n", cause->remedy);
    }
    g_ptr_array_free(causes, true);
}

static void print_unasked(const summary_t *summary)
{
    GHashTable *told = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < summary->unasked->len; i++) {
        char *client = (char *)g_ptr_array_index(summary->unasked, i);

        if (!g_hash_table_contains(summary->asked, client) && g_hash_table_add(told, client))
            printf("No disk of %s was asked about in this capture.\n", client);
    }
    g_hash_table_destroy(told);
}

/* Whether the capture tells how all of it ended, and nothing in it is of what was asked before it began. */
static bool is_all_told(const summary_t *summary)
{
    const amanda_capture_t *capture = amanda_capture();

    return !summary->open && !capture->tcp_begun_before && !amanda_verdicts_lack_requests(capture->verdicts);
}

static void draw(void *tapdata)
{
    const outcomes_t *outcomes = (const outcomes_t *)tapdata;
    summary_t summary = {
        .causes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_cause),
        .asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .unasked = g_ptr_array_new_with_free_func(g_free),
    };
    const char *names[AMANDA_OUTCOME_COLUMNS];
    int widths[AMANDA_OUTCOME_COLUMNS];

    for (int i = 0; i < AMANDA_OUTCOME_COLUMNS; i++) {
        names[i] = amanda_outcome_column_name((amanda_outcome_column_t)i);
        widths[i] = (int)strlen(names[i]);
    }
    printf("\n===================================================================\nAmanda outcomes%s%s\n\n",
           outcomes->filter ? ", filter: " : "", outcomes->filter ? outcomes->filter : "");
    if (amanda_capture()->outcomes) {
        for_each_item(outcomes, measure, widths);
        print_row(NULL, names, NULL, widths);
        for_each_item(outcomes, print_row, widths);
        for_each_item(outcomes, sum_up, &summary);
    }
    printf("\n");
    print_counts(&summary);
    printf("\n");
    if (summary.items == 0)
        printf(outcomes->filter ? "Nothing that passes the filter was asked in this capture.\n"
                                : "Nothing was asked in this capture.\n");
    else if (summary.failures == 0)
        printf(is_all_told(&summary) ? "Nothing failed.\n" : "Nothing failed, as far as the capture can tell.\n");
    print_causes(&summary);
    print_unasked(&summary);
    printf("===================================================================\n");
    g_hash_table_destroy(summary.causes);
    g_hash_table_destroy(summary.asked);
    g_ptr_array_free(summary.unasked, true);
}

static tap_packet_status note_frame(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data _U_,
                                    tap_flags_t flags _U_)
{
    outcomes_t *outcomes = (outcomes_t *)tapdata;

    if (outcomes->filter)
        g_hash_table_add(outcomes->seen, GUINT_TO_POINTER(pinfo->num));
    return TAP_PACKET_REDRAW;
}

static void finish(void *tapdata)
{
    outcomes_t *outcomes = (outcomes_t *)tapdata;

    g_hash_table_destroy(outcomes->seen);
    g_free(outcomes->filter);
    g_free(outcomes);
}

static amanda_tap_init_t init(const char *argument, void *user_data _U_)
{
    outcomes_t *outcomes = g_new0(outcomes_t, 1);
    GString *error;

    if (g_str_has_prefix(argument, NAME ",") && argument[strlen(NAME ",")])
        outcomes->filter = g_strdup(argument + strlen(NAME ","));
    outcomes->seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    error =
        register_tap_listener("frame", outcomes, outcomes->filter, TL_REQUIRES_NOTHING, NULL, note_frame, draw, finish);
    if (!error)
        AMANDA_TAP_INIT_RETURN(true);
    fprintf(stderr, "-z %s: %s\n", NAME, error->str);
    g_string_free(error, true);
    finish(outcomes);
    AMANDA_TAP_INIT_RETURN(false);
}

void amanda_outcomes_text_register(void)
{
    static stat_tap_ui ui = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .cli_string = NAME,
        .tap_init_cb = init,
    };

    register_stat_tap_ui(&ui, NULL);
}
