/* ports.c
 * How the dissector comes by its UDP datagrams: ports and their precedence
 *
 * Requesters send from ports below 1024, many of which belong to another protocol (syslog, RIP, DHCPv6, IPP, ...), and
 * Wireshark asks the dissector of the lower port first. It asks one before that: the dissector of a port whose binding
 * differs from the initial one. So the default ports are bound to a second handle of this same dissector. That has to
 * be done anew for each file, since loading a profile resets the bindings.
 *
 * Wireshark lists such bindings in Decode As and writes them into decode_as_entries. The second handle's description
 * explains the rows; and since it is not offered for Decode As, Wireshark passes over them where it reads them again.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "ports.h"

#include <epan/prefs.h>
#include <epan/range.h>
#include <wsutil/filesystem.h>

#include <string.h>

/* amanda and kamanda */
#define AMANDA_UDP_PORTS "10080-10081"
#define FIRST_UDP_PORT 10080
#define LAST_UDP_PORT 10081

static dissector_handle_t initial_handle;
static dissector_handle_t preferred_handle;

/* The ports that were given precedence, and what else was set then. */
static struct {
    bool is_first[LAST_UDP_PORT - FIRST_UDP_PORT + 1];
    range_t *ports; /* of the preference */
    char *profile;
} given;

void amanda_port_handoff(int proto, dissector_handle_t handle, dissector_t dissect)
{
    initial_handle = handle;
    preferred_handle = create_dissector_handle_with_name_and_description(dissect, proto, "amanda.before_lower_ports",
                                                                         "Amanda (before lower ports)");
    dissector_add_uint_range_with_preference("udp.port", AMANDA_UDP_PORTS, handle);
}

/* Loading a profile and setting the port take precedence away, too. Where neither was done it was the user who did, by
 * removing the row of Decode As. */
static void forget_unless_nothing_else_changed(void)
{
    range_t *ports = prefs_get_range_value("amanda", "udp.port");
    const char *profile = get_profile_name();

    if (given.ports && ranges_are_equal(given.ports, ports) && g_strcmp0(given.profile, profile) == 0)
        return;
    memset(given.is_first, 0, sizeof given.is_first);
    wmem_free(wmem_epan_scope(), given.ports);
    wmem_free(wmem_epan_scope(), given.profile);
    given.ports = range_copy(wmem_epan_scope(), ports);
    given.profile = wmem_strdup(wmem_epan_scope(), profile);
}

void amanda_port_set_precedence(bool first)
{
    dissector_table_t ports = find_dissector_table("udp.port");

    forget_unless_nothing_else_changed();
    for (uint32_t port = FIRST_UDP_PORT; port <= LAST_UDP_PORT; port++) {
        bool *is_first = &given.is_first[port - FIRST_UDP_PORT];
        dissector_handle_t current = dissector_get_uint_handle(ports, port);

        if (first && !*is_first && current == initial_handle && !dissector_is_uint_changed(ports, port))
            dissector_change_uint("udp.port", port, preferred_handle);
        else if (!first && current == preferred_handle)
            dissector_reset_uint("udp.port", port);
        *is_first = first;
    }
}
