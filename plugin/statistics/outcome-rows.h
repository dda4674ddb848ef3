/* statistics/outcome-rows.h
 * What became of a disk or job, as a row of text
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STATISTICS_OUTCOME_ROWS_H
#define AMANDA_STATISTICS_OUTCOME_ROWS_H

#include "outcome/outcomes.h"

typedef enum {
    AMANDA_COLUMN_CLIENT,
    AMANDA_COLUMN_DISK,
    AMANDA_COLUMN_LEVEL,
    AMANDA_COLUMN_WHAT,
    AMANDA_COLUMN_OUTCOME,
    AMANDA_COLUMN_WHY,
    AMANDA_COLUMN_ASKED_IN,
    AMANDA_COLUMN_SETTLED_IN,
    AMANDA_COLUMN_BYTES,
    AMANDA_COLUMN_SECONDS,
    AMANDA_OUTCOME_COLUMNS
} amanda_outcome_column_t;

/* "Client", "Disk", ... */
const char *amanda_outcome_column_name(amanda_outcome_column_t column);

/* Fills in all columns of an item, in pool, each on one line; "" where there is nothing to say. Returns its outcome. */
amanda_settlement_t amanda_outcome_row(const amanda_item_t *item, const char *cells[AMANDA_OUTCOME_COLUMNS],
                                       wmem_allocator_t *pool);

#endif
