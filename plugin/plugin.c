/* plugin.c
 * The symbols by which Wireshark finds and checks a plugin
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "ws-compat.h"

#include <epan/packet.h>
#include <epan/proto.h>

#include "packet-amanda.h"

WS_DLL_PUBLIC_DEF const char plugin_version[] = PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC uint32_t plugin_describe(void);

void plugin_register(void)
{
    static proto_plugin amanda;

    amanda.register_protoinfo = proto_register_amanda;
    amanda.register_handoff = proto_reg_handoff_amanda;
    proto_register_plugin(&amanda);
}

uint32_t plugin_describe(void)
{
    /* WS_PLUGIN_DESC_DISSECTOR, whose header 4.0 does not install */
    return 1;
}
