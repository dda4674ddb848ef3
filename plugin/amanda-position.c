/* amanda-position.c
 * Where the bytes of a TCP segment belong in their stream, and whether any are missing before them
 *
 * Sequence numbers wrap after 4 GiB, which a dump often exceeds. So every now and then a mark is left: in this frame,
 * this sequence number was at this offset.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "amanda-position.h"

#include <epan/proto_data.h>

/* Less than half of what makes a sequence number wrap. */
#define MARK_EVERY (1U << 30)

/* Bits of tcp.completeness (Wireshark's packet-tcp.c). */
#define SAW_SYN_AND_SYN_ACK 3

typedef struct {
    uint64_t offset;
    uint32_t frame;
    uint32_t seq;
} mark_t;

static void add_mark(amanda_position_t *position, uint32_t frame, uint32_t seq, uint64_t offset)
{
    mark_t mark = {offset, frame, seq};

    wmem_array_append_one(position->marks, mark);
}

static uint64_t offset_of(const amanda_position_t *position, uint32_t frame, uint32_t seq)
{
    unsigned count = wmem_array_get_count(position->marks);
    const mark_t *mark = (const mark_t *)wmem_array_get_raw(position->marks) + count - 1;

    while (count-- > 1 && mark->frame > frame)
        mark--;

    int64_t offset = (int64_t)mark->offset + (int32_t)(seq - mark->seq);

    return offset > 0 ? (uint64_t)offset : 0;
}

/* Whether a stream begins with this sequence number, which may be a relative one. */
static bool is_beginning(packet_info *pinfo, uint32_t seq)
{
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);

    return tcp && (tcp->conversation_completeness & SAW_SYN_AND_SYN_ACK) == SAW_SYN_AND_SYN_ACK &&
           (seq == 1 || seq == tcp->fwd->base_seq + 1);
}

static void keep(packet_info *pinfo, int proto, uint32_t seq, const amanda_place_t *place)
{
    if (place->skip || place->gap)
        p_add_proto_data(wmem_file_scope(), pinfo, proto, seq, wmem_memdup(wmem_file_scope(), place, sizeof *place));
}

amanda_place_t amanda_position_find(amanda_position_t *position, packet_info *pinfo, int proto,
                                    const struct tcpinfo *tcpinfo, int length)
{
    amanda_place_t place = {0, 0, false};
    uint32_t seq = tcpinfo->seq;

    if (PINFO_FD_VISITED(pinfo)) {
        const amanda_place_t *kept = (const amanda_place_t *)p_get_proto_data(wmem_file_scope(), pinfo, proto, seq);

        if (kept)
            return *kept;
        if (position->marks)
            place.offset = offset_of(position, pinfo->num, seq);
        return place;
    }
    if (!position->marks) {
        position->marks = wmem_array_new(wmem_file_scope(), sizeof(mark_t));
        add_mark(position, pinfo->num, seq, 0);
        place.gap = !is_beginning(pinfo, seq);
        position->next = seq;
    }

    int32_t ahead = (int32_t)(seq - position->next);

    if (ahead > 0)
        place.gap = true;
    else
        place.skip = (int)MIN((uint32_t)-ahead, (uint32_t)length);
    place.offset = offset_of(position, pinfo->num, seq + (uint32_t)place.skip);
    keep(pinfo, proto, seq, &place);
    return place;
}

void amanda_position_done(amanda_position_t *position, uint32_t frame, const struct tcpinfo *tcpinfo, int length)
{
    const mark_t *mark = (const mark_t *)wmem_array_index(position->marks, wmem_array_get_count(position->marks) - 1);
    uint32_t end = tcpinfo->seq + (uint32_t)length;

    if ((int32_t)(end - position->next) <= 0)
        return;
    position->next = end;
    if (end - mark->seq >= MARK_EVERY)
        add_mark(position, frame, end, mark->offset + (end - mark->seq));
}
