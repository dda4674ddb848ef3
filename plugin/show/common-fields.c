/* show/common-fields.c
 * The fields that belong to no part alone, and the small helpers by which all parts add their items
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/common-fields.h"

#include <string.h>

int hf_amanda_service;

void amanda_fields_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_service,
         {"Service", "amanda.service", FT_STRING, BASE_NONE, NULL, 0x0,
          "Service that the exchange asks for: noop, selfcheck, sendsize, sendbackup, ...", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}

proto_item *amanda_add_string(proto_tree *tree, int hf, tvbuff_t *tvb, amanda_span_t span)
{
    /* Without a tree Wireshark would still look up the field, and check the length. */
    if (span.length <= 0 || !tree)
        return NULL;
    return proto_tree_add_item(tree, hf, tvb, span.offset, span.length, ENC_UTF_8);
}

const char *amanda_span_text(wmem_allocator_t *pool, tvbuff_t *tvb, amanda_span_t span)
{
    return (const char *)tvb_get_string_enc(pool, tvb, span.offset, span.length, ENC_UTF_8);
}

void amanda_append_info(packet_info *pinfo, const char *text)
{
    const char *info = col_get_text(pinfo->cinfo, COL_INFO);
    int room = COL_MAX_INFO_LEN - (int)strlen(", ") - 1 - (info ? (int)strlen(info) : 0);

    col_append_sep_fstr(pinfo->cinfo, COL_INFO, ", ", "%.*s", amanda_fit(text, room), text);
}
