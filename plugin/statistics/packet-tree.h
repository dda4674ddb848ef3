/* statistics/packet-tree.h
 * What the tree of packets and its table in Wireshark's window have in common
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STATISTICS_PACKET_TREE_H
#define AMANDA_STATISTICS_PACKET_TREE_H

/* The tree's name among all of Wireshark's. */
#define AMANDA_TREE "amanda"

/* Registers the table that shows the tree in a window, as -z amanda,tree. */
void amanda_packet_window_register(void);

#endif
