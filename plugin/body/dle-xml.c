/* body/dle-xml.c
 * Disk list entries in XML
 *
 * A parser of its own, because the fields must select their bytes, and because requests that are cut or malformed are
 * the ones that need to be read. Each element is a row of a table; the text in it becomes the field of that row.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/dle-xml.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>
#include <string.h>

#include "show/packet-data.h"
#include "text/feature-sets.h"
#include "body/features.h"
#include "text/xml-tags.h"

/* More than any Amanda nests. */
#define DEPTH_MAX 12

/* The same of what Wireshark's own dissector is to show; it and the trees bear more. */
#define XML_DEPTH_MAX 50

static int ett_amanda_dle_xml = -1;

static expert_field ei_amanda_dle_unknown_element;
static expert_field ei_amanda_dle_xml;

static dissector_handle_t xml_handle;
static ws_bool pref_show_xml;

enum kind {
    BRANCH,  /* has only elements in it */
    TEXT,    /* text that may be in base64 */
    WORDS,   /* words with blanks between them */
    COMMAS,  /* words with commas between them */
    NUMBER,  /* a decimal number */
    BOOLEAN, /* YES or NO */
    DATE     /* a dump date */
};

/* Sets of elements that another one can be in. */
enum {
    IN_DLE = 1,
    IN_APPLICATION = 2,
    IN_SCRIPT = 4,
    IN_PROPERTY = 8,
    IN_EXCLUDE = 16,
    IN_INCLUDE = 32,
    IN_LEVEL = 64,
    IN_COMPRESS = 128,
    IN_ENCRYPT = 256,
    IN_DATAPATH = 512
};

typedef struct {
    const char *name;
    unsigned parents;
    unsigned self; /* what it is to its children; 0 if it has none */
    enum kind kind;
    amanda_dle_field_t field;
} element_t;

