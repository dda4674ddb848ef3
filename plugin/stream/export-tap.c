/* stream/export-tap.c
 * What the export of objects is told of the streams
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/export-tap.h"

#include <epan/tap.h>
#include <epan/to_str.h>

#include "show/packet-data.h"
#include "stream/tape-server.h"

/* So many pieces of one frame are told: taps have no room for more than 5,000, and what is not told is a hole. */
#define TOLD_MAX 2000

static int export_tap = -1;

/* Whether these are bytes of a dump, or what its sender says of it. Only a restore on a client is sent to the side that was
 * connected to (Amanda 3.4 to 3.5 server-src/Restore.pm). */
static bool is_of_interest(const amanda_stream_t *stream, amanda_direction_t direction)
{
    if (direction == AMANDA_TO_RESPONDER && g_strcmp0(stream->dump->service, "restore") != 0)
        return false;
    switch (stream->role) {
    case AMANDA_ROLE_DATA:
    case AMANDA_ROLE_INDEX:
    case AMANDA_ROLE_STATE:
        return true;
    case AMANDA_ROLE_MESG:
        return amanda_dump_role(stream->dump, AMANDA_ROLE_DATA) != NULL;
    case AMANDA_ROLE_CTL:
        return amanda_stream_carried(stream)->image_frame != 0;
    default:
        return false;
    }
}

static bool is_heard(const amanda_stream_t *stream, amanda_direction_t direction)
{
    return have_tap_listener(export_tap) && is_of_interest(stream, direction);
}

static void tell(const amanda_export_tap_t *told, packet_info *pinfo)
{
    if (amanda_packet_data_next(pinfo, AMANDA_PACKET_EXPORTED) < TOLD_MAX)
        tap_queue_packet(export_tap, pinfo, wmem_memdup(pinfo->pool, told, sizeof *told));
}

void amanda_export_tap_bytes(const amanda_stream_bytes_t *piece)
{
    packet_info *pinfo = piece->pinfo;
    unsigned length = tvb_captured_length(piece->tvb);

    if (!is_heard(piece->stream, piece->direction) || length == 0 ||
        (piece->stream->role == AMANDA_ROLE_CTL && !amanda_tape_server_is_image(piece)))
        return;
    tell(&(amanda_export_tap_t){.stream = piece->stream,
                                .direction = piece->direction,
                                .offset = piece->offset,
                                .bytes = tvb_get_ptr(piece->tvb, 0, (int)length),
                                .length = length,
                                .sender = address_to_str(pinfo->pool, &pinfo->src)},
         pinfo);
}

void amanda_export_tap_end(const amanda_stream_t *stream, amanda_direction_t direction, packet_info *pinfo)
{
    if (!is_heard(stream, direction))
        return;
    tell(&(amanda_export_tap_t){.stream = stream,
                                .direction = direction,
                                .offset = amanda_stream_carried(stream)->half[direction].bytes,
                                .ends = true},
         pinfo);
}

void amanda_export_tap_is(int tap)
{
    export_tap = tap;
}
