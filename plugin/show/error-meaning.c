/* show/error-meaning.c
 * Shows what an error text means, and what an administrator can do about it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/error-meaning.h"

static int hf_amanda_error_explanation;
static int hf_amanda_error_remedy;

static void add(proto_tree *tree, int hf, tvbuff_t *tvb, amanda_span_t span, const char *text)
{
    if (text)
        proto_item_set_generated(proto_tree_add_string(tree, hf, tvb, span.offset, span.length, text));
}

void amanda_show_error_meaning(const amanda_error_meaning_t *meaning, tvbuff_t *tvb, amanda_span_t span,
                               proto_tree *tree)
{
    if (!meaning)
        return;
    add(tree, hf_amanda_error_explanation, tvb, span, meaning->explanation);
    add(tree, hf_amanda_error_remedy, tvb, span, meaning->remedy);
}

void amanda_show_error_meaning_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_error_explanation,
         {"Meaning", "amanda.error.explanation", FT_STRING, BASE_NONE, NULL, 0x0, "What an error text means", HFILL}},
        {&hf_amanda_error_remedy,
         {"Remedy", "amanda.error.remedy", FT_STRING, BASE_NONE, NULL, 0x0,
          "What an administrator can do about an error", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}
