/* ports.c
 * How the dissector comes by its UDP datagrams: ports and their precedence
 *
 * Requesters send from ports below 1024, many of which belong to another protocol (syslog, RIP, DHCPv6, IPP, ...), and
 * Wireshark asks the dissector of the lower port first. It asks one before that: the dissector of a port whose binding
 * differs from the initial one. So the default ports are bound to a second handle of this same dissector. That has to
 * be done anew for each file, since loading a profile resets the bindings.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "ports.h"

/* amanda and kamanda */
#define AMANDA_UDP_PORTS "10080-10081"
#define FIRST_UDP_PORT 10080
#define LAST_UDP_PORT 10081

static dissector_handle_t initial_handle;
static dissector_handle_t preferred_handle;

void amanda_port_handoff(int proto, dissector_handle_t handle, dissector_t dissect)
{
    initial_handle = handle;
    preferred_handle = create_dissector_handle(dissect, proto);
    dissector_add_uint_range_with_preference("udp.port", AMANDA_UDP_PORTS, handle);
}

void amanda_port_set_precedence(bool first)
{
    dissector_table_t ports = find_dissector_table("udp.port");

    for (uint32_t port = FIRST_UDP_PORT; port <= LAST_UDP_PORT; port++) {
        dissector_handle_t current = dissector_get_uint_handle(ports, port);

        if (first && current == initial_handle && !dissector_is_uint_changed(ports, port))
            dissector_change_uint("udp.port", port, preferred_handle);
        else if (!first && current == preferred_handle)
            dissector_reset_uint("udp.port", port);
    }
}
