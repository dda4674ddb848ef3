/* stream/export-objects.c
 * Export of objects: what the streams of a dump carried, each as a file
 *
 * An object is offered once its stream has ended, and only if the capture has every byte of it. Wireshark wants it in memory
 * as a whole, so there is a limit to all of them together.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/export-objects.h"

#include <epan/export_object.h>

#include "stream/data.h"
#include "stream/dump-file-header.h"
#include "stream/export-tap.h"
#include "stream/outcome-facts.h"
#include "text/file-names.h"
#include "text/printable.h"

/* Bytes of a client's name in the list of objects at most. */
#define HOSTNAME_SIZE 256

/* What a file's name has of a client and a disk at most; Wireshark has 255 bytes for the path. */
#define CLIENT_MAX 60
#define DISK_MAX 100

#define MIB UINT64_C(1048576)

/* A GByteArray has room for no more. */
#define MIB_MAX 4095

/* Bytes that came before those in front of them. */
typedef struct {
    uint64_t offset;
    GBytes *bytes;
} early_t;

/* One direction of a stream, as far as it has come. */
typedef struct {
    GByteArray *bytes; /* NULL once it is handed over or given up */
    GQueue early;      /* of early_t, by offset */
    uint64_t next;     /* the offset that is expected */
    uint64_t counted;  /* so many of its bytes count against the limit */
    char *client;      /* its sender's address */
} object_t;

static ws_bool pref_offered = true;
static unsigned pref_limit = 1024;

static GHashTable *objects; /* amanda_half_t to object_t; NULL as long as there is none */
static GHashTable *names;   /* amanda_dump_t to its objects' name, without the part behind the last dot */
static GHashTable *taken;   /* such a name to how many dumps have it */
static uint64_t held;       /* bytes in all objects, handed over or not */

static void free_early(early_t *early)
{
    g_bytes_unref(early->bytes);
    g_free(early);
}

/* Nothing more is to come of an object. */
static void empty(object_t *object)
{
    if (object->bytes)
        g_byte_array_free(object->bytes, true);
    object->bytes = NULL;
    while (!g_queue_is_empty(&object->early))
        free_early((early_t *)g_queue_pop_head(&object->early));
}

static void free_object(void *object)
{
    empty((object_t *)object);
    g_free(((object_t *)object)->client);
    g_free(object);
}

static void give_up(object_t *object)
{
    empty(object);
    held -= object->counted;
    object->counted = 0;
}

static void make_tables(void)
{
    if (objects)
        return;
    objects = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_object);
    names = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void amanda_export_objects_forget(void)
{
    if (objects) {
        g_hash_table_destroy(objects);
        g_hash_table_destroy(names);
        g_hash_table_destroy(taken);
    }
    objects = names = taken = NULL;
    held = 0;
}

static object_t *make_object(const amanda_export_tap_t *told)
{
    const amanda_stream_t *stream = told->stream;
    const amanda_carried_t *carried = amanda_stream_carried(stream);
    object_t *object = g_new0(object_t, 1);

    object->bytes = g_byte_array_new();
    object->client = g_strdup(told->sender);
    object->next = stream->role == AMANDA_ROLE_CTL ? carried->image_start : 0;
    /* The first bytes of the dump may have come at the end of what was taken for a line. */
    if (told->offset > object->next && told->offset - object->next < AMANDA_HEADER_BLOCK_MAGIC &&
        carried->image_frame) {
        g_byte_array_append(object->bytes, amanda_data_beginning(carried->data),
                            (unsigned)(told->offset - object->next));
        object->next = told->offset;
    }
    g_hash_table_insert(objects, (void *)&carried->half[told->direction], object);
    return object;
}

/* Whether there is room for so many bytes more. */
static bool count_bytes(object_t *object, size_t length)
{
    uint64_t limit = (uint64_t)MIN(pref_limit, MIB_MAX) * MIB;

    if (length > limit - MIN(held, limit))
        return false;
    held += length;
    object->counted += length;
    return true;
}

