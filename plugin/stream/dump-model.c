/* stream/dump-model.c
 * A dump and its streams: what is known of them, whoever found it out
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/dump-model.h"

#include "verdict/endpoint.h"

#include <string.h>

#define MAX_STREAMS_OF_A_REPLY 16

static const value_string role_vals[] = {
    {AMANDA_ROLE_DATA, "DATA"},
    {AMANDA_ROLE_MESG, "MESG"},
    {AMANDA_ROLE_INDEX, "INDEX"},
    {AMANDA_ROLE_STATE, "STATE"},
    {AMANDA_ROLE_CTL, "CTL"},
    {AMANDA_ROLE_CMD, "CMD"},
    {0, NULL},
};

const amanda_carried_t amanda_nothing_carried = {0};

amanda_carried_t *amanda_stream_make_carried(amanda_stream_t *stream)
{
    if (!stream->carried)
        stream->carried = amanda_record_new0(wmem_file_scope(), amanda_carried_t);
    return stream->carried;
}

const char *amanda_role_name(amanda_role_t role)
{
    return val_to_str_const(role, role_vals, "stream");
}

amanda_role_t amanda_role_of(const char *name)
{
    for (const value_string *role = role_vals; role->strptr; role++) {
        if (strcmp(role->strptr, name) == 0)
            return (amanda_role_t)role->value;
    }
    return AMANDA_ROLE_NONE;
}

amanda_stream_t *amanda_dump_add_stream(amanda_dump_t *dump, amanda_role_t role, uint32_t number,
                                        const packet_info *pinfo)
{
    amanda_stream_t *stream;
    amanda_stream_t **end = &dump->streams;
    int count = 0;

    while (*end) {
        end = &(*end)->next;
        count++;
    }
    if (count >= MAX_STREAMS_OF_A_REPLY)
        return NULL;
    stream = amanda_record_new0(wmem_file_scope(), amanda_stream_t);
    stream->dump = dump;
    stream->role = role;
    stream->number = number;
    stream->setup_frame = pinfo->num;
    *end = stream;
    return stream;
}

amanda_stream_t *amanda_dump_stream(const amanda_dump_t *dump, int64_t number)
{
    amanda_stream_t *stream = dump->streams;

    while (stream && stream->number != number)
        stream = stream->next;
    return stream;
}

amanda_stream_t *amanda_dump_role(const amanda_dump_t *dump, amanda_role_t role)
{
    amanda_stream_t *stream = dump->streams;

    while (stream && stream->role != role)
        stream = stream->next;
    return stream;
}

bool amanda_dump_is_of(const amanda_dump_t *dump, const char *service)
{
    return g_strcmp0(dump->service ? dump->service : dump->guess, service) == 0;
}

amanda_result_t *amanda_dump_result(amanda_dump_t *dump)
{
    if (!dump->result) {
        dump->result = wmem_new0(wmem_file_scope(), amanda_result_t);
        dump->result->level = -1;
    }
    return dump->result;
}

/* What the first line of MESG said, if it was said up to this frame: a later pass must not know more. */
static const amanda_result_t *known_result(const amanda_dump_t *dump, uint32_t frame)
{
    return dump->result && dump->result->disk && dump->result->start_frame <= frame ? dump->result : NULL;
}

const char *amanda_dump_disk(const amanda_dump_t *dump, uint32_t frame)
{
    const amanda_asked_disks_t *disks = amanda_exchange_disks(dump->facts);
    const amanda_result_t *result = known_result(dump, frame);

    if (disks->disk)
        return disks->disk;
    return result ? result->disk : NULL;
}

int amanda_dump_level(const amanda_dump_t *dump, uint32_t frame)
{
    const amanda_asked_disks_t *disks = amanda_exchange_disks(dump->facts);
    const amanda_result_t *result = known_result(dump, frame);

    if (disks->level >= 0)
        return disks->level;
    return result ? result->level : -1;
}

const char *amanda_dump_label(const amanda_dump_t *dump, packet_info *pinfo)
{
    const char *disk = amanda_dump_disk(dump, pinfo->num);
    int level = amanda_dump_level(dump, pinfo->num);

    if (!disk)
        return "";
    return level >= 0 ? wmem_strdup_printf(pinfo->pool, "%s level %d", disk, level) : disk;
}