/* Amanda 2.6.1 to 3.5 common-src/amxml.c, amstart_element() and amtext(). */
static const element_t elements[] = {
    {"program", IN_DLE, 0, TEXT, AMANDA_DLE_PROGRAM},
    {"disk", IN_DLE, 0, TEXT, AMANDA_DLE_DISK},
    {"diskdevice", IN_DLE, 0, TEXT, AMANDA_DLE_DEVICE},
    {"level", IN_DLE, IN_LEVEL, NUMBER, AMANDA_DLE_LEVEL},
    {"server", IN_LEVEL, 0, BOOLEAN, AMANDA_DLE_LEVEL_SERVER},
    {"auth", IN_DLE, 0, TEXT, AMANDA_DLE_AUTH},
    {"record", IN_DLE, 0, BOOLEAN, AMANDA_DLE_RECORD},
    {"index", IN_DLE, 0, BOOLEAN, AMANDA_DLE_INDEX},
    {"datapath", IN_DLE, IN_DATAPATH, TEXT, AMANDA_DLE_DATAPATH},
    {"directtcp", IN_DATAPATH, 0, TEXT, AMANDA_DLE_DATAPATH_DIRECTTCP},
    {"estimate", IN_DLE, 0, WORDS, AMANDA_DLE_ESTIMATE},
    {"calcsize", IN_DLE, 0, BOOLEAN, AMANDA_DLE_CALCSIZE},
    {"spindle", IN_DLE, 0, NUMBER, AMANDA_DLE_SPINDLE},
    {"dumpdate", IN_DLE, 0, DATE, AMANDA_DLE_DUMPDATE},
    {"kencrypt", IN_DLE, 0, BOOLEAN, AMANDA_DLE_KENCRYPT},
    {"compress", IN_DLE, IN_COMPRESS, TEXT, AMANDA_DLE_COMPRESS},
    {"custom-compress-program", IN_COMPRESS, 0, TEXT, AMANDA_DLE_COMPRESS_PROGRAM},
    {"encrypt", IN_DLE, IN_ENCRYPT, TEXT, AMANDA_DLE_ENCRYPT},
    {"custom-encrypt-program", IN_ENCRYPT, 0, TEXT, AMANDA_DLE_ENCRYPT_PROGRAM},
    {"decrypt-option", IN_ENCRYPT, 0, TEXT, AMANDA_DLE_ENCRYPT_DECRYPT_OPTION},
    {"backup-program", IN_DLE, IN_APPLICATION, BRANCH, AMANDA_DLE_APPLICATION},
    {"plugin", IN_APPLICATION, 0, TEXT, AMANDA_DLE_PLUGIN},
    {"client_name", IN_APPLICATION, 0, TEXT, AMANDA_DLE_APPLICATION_CLIENT_NAME},
    {"property", IN_DLE | IN_APPLICATION | IN_SCRIPT, IN_PROPERTY, BRANCH, AMANDA_DLE_PROPERTY},
    {"name", IN_PROPERTY, 0, TEXT, AMANDA_DLE_PROPERTY_NAME},
    {"value", IN_PROPERTY, 0, TEXT, AMANDA_DLE_PROPERTY_VALUE},
    {"priority", IN_PROPERTY, 0, BOOLEAN, AMANDA_DLE_PROPERTY_PRIORITY},
    {"exclude", IN_DLE, IN_EXCLUDE, BRANCH, AMANDA_DLE_EXCLUDE},
    {"file", IN_EXCLUDE, 0, TEXT, AMANDA_DLE_EXCLUDE_FILE},
    {"list", IN_EXCLUDE, 0, TEXT, AMANDA_DLE_EXCLUDE_LIST},
    {"optional", IN_EXCLUDE, 0, BOOLEAN, AMANDA_DLE_EXCLUDE_OPTIONAL},
    {"include", IN_DLE, IN_INCLUDE, BRANCH, AMANDA_DLE_INCLUDE},
    {"file", IN_INCLUDE, 0, TEXT, AMANDA_DLE_INCLUDE_FILE},
    {"list", IN_INCLUDE, 0, TEXT, AMANDA_DLE_INCLUDE_LIST},
    {"optional", IN_INCLUDE, 0, BOOLEAN, AMANDA_DLE_INCLUDE_OPTIONAL},
    {"script", IN_DLE, IN_SCRIPT, BRANCH, AMANDA_DLE_SCRIPT},
    {"plugin", IN_SCRIPT, 0, TEXT, AMANDA_DLE_SCRIPT_PLUGIN},
    {"execute_where", IN_SCRIPT, 0, TEXT, AMANDA_DLE_SCRIPT_EXECUTE_WHERE},
    {"execute_on", IN_SCRIPT, 0, COMMAS, AMANDA_DLE_SCRIPT_EXECUTE_ON},
    {"client_name", IN_SCRIPT, 0, TEXT, AMANDA_DLE_SCRIPT_CLIENT_NAME},
};

enum problem {
    TRUNCATED,
    BAD_TAG,
    BAD_ATTRIBUTE,
    NOT_OPEN,
    NOT_CLOSED,
    MISPLACED,
    STRAY_TEXT,
    NO_BASE64,
    TOO_DEEP,
    TOO_MANY
};

/* The receivers refuse a request for any of these (ERROR FORMAT ERROR IN REQUEST PACKET), but for the last two, which
 * are limits of this dissector. */
static const value_string problem_vals[] = {
    {TRUNCATED, "XML: the text ends inside a disk list entry"},
    {BAD_TAG, "XML: malformed tag"},
    {BAD_ATTRIBUTE, "XML: an attribute other than encoding and raw, or a malformed one"},
    {NOT_OPEN, "XML: closing tag of an element that is not open"},
    {NOT_CLOSED, "XML: an element is not closed before the one around it is"},
    {MISPLACED, "XML: element in the wrong place"},
    {STRAY_TEXT, "XML: text where only elements may be"},
    {NO_BASE64, "XML: the raw attribute is not base64"},
    {TOO_DEEP, "XML: elements are nested too deeply; not all of it is shown"},
    {TOO_MANY, "XML: too many elements; the rest is not shown"},
    {0, NULL},
};

/* An element that is node. */
typedef struct {
    const element_t *element; /* NULL for an unknown one, and for the dle itself */
    unsigned self;
    amanda_span_t name;
    amanda_span_t raw; /* its base64 */
    int start;
    proto_tree *tree; /* where its parts go */
    proto_item *item; /* of all of it, or of its text */
    bool has_raw;
    bool is_branch;
    bool has_text;
} node_t;

