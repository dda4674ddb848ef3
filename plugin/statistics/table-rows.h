/* statistics/table-rows.h
 * Tables whose rows come into being as the packets come
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STATISTICS_TABLE_ROWS_H
#define AMANDA_STATISTICS_TABLE_ROWS_H

#include "ws-compat.h"

#include <epan/stat_tap_ui.h>

/* A table. Wireshark keeps one of each, whatever the number of dialogs that show it. */
typedef struct {
    stat_tap_table_ui ui;
    const char *legend;  /* a line that stands above the rows */
    const char *nothing; /* why there may be no rows, as a window says it */
    GHashTable *rows;    /* their numbers, by key */
    GHashTable *own;     /* for the table's own use: text to number; empty after a reset */
    unsigned copies;     /* that were left out */
    bool is_empty;       /* the only row says that there are none */
    GPtrArray *retired;  /* rows of before a reset that a dialog may still show */
} amanda_rows_t;

/* Registers a table. rows, legend, nothing: live forever. ui: what it has of its own: its names, columns, and callbacks but for that
 * which frees a cell; copied. */
void amanda_rows_register(amanda_rows_t *rows, const char *legend, const char *nothing, const stat_tap_table_ui *ui);

/* Makes the table, or empties the one that there is: what ui.stat_tap_init_cb is to do. */
void amanda_rows_init(amanda_rows_t *rows);

/* Empties the table: what ui.stat_tap_reset_table_cb is to do. */
void amanda_rows_reset(amanda_rows_t *rows, stat_tap_table *table);

/* Frees the text of a cell: ui.stat_tap_free_table_item_cb itself. */
void amanda_rows_free_cell(stat_tap_table *table, unsigned row, unsigned column, stat_tap_table_item_type *cell);

/* The cells of the row with this key, ui.nfields of them. A new row has zeros and empty texts; *made tells, unless made
 * is NULL. The row stays where it is until the next reset. */
stat_tap_table_item_type *amanda_rows_get(amanda_rows_t *rows, const char *key, bool *made);

/* The cells of a row by its number, or NULL; and the number of the row with this key, which must be there. */
stat_tap_table_item_type *amanda_rows_at(const amanda_rows_t *rows, unsigned number);
unsigned amanda_rows_number(const amanda_rows_t *rows, const char *key);

/* Counts a datagram that is left out as a copy: how many there were stands in a last row of its own, in the first column
 * of text. What ui.packet_func is to do and return for it. */
tap_packet_status amanda_rows_leave_out_copy(amanda_rows_t *rows);

/* Writes a copy of a text into a cell that holds text, on one line; NULL for no text. */
void amanda_rows_set_text(stat_tap_table_item_type *cell, const char *text);

/* A text as a cell can show it (see text/printable.h): itself, or a copy in pool's memory. */
const char *amanda_rows_printable(wmem_allocator_t *pool, const char *text);

#endif
