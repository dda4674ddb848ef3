/* body/dle.h
 * A disk list entry: what is to be backed up, and how; the same fields for lines of text and for XML
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_DLE_H
#define AMANDA_BODY_DLE_H

#include "show/body-text.h"

typedef enum {
    AMANDA_DLE_AUTH,
    AMANDA_DLE_CALCSIZE,
    AMANDA_DLE_APPLICATION, /* subtree */
    AMANDA_DLE_APPLICATION_CLIENT_NAME,
    AMANDA_DLE_COMPRESS,
    AMANDA_DLE_COMPRESS_PROGRAM,
    AMANDA_DLE_DATAPATH,
    AMANDA_DLE_DATAPATH_DIRECTTCP,
    AMANDA_DLE_DATESTAMP,
    AMANDA_DLE_DEVICE,
    AMANDA_DLE_DEVICE_WIRE,
    AMANDA_DLE_DISK,
    AMANDA_DLE_DISK_WIRE,
    AMANDA_DLE_DUMPDATE,
    AMANDA_DLE_DUMPDATE_TIME,
    AMANDA_DLE_ELEMENT,
    AMANDA_DLE_ELEMENT_VALUE,
    AMANDA_DLE_ENCRYPT,
    AMANDA_DLE_ENCRYPT_DECRYPT_OPTION,
    AMANDA_DLE_ENCRYPT_PROGRAM,
    AMANDA_DLE_ESTIMATE,
    AMANDA_DLE_EXCLUDE, /* subtree */
    AMANDA_DLE_EXCLUDE_FILE,
    AMANDA_DLE_EXCLUDE_LIST,
    AMANDA_DLE_EXCLUDE_OPTIONAL,
    AMANDA_DLE_INCLUDE, /* subtree */
    AMANDA_DLE_INCLUDE_FILE,
    AMANDA_DLE_INCLUDE_LIST,
    AMANDA_DLE_INCLUDE_OPTIONAL,
    AMANDA_DLE_INDEX,
    AMANDA_DLE_KENCRYPT,
    AMANDA_DLE_LEVEL,
    AMANDA_DLE_LEVEL_SERVER,
    AMANDA_DLE_OPTION,
    AMANDA_DLE_OPTIONS,
    AMANDA_DLE_PLUGIN,
    AMANDA_DLE_PROGRAM,
    AMANDA_DLE_PROPERTY, /* subtree */
    AMANDA_DLE_PROPERTY_NAME,
    AMANDA_DLE_PROPERTY_PRIORITY,
    AMANDA_DLE_PROPERTY_VALUE,
    AMANDA_DLE_RECORD,
    AMANDA_DLE_SCRIPT, /* subtree */
    AMANDA_DLE_SCRIPT_CLIENT_NAME,
    AMANDA_DLE_SCRIPT_EXECUTE_ON,
    AMANDA_DLE_SCRIPT_EXECUTE_WHERE,
    AMANDA_DLE_SCRIPT_PLUGIN,
    AMANDA_DLE_SPINDLE,
    AMANDA_DLE_WIRE,
    AMANDA_DLE_FIELDS
} amanda_dle_field_t;

/* What a body's disk list entries say, taken together. Zero it; give it an array of amanda_asked_estimate_t in the memory of
 * the capture file if the disks and levels are to be kept. */
typedef struct {
    unsigned count;        /* different disks: one that follows itself counts once */
    const char *disk;      /* of the first entry, in the memory of the packet; NULL if it names none */
    const char *program;   /* the same; the application's name where there is one */
    const char *last_disk; /* of the last entry */
    wmem_strbuf_t *levels; /* of the first disk, e.g. "0, 1"; NULL if it has none */
    int level;             /* the first of them */
    wmem_array_t *estimates;
    bool quoted; /* a line of text names a disk as a quoted string */
} amanda_dle_summary_t;

/* Any more levels of one disk do not count. */
#define AMANDA_DLE_LEVELS 16

/* A disk list entry on its way into the tree. */
typedef struct {
    amanda_body_t *body;
    amanda_dle_summary_t *summary; /* NULL if nobody wants it */
    proto_item *item;
    proto_tree *tree;
    int offset;
    const char *disk;
    const char *device;
    const char *program;
    const char *plugin;
    bool disk_cut; /* the capture cut its name, or may have */
    bool server_may_estimate;
    bool client_may_estimate;
    int levels[AMANDA_DLE_LEVELS];
    unsigned level_count;
    unsigned server_levels; /* a bit for each of the levels that the server estimates */
} amanda_dle_t;

/* Begins an entry at offset, with a subtree of tree; and ends it, at end, with a summary in its item's text and in the
 * summary. */
void amanda_dle_open(amanda_dle_t *dle, amanda_body_t *body, proto_tree *tree, int offset,
                     amanda_dle_summary_t *summary);
void amanda_dle_close(amanda_dle_t *dle, int end);

/* Each of these adds an item for the bytes of a span, keeps what the summary needs, and returns the item. Nothing is
 * added for an empty span. */

/* Text as it is. */
proto_item *amanda_dle_add_text(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span);

/* Bytes that mean the text value. */
proto_item *amanda_dle_add_value(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span,
                                 const char *value);

/* A word that may be quoted (see amanda_add_quoted()). */
proto_item *amanda_dle_add_quoted(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span);

/* A value that was sent in base64. coded: its base64; bytes, length: what that says; wire: the readable copy of it, in
 * which other bytes than plain ones are replaced. */
proto_item *amanda_dle_add_coded(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t coded,
                                 const char *bytes, size_t length, amanda_span_t wire);

/* A decimal number. What is none is added as text with an expert info. */
proto_item *amanda_dle_add_number(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span);

/* Bytes that mean yes or no; and such a word itself. Another word is added as text with an expert info. */
proto_item *amanda_dle_add_boolean(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span,
                                   bool value);
proto_item *amanda_dle_add_yes_no(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span);

/* A dump date, Y:M:D:h:m:s in GMT, with its time; another form is added as text alone. */
proto_item *amanda_dle_add_date(amanda_dle_t *dle, proto_tree *tree, amanda_span_t span);

/* A subtree field. Its item's length can be set when it is known. */
proto_item *amanda_dle_add_branch(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span);

/* The subtree of any of these items. */
proto_tree *amanda_dle_subtree(proto_item *item);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_dle_register(int proto);

#endif