/* Appends what is new of some bytes. Returns false if bytes before them are missing. */
static bool append(object_t *object, uint64_t offset, const uint8_t *bytes, size_t length)
{
    if (offset > object->next)
        return false;
    if (offset + length > object->next) {
        g_byte_array_append(object->bytes, bytes + (object->next - offset), (unsigned)(offset + length - object->next));
        object->next = offset + length;
    }
    return true;
}

static void keep_early(object_t *object, const amanda_export_tap_t *told)
{
    early_t *early = g_new(early_t, 1);
    GList *before = object->early.tail;

    early->offset = told->offset;
    early->bytes = g_bytes_new(told->bytes, told->length);
    while (before && ((const early_t *)before->data)->offset > told->offset)
        before = before->prev;
    g_queue_insert_after(&object->early, before, early);
}

static void add_bytes(object_t *object, const amanda_export_tap_t *told)
{
    if (told->offset + told->length <= object->next)
        return;
    if (!count_bytes(object, told->length)) {
        give_up(object);
        return;
    }
    if (!append(object, told->offset, told->bytes, told->length)) {
        keep_early(object, told);
        return;
    }
    while (!g_queue_is_empty(&object->early)) {
        early_t *early = (early_t *)g_queue_peek_head(&object->early);
        size_t length;
        const uint8_t *bytes = (const uint8_t *)g_bytes_get_data(early->bytes, &length);

        if (!append(object, early->offset, bytes, length))
            break;
        free_early((early_t *)g_queue_pop_head(&object->early));
    }
}

/* The name of a dump's files: client_disk_level, and a number behind that if an earlier dump has the same. */
static const char *name_of(const amanda_dump_t *dump, const amanda_subject_t *subject)
{
    const char *known = (const char *)g_hash_table_lookup(names, dump);

    if (known)
        return known;

    GString *name = g_string_new("");

    amanda_file_name_append(name, subject->client, CLIENT_MAX);
    g_string_append_c(name, '_');
    amanda_file_name_append(name, subject->disk ? subject->disk : "unknown-disk", DISK_MAX);
    if (subject->level >= 0)
        g_string_append_printf(name, "_%d", subject->level);

    unsigned number = GPOINTER_TO_UINT(g_hash_table_lookup(taken, name->str)) + 1;

    g_hash_table_replace(taken, g_strdup(name->str), GUINT_TO_POINTER(number));
    if (number > 1)
        g_string_append_printf(name, "-%u", number);
    g_hash_table_insert(names, (void *)dump, name->str);
    return g_string_free(name, false);
}

/* What the header in front of a restored dump says, else what the request and MESG say of the dump. */
static amanda_subject_t subject_of(const amanda_dump_t *dump, const object_t *object, packet_info *pinfo)
{
    amanda_subject_t subject;

    if (amanda_header_block_subject(pinfo->pool, object->bytes->data, (int)object->bytes->len, &subject))
        return subject;
    subject = (amanda_subject_t){.client = object->client,
                                 .disk = amanda_dump_disk(dump, pinfo->num),
                                 .level = amanda_dump_level(dump, pinfo->num)};
    amanda_stream_outcome_client(dump, &subject.client);
    return subject;
}

/* Hands an object over to Wireshark, which frees it. bytes: from g_malloc(). */
static void offer(const export_object_list_t *list, const packet_info *pinfo, const char *client, const char *type,
                  char *name, uint8_t *bytes, size_t length)
{
    export_object_entry_t *entry = g_new0(export_object_entry_t, 1);

    entry->pkt_num = pinfo->num;
    entry->hostname = (char *)g_malloc(HOSTNAME_SIZE);
    amanda_printable(entry->hostname, HOSTNAME_SIZE, client, strlen(client));
    entry->content_type = g_strdup(type);
    entry->filename = name;
    entry->payload_data = bytes;
    entry->payload_len = length;
    list->add_entry(list->gui_data, entry);
}

/* How long the header in front of a dump is; 0 where there is none, or where it cannot be told: unless both sides agreed on a
 * size, there are NUL bytes up to the end of its block. */
