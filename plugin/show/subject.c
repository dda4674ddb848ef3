/* show/subject.c
 * What a packet is about: the disk, its level, and the client that has it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/subject.h"

#include "show/generated.h"

static int hf_amanda_client;
static int hf_amanda_disk;
static int hf_amanda_level;

void amanda_subject_show(proto_tree *tree, tvbuff_t *tvb, const char *disk, int level, const char *client)
{
    amanda_generated_string(tree, hf_amanda_client, tvb, client);
    amanda_generated_string(tree, hf_amanda_disk, tvb, disk);
    if (level >= 0)
        amanda_generated_uint(tree, hf_amanda_level, tvb, (uint32_t)level);
}

void amanda_subject_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_client,
         {"Client", "amanda.client", FT_STRING, BASE_NONE, NULL, 0x0, "The client that this packet is about", HFILL}},
        {&hf_amanda_disk,
         {"Disk", "amanda.disk", FT_STRING, BASE_NONE, NULL, 0x0, "The disk that this packet is about", HFILL}},
        {&hf_amanda_level,
         {"Level", "amanda.level", FT_UINT32, BASE_DEC, NULL, 0x0, "The level of that disk's dump", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}
