/* body/selfcheck.c
 * What a selfcheck reply says is in order
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/selfcheck.h"

#include "show/labels.h"

#include <string.h>

#include "text/quoted-strings.h"
#include "show/outcome-facts.h"
#include "show/quoted.h"

static int hf_amanda_selfcheck_ok;
static int hf_amanda_selfcheck_ok_application;
static int hf_amanda_selfcheck_ok_available;
static int hf_amanda_selfcheck_ok_condition;
static int hf_amanda_selfcheck_ok_directory;
static int hf_amanda_selfcheck_ok_disk;
static int hf_amanda_selfcheck_ok_distro;
static int hf_amanda_selfcheck_ok_euid;
static int hf_amanda_selfcheck_ok_file;
static int hf_amanda_selfcheck_ok_platform;
static int hf_amanda_selfcheck_ok_ruid;
static int hf_amanda_selfcheck_ok_text;
static int hf_amanda_selfcheck_ok_version;
static int hf_amanda_selfcheck_ok_wire;

static int ett_amanda_selfcheck_ok = -1;

/* A span without the quotation marks that 3.4 and later put around it. The second one is missing in the version. */
static amanda_span_t unquote(const uint8_t *text, amanda_span_t span)
{
    if (span.length > 0 && text[span.offset] == '\'')
        span = amanda_span_from(span, span.offset + 1);
    if (span.length > 0 && text[span.offset + span.length - 1] == '\'')
        span.length--;
    return span;
}

static void add_name(amanda_body_t *body, proto_tree *tree, int hf, amanda_span_t name)
{
    amanda_add_quoted(body, tree, hf, hf_amanda_selfcheck_ok_wire, name, NULL);
}

static void add_user(const amanda_body_t *body, proto_tree *tree, int hf, amanda_span_t digits)
{
    int64_t value;

    if (amanda_span_integer(body->text, digits, &value))
        proto_tree_add_uint(tree, hf, body->tvb, digits.offset, digits.length, (uint32_t)value);
}

/* "version 3.3.9", "distro Debian", "platform Debian GNU/Linux 12" */
static bool show_platform(amanda_body_t *body, proto_tree *tree, amanda_span_t what)
{
    const struct {
        const char *word;
        int hf;
    } kinds[] = {
        {"version", hf_amanda_selfcheck_ok_version},
        {"distro", hf_amanda_selfcheck_ok_distro},
        {"platform", hf_amanda_selfcheck_ok_platform},
    };
    amanda_span_t value = amanda_span_behind_word(body->text, what);

    for (size_t i = 0; value.length > 0 && i < G_N_ELEMENTS(kinds); i++) {
        if (amanda_span_starts_with_word(body->text, what, kinds[i].word)) {
            amanda_add_string(tree, kinds[i].hf, body->tvb, unquote(body->text, value));
            return true;
        }
    }
    return false;
}

/* "/tmp has more than 64 KB available.", "dir '/tmp' has more than 64KB available" */
static bool show_room(amanda_body_t *body, proto_tree *tree, amanda_span_t what)
{
    static const char more[] = " has more than ";
    int at = amanda_span_find(body->text, what, more);

    if (at < 0)
        return false;

    amanda_span_t directory = amanda_span_up_to(what, at);
    amanda_span_t digits = amanda_span_from(what, at + (int)strlen(more));
    int64_t available;

    if (amanda_span_starts_with_word(body->text, directory, "dir"))
        directory = unquote(body->text, amanda_span_behind_word(body->text, directory));
    for (int i = 0; i < digits.length; i++) {
        if (!g_ascii_isdigit(body->text[digits.offset + i]))
            digits.length = i;
    }
    add_name(body, tree, hf_amanda_selfcheck_ok_directory, directory);
    if (amanda_span_integer(body->text, digits, &available))
        amanda_label(proto_tree_add_uint64(tree, hf_amanda_selfcheck_ok_available, body->tvb, digits.offset,
                                           digits.length, (uint64_t)available),
                     " KB");
    return true;
}

/* The " (ruid:0 euid:34)" at the end of a span. */
static void show_ids(const amanda_body_t *body, proto_tree *tree, amanda_span_t what)
{
    int ruid = amanda_span_find(body->text, what, " (ruid:");
    int euid = amanda_span_find(body->text, what, " euid:");
    int end = what.offset + what.length - 1;

    if (ruid < 0 || euid < ruid || body->text[end] != ')')
        return;
    add_user(body, tree, hf_amanda_selfcheck_ok_ruid,
             amanda_span_up_to(amanda_span_from(what, ruid + (int)strlen(" (ruid:")), euid));
    add_user(body, tree, hf_amanda_selfcheck_ok_euid,
             amanda_span_up_to(amanda_span_from(what, euid + (int)strlen(" euid:")), end));
}

/* "/bin/tar executable", "/bin/tar executable (ruid:0 euid:34)" */
static bool show_file(amanda_body_t *body, proto_tree *tree, amanda_span_t what)
{
    static const char *const conditions[] = {" executable",    " readable",   " writable",
                                             " read/writable", " accessible", " exists"};
    int ids = amanda_span_find(body->text, what, " (ruid:");
    amanda_span_t file = ids < 0 ? what : amanda_span_up_to(what, ids);

    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++) {
        int length = (int)strlen(conditions[i]);
        int at = file.offset + file.length - length;

        if (at <= file.offset || memcmp(body->text + at, conditions[i], (size_t)length) != 0)
            continue;
        add_name(body, tree, hf_amanda_selfcheck_ok_file, amanda_span_up_to(file, at));
        amanda_add_string(tree, hf_amanda_selfcheck_ok_condition, body->tvb, amanda_span_from(file, at + 1));
        if (ids >= 0)
            show_ids(body, tree, what);
        return true;
    }
    return false;
}

