/* statistics/services.c
 * What became of the requests for each service, and how long it took
 *
 * Wireshark's own table of response time delays (rtd_table.h) leaves out a service that never replied, and so the very
 * one that is looked for; this is a table with columns of its own.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include "show/verdict.h"
#include "statistics/table-rows.h"
#include "statistics/tap.h"

enum {
    SERVICE,
    EXCHANGES,
    ANSWERED,
    REFUSED,
    OPEN,
    REQS_AGAIN,
    REPS_AGAIN,
    UNMATCHED,
    MIN_TIME,
    AVERAGE_TIME,
    MAX_TIME,
    COLUMNS
};

/* The width of each column is that of its name, for tshark prints names as they are. */
static stat_tap_table_item columns[COLUMNS] = {
    [SERVICE] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Amanda service", "%-14s"},
    [EXCHANGES] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Exchanges", "%9u"},
    [ANSWERED] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Answered", "%8u"},
    [REFUSED] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Refused", "%7u"},
    [OPEN] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Open", "%4u"},
    [REQS_AGAIN] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REQs again", "%10u"},
    [REPS_AGAIN] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "REPs again", "%10u"},
    [UNMATCHED] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Unmatched replies", "%17u"},
    [MIN_TIME] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Min time (s)", "%12s"},
    [AVERAGE_TIME] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Avg time (s)", "%12s"},
    [MAX_TIME] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Max time (s)", "%12s"},
};

static amanda_rows_t services;

static void count(stat_tap_table_item_type *cells, unsigned column)
{
    cells[column].value.uint_value++;
}

/* Every exchange counts in one of the columns ANSWERED, REFUSED and OPEN: moves it there. */
static void move(stat_tap_table_item_type *cells, const amanda_exchange_t *exchange, unsigned column)
{
    char *key = g_strdup_printf("%u", exchange->number);
    unsigned before = GPOINTER_TO_UINT(g_hash_table_lookup(services.own, key));

    if (before == column || (column == OPEN && before == ANSWERED)) {
        g_free(key);
        return;
    }
    if (before)
        cells[before].value.uint_value--;
    else
        count(cells, EXCHANGES);
    count(cells, column);
    g_hash_table_replace(services.own, key, GUINT_TO_POINTER(column));
}

/* As text, so that a service without any time has none, and not 0; with blanks before it, so that texts sort as the numbers
 * do. The numbers stand behind the cells: of the service how many times there were, of the times minimum, sum and maximum. */
static void show_time(stat_tap_table_item_type *cell, packet_info *pinfo, double seconds)
{
    amanda_rows_set_text(cell, wmem_strdup_printf(pinfo->pool, "%12.6f", seconds));
}

static void add_time(stat_tap_table_item_type *cells, packet_info *pinfo, const amanda_exchange_t *exchange)
{
    nstime_t elapsed = amanda_time_since_request(exchange, pinfo);
    double seconds = nstime_to_sec(&elapsed);
    unsigned *samples = &cells[SERVICE].user_data.uint_value;
    double *least = &cells[MIN_TIME].user_data.float_value;
    double *sum = &cells[AVERAGE_TIME].user_data.float_value;
    double *most = &cells[MAX_TIME].user_data.float_value;

    if (*samples == 0 || seconds < *least)
        *least = seconds;
    if (*samples == 0 || seconds > *most)
        *most = seconds;
    ++*samples;
    *sum += seconds;
    show_time(&cells[MIN_TIME], pinfo, *least);
    show_time(&cells[AVERAGE_TIME], pinfo, *sum / *samples);
    show_time(&cells[MAX_TIME], pinfo, *most);
}

static void add_reply(stat_tap_table_item_type *cells, const amanda_verdict_record_t *record, packet_info *pinfo)
{
    if (amanda_verdict_record_is_unmatched(record)) {
        count(cells, UNMATCHED);
    } else if (record->verdict == AMANDA_VERDICT_RETRANSMISSION) {
        count(cells, REPS_AGAIN);
        move(cells, record->exchange, ANSWERED);
    } else if (record->type == AMANDA_TYPE_REP) {
        move(cells, record->exchange, ANSWERED);
        add_time(cells, pinfo, record->exchange);
    }
}

static tap_packet_status services_packet(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                         const void *queued, tap_flags_t flags _U_)
{
    const amanda_tap_t *tap = (const amanda_tap_t *)queued;

    if (tap->record.is_copy)
        return amanda_rows_leave_out_copy(&services);

    const amanda_verdict_record_t *record = &tap->record;
    const char *service = amanda_service_name(amanda_service_number(tap->service));
    stat_tap_table_item_type *cells = amanda_rows_get(&services, service, NULL);

    if (cells[SERVICE].value.string_value[0] == '\0')
        amanda_rows_set_text(&cells[SERVICE], service);
    switch (record->type) {
    case AMANDA_TYPE_REQ:
        if (record->verdict != AMANDA_VERDICT_REQUEST)
            count(cells, REQS_AGAIN);
        if (record->verdict != AMANDA_VERDICT_LATE_COPY)
            move(cells, record->exchange, amanda_exchange_is_refused_before(record->exchange) ? REFUSED : OPEN);
        break;
    case AMANDA_TYPE_REP:
    case AMANDA_TYPE_PREP:
        add_reply(cells, record, pinfo);
        break;
    case AMANDA_TYPE_NAK:
        if (record->notes & AMANDA_NOTE_ENDS)
            move(cells, record->exchange, REFUSED);
        break;
    default:
        if ((record->notes & AMANDA_NOTE_FROM_REQUESTER) && (record->notes & AMANDA_NOTE_ENDS))
            move(cells, record->exchange, ANSWERED);
        break;
    }
    return TAP_PACKET_REDRAW;
}

static void services_init(stat_tap_table_ui *ui _U_)
{
    amanda_rows_init(&services);
}

static void services_reset(stat_tap_table *table)
{
    amanda_rows_reset(&services, table);
}

void amanda_services_register(int proto _U_)
{
    amanda_rows_register(&services, "Open: neither answered nor refused. Times: from the first REQ to the REP",
                         "No packet of Amanda, or the filter leaves none",
                         &(const stat_tap_table_ui){
                             .title = "Amanda Services",
                             .tap_name = "amanda",
                             .cli_string = "amanda,rtd",
                             .stat_tap_init_cb = services_init,
                             .packet_func = services_packet,
                             .stat_tap_reset_table_cb = services_reset,
                             .nfields = COLUMNS,
                             .fields = columns,
                         });
}
