/* show/losses.c
 * Shows which losses a datagram proves
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/losses.h"

#include "show/labels.h"
#include "show/generated.h"

static int hf_amanda_lost;
static int hf_amanda_lost_between_captures;
static int hf_amanda_lost_count;
static int hf_amanda_lost_frame;
static int hf_amanda_lost_next_req;
static int hf_amanda_lost_where;

static int ett_amanda_lost = -1;

static const value_string lost_vals[] = {
    {AMANDA_LOST_REQ, "REQ"},
    {AMANDA_LOST_REQ_ACK, "ACK of the REQ"},
    {AMANDA_LOST_REP, "REP"},
    {AMANDA_LOST_REP_ACK, "ACK of the REP"},
    {AMANDA_LOST_NAK, "NAK"},
    {AMANDA_LOST_REQ_OR_ANSWER, "REQ or its answer"},
    {AMANDA_LOST_REP_OR_ACK, "REP or its ACK"},
    {AMANDA_LOST_OR_LATE, "lost or late"},
    {AMANDA_LOST_BETWEEN, "between the capture points"},
    {0, NULL},
};

const char *amanda_lost_text(amanda_lost_t what)
{
    return val_to_str_const(what, lost_vals, "?");
}

const char *amanda_side_text(amanda_side_t where)
{
    return where == AMANDA_SIDE_REQUESTER ? "between requester and here" : "between here and responder";
}

static void show_loss(const amanda_loss_t *loss, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const char *what = amanda_lost_text((amanda_lost_t)loss->what);
    const char *where = amanda_side_text((amanda_side_t)loss->where);
    proto_item *item = proto_tree_add_string(tree, hf_amanda_lost, tvb, 0, 0, what);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_lost);

    proto_item_set_generated(item);
    amanda_label(item, ", %s", where);
    if (loss->what == AMANDA_LOST_REQ_OR_ANSWER || loss->what == AMANDA_LOST_REP_OR_ACK)
        amanda_label(item, " (cannot tell which)");
    else if (loss->what == AMANDA_LOST_OR_LATE)
        amanda_label(item, ": the REQ or its answer, unless the responder answers late");
    amanda_generated_string(subtree, hf_amanda_lost_where, tvb, where);
    amanda_generated_uint(subtree, hf_amanda_lost_count, tvb, loss->count);
    if (loss->lost)
        amanda_generated_uint(subtree, hf_amanda_lost_frame, tvb, loss->lost);
    if (loss->next_req)
        amanda_generated_uint(subtree, hf_amanda_lost_next_req, tvb, loss->next_req);
    amanda_info_append(pinfo, " [Lost: %s, %s]", what, where);
}

static void show_between(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    proto_item_set_generated(proto_tree_add_boolean(tree, hf_amanda_lost_between_captures, tvb, 0, 0, true));
    amanda_info_append(pinfo, " [Lost between the capture points]");
}

void amanda_show_losses(const amanda_loss_t *losses, unsigned count, packet_info *pinfo, tvbuff_t *tvb,
                        proto_tree *tree)
{
    for (unsigned i = 0; i < count; i++)
        if (losses[i].what == AMANDA_LOST_BETWEEN)
            show_between(pinfo, tvb, tree);
        else
            show_loss(&losses[i], pinfo, tvb, tree);
}

void amanda_show_loss_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_lost,
         {"Lost", "amanda.lost", FT_STRING, BASE_NONE, NULL, 0x0,
          "What this packet shows to have been lost: REQ, ACK of the REQ, REP, ACK of the REP, NAK; or, where nothing "
          "tells which of the two, REQ or its answer, REP or its ACK; lost or late, where the "
          "responder answered late",
          HFILL}},
        {&hf_amanda_lost_where,
         {"Where", "amanda.lost.where", FT_STRING, BASE_NONE, NULL, 0x0,
          "On which side of the capture point: between requester and here, between here and responder", HFILL}},
        {&hf_amanda_lost_between_captures,
         {"Lost between the capture points", "amanda.lost.between_captures", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
          "The capture was merged from files of both ends, and only one of them has this packet", HFILL}},
        {&hf_amanda_lost_count,
         {"Packets", "amanda.lost.count", FT_UINT8, BASE_DEC, NULL, 0x0,
          "How many transmissions were lost one after the other; 255: or more", HFILL}},
        {&hf_amanda_lost_frame,
         {"Lost packet, or the one whose answer was lost", "amanda.lost.frame", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The first of them as it passed the capture point", HFILL}},
        {&hf_amanda_lost_next_req,
         {"Next REQ of this requester", "amanda.lost.next_req", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The requester has gone on to this, and so had its reply, and acknowledged it", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_lost,
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}