typedef struct {
    amanda_body_t *body;
    const uint8_t *text;
    int end;
    amanda_dle_t dle;
    node_t stack[DEPTH_MAX];
    int depth;   /* elements open in the stack, */
    int ignored; /* and above it */
    bool full;   /* there is no room for more */
} parser_t;

static void show_problem(parser_t *parser, proto_tree *tree, enum problem problem, amanda_span_t span)
{
    amanda_body_t *body = parser->body;
    int offset = MIN(span.offset, parser->end - 1);

    /* What the capture cut is not malformed. */
    if (problem == TRUNCATED && amanda_body_is_cut_at(body, parser->end))
        return;
    if (!amanda_body_may_complain(body))
        return;
    /* That something is not shown is always told. */
    if (problem != TOO_MANY && !amanda_expert_has_room(body->pinfo, proto_tree_get_parent(tree)))
        return;
    proto_tree_add_expert_format(tree, body->pinfo, &ei_amanda_dle_xml, body->tvb, offset, MAX(span.length, 1), "%s",
                                 val_to_str_const(problem, problem_vals, "XML: malformed"));
}

static node_t *innermost(parser_t *parser)
{
    return &parser->stack[parser->depth - 1];
}

/* Where the parts of an open element go: below its item, even if that is only of its text (<level>0<server>...). */
static proto_tree *inside(node_t *node)
{
    if (!node->is_branch && node->item)
        return amanda_dle_subtree(node->item);
    return node->tree;
}

/* The row of an element; NULL where there is none, and *known then says whether it is one that belongs elsewhere. */
static const element_t *find_element(const uint8_t *text, amanda_span_t name, unsigned parent, bool *known)
{
    *known = false;
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
        if (!amanda_span_is(text, name, elements[i].name))
            continue;
        if (elements[i].parents & parent)
            return &elements[i];
        *known = true;
    }
    return NULL;
}

static proto_item *add_unknown(parser_t *parser, proto_tree *tree, const amanda_xml_tag_t *tag, bool known)
{
    amanda_body_t *body = parser->body;
    proto_item *item = amanda_dle_add_value(&parser->dle, tree, AMANDA_DLE_ELEMENT, tag->span,
                                            amanda_span_text(body->pinfo->pool, body->tvb, tag->name));

    if (known)
        show_problem(parser, amanda_dle_subtree(item), MISPLACED, tag->span);
    else
        amanda_expert_add(body->pinfo, item, &ei_amanda_dle_unknown_element);
    return item;
}

/* What the client needs to know for an element, beyond XML itself (Amanda 2.6.1 to 3.5 server-src/diskfile.c): its parser
 * takes no element that it does not know. */
static void need_element(parser_t *parser, const node_t *node, const node_t *parent, amanda_span_t span)
{
    static const struct {
        amanda_dle_field_t field;
        unsigned feature;
    } needs[] = {
        {AMANDA_DLE_LEVEL_SERVER, AMANDA_FE_xml_level_server},
        {AMANDA_DLE_DATAPATH, AMANDA_FE_xml_data_path},
        {AMANDA_DLE_DATAPATH_DIRECTTCP, AMANDA_FE_xml_directtcp_list},
        {AMANDA_DLE_PROPERTY_PRIORITY, AMANDA_FE_xml_property_priority},
        {AMANDA_DLE_APPLICATION_CLIENT_NAME, AMANDA_FE_application_client_name},
        {AMANDA_DLE_SCRIPT_CLIENT_NAME, AMANDA_FE_script_client_name},
        {AMANDA_DLE_SCRIPT, AMANDA_FE_pp_script},
        {AMANDA_DLE_ESTIMATE, AMANDA_FE_xml_estimate},
    };

    if (!node->element || !parser->body->peer_features)
        return;
    if (node->element->field == AMANDA_DLE_PROPERTY && parent->self == IN_DLE)
        amanda_features_need(parser->body, node->tree, span, AMANDA_FE_dumptype_property);
    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++) {
        if (needs[i].field == node->element->field)
            amanda_features_need(parser->body, node->tree, span, needs[i].feature);
    }
}

