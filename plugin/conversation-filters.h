/* conversation-filters.h
 * What Wireshark offers under Conversation Filter for an Amanda packet
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_CONVERSATION_FILTERS_H
#define AMANDA_CONVERSATION_FILTERS_H

/* Registers the filters. */
void amanda_filters_register(int proto);

#endif
