/* filters.h
 * The conversation filters that the plugin offers for a packet, as Wireshark's menu has them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef FUZZ_FILTERS_H
#define FUZZ_FILTERS_H

#include "../../ws-compat.h"

#include <epan/dfilter/dfilter.h>
#include <epan/epan_dissect.h>

#define FILTERS_MAX 8

typedef struct {
    unsigned count;
    char *texts[FILTERS_MAX];
    dfilter_t *compiled[FILTERS_MAX];
} filters_t;

/* Those that are offered for a packet that was dissected just now; filters_check() frees them. Ends the program where one
 * is no display filter. */
void filters_make(filters_t *filters, packet_info *pinfo);

/* To be called before the packet is dissected again for filters_check(). */
void filters_prime(const filters_t *filters, epan_dissect_t *edt);

/* Ends the program where one does not match the packet that it was made for. */
void filters_check(filters_t *filters, epan_dissect_t *edt);

#endif