static void open_element(parser_t *parser, const amanda_xml_tag_t *tag)
{
    node_t *parent = innermost(parser);
    bool known;

    if (parser->ignored > 0 || parser->depth == DEPTH_MAX) {
        if (parser->ignored++ == 0)
            show_problem(parser, inside(parent), TOO_DEEP, tag->span);
        return;
    }

    const element_t *element = find_element(parser->text, tag->name, parent->self, &known);
    node_t node = {
        .element = element,
        .self = element ? element->self : 0,
        .name = tag->name,
        .raw = tag->raw,
        .has_raw = tag->has_raw,
        .start = tag->span.offset,
        .tree = inside(parent),
        .is_branch = !element || element->kind == BRANCH,
    };

    if (tag->bad_attribute)
        show_problem(parser, node.tree, BAD_ATTRIBUTE, tag->span);
    if (node.is_branch) {
        node.item = element ? amanda_dle_add_branch(&parser->dle, node.tree, element->field, tag->span)
                            : add_unknown(parser, node.tree, tag, known);
        node.tree = amanda_dle_subtree(node.item);
    }
    need_element(parser, &node, parent, tag->span);
    parser->stack[parser->depth++] = node;
}

/* The text of an element with encoding="raw": what its base64 says counts, the text is a readable copy of it.
 * Amanda 2.6.1 to 3.5 common-src/amxml.c, amxml_format_tag(). */
static proto_item *add_coded(parser_t *parser, node_t *node, amanda_span_t copy)
{
    amanda_body_t *body = parser->body;
    const char *base64 = amanda_span_text(body->pinfo->pool, body->tvb, node->raw);
    size_t length = 0;

    if (strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != strlen(base64) ||
        node->raw.length % 4 != 0) {
        show_problem(parser, node->tree, NO_BASE64, node->raw);
        return amanda_dle_add_text(&parser->dle, node->tree, node->element->field, copy);
    }

    guchar *decoded = g_base64_decode(base64, &length);
    const char *bytes = wmem_strndup(body->pinfo->pool, (const char *)decoded, length);

    g_free(decoded);
    return amanda_dle_add_coded(&parser->dle, node->tree, node->element->field, node->raw, bytes, length, copy);
}

static void add_words(parser_t *parser, node_t *node, amanda_span_t span)
{
    uint8_t separator = node->element->kind == COMMAS ? ',' : ' ';
    int end = span.offset + span.length;

    for (int start = span.offset; start < end && amanda_body_has_room(parser->body);) {
        const uint8_t *next = (const uint8_t *)memchr(parser->text + start, separator, (size_t)(end - start));
        int stop = next ? (int)(next - parser->text) : end;

        amanda_dle_add_text(&parser->dle, node->tree, node->element->field,
                            amanda_span_trim(parser->text, (amanda_span_t){start, stop - start}));
        start = stop + 1;
    }
}

static void add_text(parser_t *parser, amanda_span_t span)
{
    node_t *node = innermost(parser);
    amanda_dle_t *dle = &parser->dle;

    if (span.length == 0 || parser->ignored > 0)
        return;
    if (node->self == IN_DLE || node->has_text || (node->element && node->is_branch)) {
        show_problem(parser, inside(node), STRAY_TEXT, span);
        return;
    }
    node->has_text = true;
    if (!node->element) {
        amanda_dle_add_text(dle, node->tree, AMANDA_DLE_ELEMENT_VALUE, span);
        return;
    }
    switch (node->element->kind) {
    case BRANCH:
        break;
    case TEXT:
        node->item = node->has_raw ? add_coded(parser, node, span)
                                   : amanda_dle_add_text(dle, node->tree, node->element->field, span);
        break;
    case WORDS:
    case COMMAS:
        add_words(parser, node, span);
        break;
    case NUMBER:
        node->item = amanda_dle_add_number(dle, node->tree, node->element->field, span);
        break;
    case BOOLEAN:
        node->item = amanda_dle_add_yes_no(dle, node->tree, node->element->field, span);
        break;
    case DATE:
        node->item = amanda_dle_add_date(dle, node->tree, span);
        break;
    }
}

/* Closes the innermost element, which ends at end. */
static void close_innermost(parser_t *parser, int end)
{
    node_t *node = innermost(parser);

    if (node->has_raw && !node->has_text && node->element && node->element->kind == TEXT)
        add_coded(parser, node, (amanda_span_t){end, 0});
    if (node->is_branch)
        proto_item_set_len(node->item, end - node->start);
    parser->depth--;
}

