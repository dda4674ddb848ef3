/* statistics/table-rows.c
 * Tables whose rows come into being as the packets come
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/table-rows.h"

#include <string.h>

#include "text/printable.h"
#include "statistics/statistics.h"

/* The longest text of a cell, in bytes. */
#define CELL_MAX 500

static stat_tap_table *table_of(const amanda_rows_t *rows)
{
    return g_array_index(rows->ui.tables, stat_tap_table *, 0);
}

void amanda_rows_register(amanda_rows_t *rows, const char *legend, const char *nothing, const stat_tap_table_ui *ui)
{
    rows->legend = legend;
    rows->nothing = nothing;
    rows->ui = *ui;
    rows->ui.group = REGISTER_LOG_STAT_GROUP_UNSORTED; /* in no menu but that of statistics/menu.c */
    rows->ui.stat_tap_free_table_item_cb = amanda_rows_free_cell;
    register_stat_tap_table_ui(&rows->ui);
}

/* The first column that holds text; each table has one of the first two. */
static size_t first_text(const amanda_rows_t *rows)
{
    return rows->ui.fields[0].type == TABLE_ITEM_STRING ? 0 : 1;
}

/* Empty cells of each column's type. */
static void clear_cells(const amanda_rows_t *rows, stat_tap_table_item_type *cells)
{
    memset(cells, 0, rows->ui.nfields * sizeof *cells);
    for (size_t column = 0; column < rows->ui.nfields; column++) {
        cells[column].type = rows->ui.fields[column].type;
        if (cells[column].type == TABLE_ITEM_STRING)
            cells[column].value.string_value = g_strdup("");
    }
}

/* A row that is nothing but a line of text. To be freed with g_free(). */
static stat_tap_table_item_type *new_line(const amanda_rows_t *rows, const char *text)
{
    stat_tap_table_item_type *cells = g_new0(stat_tap_table_item_type, rows->ui.nfields);
    size_t column = first_text(rows);

    /* Behind a cell of no type nothing more of the row is shown. */
    for (size_t before = 0; before < column; before++)
        cells[before].type = rows->ui.fields[before].type;
    cells[column].type = TABLE_ITEM_STRING;
    cells[column].value.string_value = g_strdup(text);
    return cells;
}

/* A table without rows tells nobody whether there is nothing, or something is wrong. In a window a row says so; what is
 * printed has the reason in the place of the legend, for programs count rows. */
static void say_nothing_is_there(amanda_rows_t *rows, stat_tap_table *table)
{
    stat_tap_table_item_type *cells;

    if (!amanda_statistics_have_windows()) {
        table->title = rows->nothing;
        return;
    }
    cells = new_line(rows, rows->nothing);
    for (size_t column = 0; column < first_text(rows); column++)
        cells[column].type = TABLE_ITEM_NONE;
    stat_tap_init_table_row(table, 0, (unsigned)rows->ui.nfields, cells);
    g_free(cells);
    rows->is_empty = true;
}

void amanda_rows_init(amanda_rows_t *rows)
{
    stat_tap_table *table = rows->ui.tables && rows->ui.tables->len > 0 ? table_of(rows) : NULL;

    if (!rows->rows) {
        rows->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        rows->own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        rows->retired = g_ptr_array_new_with_free_func(g_free);
    }
    if (!table) {
        table = stat_tap_init_table(rows->legend, (int)rows->ui.nfields, 0, NULL);
        stat_tap_add_table(&rows->ui, table);
    }
    amanda_rows_reset(rows, table);
}

