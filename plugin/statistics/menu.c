/* statistics/menu.c
 * Statistics > Amanda in Wireshark's window: the tables in one submenu
 *
 * Wireshark has no submenu for the tables of a plugin, and would list them among all others. So they are registered for no
 * menu, and this opens them as the option -z does.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

#include <epan/plugin_if.h>
#include <epan/stat_tap_ui.h>

/* The answer first; the rest in the order in which one asks. */
static struct {
    const char *label;
    const char *tooltip;
    char option[32]; /* what -z calls it; Wireshark hands it back as it is */
} entries[] = {
    {"Outcomes", "What became of each disk, and why", "amanda,outcomes"},
    {"Exchanges", "A line for each request: disks, outcome, frames, times, stray replies", "amanda,exchanges"},
    {"Losses", "What was lost between each two hosts, and on which side", "amanda,losses"},
    {"Services", "For each service: answered, refused, open, sent again, unmatched replies", "amanda,rtd"},
    {"Packets", "Counted by type, service, version and verdict; reasons of NAKs, and what was lost", "amanda,tree"},
    {"Response Times", "How long each service takes", "amanda,srt"},
};

static void open_table(ext_menubar_gui_type gui_type _U_, gpointer gui_object _U_, gpointer user_data)
{
    if (process_stat_cmd_arg((const char *)user_data))
        start_requested_stats();
}

bool amanda_statistics_have_windows(void)
{
    return g_strcmp0(g_get_prgname(), "wireshark") == 0;
}

void amanda_menu_register(int proto)
{
    ext_menu_t *menu = ext_menubar_register_menu(proto, "Amanda", true);

    ext_menubar_set_parentmenu(menu, "Statistics");
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        ext_menubar_add_entry(menu, entries[i].label, entries[i].tooltip, open_table, entries[i].option);
}