static void close_element(parser_t *parser, const amanda_xml_tag_t *tag)
{
    int end = tag->span.offset + tag->span.length;
    int found = parser->depth - 1;

    if (parser->ignored > 0) {
        parser->ignored--;
        return;
    }
    while (found >= 0) {
        const amanda_span_t *name = &parser->stack[found].name;

        if (name->length == tag->name.length &&
            memcmp(parser->text + name->offset, parser->text + tag->name.offset, (size_t)name->length) == 0)
            break;
        found--;
    }
    if (found < 0) {
        show_problem(parser, inside(innermost(parser)), NOT_OPEN, tag->span);
        return;
    }
    if (found < parser->depth - 1)
        show_problem(parser, inside(innermost(parser)), NOT_CLOSED, tag->span);
    while (parser->depth > found)
        close_innermost(parser, parser->depth - 1 == found ? end : tag->span.offset);
}

/* Takes one tag into account, and returns whether the disk list entry goes on behind it. */
static bool take_tag(parser_t *parser, const amanda_xml_tag_t *tag)
{
    proto_tree *tree = inside(innermost(parser));

    switch (tag->kind) {
    case AMANDA_XML_OPEN:
    case AMANDA_XML_EMPTY:
        if (!amanda_body_has_room(parser->body)) {
            show_problem(parser, tree, TOO_MANY, tag->span);
            parser->full = true;
            return false;
        }
        open_element(parser, tag);
        if (tag->kind == AMANDA_XML_EMPTY && parser->ignored > 0)
            parser->ignored--;
        else if (tag->kind == AMANDA_XML_EMPTY)
            close_innermost(parser, tag->span.offset + tag->span.length);
        break;
    case AMANDA_XML_CLOSE:
        close_element(parser, tag);
        break;
    case AMANDA_XML_OTHER:
    case AMANDA_XML_MALFORMED:
        show_problem(parser, tree, BAD_TAG, tag->span);
        break;
    case AMANDA_XML_UNFINISHED:
        show_problem(parser, tree, TRUNCATED, tag->span);
        return false;
    }
    return parser->depth > 0;
}

/* Shows the disk list entry whose opening tag this is, and returns where it ends. */
static int show_dle(parser_t *parser, proto_tree *tree, const amanda_xml_tag_t *first, amanda_dle_summary_t *summary)
{
    amanda_xml_tag_t tag = *first;
    int at = tag.span.offset + tag.span.length;
    bool goes_on = tag.kind == AMANDA_XML_OPEN;

    amanda_dle_open(&parser->dle, parser->body, tree, tag.span.offset, summary);
    parser->ignored = 0;
    parser->depth = 1;
    parser->stack[0] = (node_t){.self = IN_DLE, .name = tag.name, .start = tag.span.offset, .tree = parser->dle.tree};
    if (tag.kind != AMANDA_XML_OPEN || tag.bad_attribute)
        show_problem(parser, parser->dle.tree, tag.kind == AMANDA_XML_UNFINISHED ? TRUNCATED : BAD_TAG, tag.span);
    while (goes_on) {
        const uint8_t *next = (const uint8_t *)memchr(parser->text + at, '<', (size_t)(parser->end - at));
        int stop = next ? (int)(next - parser->text) : parser->end;

        add_text(parser, amanda_span_trim(parser->text, (amanda_span_t){at, stop - at}));
        at = stop;
        if (!next) {
            show_problem(parser, inside(innermost(parser)), TRUNCATED, (amanda_span_t){at, 0});
            break;
        }
        amanda_xml_tag_parse(parser->text, at, parser->end, &tag);
        if (tag.kind == AMANDA_XML_OPEN && amanda_span_is(parser->text, tag.name, "dle")) {
            show_problem(parser, inside(innermost(parser)), NOT_CLOSED, tag.span);
            break;
        }
        at += tag.span.length;
        goes_on = take_tag(parser, &tag);
    }
    while (parser->depth > 0)
        close_innermost(parser, at);
    amanda_dle_close(&parser->dle, at);
    return at;
}

/* Whether Wireshark's own dissector bears the text: it gives up at a depth that the user can set, and takes the packet with
 * it. Its elements are those that this one calls misplaced or nested too deeply, too; a closing tag closes the innermost
 * one, or nothing. */
