/* amanda-body.c
 * The body of a datagram: what a request asks for, and what a reply says
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "amanda-body.h"

#include "amanda-preface.h"

static int hf_amanda_body;
static int hf_amanda_body_line;

static int ett_amanda_body = -1;

void amanda_body_show(tvbuff_t *tvb, int offset, proto_tree *tree)
{
    int length = (int)tvb_captured_length(tvb);

    if (offset >= length || !tree)
        return;

    const uint8_t *text = tvb_get_ptr(tvb, 0, length);
    proto_item *item = proto_tree_add_item(tree, hf_amanda_body, tvb, offset, length - offset, ENC_UTF_8);
    proto_tree *body = proto_item_add_subtree(item, ett_amanda_body);

    length = amanda_text_length(text, length);
    while (offset < length) {
        amanda_span_t line;

        amanda_line(text, length, offset, &line, &offset);
        amanda_add_string(body, hf_amanda_body_line, tvb, line);
    }
}

const char *amanda_body_gist(packet_info *pinfo, tvbuff_t *tvb, int offset)
{
    static const char *const words[] = {"CONNECT", "ERROR"};
    int length = (int)tvb_captured_length(tvb);
    const uint8_t *text = tvb_get_ptr(tvb, 0, length);

    length = amanda_text_length(text, length);
    while (offset < length) {
        amanda_span_t line;

        amanda_line(text, length, offset, &line, &offset);
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
            if (amanda_span_starts_with_word(text, line, words[i]))
                return (const char *)tvb_format_text(pinfo->pool, tvb, line.offset, line.length);
        }
    }
    return NULL;
}

void amanda_body_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_body,
         {"Body", "amanda.body", FT_STRING, BASE_NONE, NULL, 0x0,
          "Everything behind the header, SECURITY and SERVICE lines", HFILL}},
        {&hf_amanda_body_line,
         {"Line", "amanda.body.line", FT_STRING, BASE_NONE, NULL, 0x0, "A line of the body", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_body,
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}
