/* ports.h
 * How the dissector comes by its UDP datagrams: ports and their precedence
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_PORTS_H
#define AMANDA_PORTS_H

#include "ws-compat.h"

#include <epan/packet.h>

/* Binds the dissector to its default ports, and to the preference that changes them. */
void amanda_port_handoff(int proto, dissector_handle_t handle, dissector_t dissect);

/* Whether the default ports are asked before any port below 1024, which the requesters use. A default port that the user
 * has bound to another dissector stays as it is. To be called whenever a capture file is opened. */
void amanda_port_set_precedence(bool first);

#endif
