/* statistics/outcomes.c
 * What became of each disk and job: the table in Wireshark's window; statistics/outcomes-text.c prints it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include <epan/packet.h>

#include "show/capture.h"
#include "statistics/outcome-rows.h"
#include "statistics/outcomes-text.h"
#include "statistics/table-rows.h"

static stat_tap_table_item columns[AMANDA_OUTCOME_COLUMNS];

static amanda_rows_t table;

/* So many jobs of the capture are in the table. */
static unsigned jobs_shown;

/* What a column of the table shows: in a window the answer first, up to the frame to go to and the reason. Behind the reason, which
 * may be wider than any screen, stands what one looks for least. */
static amanda_outcome_column_t column_at(int i)
{
    static const amanda_outcome_column_t in_window[AMANDA_OUTCOME_COLUMNS] = {
        AMANDA_COLUMN_CLIENT,     AMANDA_COLUMN_DISK,    AMANDA_COLUMN_OUTCOME, AMANDA_COLUMN_WHAT,
        AMANDA_COLUMN_SETTLED_IN, AMANDA_COLUMN_WHY,     AMANDA_COLUMN_LEVEL,   AMANDA_COLUMN_ASKED_IN,
        AMANDA_COLUMN_BYTES,      AMANDA_COLUMN_SECONDS,
    };

    return amanda_statistics_have_windows() ? in_window[i] : (amanda_outcome_column_t)i;
}

static void show_item(const amanda_item_t *item, packet_info *pinfo)
{
    const char *cells[AMANDA_OUTCOME_COLUMNS];
    const char *key = wmem_strdup_printf(pinfo->pool, "%p", (const void *)item);
    stat_tap_table_item_type *row = amanda_rows_get(&table, key, NULL);

    amanda_outcome_row(item, cells, pinfo->pool);
    for (int i = 0; i < AMANDA_OUTCOME_COLUMNS; i++)
        amanda_rows_set_text(&row[i], cells[column_at(i)]);
}

static void show_new_jobs(packet_info *pinfo)
{
    unsigned count = amanda_outcomes_job_count(amanda_capture()->outcomes);

    for (; jobs_shown < count; jobs_shown++) {
        const amanda_job_t *job = amanda_outcomes_job(amanda_capture()->outcomes, jobs_shown);

        for (const amanda_item_t *item = job->dropped ? NULL : &job->item; item; item = item->next)
            show_item(item, pinfo);
    }
}

/* While a capture goes on, a row is written anew where a frame settles it. */
static void show_settled(packet_info *pinfo)
{
    unsigned count;
    amanda_item_t *const *items = amanda_outcomes_settled_in(amanda_capture()->outcomes, pinfo->num, &count);

    for (unsigned i = 0; i < count; i++)
        show_item(items[i], pinfo);
}

static tap_packet_status outcomes_packet(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                         const void *data _U_, tap_flags_t flags _U_)
{
    if (!amanda_capture()->outcomes)
        return TAP_PACKET_DONT_REDRAW;
    show_new_jobs(pinfo);
    show_settled(pinfo);
    return TAP_PACKET_REDRAW;
}

static void outcomes_init(stat_tap_table_ui *ui _U_)
{
    jobs_shown = 0;
    amanda_rows_init(&table);
}

static void outcomes_reset(stat_tap_table *reset)
{
    jobs_shown = 0;
    amanda_rows_reset(&table, reset);
}

void amanda_outcomes_table_register(int proto _U_)
{
    for (int i = 0; i < AMANDA_OUTCOME_COLUMNS; i++)
        columns[i] =
            (stat_tap_table_item){TABLE_ITEM_STRING, TAP_ALIGN_LEFT, amanda_outcome_column_name(column_at(i)), "%s"};
    /* The first with a name counts: tshark prints that one, and in Wireshark a window opens. */
    if (!amanda_statistics_have_windows())
        amanda_outcomes_text_register();
    amanda_rows_register(&table, "In the order of the requests; times: from the request to the frame that settles it",
                         "Nothing was asked in this capture: no request of Amanda, and no connection to its ports",
                         &(const stat_tap_table_ui){
                             .title = "Amanda Outcomes",
                             .tap_name = "frame",
                             .cli_string = "amanda,outcomes",
                             .stat_tap_init_cb = outcomes_init,
                             .packet_func = outcomes_packet,
                             .stat_tap_reset_table_cb = outcomes_reset,
                             .nfields = AMANDA_OUTCOME_COLUMNS,
                             .fields = columns,
                         });
}
