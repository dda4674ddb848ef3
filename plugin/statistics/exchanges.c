/* statistics/exchanges.c
 * A line for each exchange: who asked whom for what, how long it took, and how it ended
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include <epan/to_str.h>

#include <string.h>

#include "show/capture.h"
#include "statistics/table-rows.h"
#include "statistics/tap.h"
#include "verdict/times.h"

enum {
    NUMBER,
    REQUESTER,
    RESPONDER,
    SERVICE,
    HANDLE,
    SEQ,
    FIRST_FRAME,
    LAST_FRAME,
    BEGIN,
    REQS,
    REPS,
    ACK_TIME,
    REP_TIME,
    OUTCOME,
    BECAME,
    STRAY,
    DISKS,
    COLUMNS
};

/* The width of each column is that of its name, for tshark prints names as they are. */
static stat_tap_table_item columns[COLUMNS] = {
    [NUMBER] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Exchange", "%8u"},
    [REQUESTER] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Requester (address:port)", "%-24s"},
    [RESPONDER] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Responder (address:port)", "%-24s"},
    [SERVICE] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Service name", "%-12s"},
    [HANDLE] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Amanda handle", "%-13s"},
    [SEQ] = {TABLE_ITEM_INT, TAP_ALIGN_RIGHT, "Sequence no", "%11d"},
    [FIRST_FRAME] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "First frame", "%11u"},
    [LAST_FRAME] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Last frame", "%10u"},
    [BEGIN] = {TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Begins at (s)", "%13.6f"},
    [REQS] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REQs", "%4u"},
    [REPS] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REPs", "%4u"},
    [ACK_TIME] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "REQ to ACK (s)", "%14s"},
    [REP_TIME] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "REQ to REP (s)", "%14s"},
    [OUTCOME] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "How it ended", "%-12s"},
    [BECAME] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Outcome of what was asked", "%-25s"},
    [STRAY] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Stray replies", "%-13s"},
    [DISKS] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Disks", "%s"},
};

/* Where each column stands: in a window those that say what it all came to stand first. */
static unsigned at[COLUMNS];

static void arrange_columns(void)
{
    static const unsigned in_window[COLUMNS] = {
        NUMBER, RESPONDER, DISKS,    BECAME, SERVICE, OUTCOME,   STRAY,  FIRST_FRAME, LAST_FRAME,
        BEGIN,  REP_TIME,  ACK_TIME, REQS,   REPS,    REQUESTER, HANDLE, SEQ,
    };
    stat_tap_table_item arranged[COLUMNS];

    for (unsigned i = 0; i < COLUMNS; i++) {
        unsigned column = amanda_statistics_have_windows() ? in_window[i] : i;

        at[column] = i;
        arranged[i] = columns[column];
    }
    memcpy(columns, arranged, sizeof columns);
}

typedef enum { OPEN, ANSWERED, COMPLETED, REFUSED, SUPERSEDED, TIMED_OUT } outcome_t;

/* A reply may go astray any number of times. */
#define STRAY_FRAMES_MAX 10

static amanda_rows_t exchanges;

/* So many of the items that frames have settled are in the table. */
static unsigned settled_shown;

static void set_outcome(stat_tap_table_item_type *cells, outcome_t outcome)
{
    static const char *const texts[] = {"open", "answered", "completed", "refused", "superseded", "timed out"};

    cells[at[OUTCOME]].user_data.uint_value = outcome;
    amanda_rows_set_text(&cells[at[OUTCOME]], texts[outcome]);
}

static outcome_t outcome_of(const stat_tap_table_item_type *cells)
{
    return (outcome_t)cells[at[OUTCOME]].user_data.uint_value;
}

static char *endpoint_text(packet_info *pinfo, const address *addr, uint16_t port)
{
    const char *text = address_to_str(pinfo->pool, addr);

    return wmem_strdup_printf(pinfo->pool, addr->type == AT_IPv6 ? "[%s]:%u" : "%s:%u", text, port);
}

