/* body/dle.c
 * A disk list entry: what is to be backed up, and how; the same fields for lines of text and for XML
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/dle.h"

#include "show/labels.h"

#include <string.h>

#include "show/common-fields.h"
#include "show/outcome-facts.h"
#include "show/quoted.h"
#include "verdict/endpoint.h"

static int hf_amanda_dle;
static int hf_amanda_dle_field[AMANDA_DLE_FIELDS];

static int ett_amanda_dle = -1;
static int ett_amanda_dle_field = -1;

static expert_field ei_amanda_dle_bad_value;

void amanda_dle_open(amanda_dle_t *dle, amanda_body_t *body, proto_tree *tree, int offset,
                     amanda_dle_summary_t *summary)
{
    *dle = (amanda_dle_t){.body = body, .summary = summary, .offset = offset};
    dle->item = proto_tree_add_item(tree, hf_amanda_dle, body->tvb, offset, 0, ENC_NA);
    dle->tree = proto_item_add_subtree(dle->item, ett_amanda_dle);
}

static const char *program_of(const amanda_dle_t *dle)
{
    return dle->plugin ? dle->plugin : dle->program;
}

static void append_text(const amanda_dle_t *dle)
{
    wmem_strbuf_t *label = wmem_strbuf_new(dle->body->pinfo->pool, "");

    if (dle->disk)
        wmem_strbuf_append_printf(label, ": %s", dle->disk);
    if (program_of(dle))
        wmem_strbuf_append_printf(label, ", %s", program_of(dle));
    for (unsigned i = 0; i < dle->level_count; i++)
        wmem_strbuf_append_printf(label, "%s %d", i == 0 ? ", level" : ",", dle->levels[i]);
    amanda_label(dle->item, "%s", wmem_strbuf_get_str(label));
}

static void add_estimates(const amanda_dle_t *dle)
{
    const char *disk = amanda_record_strdup(wmem_file_scope(), dle->disk);

    for (unsigned i = 0; i < dle->level_count; i++) {
        const amanda_asked_estimate_t estimate = {disk, dle->levels[i], (dle->server_levels >> i & 1) != 0};

        wmem_array_append(dle->summary->estimates, &estimate, 1);
    }
}

static void add_levels(const amanda_dle_t *dle)
{
    amanda_dle_summary_t *summary = dle->summary;

    for (unsigned i = 0; i < dle->level_count; i++) {
        if (!summary->levels) {
            summary->levels = wmem_strbuf_new(dle->body->pinfo->pool, "");
            summary->level = dle->levels[i];
        } else {
            wmem_strbuf_append(summary->levels, ", ");
        }
        wmem_strbuf_append_printf(summary->levels, "%d", dle->levels[i]);
    }
}

static void summarize(const amanda_dle_t *dle)
{
    amanda_dle_summary_t *summary = dle->summary;

    if (!summary->last_disk || !dle->disk || strcmp(summary->last_disk, dle->disk) != 0) {
        summary->count++;
        if (!dle->disk_cut)
            amanda_subject_show(dle->body->tree, dle->body->tvb, dle->disk,
                                dle->level_count == 1 ? dle->levels[0] : -1);
    }
    if (summary->count == 1) {
        if (!summary->disk)
            summary->disk = dle->disk;
        if (!summary->program)
            summary->program = program_of(dle);
        add_levels(dle);
    }
    summary->last_disk = dle->disk;
    if (summary->estimates && dle->disk)
        add_estimates(dle);
    if (!dle->disk_cut)
        amanda_outcome_facts_disk(dle->body, dle->disk, dle->device, dle->levels, dle->level_count);
    if (!dle->disk_cut && dle->server_levels)
        amanda_outcome_facts_left_to_server(dle->body, dle->disk, dle->levels, dle->level_count, dle->server_levels);
}

void amanda_dle_close(amanda_dle_t *dle, int end)
{
    proto_item_set_len(dle->item, end - dle->offset);
    if (dle->server_may_estimate && !dle->client_may_estimate)
        dle->server_levels = ~0U;
    if (dle->item)
        append_text(dle);
    if (dle->summary)
        summarize(dle);
}

/* Who may estimate. Where only the server may, the client says -1 of each level (Amanda 2.6.1 to 3.5
 * client-src/sendsize.c). */
