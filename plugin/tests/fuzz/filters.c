/* filters.c
 * The conversation filters that the plugin offers for a packet, as Wireshark's menu has them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "filters.h"

#include <epan/conversation_filter.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_filter(filters_t *filters, char *text)
{
    char *error = NULL;

    g_assert(filters->count < FILTERS_MAX);
    if (!dfilter_compile(text, &filters->compiled[filters->count], &error)) {
        fprintf(stderr, "no display filter: %s\n%s\n", text, error);
        abort();
    }
    filters->texts[filters->count++] = text;
}

void filters_make(filters_t *filters, packet_info *pinfo)
{
    *filters = (filters_t){.count = 0};
    for (const GList *list = packet_conv_filter_list; list; list = list->next) {
        const conversation_filter_t *offered = (const conversation_filter_t *)list->data;

        if (strcmp(offered->proto_name, "amanda") == 0 && offered->is_filter_valid(pinfo))
            add_filter(filters, offered->build_filter_string(pinfo));
    }
}

void filters_prime(const filters_t *filters, epan_dissect_t *edt)
{
    for (unsigned i = 0; i < filters->count; i++)
        epan_dissect_prime_with_dfilter(edt, filters->compiled[i]);
}

void filters_check(filters_t *filters, epan_dissect_t *edt)
{
    for (unsigned i = 0; i < filters->count; i++) {
        if (!dfilter_apply_edt(filters->compiled[i], edt)) {
            fprintf(stderr, "a filter for the packet does not match it: %s\n", filters->texts[i]);
            abort();
        }
        dfilter_free(filters->compiled[i]);
        g_free(filters->texts[i]);
    }
    filters->count = 0;
}
