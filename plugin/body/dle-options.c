/* body/dle-options.c
 * The options of a disk in lines of text
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/feature-sets.h"
#include "body/features.h"
#include "body/dle-options.h"

#include <string.h>

static expert_field ei_amanda_dle_unknown_option;

enum kind {
    WORD,   /* the word alone means the value */
    YES,    /* the word alone means yes, */
    NO,     /* or no */
    TEXT,   /* name=text */
    QUOTED, /* name="text" */
    PROGRAM /* name=program, where the name means the value, too */
};

static const struct {
    const char *name;
    enum kind kind;
    amanda_dle_field_t field;
    const char *value;          /* of WORD and PROGRAM */
    amanda_dle_field_t program; /* of PROGRAM */
    unsigned feature;           /* that the receiver needs for it; 0: every one of Amanda 2.4 reads it */
} options[] = {
    {"auth", TEXT, AMANDA_DLE_AUTH, NULL, 0, AMANDA_FE_options_auth},
    {"bsd-auth", WORD, AMANDA_DLE_AUTH, "bsd", 0, 0},
    {"krb4-auth", WORD, AMANDA_DLE_AUTH, "krb4", 0, 0},
    {"compress-fast", WORD, AMANDA_DLE_COMPRESS, "FAST", 0, 0},
    {"compress-best", WORD, AMANDA_DLE_COMPRESS, "BEST", 0, 0},
    {"srvcomp-fast", WORD, AMANDA_DLE_COMPRESS, "SERVER-FAST", 0, 0},
    {"srvcomp-best", WORD, AMANDA_DLE_COMPRESS, "SERVER-BEST", 0, 0},
    {"comp-cust", PROGRAM, AMANDA_DLE_COMPRESS, "CUSTOM", AMANDA_DLE_COMPRESS_PROGRAM, AMANDA_FE_options_compress_cust},
    {"srvcomp-cust", PROGRAM, AMANDA_DLE_COMPRESS, "SERVER-CUSTOM", AMANDA_DLE_COMPRESS_PROGRAM,
     AMANDA_FE_options_srvcomp_cust},
    {"encrypt-cust", PROGRAM, AMANDA_DLE_ENCRYPT, "CUSTOM", AMANDA_DLE_ENCRYPT_PROGRAM, AMANDA_FE_options_encrypt_cust},
    {"encrypt-serv-cust", PROGRAM, AMANDA_DLE_ENCRYPT, "SERVER-CUSTOM", AMANDA_DLE_ENCRYPT_PROGRAM,
     AMANDA_FE_options_encrypt_serv_cust},
    {"client-decrypt-option", TEXT, AMANDA_DLE_ENCRYPT_DECRYPT_OPTION, NULL, 0,
     AMANDA_FE_options_client_decrypt_option},
    {"server-decrypt-option", TEXT, AMANDA_DLE_ENCRYPT_DECRYPT_OPTION, NULL, 0,
     AMANDA_FE_options_server_decrypt_option},
    {"no-record", NO, AMANDA_DLE_RECORD, NULL, 0, 0},
    {"index", YES, AMANDA_DLE_INDEX, NULL, 0, 0},
    {"kencrypt", YES, AMANDA_DLE_KENCRYPT, NULL, 0, 0},
    {"exclude-file", QUOTED, AMANDA_DLE_EXCLUDE_FILE, NULL, 0, 0},
    {"exclude-list", QUOTED, AMANDA_DLE_EXCLUDE_LIST, NULL, 0, 0},
    {"exclude-optional", YES, AMANDA_DLE_EXCLUDE_OPTIONAL, NULL, 0, AMANDA_FE_options_optional_exclude},
    {"include-file", QUOTED, AMANDA_DLE_INCLUDE_FILE, NULL, 0, AMANDA_FE_options_include_file},
    {"include-list", QUOTED, AMANDA_DLE_INCLUDE_LIST, NULL, 0, AMANDA_FE_options_include_list},
    {"include-optional", YES, AMANDA_DLE_INCLUDE_OPTIONAL, NULL, 0, AMANDA_FE_options_optional_include},
};