static void remember_estimate(amanda_dle_t *dle, amanda_span_t word)
{
    if (amanda_span_is(dle->body->text, word, "SERVER"))
        dle->server_may_estimate = true;
    else
        dle->client_may_estimate = true;
}

/* Keeps what the summary needs. */
static void remember(amanda_dle_t *dle, amanda_dle_field_t field, amanda_span_t span, const char *value)
{
    if (field == AMANDA_DLE_DISK && !dle->disk) {
        dle->disk = value;
        dle->disk_cut = amanda_body_is_cut_at(dle->body, span.offset + span.length);
    } else if (field == AMANDA_DLE_DEVICE && !dle->device)
        dle->device = value;
    else if (field == AMANDA_DLE_PROGRAM && !dle->program)
        dle->program = value;
    else if (field == AMANDA_DLE_PLUGIN && !dle->plugin)
        dle->plugin = value;
}

static bool is_remembered(amanda_dle_field_t field)
{
    return field == AMANDA_DLE_DISK || field == AMANDA_DLE_DEVICE || field == AMANDA_DLE_PROGRAM ||
           field == AMANDA_DLE_PLUGIN;
}

proto_item *amanda_dle_add_text(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span)
{
    if (span.length > 0 && is_remembered(field))
        remember(dle, field, span, amanda_span_text(dle->body->pinfo->pool, dle->body->tvb, span));
    else if (span.length > 0 && field == AMANDA_DLE_ESTIMATE)
        remember_estimate(dle, span);
    return amanda_add_string(tree, hf_amanda_dle_field[field], dle->body->tvb, span);
}

proto_item *amanda_dle_add_value(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span,
                                 const char *value)
{
    if (span.length <= 0)
        return NULL;
    remember(dle, field, span, value);
    return proto_tree_add_string(tree, hf_amanda_dle_field[field], dle->body->tvb, span.offset, span.length, value);
}

static int wire_field(amanda_dle_field_t field)
{
    if (field == AMANDA_DLE_DISK)
        return hf_amanda_dle_field[AMANDA_DLE_DISK_WIRE];
    if (field == AMANDA_DLE_DEVICE)
        return hf_amanda_dle_field[AMANDA_DLE_DEVICE_WIRE];
    return hf_amanda_dle_field[AMANDA_DLE_WIRE];
}

proto_item *amanda_dle_add_quoted(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span)
{
    proto_item *item;
    const char *value = amanda_add_quoted(dle->body, tree, hf_amanda_dle_field[field], wire_field(field), span, &item);

    if (span.length > 0)
        remember(dle, field, span, value);
    return item;
}

proto_item *amanda_dle_add_coded(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t coded,
                                 const char *bytes, size_t length, amanda_span_t wire)
{
    const char *value = amanda_valid_text(dle->body->pinfo->pool, bytes, length);
    proto_item *item = amanda_dle_add_value(dle, tree, field, coded, value);

    amanda_add_string(amanda_dle_subtree(item), wire_field(field), dle->body->tvb, wire);
    return item;
}

/* What the receiver takes for something else than it says, or refuses. */
static proto_item *add_bad_value(amanda_dle_t *dle, proto_tree *tree, amanda_span_t span)
{
    proto_item *item = amanda_add_string(tree, hf_amanda_dle_field[AMANDA_DLE_ELEMENT_VALUE], dle->body->tvb, span);

    amanda_body_complain(dle->body, item, &ei_amanda_dle_bad_value, span);
    return item;
}

proto_item *amanda_dle_add_number(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span)
{
    int64_t number;

    if (span.length <= 0)
        return NULL;
    if (!amanda_span_integer(dle->body->text, span, &number) || number < INT32_MIN || number > INT32_MAX)
        return add_bad_value(dle, tree, span);
    if (field == AMANDA_DLE_LEVEL && dle->level_count < AMANDA_DLE_LEVELS)
        dle->levels[dle->level_count++] = (int)number;
    return proto_tree_add_int(tree, hf_amanda_dle_field[field], dle->body->tvb, span.offset, span.length,
                              (int32_t)number);
}

