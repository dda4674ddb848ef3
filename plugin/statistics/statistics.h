/* statistics/statistics.h
 * The statistics that Wireshark's menu and tshark's -z offer; each listens to the tap of statistics/tap.h
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STATISTICS_STATISTICS_H
#define AMANDA_STATISTICS_STATISTICS_H

#include "ws-compat.h"

#include "verdict/losses.h"

/* Each registers one of them. */
void amanda_srt_register(int proto);            /* -z amanda,srt: response times of each service */
void amanda_services_register(int proto);       /* -z amanda,rtd: what became of each service's requests */
void amanda_tree_register(int proto);           /* -z amanda,tree: what there is, counted */
void amanda_exchanges_register(int proto);      /* -z amanda,exchanges: a line for each exchange */
void amanda_outcomes_table_register(int proto); /* -z amanda,outcomes: what became of each disk */
void amanda_losses_table_register(int proto);   /* -z amanda,losses: a line for each pair of hosts */
void amanda_flow_register(int proto);           /* -z flow,amanda,standard: arrows from host to host */
void amanda_menu_register(int proto);           /* Wireshark's Statistics > Amanda */

/* Whether tables are looked at in windows, and not printed: the program is Wireshark itself. */
bool amanda_statistics_have_windows(void);

/* Services by number, in the order in which a dump asks for them. The last two are any other service, and a datagram
 * that does not tell its service. */
#define AMANDA_SERVICES 12
unsigned amanda_service_number(const char *service);
const char *amanda_service_name(unsigned number);

/* How many losses that were counted as "one or the other" a loss now counts instead of. unsettled: text to number, to
 * be empty when counting begins; it keeps those that are still open. */
unsigned amanda_loss_instead(GHashTable *unsettled, const amanda_loss_t *loss);

/* The "one or the other" that a loss may settle. */
amanda_lost_t amanda_loss_or(const amanda_loss_t *loss);

#endif