static void fill_in(stat_tap_table_item_type *cells, const amanda_tap_t *tap, packet_info *pinfo)
{
    const amanda_exchange_t *exchange = tap->record.exchange;

    cells[at[NUMBER]].value.uint_value = exchange->number;
    amanda_rows_set_text(&cells[at[REQUESTER]], endpoint_text(pinfo, &tap->requester, tap->requester_port));
    amanda_rows_set_text(&cells[at[RESPONDER]], endpoint_text(pinfo, &tap->responder, tap->responder_port));
    amanda_rows_set_text(&cells[at[HANDLE]], tap->handle);
    cells[at[SEQ]].value.int_value = tap->seq;
    cells[at[FIRST_FRAME]].value.uint_value = tap->record.frame;
    cells[at[BEGIN]].value.float_value = nstime_to_sec(&pinfo->rel_ts);
    set_outcome(cells, OPEN);
}

static void show_disks(stat_tap_table_item_type *cells, const amanda_exchange_facts_t *facts, packet_info *pinfo)
{
    const amanda_asked_disks_t *disks = amanda_exchange_disks(facts);

    if (!disks->disk || cells[at[DISKS]].value.string_value[0] != '\0')
        return;
    if (disks->count > 1)
        amanda_rows_set_text(&cells[at[DISKS]],
                             wmem_strdup_printf(pinfo->pool, "%s and %u more", disks->disk, disks->count - 1));
    else
        amanda_rows_set_text(&cells[at[DISKS]], disks->disk);
}

/* With blanks before it, so that texts sort as the numbers do. */
static void show_time(stat_tap_table_item_type *cell, const packet_info *pinfo, int64_t begin)
{
    const nstime_t delta = amanda_times_since(begin, &pinfo->abs_ts);

    amanda_rows_set_text(cell, wmem_strdup_printf(pinfo->pool, "%14.6f", nstime_to_sec(&delta)));
}

static void add_stray(stat_tap_table_item_type *cells, uint32_t frame, packet_info *pinfo)
{
    const char *before = cells[at[STRAY]].value.string_value;
    unsigned strays = cells[at[STRAY]].user_data.uint_value++;

    if (strays < STRAY_FRAMES_MAX)
        amanda_rows_set_text(&cells[at[STRAY]],
                             wmem_strdup_printf(pinfo->pool, "%s%s%u", before, strays > 0 ? " " : "", frame));
    else if (strays == STRAY_FRAMES_MAX)
        amanda_rows_set_text(&cells[at[STRAY]], wmem_strdup_printf(pinfo->pool, "%s ...", before));
}

/* A requester and responder have one exchange of a HANDLE outstanding: this is it now. */
static void open_row(stat_tap_table_item_type *cells, const char *key)
{
    char *group = g_strdup_printf("%s %s %s", cells[at[REQUESTER]].value.string_value,
                                  cells[at[RESPONDER]].value.string_value, cells[at[HANDLE]].value.string_value);
    unsigned number = amanda_rows_number(&exchanges, key);
    void *before;

    if (g_hash_table_lookup_extended(exchanges.own, group, NULL, &before) && GPOINTER_TO_UINT(before) != number) {
        stat_tap_table_item_type *other = amanda_rows_at(&exchanges, GPOINTER_TO_UINT(before));

        if (other && (outcome_of(other) == OPEN || outcome_of(other) == ANSWERED))
            set_outcome(other, SUPERSEDED);
    }
    g_hash_table_replace(exchanges.own, group, GUINT_TO_POINTER(number));
}

static void add_req(stat_tap_table_item_type *cells, const amanda_verdict_record_t *record, const char *key)
{
    cells[at[REQS]].value.uint_value++;
    if (record->verdict == AMANDA_VERDICT_LATE_COPY)
        return;
    if (outcome_of(cells) == REFUSED || outcome_of(cells) == TIMED_OUT)
        set_outcome(cells, OPEN);
    if (amanda_exchange_is_refused_before(record->exchange))
        set_outcome(cells, REFUSED);
    /* The same ports may have one connection after the other, each with exchanges of its own. */
    if (!record->framed)
        open_row(cells, key);
}

