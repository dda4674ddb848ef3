/* statistics/outcome-rows.c
 * What became of a disk or job, as a row of text
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/outcome-rows.h"

#include <string.h>

#include "verdict/times.h"
#include "show/capture.h"
#include "show/outcome.h"
#include "statistics/table-rows.h"

const char *amanda_outcome_column_name(amanda_outcome_column_t column)
{
    static const char *const names[AMANDA_OUTCOME_COLUMNS] = {
        "Client", "Disk", "Level", "What", "Outcome", "Why", "Asked in", "Settled in", "Bytes", "Seconds",
    };

    return names[column];
}

/* Bytes of DATA, or what the estimates say. */
static uint64_t bytes_of(const amanda_item_t *item)
{
    const amanda_transfer_t *transfer = item->job->transfer;

    return transfer ? amanda_stream_course(&transfer->stream[AMANDA_STREAM_DATA])->bytes
                    : amanda_item_told(item)->kib * 1024;
}

static const char *frame_text(uint32_t frame, wmem_allocator_t *pool)
{
    return frame ? wmem_strdup_printf(pool, "%u", frame) : "";
}

amanda_settlement_t amanda_outcome_row(const amanda_item_t *item, const char *cells[AMANDA_OUTCOME_COLUMNS],
                                       wmem_allocator_t *pool)
{
    const amanda_job_t *job = item->job;
    const amanda_settlement_t settlement = amanda_outcomes_get(amanda_capture()->outcomes, item, pool);
    const char *disk = amanda_item_disk(item);
    uint64_t bytes = bytes_of(item);
    double seconds = (double)amanda_times_between(job->req.when, settlement.at.when) / (double)AMANDA_SECOND;

    cells[AMANDA_COLUMN_CLIENT] = amanda_rows_printable(pool, amanda_outcome_client(job, pool));
    cells[AMANDA_COLUMN_DISK] = disk ? amanda_rows_printable(pool, disk) : "";
    cells[AMANDA_COLUMN_LEVEL] = amanda_item_levels(item, pool);
    cells[AMANDA_COLUMN_WHAT] = amanda_rows_printable(pool, amanda_job_what(job));
    cells[AMANDA_COLUMN_OUTCOME] = amanda_outcome_name(settlement.outcome);
    cells[AMANDA_COLUMN_WHY] = settlement.why ? amanda_rows_printable(pool, settlement.why) : "";
    cells[AMANDA_COLUMN_ASKED_IN] = frame_text(job->req.frame, pool);
    cells[AMANDA_COLUMN_SETTLED_IN] = frame_text(settlement.at.frame, pool);
    cells[AMANDA_COLUMN_BYTES] = bytes ? wmem_strdup_printf(pool, "%" PRIu64, bytes) : "";
    cells[AMANDA_COLUMN_SECONDS] = settlement.at.frame ? wmem_strdup_printf(pool, "%.3f", seconds) : "";
    return settlement;
}
