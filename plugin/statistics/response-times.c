/* statistics/response-times.c
 * Response times of each service
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include <stdio.h>

#include <epan/srt_table.h>

#include "statistics/tap.h"
#include "verdict/times.h"

typedef enum { REQ_TO_REP, REQ_TO_ACK, REP_TO_ACK, TABLES } table_t;

#define TIMES(name, column)                                                                                            \
    {                                                                                                                  \
        name, name ": none, or filtered out", column                                                                   \
    }

static const struct {
    const char *name;
    const char *name_of_none;
    const char *column;
} texts[TABLES] = {
    TIMES("REQ (first transmission) to REP", "REQ to REP"),
    TIMES("REQ (last transmission) to the responder's ACK", "REQ to its ACK"),
    TIMES("REP (last transmission) to the requester's ACK", "REP to its ACK"),
};

/* Such a table has no room for a line of text but the name of its first column, which it does not copy. */
static char columns[TABLES][64];
static unsigned copies;

static tap_packet_status leave_out_copy(const srt_data_t *data)
{
    copies++;
    for (unsigned i = 0; i < TABLES; i++) {
        snprintf(columns[i], sizeof columns[i], "%s (copies left out: %u)", texts[i].column, copies);
        g_array_index(data->srt_array, srt_stat_table *, i)->proc_column_name = columns[i];
    }
    return TAP_PACKET_REDRAW;
}

/* A table without rows says that there is nothing: a window in the table's line, which tshark does not print. */
static void say_nothing_is_there(srt_stat_table *times, table_t table)
{
    if (amanda_statistics_have_windows()) {
        times->name = texts[table].name_of_none;
    } else {
        snprintf(columns[table], sizeof columns[table], "%s (none here)", texts[table].column);
        times->proc_column_name = columns[table];
    }
}

/* begin: see verdict/times.h */
static void add(const srt_data_t *data, table_t table, const amanda_tap_t *tap, int64_t begin, packet_info *pinfo)
{
    srt_stat_table *times = g_array_index(data->srt_array, srt_stat_table *, table);
    const nstime_t delta = amanda_times_since(begin, &pinfo->abs_ts);
    nstime_t since;

    nstime_delta(&since, &pinfo->abs_ts, &delta);
    times->name = texts[table].name;
    if (copies == 0)
        times->proc_column_name = texts[table].column;
    add_srt_table_data(times, (int)amanda_service_number(tap->service), &since, pinfo);
}

static tap_packet_status srt_packet(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *queued,
                                    tap_flags_t flags _U_)
{
    const srt_data_t *data = (const srt_data_t *)tapdata;
    const amanda_tap_t *tap = (const amanda_tap_t *)queued;
    const amanda_verdict_record_t *record = &tap->record;
    const amanda_exchange_t *exchange = record->exchange;

    if (record->is_copy)
        return leave_out_copy(data);
    if (!exchange)
        return TAP_PACKET_DONT_REDRAW;
    if (record->type == AMANDA_TYPE_REP && record->verdict == AMANDA_VERDICT_ANSWER)
        add(data, REQ_TO_REP, tap, exchange->first_time, pinfo);
    else if (record->notes & AMANDA_NOTE_FIRST_ACK)
        add(data, record->notes & AMANDA_NOTE_FROM_REQUESTER ? REP_TO_ACK : REQ_TO_ACK, tap, record->of.acks_since,
            pinfo);
    else
        return TAP_PACKET_DONT_REDRAW;
    return TAP_PACKET_REDRAW;
}

static void srt_init(struct register_srt *srt _U_, GArray *tables)
{
    copies = 0;
    for (unsigned i = 0; i < TABLES; i++) {
        srt_stat_table *table =
            init_srt_table(texts[i].name, texts[i].column, tables, AMANDA_SERVICES, texts[i].column, NULL, NULL);

        say_nothing_is_there(table, (table_t)i);
        for (unsigned service = 0; service < AMANDA_SERVICES; service++)
            init_srt_table_row(table, (int)service, amanda_service_name(service));
    }
}

void amanda_srt_register(int proto)
{
    register_srt_table(proto, "amanda", TABLES, srt_packet, srt_init, NULL);
}