/* The row of an option whose name is the span; -1 where there is none. */
static int find_option(const uint8_t *text, amanda_span_t name, bool has_value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        bool takes_value = options[i].kind == TEXT || options[i].kind == QUOTED || options[i].kind == PROGRAM;

        if (takes_value == has_value && amanda_span_is(text, name, options[i].name))
            return (int)i;
    }
    return -1;
}

bool amanda_dle_add_option(amanda_dle_t *dle, proto_tree *tree, amanda_span_t option)
{
    const uint8_t *text = dle->body->text;
    const uint8_t *equals = (const uint8_t *)memchr(text + option.offset, '=', (size_t)option.length);
    int name_length = equals ? (int)(equals - text) - option.offset : option.length;
    amanda_span_t name = {option.offset, name_length};
    amanda_span_t value = {option.offset + name_length + 1, option.length - name_length - 1};
    int row = find_option(text, name, equals != NULL);
    proto_item *item;

    if (row < 0)
        return false;
    if (options[row].feature)
        amanda_features_need(dle->body, tree, option, options[row].feature);
    switch (options[row].kind) {
    case WORD:
        amanda_dle_add_value(dle, tree, options[row].field, name, options[row].value);
        break;
    case YES:
    case NO:
        amanda_dle_add_boolean(dle, tree, options[row].field, name, options[row].kind == YES);
        break;
    case TEXT:
        amanda_dle_add_text(dle, tree, options[row].field, value);
        break;
    case QUOTED:
        amanda_dle_add_quoted(dle, tree, options[row].field, value);
        break;
    case PROGRAM:
        item = amanda_dle_add_value(dle, tree, options[row].field, name, options[row].value);
        amanda_dle_add_text(dle, amanda_dle_subtree(item), options[row].program, value);
        break;
    }
    return true;
}

bool amanda_dle_next_option(const uint8_t *text, int end, int *offset, amanda_span_t *option)
{
    const uint8_t *semicolon;
    bool in_quote = false;
    int start = *offset;
    int plain_end, i;

    if (start >= end)
        return false;
    semicolon = (const uint8_t *)memchr(text + start, ';', (size_t)(end - start));
    plain_end = i = semicolon ? (int)(semicolon - text) : end;
    if (memchr(text + start, '"', (size_t)(plain_end - start))) {
        for (i = start; i < end && (in_quote || text[i] != ';'); i++) {
            if (text[i] == '"')
                in_quote = !in_quote;
            else if (text[i] == '\\' && in_quote && i + 1 < end)
                i++;
        }
        if (in_quote)
            i = plain_end;
    }
    *option = (amanda_span_t){start, i - start};
    *offset = i + 1;
    return true;
}

void amanda_dle_add_options(amanda_dle_t *dle, proto_tree *tree, amanda_span_t span)
{
    const uint8_t *text = dle->body->text;
    proto_tree *subtree = amanda_dle_subtree(amanda_dle_add_text(dle, tree, AMANDA_DLE_OPTIONS, span));
    int end = span.offset + span.length;
    int offset = span.offset;
    amanda_span_t option;

    while (amanda_dle_next_option(text, end, &offset, &option) && amanda_body_has_room(dle->body)) {
        /* The string begins with |; in the requests of most releases. */
        if (option.length == 0 || (option.length == 1 && text[option.offset] == '|'))
            continue;
        if (amanda_dle_add_option(dle, subtree, option))
            continue;

        proto_item *item = amanda_dle_add_text(dle, subtree, AMANDA_DLE_OPTION, option);

        amanda_body_complain(dle->body, item, &ei_amanda_dle_unknown_option, option);
    }
}

void amanda_dle_options_register(int proto)
{
    static ei_register_info ei[] = {
        {&ei_amanda_dle_unknown_option,
         {"amanda.dle.unknown_option", PI_PROTOCOL, PI_NOTE,
          "No known release of Amanda has this option; receivers ignore it or report it", EXPFILL}},
    };

    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
