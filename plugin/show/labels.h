/* show/labels.h
 * Labels of items, and the Info column
 *
 * What the plugin itself puts together for the eye goes through here, and nothing else does: text out of packets may hold
 * what moves a terminal's cursor, sets its title, or ends the line and goes on as another packet. .ci/checks looks for calls
 * that go past it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_LABELS_H
#define AMANDA_SHOW_LABELS_H

#include "ws-compat.h"

#include <epan/packet.h>

/* Each takes a format and arguments as printf() does. What comes out is made printable (see text/printable.h), and cut
 * behind a whole character where there is no more room. */

/* Appends to the label of an item, which may be NULL. */
void amanda_label(proto_item *item, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Adds to the Info column, behind a comma if something is there. */
void amanda_info_add(packet_info *pinfo, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Appends to the Info column, without anything between. */
void amanda_info_append(packet_info *pinfo, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Puts a text in brackets, with a blank behind it, in front of all that the Info column has, unless it is there already. */
void amanda_info_begin(packet_info *pinfo, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Makes the packet one of Amanda's, with an Info column of these texts, eleven at most, one behind the other; of each, no more than so many
 * bytes are shown that a line still has room for the others. A NULL ends them. This is what all packets need, and cheaper
 * than a format. */
void amanda_info_set(packet_info *pinfo, const char *text, ...) G_GNUC_NULL_TERMINATED;

/* Makes the packet one of Amanda's, with an empty Info column. */
void amanda_info_clear(packet_info *pinfo);

#endif