static bool is_shallow(const uint8_t *text, int offset, int end)
{
    amanda_span_t open[XML_DEPTH_MAX];
    amanda_xml_tag_t tag;
    int depth = 0;

    while (offset < end) {
        const uint8_t *next = (const uint8_t *)memchr(text + offset, '<', (size_t)(end - offset));

        if (!next)
            break;
        offset = (int)(next - text);
        amanda_xml_tag_parse(text, offset, end, &tag);
        if (tag.kind == AMANDA_XML_CLOSE && depth > 0 && open[depth - 1].length == tag.name.length &&
            memcmp(text + open[depth - 1].offset, text + tag.name.offset, (size_t)tag.name.length) == 0)
            depth--;
        /* All but a whole element may begin one. */
        else if (tag.kind != AMANDA_XML_EMPTY && tag.kind != AMANDA_XML_CLOSE) {
            if (depth == XML_DEPTH_MAX)
                return false;
            open[depth++] = tag.name;
        }
        /* What is no tag, such as a DOCTYPE, holds others, whether it ends or not. */
        offset += tag.kind == AMANDA_XML_OPEN || tag.kind == AMANDA_XML_CLOSE || tag.kind == AMANDA_XML_EMPTY
                      ? tag.span.length
                      : 1;
    }
    return true;
}

/* Shows the text as Wireshark's own XML dissector does, which must not touch the columns, whatever it throws. */
static void show_xml(amanda_body_t *body, proto_tree *tree, int offset, int end)
{
    column_info *columns = body->pinfo->cinfo;
    bool writable = col_get_writable(columns, -1);
    tvbuff_t *tvb = tvb_new_subset_length(body->tvb, offset, end - offset);
    proto_tree *subtree =
        proto_tree_add_subtree(tree, body->tvb, offset, end - offset, ett_amanda_dle_xml, NULL, "The same as XML");

    /* The numbers of layers are by what is kept of a frame with several datagrams, whether this is called in a pass or not. */
    const uint16_t layer = body->pinfo->curr_layer_num;

    col_set_writable(columns, -1, false);
    TRY
    {
        call_dissector(xml_handle, tvb, body->pinfo, subtree);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(tvb, body->pinfo, subtree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
    body->pinfo->curr_layer_num = layer;
    col_set_writable(columns, -1, writable);
}

int amanda_dle_xml_list(amanda_body_t *body, proto_tree *tree, int offset, int end, amanda_dle_summary_t *summary)
{
    parser_t parser = {.body = body, .text = body->text, .end = end};
    amanda_xml_tag_t tag;
    int at = offset;

    while (!parser.full) {
        at = amanda_skip_space(body->text, at, end);
        if (at >= end || body->text[at] != '<')
            break;
        amanda_xml_tag_parse(body->text, at, end, &tag);
        if (tag.kind == AMANDA_XML_CLOSE || !amanda_span_is(body->text, tag.name, "dle") || !amanda_body_has_room(body))
            break;
        at = show_dle(&parser, tree, &tag, summary);
    }
    if (pref_show_xml && xml_handle && tree && at > offset && is_shallow(body->text, offset, at))
        show_xml(body, tree, offset, at);
    return at;
}

void amanda_dle_xml_register(int proto)
{
    static int *ett[] = {
        &ett_amanda_dle_xml,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_dle_xml,
         {"amanda.dle.xml", PI_MALFORMED, PI_ERROR, "The XML of a disk list entry is malformed", EXPFILL}},
        {&ei_amanda_dle_unknown_element,
         {"amanda.dle.unknown_element", PI_PROTOCOL, PI_NOTE,
          "No known release of Amanda has this element; receivers that do not know it refuse the request", EXPFILL}},
    };

    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}

bool amanda_dle_xml_is_wanted(void)
{
    return pref_show_xml;
}

void amanda_dle_xml_register_preferences(module_t *module)
{
    prefs_register_bool_preference(module, "show_xml", "Show the XML of disk list entries",
                                   "Whether disk list entries are also shown as Wireshark's dissector for XML has "
                                   "them, which adds xml to the protocols of the frame",
                                   &pref_show_xml);
}

void amanda_dle_xml_handoff(int proto)
{
    xml_handle = find_dissector_add_dependency("xml", proto);
}
