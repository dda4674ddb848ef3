/* stream/mesg.h
 * The MESG stream of a dump: what the client tells of its progress and result
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_MESG_H
#define AMANDA_STREAM_MESG_H

#include "stream/stream-bytes.h"

/* Dissects a line of MESG.
 *
 * Amanda 2.3 to 3.5 client-src/sendbackup.c, server-src/dumper.c (parse_info_line, process_dumpline). */
void amanda_mesg_line(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t span);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_mesg_register(int proto);

#endif
