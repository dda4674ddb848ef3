/* show/quoted.c
 * Shows words that may be quoted strings
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/quoted.h"

#include "text/quoted-strings.h"

static int ett_amanda_quote = -1;

static expert_field ei_amanda_quote_open;

const char *amanda_add_quoted(amanda_body_t *body, proto_tree *tree, int hf, int hf_wire, amanda_span_t word,
                              proto_item **item)
{
    int at = word.offset;
    bool quoted, unclosed;
    proto_item *added = NULL;

    if (item)
        *item = NULL;
    if (word.length <= 0)
        return "";
    amanda_quoted_word(body->text, word.offset + word.length, &at, &quoted, &unclosed);
    if (quoted) {
        char *bytes = (char *)wmem_alloc(body->pinfo->pool, (size_t)word.length + 1);
        size_t length = amanda_unquote(body->text, word, bytes);
        const char *value = amanda_valid_text(body->pinfo->pool, bytes, length);

        added = proto_tree_add_string(tree, hf, body->tvb, word.offset, word.length, value);
        amanda_add_string(proto_item_add_subtree(added, ett_amanda_quote), hf_wire, body->tvb, word);
        if (unclosed)
            amanda_body_complain(body, added, &ei_amanda_quote_open, word);
        if (item)
            *item = added;
        return value;
    }
    added = amanda_add_string(tree, hf, body->tvb, word);
    if (item)
        *item = added;
    return amanda_span_text(body->pinfo->pool, body->tvb, word);
}

void amanda_show_quoted_register(int proto)
{
    static int *ett[] = {
        &ett_amanda_quote,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_quote_open,
         {"amanda.quote.open", PI_MALFORMED, PI_WARN, "The quoted string has no closing quote", EXPFILL}},
    };

    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