void amanda_rows_free_cell(stat_tap_table *table _U_, unsigned row _U_, unsigned column _U_,
                           stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((void *)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

void amanda_rows_reset(amanda_rows_t *rows, stat_tap_table *table)
{
    /* A dialog shows the rows themselves, not copies, and sorts them whenever the user likes. */
    if (rows->ui.refcount <= 1)
        g_ptr_array_set_size(rows->retired, 0);
    for (unsigned row = 0; row < table->num_elements; row++) {
        for (unsigned column = 0; column < table->num_fields; column++)
            amanda_rows_free_cell(table, row, column, stat_tap_get_field_data(table, row, column));
        g_ptr_array_add(rows->retired, table->elements[row]);
    }
    table->num_elements = 0;
    rows->copies = 0;
    g_hash_table_remove_all(rows->rows);
    g_hash_table_remove_all(rows->own);
    say_nothing_is_there(rows, table);
}

unsigned amanda_rows_number(const amanda_rows_t *rows, const char *key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(rows->rows, key));
}

stat_tap_table_item_type *amanda_rows_at(const amanda_rows_t *rows, unsigned number)
{
    return number < table_of(rows)->num_elements ? stat_tap_get_field_data(table_of(rows), number, 0) : NULL;
}

/* What is told of copies stays below all rows. */
static unsigned move_before_last(stat_tap_table *table, unsigned number)
{
    stat_tap_table_item_type *added = table->elements[number];

    table->elements[number] = table->elements[number - 1];
    table->elements[number - 1] = added;
    return number - 1;
}

/* A new row behind all others. Takes over the texts of the cells. */
static unsigned append_row(amanda_rows_t *rows, const stat_tap_table_item_type *cells)
{
    stat_tap_table *table = table_of(rows);
    unsigned number = rows->is_empty ? 0 : table->num_elements;

    table->title = rows->legend;
    if (rows->is_empty) {
        /* A window may hold on to the row that said so. */
        rows->is_empty = false;
        for (unsigned column = 0; column < table->num_fields; column++) {
            stat_tap_table_item_type *cell = stat_tap_get_field_data(table, 0, column);

            amanda_rows_free_cell(table, 0, column, cell);
            *cell = cells[column];
        }
    } else {
        stat_tap_init_table_row(table, number, (unsigned)rows->ui.nfields, cells);
    }
    return number;
}

static unsigned add_row(amanda_rows_t *rows, const char *key)
{
    stat_tap_table_item_type *cells = g_new0(stat_tap_table_item_type, rows->ui.nfields);
    unsigned number;

    clear_cells(rows, cells);
    number = append_row(rows, cells);
    g_free(cells);
    if (rows->copies > 0)
        number = move_before_last(table_of(rows), number);
    g_hash_table_insert(rows->rows, g_strdup(key), GUINT_TO_POINTER(number));
    return number;
}

stat_tap_table_item_type *amanda_rows_get(amanda_rows_t *rows, const char *key, bool *made)
{
    bool there = g_hash_table_contains(rows->rows, key);
    unsigned number = there ? amanda_rows_number(rows, key) : add_row(rows, key);

    if (made)
        *made = !there;
    return amanda_rows_at(rows, number);
}

tap_packet_status amanda_rows_leave_out_copy(amanda_rows_t *rows)
{
    stat_tap_table *table = table_of(rows);

    if (rows->copies++ == 0) {
        stat_tap_table_item_type *cells = new_line(rows, "");

        append_row(rows, cells);
        g_free(cells);
    }

    stat_tap_table_item_type *cells = stat_tap_get_field_data(table, table->num_elements - 1, 0);
    char *text = g_strdup_printf("Copies left out: %u. The capture holds these packets more than once (amanda.copied)",
                                 rows->copies);

    if (first_text(rows) > 0)
        cells[0].value.uint_value = rows->copies;
    amanda_rows_set_text(&cells[first_text(rows)], text);
    g_free(text);
    return TAP_PACKET_REDRAW;
}

void amanda_rows_set_text(stat_tap_table_item_type *cell, const char *text)
{
    char shown[CELL_MAX + 1];

    amanda_printable(shown, sizeof shown, text ? text : "", text ? strlen(text) : 0);
    g_free((void *)cell->value.string_value);
    cell->value.string_value = g_strdup(shown);
}

/* Room for each byte as \ooo, or for three as \uXXXX */
#define GROWTH 4

const char *amanda_rows_printable(wmem_allocator_t *pool, const char *text)
{
    size_t length = strlen(text);
    char *buffer;

    if (amanda_is_printable(text, length))
        return text;
    buffer = (char *)wmem_alloc(pool, GROWTH * length + 1);
    amanda_printable(buffer, GROWTH * length + 1, text, length);
    return buffer;
}