proto_item *amanda_dle_add_boolean(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span,
                                   bool value)
{
    if (field == AMANDA_DLE_LEVEL_SERVER && value && dle->level_count > 0)
        dle->server_levels |= 1U << (dle->level_count - 1);
    return proto_tree_add_boolean(tree, hf_amanda_dle_field[field], dle->body->tvb, span.offset, span.length, value);
}

proto_item *amanda_dle_add_yes_no(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span)
{
    const char *text = (const char *)dle->body->text + span.offset;

    if (span.length == 3 && g_ascii_strncasecmp(text, "YES", 3) == 0)
        return amanda_dle_add_boolean(dle, tree, field, span, true);
    if (span.length == 2 && g_ascii_strncasecmp(text, "NO", 2) == 0)
        return amanda_dle_add_boolean(dle, tree, field, span, false);
    return span.length > 0 ? add_bad_value(dle, tree, span) : NULL;
}

/* Y:M:D:h:m:s in GMT, none of them padded with zeros. */
static bool read_date(const char *text, nstime_t *when)
{
    int parts[6];
    GDateTime *date;

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        char *end;
        int64_t part = g_ascii_strtoll(text, &end, 10);

        if (end == text || *end != (i + 1 < G_N_ELEMENTS(parts) ? ':' : '\0') || part < 0 || part > 9999)
            return false;
        parts[i] = (int)part;
        text = end + 1;
    }
    date = g_date_time_new_utc(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
    if (!date)
        return false;
    when->secs = (time_t)g_date_time_to_unix(date);
    when->nsecs = 0;
    g_date_time_unref(date);
    return true;
}

proto_item *amanda_dle_add_date(amanda_dle_t *dle, proto_tree *tree, amanda_span_t span)
{
    proto_item *item = amanda_dle_add_text(dle, tree, AMANDA_DLE_DUMPDATE, span);
    nstime_t when;

    if (span.length > 0 && read_date(amanda_span_text(dle->body->pinfo->pool, dle->body->tvb, span), &when)) {
        proto_tree_add_time(amanda_dle_subtree(item), hf_amanda_dle_field[AMANDA_DLE_DUMPDATE_TIME], dle->body->tvb,
                            span.offset, span.length, &when);
        if (when.secs == 0)
            amanda_label(item, " (since ever: a full dump)");
    }
    return item;
}

proto_item *amanda_dle_add_branch(amanda_dle_t *dle, proto_tree *tree, amanda_dle_field_t field, amanda_span_t span)
{
    return proto_tree_add_item(tree, hf_amanda_dle_field[field], dle->body->tvb, span.offset, span.length, ENC_NA);
}

proto_tree *amanda_dle_subtree(proto_item *item)
{
    return proto_item_add_subtree(item, ett_amanda_dle_field);
}

/* A field of this part: hf_amanda_dle_field[] holds what is registered. */
#define DLE_FIELD(field, name, abbrev, type, display, blurb)                                                           \
    {                                                                                                                  \
        &hf_amanda_dle_field[field],                                                                                   \
        {                                                                                                              \
            name, "amanda.dle." abbrev, type, display, NULL, 0x0, blurb, HFILL                                         \
        }                                                                                                              \
    }
#define DLE_STRING(field, name, abbrev, blurb) DLE_FIELD(field, name, abbrev, FT_STRING, BASE_NONE, blurb)
#define DLE_BOOLEAN(field, name, abbrev, blurb) DLE_FIELD(field, name, abbrev, FT_BOOLEAN, BASE_NONE, blurb)
#define DLE_NUMBER(field, name, abbrev, blurb) DLE_FIELD(field, name, abbrev, FT_INT32, BASE_DEC, blurb)
#define DLE_BRANCH(field, name, abbrev, blurb) DLE_FIELD(field, name, abbrev, FT_NONE, BASE_NONE, blurb)

