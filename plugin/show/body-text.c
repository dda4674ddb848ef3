/* show/body-text.c
 * The text of a body on its way through the parts that dissect it, and what they all need to show it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/body-text.h"

#include "text/words.h"
#include "verdict/pairs.h"
#include "show/capture.h"

static int hf_amanda_body_line;

amanda_host_t *amanda_body_responder(const amanda_body_t *body)
{
    const amanda_pair_t *pair = body->record && body->record->exchange ? body->record->exchange->pair : NULL;

    /* By TCP there are no pairs. */
    if (!pair)
        return amanda_hosts_of(amanda_capture()->hosts,
                               body->type == AMANDA_TYPE_REQ ? &body->pinfo->dst : &body->pinfo->src);
    return pair->responder;
}

void amanda_body_show_lines(amanda_body_t *body, proto_tree *tree, int offset, int end)
{
    while (offset < end) {
        amanda_span_t line;

        amanda_line(body->text, end, offset, &line, &offset);
        amanda_add_string(tree, hf_amanda_body_line, body->tvb, line);
    }
}

void amanda_body_text_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_body_line,
         {"Line", "amanda.body.line", FT_STRING, BASE_NONE, NULL, 0x0, "A line of the body", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}
