/* body/dle-xml.h
 * Disk list entries in XML
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_DLE_XML_H
#define AMANDA_BODY_DLE_XML_H

#include <epan/prefs.h>

#include "body/dle.h"

/* As amanda_dle_list(), but with a summary of what the entries say.
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
