/* statistics.c
 * All statistics of the plugin, as if each were open in a window
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics.h"

#include <epan/export_object.h>
#include <epan/packet.h>
#include <epan/srt_table.h>
#include <epan/stat_tap_ui.h>
#include <epan/stats_tree.h>
#include <epan/stats_tree_priv.h>
#include <epan/tap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* LeakSanitizer's, where the program is built with it. */
void __lsan_disable(void) __attribute__((weak)); // NOLINT(bugprone-reserved-identifier)
void __lsan_enable(void) __attribute__((weak));  // NOLINT(bugprone-reserved-identifier)

static const char *const names[] = {"amanda,exchanges", "amanda,rtd", "amanda,losses"};

static stat_data_t tables[G_N_ELEMENTS(names)];
static srt_data_t times;
static stats_tree *tree;
static export_object_list_t exported;

static void reset_table(void *data)
{
    reset_stat_table(((stat_data_t *)data)->stat_tap_data);
}

static void reset_times(void *data)
{
    reset_srt_table(((srt_data_t *)data)->srt_array);
}

static void nothing_to_draw(void *data _U_)
{
}

/* What is offered for export: its bytes are all there, and its name can do no harm. */
static void look_at_object(void *data _U_, export_object_entry_t *entry)
{
    g_assert(memchr(entry->payload_data, entry->payload_data[entry->payload_len - 1], entry->payload_len));
    g_assert(entry->filename[0] && !strpbrk(entry->filename, "/\\\n"));
    eo_free_entry(entry);
}

static void reset_exported(void *data _U_)
{
    get_eo_reset_func(get_eo_by_name("amanda"))();
}

static tap_packet_status count(void *data _U_, packet_info *pinfo, epan_dissect_t *edt, const void *packet,
                               tap_flags_t flags)
{
    return stats_tree_packet(tree, pinfo, edt, packet, flags);
}

static void listen(const char *tap, void *data, unsigned flags, tap_reset_cb reset, tap_packet_cb packet)
{
    GString *error = register_tap_listener(tap, data, NULL, flags, reset, packet, nothing_to_draw, NULL);

    if (error) {
        fprintf(stderr, "%s: %s\n", tap, error->str);
        abort();
    }
}

void statistics_open(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        stat_tap_table_ui *ui = stat_tap_by_name(names[i]);

        g_assert(ui);
        tables[i].stat_tap_data = ui;
        ui->stat_tap_init_cb(ui);
        listen(ui->tap_name, &tables[i], 0, reset_table, ui->packet_func);
    }

    register_srt_t *srt = get_srt_table_by_name("amanda");
    stats_tree_cfg *config = stats_tree_get_cfg_by_abbr("amanda");

    g_assert(srt && config);
    times.srt_array = g_array_new(false, true, sizeof(srt_stat_table *));
    srt_table_dissector_init(srt, times.srt_array);
    listen(get_srt_tap_listener_name(srt), &times, 0, reset_times, get_srt_packet_func(srt));
    exported.add_entry = look_at_object;

    register_eo_t *objects = get_eo_by_name("amanda");

    g_assert(objects);
    listen(get_eo_tap_listener_name(objects), &exported, 0, reset_exported, get_eo_packet_func(objects));
    listen(config->tapname, &tree, config->flags, NULL, count);
}

void statistics_reset(void)
{
    reset_tap_listeners();
    /* Some memory of each tree stays with libwireshark, whether it is reset or freed. */
    if (__lsan_disable)
        __lsan_disable();
    if (tree)
        stats_tree_free(tree);
    tree = stats_tree_new(stats_tree_get_cfg_by_abbr("amanda"), NULL, NULL);
    tree->cfg->init(tree);
    if (__lsan_enable)
        __lsan_enable();
}

static void look(const stat_tap_table *table)
{
    for (unsigned row = 0; row < table->num_elements; row++) {
        for (unsigned column = 0; column < table->num_fields; column++) {
            const stat_tap_table_item_type *cell = stat_tap_get_field_data(table, row, column);

            if (cell->type == TABLE_ITEM_STRING && !g_utf8_validate(cell->value.string_value, -1, NULL)) {
                fprintf(stderr, "%s has invalid UTF-8 in row %u, column %u\n", table->title, row, column);
                abort();
            }
        }
    }
}

void statistics_look(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(tables); i++) {
        const GArray *shown = tables[i].stat_tap_data->tables;

        for (unsigned j = 0; j < shown->len; j++)
            look(g_array_index(shown, stat_tap_table *, j));
    }
    g_string_free(stats_tree_format_as_str(tree, ST_FORMAT_PLAIN, 0, false), true);
}
