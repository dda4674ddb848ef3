/* tcp/tcp.h
 * The TCP ports of Amanda: bsdtcp and ssl on 10080, krb5 and amindexd on 10082, amidxtaped on 10083
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_TCP_H
#define AMANDA_TCP_TCP_H

#include "tcp/connections.h"

/* On the first pass: looks at a packet of a connection to one of Amanda's ports of which it is not known yet what it is;
 * TCP may not hand over the first bytes. */
void amanda_tcp_consider_again(amanda_connection_t *connection, packet_info *pinfo);

/* Registers all that belongs to TCP, with its fields and expert infos, for the protocol. */
void amanda_tcp_register(int proto);

/* Binds the dissectors to their ports and to the preferences that change them. */
void amanda_tcp_handoff(int proto);

#endif