static size_t header_length(const amanda_dump_t *dump, const GByteArray *bytes)
{
    size_t length = MIN(bytes->len, AMANDA_HEADER_BLOCK_LENGTH);
    size_t end = length;

    if (!amanda_header_block_is_one(bytes->data, (int)length))
        return 0;
    if (dump->header_size)
        return MIN(dump->header_size, bytes->len);
    while (end > 0 && bytes->data[end - 1] == '\0')
        end--;
    return end == length || memchr(bytes->data, '\0', end) ? 0 : length;
}

/* The dump itself, and in front of it the header of the dump file, where there is one. */
static void offer_dump(const export_object_list_t *list, const amanda_export_tap_t *told, object_t *object,
                       packet_info *pinfo, const char *client, const char *name)
{
    const amanda_stream_t *stream = told->stream;
    const char *format = amanda_data_format(stream, pinfo->num, told->offset);
    bool has_header =
        amanda_header_block_is_one(object->bytes->data, (int)MIN(object->bytes->len, AMANDA_HEADER_BLOCK_LENGTH));
    size_t header = header_length(stream->dump, object->bytes);
    size_t length = object->bytes->len - header;
    uint8_t *bytes = g_byte_array_free(object->bytes, false);

    object->bytes = NULL;
    if (header > 0) {
        uint8_t *block = (uint8_t *)g_malloc(header);

        memcpy(block, bytes, header);
        offer(list, pinfo, client, "header", g_strdup_printf("%s.header", name), block, header);
        memmove(bytes, bytes + header, length);
    }
    if (length > 0)
        offer(list, pinfo, client, format ? format : "dump",
              g_strdup_printf(has_header && !header ? "%s.header+data" : "%s.data", name), bytes, length);
    else
        g_free(bytes);
}

/* A stream has ended. */
static void finish(const export_object_list_t *list, const amanda_export_tap_t *told, object_t *object,
                   packet_info *pinfo)
{
    const amanda_stream_t *stream = told->stream;
    amanda_subject_t subject;
    const char *name;

    if (object->next != told->offset || object->bytes->len == 0) {
        give_up(object);
        return;
    }
    subject = subject_of(stream->dump, object, pinfo);
    name = name_of(stream->dump, &subject);
    if (stream->role == AMANDA_ROLE_DATA || stream->role == AMANDA_ROLE_CTL) {
        offer_dump(list, told, object, pinfo, subject.client, name);
    } else {
        const char *role = amanda_role_name(stream->role);
        char *part = g_ascii_strdown(role, -1);
        size_t length = object->bytes->len;

        offer(list, pinfo, subject.client, part, g_strdup_printf("%s.%s", name, part),
              g_byte_array_free(object->bytes, false), length);
        object->bytes = NULL;
        g_free(part);
    }
    empty(object);
}

/* What Wireshark calls with all that the export is told of. */
static tap_packet_status take(void *list, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                              tap_flags_t flags _U_)
{
    const amanda_export_tap_t *told = (const amanda_export_tap_t *)data;
    const amanda_half_t *half = &amanda_stream_carried(told->stream)->half[told->direction];
    object_t *object;

    if (!pref_offered)
        return TAP_PACKET_DONT_REDRAW;
    make_tables();
    object = (object_t *)g_hash_table_lookup(objects, half);
    if (!object && !told->ends)
        object = make_object(told);
    if (!object || !object->bytes)
        return TAP_PACKET_DONT_REDRAW;
    if (half->incomplete) {
        give_up(object);
    } else if (told->ends) {
        finish((const export_object_list_t *)list, told, object, pinfo);
        return TAP_PACKET_REDRAW;
    } else {
        add_bytes(object, told);
    }
    return TAP_PACKET_DONT_REDRAW;
}

void amanda_export_objects_register(int proto)
{
    amanda_export_tap_is(register_export_object(proto, take, amanda_export_objects_forget));
}

void amanda_export_objects_register_preferences(module_t *module)
{
    prefs_register_bool_preference(
        module, "export_objects", "Offer dumps for the export of objects",
        "Whether File > Export Objects and tshark --export-objects offer what the streams of "
        "dumps carried",
        &pref_offered);
    prefs_register_uint_preference(module, "export_limit", "Memory for the export of objects (MiB)",
                                   "What would need more than that together with all objects before it is left out", 10,
                                   &pref_limit);
}
