/* show/common-fields.c
 * The fields that belong to no part alone, and the small helpers by which all parts add their items
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/common-fields.h"

#include <string.h>

#include "show/generated.h"

int hf_amanda_service;

static int hf_amanda_client;
static int hf_amanda_disk;
static int hf_amanda_level;

void amanda_fields_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_service,
         {"Service", "amanda.service", FT_STRING, BASE_NONE, NULL, 0x0,
          "Service that the exchange asks for: noop, selfcheck, sendsize, sendbackup, ...", HFILL}},
        {&hf_amanda_client,
         {"Client", "amanda.client", FT_STRING, BASE_NONE, NULL, 0x0,
          "The client that this packet is about, as its REQ calls it (hostname=)", HFILL}},
        {&hf_amanda_disk,
         {"Disk", "amanda.disk", FT_STRING, BASE_NONE, NULL, 0x0,
          "The disk that this packet is about; of a REQ or REP about several, each. Streams to the ports of an old "
          "reply that was taken for the answer: the disk of the request that waited",
          HFILL}},
        {&hf_amanda_level,
         {"Level", "amanda.level", FT_UINT32, BASE_DEC, NULL, 0x0, "The level of that disk's dump", HFILL}},
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

void amanda_subject_show_client(proto_tree *tree, tvbuff_t *tvb, const char *client)
{
    amanda_generated_string(tree, hf_amanda_client, tvb, client);
}

void amanda_subject_show(proto_tree *tree, tvbuff_t *tvb, const char *disk, int level)
{
    amanda_generated_string(tree, hf_amanda_disk, tvb, disk);
    if (level >= 0)
        amanda_generated_uint(tree, hf_amanda_level, tvb, (uint32_t)level);
}

const char *amanda_span_text(wmem_allocator_t *pool, tvbuff_t *tvb, amanda_span_t span)
{
    return (const char *)tvb_get_string_enc(pool, tvb, span.offset, span.length, ENC_UTF_8);
}

const char *amanda_valid_text(wmem_allocator_t *pool, const char *bytes, size_t length)
{
    char *valid = g_utf8_make_valid(bytes, (gssize)strnlen(bytes, length));
    const char *copy = wmem_strdup(pool, valid);

    g_free(valid);
    return copy;
}