static void add_reply(stat_tap_table_item_type *cells, const amanda_verdict_record_t *record, packet_info *pinfo)
{
    if (amanda_verdict_record_is_unmatched(record)) {
        add_stray(cells, record->frame, pinfo);
        if (record->closed_by == AMANDA_STATE_TIMED_OUT)
            set_outcome(cells, TIMED_OUT);
    } else if (record->type == AMANDA_TYPE_REP) {
        if (record->verdict == AMANDA_VERDICT_ANSWER)
            show_time(&cells[at[REP_TIME]], pinfo, record->exchange->first_time);
        if (!(record->notes & AMANDA_NOTE_OUT_OF_ORDER)) /* it is completed already */
            set_outcome(cells, ANSWERED);
    }
    if (record->type == AMANDA_TYPE_REP)
        cells[at[REPS]].value.uint_value++;
}

static void add_other(stat_tap_table_item_type *cells, const amanda_verdict_record_t *record, packet_info *pinfo)
{
    bool ends = (record->notes & AMANDA_NOTE_ENDS) != 0;

    if ((record->notes & AMANDA_NOTE_FIRST_ACK) && !(record->notes & AMANDA_NOTE_FROM_REQUESTER))
        show_time(&cells[at[ACK_TIME]], pinfo, record->exchange->first_time);
    if (ends)
        set_outcome(cells, record->type == AMANDA_TYPE_NAK ? REFUSED : COMPLETED);
}

/* The outcomes of all that a request asked, and how many of each, as far as the capture is known. */
static const char *outcomes_of(const amanda_job_t *job, wmem_allocator_t *pool)
{
    unsigned counts[AMANDA_OUTCOMES] = {0};
    wmem_strbuf_t *text = wmem_strbuf_new(pool, "");

    for (const amanda_item_t *item = &job->item; item; item = item->next)
        counts[amanda_outcomes_get(amanda_capture()->outcomes, item, pool).outcome]++;
    for (int i = 0; i < AMANDA_OUTCOMES; i++) {
        if (counts[i] == 0)
            continue;
        if (wmem_strbuf_get_len(text) > 0)
            wmem_strbuf_append(text, ", ");
        if (job->item.next)
            wmem_strbuf_append_printf(text, "%u ", counts[i]);
        wmem_strbuf_append(text, amanda_outcome_name((amanda_outcome_t)i));
    }
    return wmem_strbuf_get_str(text);
}

static const char *key_of_job(const amanda_job_t *job, wmem_allocator_t *pool)
{
    return wmem_strdup_printf(pool, "job %p", (const void *)job);
}

/* A request for many disks. Each disk may be settled by a packet of its own, so what became of all is not counted for each
 * packet, but in the row's first one, once all disks are settled, and before the table is drawn. */
static bool is_long(const amanda_job_t *job)
{
    return amanda_job_more(job)->by_name != NULL;
}

/* A row as the table has it by the job's key: its number, and behind that whether nothing of a long job is left to be settled. */
static void *row_of_job(unsigned number, bool whole)
{
    return GUINT_TO_POINTER(number << 1 | whole);
}

/* Writes the outcomes of a job into its row, if it has one. */
static void show_job(const amanda_job_t *job, bool drawn, wmem_allocator_t *pool)
{
    const char *key = key_of_job(job, pool);
    void *found;

    if (job->dropped || !g_hash_table_lookup_extended(exchanges.own, key, NULL, &found))
        return;

    unsigned row = GPOINTER_TO_UINT(found);

    if (is_long(job) && !drawn) {
        if (job->open || row & 1)
            return;
        g_hash_table_replace(exchanges.own, g_strdup(key), row_of_job(row >> 1, true));
    }
    amanda_rows_set_text(&amanda_rows_at(&exchanges, row >> 1)[at[BECAME]], outcomes_of(job, pool));
}

/* Rows of other exchanges, too, may have got their outcome since the last packet: by the end of a stream. */
static void show_settled(wmem_allocator_t *pool)
{
    unsigned count;
    amanda_item_t *const *items = amanda_outcomes_settled(amanda_capture()->outcomes, &count);

    for (; settled_shown < count; settled_shown++)
        show_job(items[settled_shown]->job, false, pool);
}

