/* stream/index-server.h
 * The lines of amindexd, by which amrecover finds the files in the dumps
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_INDEX_SERVER_H
#define AMANDA_STREAM_INDEX_SERVER_H

#include "stream/stream-bytes.h"

/* Dissects a piece of the MESG stream of amindexd, or of its own connection. A reply of several lines is waited for
 * until it is whole. Returns what amanda_stream_contents_dissect() does.
 *
 * Amanda 2.4 to 3.5 server-src/amindexd.c. */
int amanda_index_server_dissect(amanda_stream_bytes_t *piece);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_index_server_register(int proto);

#endif
