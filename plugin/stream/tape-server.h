/* stream/tape-server.h
 * The CTL lines of amidxtaped and restore, by which a dump is read from its tape again
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_TAPE_SERVER_H
#define AMANDA_STREAM_TAPE_SERVER_H

#include "stream/stream-bytes.h"

/* Dissects a line of CTL, or of the connection of amidxtaped itself.
 *
 * Amanda 2.4 to 3.5 server-src/amidxtaped.c (later .pl), perl/Amanda/Service/Amidxtaped.pm, Restore.pm. */
void amanda_tape_server_line(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line);

/* On the first pass, before a piece is joined with what came before it: finds out whether the dump begins with it. */
void amanda_tape_server_find_image(const amanda_stream_bytes_t *piece);

/* Whether a piece of amidxtaped's own connection is no line, but part of a dump, which follows the lines there. */
bool amanda_tape_server_is_image(const amanda_stream_bytes_t *piece);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_tape_server_register(int proto);

#endif