/* What the frames behind the last packet of Amanda have decided, and the end of the capture. */
static void show_all_jobs(void *tapdata _U_)
{
    amanda_outcomes_t *outcomes = amanda_capture()->outcomes;
    /* sharkd frees a table once it has told it, and this goes on listening. */
    bool is_there = exchanges.own && exchanges.ui.tables && exchanges.ui.tables->len > 0;
    unsigned count = outcomes && is_there ? amanda_outcomes_job_count(outcomes) : 0;
    wmem_allocator_t *pool = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK);

    for (unsigned i = 0; i < count; i++)
        show_job(amanda_outcomes_job(outcomes, i), true, pool);
    wmem_destroy_allocator(pool);
}

/* A table has no say before it is drawn, but the listener that was registered last is drawn first: this one, if the
 * table itself listens already. In one pass of tshark no packet may be left to do it; elsewhere rows are whole before. */
static void show_all_jobs_before_drawing(void)
{
    static bool registered;

    if (!registered) {
        GString *error =
            register_tap_listener("frame", &exchanges, NULL, TL_REQUIRES_NOTHING, NULL, NULL, show_all_jobs, NULL);

        if (error)
            g_string_free(error, true);
        registered = true;
    }
}

static void show_outcomes(stat_tap_table_item_type *cells, const amanda_exchange_t *exchange, const char *key,
                          packet_info *pinfo)
{
    const amanda_job_t *job = exchange->facts.job;

    show_all_jobs_before_drawing();
    if (job) {
        const char *key_in_own = key_of_job(job, pinfo->pool);
        unsigned number = amanda_rows_number(&exchanges, key);
        void *found;

        if (!is_long(job) || !g_hash_table_lookup_extended(exchanges.own, key_in_own, NULL, &found) ||
            GPOINTER_TO_UINT(found) >> 1 != number) {
            g_hash_table_replace(exchanges.own, g_strdup(key_in_own), row_of_job(number, !job->open));
            amanda_rows_set_text(&cells[at[BECAME]], outcomes_of(job, pinfo->pool));
        }
    }
    show_settled(pinfo->pool);
}

static tap_packet_status exchanges_packet(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                          const void *queued, tap_flags_t flags _U_)
{
    const amanda_tap_t *tap = (const amanda_tap_t *)queued;

    if (tap->record.is_copy)
        return amanda_rows_leave_out_copy(&exchanges);

    const amanda_verdict_record_t *record = &tap->record;
    bool made;

    if (!record->exchange)
        return TAP_PACKET_DONT_REDRAW;

    const char *key = wmem_strdup_printf(pinfo->pool, "%u", record->exchange->number);
    stat_tap_table_item_type *cells = amanda_rows_get(&exchanges, key, &made);

    if (made)
        fill_in(cells, tap, pinfo);
    if (cells[at[SERVICE]].value.string_value[0] == '\0')
        amanda_rows_set_text(&cells[at[SERVICE]], tap->service);
    cells[at[LAST_FRAME]].value.uint_value = record->frame;
    show_disks(cells, &record->exchange->facts, pinfo);
    if (record->type == AMANDA_TYPE_REQ)
        add_req(cells, record, key);
    else if (record->type == AMANDA_TYPE_REP || record->type == AMANDA_TYPE_PREP)
        add_reply(cells, record, pinfo);
    else
        add_other(cells, record, pinfo);
    show_outcomes(cells, record->exchange, key, pinfo);
    return TAP_PACKET_REDRAW;
}

static void exchanges_init(stat_tap_table_ui *ui _U_)
{
    settled_shown = 0;
    amanda_rows_init(&exchanges);
}

static void exchanges_reset(stat_tap_table *table)
{
    settled_shown = 0;
    amanda_rows_reset(&exchanges, table);
}

void amanda_exchanges_register(int proto _U_)
{
    arrange_columns();
    amanda_rows_register(
        &exchanges, "Times: from the first REQ. Stray replies: frames of replies that match no outstanding request",
        "No request of Amanda, or the filter leaves none",
        &(const stat_tap_table_ui){
            .title = "Amanda Exchanges",
            .tap_name = "amanda",
            .cli_string = "amanda,exchanges",
            .stat_tap_init_cb = exchanges_init,
            .packet_func = exchanges_packet,
            .stat_tap_reset_table_cb = exchanges_reset,
            .nfields = COLUMNS,
            .fields = columns,
        });
}
