/* tcp/frame.h
 * A frame of the framed TCP transports on its way through the parts that dissect it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FRAME_H
#define AMANDA_TCP_FRAME_H

#include "tcp/framed-connections.h"

/* Bytes of the length and the handle in front of each frame. */
#define AMANDA_FRAME_HEADER 8

typedef struct {
    amanda_connection_t *connection;
    tvbuff_t *tvb; /* with the 8 bytes in front; of a stream's frame, any part of it */
    packet_info *pinfo;
    proto_tree *tree;
    proto_item *item;
    uint32_t handle;
    unsigned number; /* counts the frames of the packet from 0 */
    int header;      /* the 8 bytes, or 0 if this part is without them */
    int length;      /* of the payload */
    amanda_direction_t direction;
} amanda_frame_t;

#endif
