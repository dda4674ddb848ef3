/* body/body.c
 * The body of a datagram: what a request asks for, and what a reply says
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/body.h"

#include "body/errors.h"
#include "body/reply.h"
#include "body/request.h"
#include "show/common-fields.h"
#include "show/generated.h"
#include "show/outcome.h"

static int hf_amanda_body;

static int ett_amanda_body = -1;

/* What the packet is about, as far as its REQ says so. The REQ itself and estimates show each disk where they name it. */
static void show_subject(const amanda_body_t *body)
{
    const amanda_exchange_facts_t *facts = body->facts;
    const amanda_asked_disks_t *disks = amanda_exchange_disks(facts);
    bool one = body->type != AMANDA_TYPE_REQ && disks->count == 1;
    bool one_level = one && (!disks->estimates || wmem_array_get_count(disks->estimates) == 1);

    if (!facts || !body->tree)
        return;

    proto_node *last_before = amanda_generated_last(body->tree);

    amanda_outcome_show_client(facts, body->tvb, body->tree);
    amanda_subject_show(body->tree, body->tvb, one ? disks->disk : NULL, one_level ? disks->level : -1);
    amanda_generated_to_front(body->tree, last_before);
}

static void dissect(amanda_body_t *body, int offset)
{
    if (offset >= body->length) {
        if (body->type == AMANDA_TYPE_NAK)
            amanda_error_refused(body);
        return;
    }

    proto_item *item =
        body->tree ? proto_tree_add_item(body->tree, hf_amanda_body, body->tvb, offset, body->length - offset, ENC_NA)
                   : NULL;
    proto_tree *tree = item ? proto_item_add_subtree(item, ett_amanda_body) : NULL;

    if (body->pinfo->flags.in_error_pkt || amanda_body_is_copy(body)) {
        /* Said elsewhere and before, and told of there: a quote or copy makes no warnings. */
        amanda_body_show_lines(body, tree, offset, body->length);
        return;
    }
    switch (body->type) {
    case AMANDA_TYPE_REQ:
        amanda_request_dissect(body, tree, offset);
        break;
    case AMANDA_TYPE_REP:
    case AMANDA_TYPE_PREP:
    case AMANDA_TYPE_NAK:
        amanda_reply_dissect(body, tree, offset);
        break;
    default:
        amanda_body_show_lines(body, tree, offset, body->length);
    }
}

void amanda_body_dissect(amanda_body_t *body, int offset)
{
    dissect(body, offset);
    if (!body->pinfo->flags.in_error_pkt && !amanda_body_is_copy(body))
        show_subject(body);
}

void amanda_body_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_body,
         {"Body", "amanda.body", FT_NONE, BASE_NONE, NULL, 0x0,
          "Everything behind the header, SECURITY and SERVICE lines", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_body,
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}
