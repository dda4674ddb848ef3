/* packet-amanda.h
 * Registration of the Amanda dissector
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PACKET_AMANDA_H
#define PACKET_AMANDA_H

/* Registers the protocol, its fields, expert infos and preferences. Called once, by Wireshark. */
void proto_register_amanda(void);

/* Binds the dissector to its ports and heuristic lists. Called once, after every protocol is registered. */
void proto_reg_handoff_amanda(void);

#endif