/* "amgtar version 3.3.9", "amgtar gtar-version 1.29" */
static bool show_application(amanda_body_t *body, proto_tree *tree, amanda_span_t what)
{
    amanda_span_t key = amanda_span_behind_word(body->text, what);
    amanda_span_t word = amanda_span_first_word(body->text, key);
    int version = amanda_span_find(body->text, word, "version");

    if (version < 0 || version + (int)strlen("version") != word.offset + word.length)
        return false;
    amanda_add_string(tree, hf_amanda_selfcheck_ok_application, body->tvb, amanda_span_first_word(body->text, what));
    amanda_add_string(tree, hf_amanda_selfcheck_ok_version, body->tvb, amanda_span_behind_word(body->text, key));
    return true;
}

/* A disk, its device, or the application that dumps it: "/home", "disk /home", "\"/my disk\"" */
static bool show_disk(amanda_body_t *body, proto_tree *tree, amanda_span_t what)
{
    amanda_span_t name = what;
    amanda_span_t word;
    int at;

    if (amanda_span_starts_with_word(body->text, what, "disk") && amanda_span_behind_word(body->text, what).length > 0)
        name = amanda_span_behind_word(body->text, what);
    at = name.offset;
    word = amanda_quoted_word(body->text, name.offset + name.length, &at, NULL, NULL);
    if (word.length != name.length)
        return false;
    add_name(body, tree, hf_amanda_selfcheck_ok_disk, name);
    return true;
}

bool amanda_selfcheck_dissect(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line)
{
    amanda_body_t *body = reply->body;
    amanda_span_t what = amanda_span_behind_word(body->text, line);

    if (what.length == 0 || !amanda_span_starts_with_word(body->text, line, "OK"))
        return false;
    reply->oks++;
    amanda_outcome_facts_ok(body, amanda_span_text(body->pinfo->pool, body->tvb, what));
    if (!tree)
        return true;

    proto_item *item = proto_tree_add_item(tree, hf_amanda_selfcheck_ok, body->tvb, line.offset, line.length, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_selfcheck_ok);

    amanda_label(item, ": %s", amanda_span_text(body->pinfo->pool, body->tvb, what));
    if (!show_platform(body, subtree, what) && !show_room(body, subtree, what) && !show_file(body, subtree, what) &&
        !show_application(body, subtree, what) && !show_disk(body, subtree, what))
        amanda_add_string(subtree, hf_amanda_selfcheck_ok_text, body->tvb, what);
    return true;
}

void amanda_selfcheck_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_selfcheck_ok,
         {"OK", "amanda.selfcheck.ok", FT_NONE, BASE_NONE, NULL, 0x0, "Something that selfcheck finds in order",
          HFILL}},
        {&hf_amanda_selfcheck_ok_disk,
         {"Disk", "amanda.selfcheck.ok.disk", FT_STRING, BASE_NONE, NULL, 0x0,
          "Disk that is in order, or its device, or the application that dumps it", HFILL}},
        {&hf_amanda_selfcheck_ok_file,
         {"File", "amanda.selfcheck.ok.file", FT_STRING, BASE_NONE, NULL, 0x0,
          "Program, file or directory that can be used", HFILL}},
        {&hf_amanda_selfcheck_ok_condition,
         {"Condition", "amanda.selfcheck.ok.condition", FT_STRING, BASE_NONE, NULL, 0x0,
          "What can be done with the file: executable, readable, writable, read/writable, accessible, exists", HFILL}},
        {&hf_amanda_selfcheck_ok_ruid,
         {"Real user", "amanda.selfcheck.ok.ruid", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number of the real user for whom this was checked", HFILL}},
        {&hf_amanda_selfcheck_ok_euid,
         {"Effective user", "amanda.selfcheck.ok.euid", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number of the effective user for whom this was checked", HFILL}},
        {&hf_amanda_selfcheck_ok_directory,
         {"Directory", "amanda.selfcheck.ok.directory", FT_STRING, BASE_NONE, NULL, 0x0,
          "Directory with enough free space", HFILL}},
        {&hf_amanda_selfcheck_ok_available,
         {"Available", "amanda.selfcheck.ok.available", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Free space in the directory, in KB; up to 3.3 only the space that is needed", HFILL}},
        {&hf_amanda_selfcheck_ok_application,
         {"Application", "amanda.selfcheck.ok.application", FT_STRING, BASE_NONE, NULL, 0x0,
          "Application whose version is told", HFILL}},
        {&hf_amanda_selfcheck_ok_version,
         {"Version", "amanda.selfcheck.ok.version", FT_STRING, BASE_NONE, NULL, 0x0,
          "Version of Amanda, of an application or of the program that it runs", HFILL}},
        {&hf_amanda_selfcheck_ok_distro,
         {"Distribution", "amanda.selfcheck.ok.distro", FT_STRING, BASE_NONE, NULL, 0x0,
          "Linux distribution or operating system of the client", HFILL}},
        {&hf_amanda_selfcheck_ok_platform,
         {"Platform", "amanda.selfcheck.ok.platform", FT_STRING, BASE_NONE, NULL, 0x0,
          "Operating system of the client, with its version", HFILL}},
        {&hf_amanda_selfcheck_ok_text,
         {"Text", "amanda.selfcheck.ok.text", FT_STRING, BASE_NONE, NULL, 0x0,
          "What is in order, in the words of the program that checked it", HFILL}},
        {&hf_amanda_selfcheck_ok_wire,
         {"As sent", "amanda.selfcheck.ok.wire", FT_STRING, BASE_NONE, NULL, 0x0,
          "A name as it was sent, with quotes and escapes", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_selfcheck_ok,
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}