void amanda_dle_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_dle,
         {"Disk list entry", "amanda.dle", FT_NONE, BASE_NONE, NULL, 0x0,
          "A disk (or one level of it) that the request is about, with the options of its dumptype", HFILL}},
        DLE_STRING(AMANDA_DLE_DISK, "Disk", "disk",
                   "Name of the disk as the disklist has it, quotes and codes resolved"),
        DLE_STRING(AMANDA_DLE_DISK_WIRE, "Disk name on the wire", "disk.wire",
                   "The disk's name as it was sent: quoted, or with other bytes than plain ones replaced by _"),
        DLE_STRING(AMANDA_DLE_DEVICE, "Device", "device",
                   "What is really backed up under the disk's name, where that is not the name itself"),
        DLE_STRING(AMANDA_DLE_DEVICE_WIRE, "Device name on the wire", "device.wire",
                   "The device's name as it was sent: quoted, or with other bytes than plain ones replaced by _"),
        DLE_STRING(AMANDA_DLE_WIRE, "Value on the wire", "wire",
                   "The value above as it was sent: quoted, or with other bytes than plain ones replaced by _"),
        DLE_STRING(AMANDA_DLE_PROGRAM, "Program", "program", "Backup program: DUMP, GNUTAR, STAR, APPLICATION, ..."),
        DLE_STRING(AMANDA_DLE_PLUGIN, "Application", "plugin",
                   "Name of the application that makes the backup: amgtar, amsamba, ..."),
        DLE_BRANCH(AMANDA_DLE_APPLICATION, "Backup program", "application",
                   "The application that makes the backup, with its properties"),
        DLE_STRING(AMANDA_DLE_APPLICATION_CLIENT_NAME, "Client name", "application.client_name",
                   "Name of the application's definition in the client's configuration"),
        DLE_NUMBER(AMANDA_DLE_LEVEL, "Level", "level", "Dump level: 0 for a full dump"),
        DLE_BOOLEAN(AMANDA_DLE_LEVEL_SERVER, "Estimated by the server", "level.server",
                    "Whether the server estimates the size of this level, and the client need not"),
        DLE_STRING(AMANDA_DLE_DUMPDATE, "Dump date", "dumpdate",
                   "Time of the dump that an incremental dump is based on, as year:month:day:hour:minute:second"),
        DLE_FIELD(AMANDA_DLE_DUMPDATE_TIME, "Dump date", "dumpdate.time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC,
                  "Time of the dump that an incremental dump is based on"),
        DLE_STRING(AMANDA_DLE_DATESTAMP, "Date stamp", "datestamp", "Date of the run (Amanda 2.3)"),
        DLE_NUMBER(AMANDA_DLE_SPINDLE, "Spindle", "spindle",
                   "Disks with the same number are not dumped at the same time; -1 for no such restriction"),
        DLE_STRING(AMANDA_DLE_AUTH, "Authentication", "auth", "Kind of authentication: bsd, bsdtcp, krb5, ..."),
        DLE_STRING(AMANDA_DLE_ESTIMATE, "Estimate", "estimate",
                   "How the size may be estimated: CLIENT, SERVER or CALCSIZE"),
        DLE_BOOLEAN(AMANDA_DLE_CALCSIZE, "Estimate by calcsize", "calcsize", "Whether calcsize estimates the size"),
        DLE_STRING(AMANDA_DLE_COMPRESS, "Compression", "compress",
                   "FAST, BEST or CUSTOM on the client, SERVER-FAST, SERVER-BEST or SERVER-CUSTOM on the server"),
        DLE_STRING(AMANDA_DLE_COMPRESS_PROGRAM, "Compression program", "compress.program",
                   "Program of a custom compression"),
        DLE_STRING(AMANDA_DLE_ENCRYPT, "Encryption", "encrypt",
                   "CUSTOM for encryption on the client, SERVER-CUSTOM for that on the server, or NO"),
        DLE_STRING(AMANDA_DLE_ENCRYPT_PROGRAM, "Encryption program", "encrypt.program", "Program that encrypts"),
        DLE_STRING(AMANDA_DLE_ENCRYPT_DECRYPT_OPTION, "Decryption option", "encrypt.decrypt_option",
                   "Option that makes the encryption program decrypt"),
        DLE_BOOLEAN(AMANDA_DLE_RECORD, "Record", "record",
                    "Whether the dump is recorded, for later levels to build on"),
        DLE_BOOLEAN(AMANDA_DLE_INDEX, "Index", "index", "Whether an index of the files is made"),
        DLE_BOOLEAN(AMANDA_DLE_KENCRYPT, "Kerberos encryption", "kencrypt",
                    "Whether Kerberos encrypts the data on its way"),
        DLE_STRING(AMANDA_DLE_DATAPATH, "Data path", "datapath",
                   "How the data come to the server: AMANDA or DIRECTTCP"),
        DLE_STRING(AMANDA_DLE_DATAPATH_DIRECTTCP, "Direct TCP address", "datapath.directtcp",
                   "Address and port that the data go to"),
        DLE_BRANCH(AMANDA_DLE_EXCLUDE, "Exclude", "exclude", "What is not backed up"),
        DLE_STRING(AMANDA_DLE_EXCLUDE_FILE, "Exclude pattern", "exclude.file", "Pattern of files not to back up"),
        DLE_STRING(AMANDA_DLE_EXCLUDE_LIST, "Exclude list", "exclude.list",
                   "File on the client with patterns of files not to back up"),
        DLE_BOOLEAN(AMANDA_DLE_EXCLUDE_OPTIONAL, "Exclude list optional", "exclude.optional",
                    "Whether the exclude lists may be missing"),
        DLE_BRANCH(AMANDA_DLE_INCLUDE, "Include", "include", "What alone is backed up"),
        DLE_STRING(AMANDA_DLE_INCLUDE_FILE, "Include pattern", "include.file", "Pattern of files to back up"),
        DLE_STRING(AMANDA_DLE_INCLUDE_LIST, "Include list", "include.list",
                   "File on the client with patterns of files to back up"),
        DLE_BOOLEAN(AMANDA_DLE_INCLUDE_OPTIONAL, "Include list optional", "include.optional",
                    "Whether the include lists may be missing"),
        DLE_BRANCH(AMANDA_DLE_SCRIPT, "Script", "script", "A script that runs before or after steps of the backup"),
        DLE_STRING(AMANDA_DLE_SCRIPT_PLUGIN, "Script name", "script.plugin", "Name of the script"),
        DLE_STRING(AMANDA_DLE_SCRIPT_EXECUTE_WHERE, "Runs on", "script.execute_where",
                   "Whether the script runs on the CLIENT or the SERVER"),
        DLE_STRING(AMANDA_DLE_SCRIPT_EXECUTE_ON, "Runs at", "script.execute_on",
                   "Step that the script runs at: PRE-DLE-BACKUP, POST-ESTIMATE, ..."),
        DLE_STRING(AMANDA_DLE_SCRIPT_CLIENT_NAME, "Client name", "script.client_name",
                   "Name of the script's definition in the client's configuration"),
        DLE_BRANCH(AMANDA_DLE_PROPERTY, "Property", "property", "A property of the disk, its application or a script"),
        DLE_STRING(AMANDA_DLE_PROPERTY_NAME, "Name", "property.name", "Name of a property"),
        DLE_STRING(AMANDA_DLE_PROPERTY_VALUE, "Value", "property.value", "Value of a property; there may be several"),
        DLE_BOOLEAN(AMANDA_DLE_PROPERTY_PRIORITY, "Priority", "property.priority",
                    "Whether the property overrides the one in the client's configuration"),
        DLE_STRING(AMANDA_DLE_OPTIONS, "Options", "options", "Options of the disk, ended by semicolons"),
        DLE_STRING(AMANDA_DLE_OPTION, "Unknown option", "option", "An option that no known release of Amanda has"),
        DLE_STRING(AMANDA_DLE_ELEMENT, "Unknown element", "element",
                   "Name of an XML element that no known release of Amanda has"),
        DLE_STRING(AMANDA_DLE_ELEMENT_VALUE, "Value", "element.value",
                   "Text of an unknown element, or of a known one that it does not fit"),
    };
    static int *ett[] = {
        &ett_amanda_dle,
        &ett_amanda_dle_field,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_dle_bad_value,
         {"amanda.dle.bad_value", PI_PROTOCOL, PI_WARN, "The receiver does not accept this value here", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
