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

#include <string.h>

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

/* A text that need not end with a NUL. */
typedef struct {
    const char *text;
    size_t length;
} amanda_text_t;

static inline amanda_text_t amanda_text(const char *text)
{
    return (amanda_text_t){text, strlen(text)};
}

/* Makes the packet one of Amanda's, with an Info column of so many texts, one behind the other; of each, no more bytes are
 * shown than leave a line room for the others. This is what all packets need, and cheaper than a format. */
void amanda_info_set(packet_info *pinfo, const amanda_text_t *texts, unsigned count);

/* Makes the packet one of Amanda's, with an empty Info column. */
void amanda_info_clear(packet_info *pinfo);

#endif
