/* body/dle-xml.h
 * Disk list entries in XML
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_DLE_XML_H
#define AMANDA_BODY_DLE_XML_H

#include <epan/prefs.h>

#include "body/dle.h"

/* Shows a run of <dle> blocks, from offset on.
 *
 * tree: gets one subtree for each block. offset: where the first may begin, with any white space before it; end: where
 * to stop at the latest. Malformed and cut XML is shown as far as it goes, with an expert info.
 *
 * summary: gets what the entries say; may be NULL.
 *
 * Returns where the run ended: the beginning of the first thing that is no <dle> block, or end.
 *
 * Amanda 2.6.1 to 3.5 common-src/amxml.c, server-src/diskfile.c. */
int amanda_dle_xml_list(amanda_body_t *body, proto_tree *tree, int offset, int end, amanda_dle_summary_t *summary);

/* Registers the fields and expert infos of this part for the protocol, and its preferences. */
void amanda_dle_xml_register(int proto);
void amanda_dle_xml_register_preferences(module_t *module);

/* Whether the user wants Wireshark's own XML dissector to show disk list entries, too. */
bool amanda_dle_xml_is_wanted(void);

/* Finds the dissector that shows XML as such. */
void amanda_dle_xml_handoff(int proto);

#endif
