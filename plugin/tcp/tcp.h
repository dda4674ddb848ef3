/* tcp/tcp.h
 * The TCP ports of Amanda: bsdtcp and ssl on 10080, krb5 and amindexd on 10082, amidxtaped on 10083
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_TCP_H
#define AMANDA_TCP_TCP_H

#include "ws-compat.h"

/* Registers all that belongs to TCP, with its fields and expert infos, for the protocol. */
void amanda_tcp_register(int proto);

/* Binds the dissectors to their ports and to the preferences that change them. */
void amanda_tcp_handoff(int proto);

#endif
