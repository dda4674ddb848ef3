/* body/messages.c
 * Messages in JSON, as 3.4 and later put them into replies
 *
 * Wireshark's JSON parser splits them into tokens; what the tokens mean, and which bytes they are, is found out here.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/outcome-facts.h"
#include "show/packet-data.h"
#include "body/messages.h"

#include "show/labels.h"

#include <string.h>

#include <wsutil/wsjson.h>

#include "body/errors.h"
#include "body/features.h"
#include "text/words.h"

static int hf_amanda_message;
static int hf_amanda_message_argument;
static int hf_amanda_message_argument_name;
static int hf_amanda_message_argument_value;
static int hf_amanda_message_code;
static int hf_amanda_message_component;
static int hf_amanda_message_errno;
static int hf_amanda_message_errnocode;
static int hf_amanda_message_errnostr;
static int hf_amanda_message_features;
static int hf_amanda_message_format;
static int hf_amanda_message_hint;
static int hf_amanda_message_message;
static int hf_amanda_message_module;
static int hf_amanda_message_process;
static int hf_amanda_message_running_on;
static int hf_amanda_message_severity;
static int hf_amanda_message_source_filename;
static int hf_amanda_message_source_line;
static int hf_amanda_messages;

static int ett_amanda_message = -1;
static int ett_amanda_message_argument = -1;
static int ett_amanda_messages = -1;

static expert_field ei_amanda_message_cut;
static expert_field ei_amanda_message_malformed;

/* Tokens that are made at a time. A message of Amanda's has about thirty; the time that the parser takes for a hostile
 * text grows with the square of this. */
#define TOKENS_MAX 2000

/* Arguments within arguments; Amanda itself has two levels. */
#define DEPTH_MAX 8

/* How often the parser is called for one packet: because there are more tokens, or to go on behind malformed JSON. */
#define PARSES_MAX 50

/* The message in which selfcheck tells its features, in place of an OPTIONS line (client-src/selfcheck.c). */
#define CODE_OPTIONS 3600004

/* What the parser made of a stretch of text. */
typedef struct {
    char *text; /* from text_offset to the end of the body; NULL at first */
    int text_offset;
    jsmntok_t *tokens;
    int count;
    int base;  /* offset of the stretch */
    int end;   /* where it ends */
    bool full; /* the parser stopped because there was no room for more tokens */
    bool cut;  /* it stopped because the text ends too early */
} tokens_t;

/* What is worth knowing of a message before its item gets its label. */
typedef struct {
    const char *severity;
    const char *text;
    amanda_span_t text_span;
    int64_t code;
} message_t;

bool amanda_message_is_line(const uint8_t *text, amanda_span_t line)
{
    amanda_span_t rest = line;

    if (amanda_span_starts_with_word(text, line, "MESSAGE"))
        return amanda_span_starts_with_word(text, amanda_span_behind_word(text, line), "JSON");
    /* Texts may be in brackets as well; what stands behind these here is JSON. */
    if (rest.length > 0 && text[rest.offset] == '[')
        rest = (amanda_span_t){rest.offset + 1, rest.length - 1};
    rest = amanda_span_skip_blanks(text, rest);
    return line.length > 0 && (text[line.offset] == '[' || text[line.offset] == '{') &&
           (rest.length == 0 || text[rest.offset] == '{' || text[rest.offset] == ']');
}

static void parse(amanda_body_t *body, int offset, tokens_t *tokens)
{
    int length = body->length - offset;
    unsigned room = (unsigned)MIN(length + 1, TOKENS_MAX);

    /* A body may be 4 MiB long, and is parsed a part at a time. */
    if (!tokens->text) {
        tokens->text = (char *)wmem_alloc(body->pinfo->pool, (size_t)length + 1);
        memcpy(tokens->text, body->text + offset, (size_t)length);
        tokens->text[length] = '\0';
        tokens->text_offset = offset;
    }
    /* The parser does not say how many tokens it made before it gave up; the unused ones are known by their start. */
    if (!tokens->tokens)
        tokens->tokens = (jsmntok_t *)wmem_alloc(body->pinfo->pool, TOKENS_MAX * sizeof *tokens->tokens);
    memset(tokens->tokens, 0xff, room * sizeof *tokens->tokens);

    int result = json_parse(tokens->text + (offset - tokens->text_offset), tokens->tokens, room);

    tokens->base = offset;
    tokens->end = body->length;
    tokens->full = result == JSMN_ERROR_NOMEM;
    tokens->cut = result == JSMN_ERROR_PART;
    tokens->count = 0;
    while (tokens->count < (int)room && tokens->tokens[tokens->count].start >= 0)
        tokens->count++;
}

/* The bytes of a token; of one that was not closed, all that is left. */
static amanda_span_t token_span(const tokens_t *tokens, int which)
{
    const jsmntok_t *token = &tokens->tokens[which];
    int start = tokens->base + token->start;

    return (amanda_span_t){start, (token->end < 0 ? tokens->end : tokens->base + token->end) - start};
}

/* The first token behind this one and all that is in it. */
static int next_token(const tokens_t *tokens, int which)
{
    amanda_span_t span = token_span(tokens, which);
    int next = which + 1;

    while (next < tokens->count && tokens->base + tokens->tokens[next].start < span.offset + span.length)
        next++;
    return next;
}

static bool is_key(const amanda_body_t *body, const tokens_t *tokens, int which, const char *key)
{
    return amanda_span_is(body->text, token_span(tokens, which), key);
}

/* What a value says: a string without its escapes, anything else as it is. */
static const char *token_text(const amanda_body_t *body, const tokens_t *tokens, int which)
{
    amanda_span_t span = token_span(tokens, which);
    char *text = wmem_strndup(body->pinfo->pool, (const char *)body->text + span.offset, (size_t)span.length);

    /* Amanda writes \v too, which JSON does not know; such a text stays as it was sent. */
    if (tokens->tokens[which].type == JSMN_STRING && strchr(text, '\\') && !json_decode_string_inplace(text))
        return amanda_span_text(body->pinfo->pool, body->tvb, span);
    return amanda_valid_text(body->pinfo->pool, text, strlen(text));
}

/* The keys that have fields of their own; all others are arguments of the message. */
typedef struct {
    const char *key;
    int *hf;
    bool is_number;
} known_key_t;

static const known_key_t keys[] = {
    {"source_filename", &hf_amanda_message_source_filename, false},
    {"source_line", &hf_amanda_message_source_line, true},
    {"severity", &hf_amanda_message_severity, false},
    {"process", &hf_amanda_message_process, false},
    {"running_on", &hf_amanda_message_running_on, false},
    {"component", &hf_amanda_message_component, false},
    {"module", &hf_amanda_message_module, false},
    {"code", &hf_amanda_message_code, true},
    {"merrno", &hf_amanda_message_errno, true},
    {"errnocode", &hf_amanda_message_errnocode, false},
    {"errnostr", &hf_amanda_message_errnostr, false},
    {"message", &hf_amanda_message_message, false},
    {"hint", &hf_amanda_message_hint, false},
};

static const known_key_t *find_key(const amanda_body_t *body, const tokens_t *tokens, int which)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (is_key(body, tokens, which, keys[i].key))
            return &keys[i];
    }
    return NULL;
}

/* A value with a field of its own. Returns false where it is not of the kind that the field wants. */
static bool show_known(const amanda_body_t *body, proto_tree *tree, const tokens_t *tokens, int value,
                       const known_key_t *key, message_t *message)
{
    amanda_span_t span = token_span(tokens, value);
    jsmntype_t type = tokens->tokens[value].type;
    int64_t number;

    if (type != JSMN_STRING && type != JSMN_PRIMITIVE)
        return false;
    if (key->is_number) {
        if (!amanda_span_integer(body->text, span, &number) || number < 0 || number > UINT32_MAX)
            return false;
        proto_tree_add_uint(tree, *key->hf, body->tvb, span.offset, span.length, (uint32_t)number);
        if (key->hf == &hf_amanda_message_code)
            message->code = number;
        return true;
    }

    const char *text = token_text(body, tokens, value);

    proto_tree_add_string(tree, *key->hf, body->tvb, span.offset, span.length, text);
    if (key->hf == &hf_amanda_message_severity) {
        message->severity = text;
    } else if (key->hf == &hf_amanda_message_message) {
        message->text = text;
        message->text_span = span;
    }
    return true;
}

/* The features that selfcheck tells its server, in an argument. */
static void take_features(const amanda_reply_t *reply, proto_tree *tree, amanda_span_t hex)
{
    amanda_body_t *body = reply->body;
    const char *features = amanda_span_text(body->pinfo->pool, body->tvb, hex);

    amanda_features_dissect(body, tree, hf_amanda_message_features, hex);
    if (body->facts && reply->record.req_seen)
        amanda_features_compare(body, tree, body->facts->req_features, features);
}

static void show_argument(amanda_reply_t *reply, proto_tree *tree, const tokens_t *tokens, int key, int value,
                          const message_t *message, int depth);

/* The arguments that an object or an array holds. key and value are tokens of the message itself. */
static void show_container(amanda_reply_t *reply, proto_tree *tree, const tokens_t *tokens, int container,
                           const message_t *message, int depth)
{
    bool is_object = tokens->tokens[container].type == JSMN_OBJECT;
    int end = next_token(tokens, container);

    for (int i = container + 1; i < end && depth < DEPTH_MAX;) {
        int value = is_object ? i + 1 : i;

        if (value >= end || (is_object && tokens->tokens[i].size != 1))
            break;
        show_argument(reply, tree, tokens, is_object ? i : -1, value, message, depth);
        i = next_token(tokens, value);
    }
}

static void show_argument(amanda_reply_t *reply, proto_tree *tree, const tokens_t *tokens, int key, int value,
                          const message_t *message, int depth)
{
    amanda_body_t *body = reply->body;
    amanda_span_t name = key < 0 ? (amanda_span_t){0, 0} : token_span(tokens, key);
    amanda_span_t span = token_span(tokens, value);
    jsmntype_t type = tokens->tokens[value].type;
    /* With the quotes, which are not part of the tokens. */
    int start = key < 0 ? span.offset : name.offset - 1;
    int end = span.offset + span.length + (type == JSMN_STRING);
    bool is_features = message->code == CODE_OPTIONS && key >= 0 && is_key(body, tokens, key, "features");

    if (!amanda_reply_take(reply, 3) || (!tree && !is_features))
        return;

    proto_item *item = proto_tree_add_item(tree, hf_amanda_message_argument, body->tvb, start, end - start, ENC_NA);
    proto_tree *subtree = item ? proto_item_add_subtree(item, ett_amanda_message_argument) : NULL;

    amanda_add_string(subtree, hf_amanda_message_argument_name, body->tvb, name);

    const char *key_text = name.length > 0 ? amanda_span_text(body->pinfo->pool, body->tvb, name) : "";
    const char *blank = name.length > 0 ? " " : "";

    if (type == JSMN_OBJECT || type == JSMN_ARRAY) {
        amanda_label(item, "%s%s", blank, key_text);
        show_container(reply, subtree, tokens, value, message, depth + 1);
    } else if (is_features) {
        amanda_label(item, "%s%s", blank, key_text);
        take_features(reply, subtree, span);
    } else {
        const char *text = token_text(body, tokens, value);

        amanda_label(item, "%s%s: %s", blank, key_text, text);
        proto_tree_add_string(subtree, hf_amanda_message_argument_value, body->tvb, span.offset, span.length, text);
    }
}

/* What the severity of a message means for the reply. */
static void judge(amanda_reply_t *reply, proto_tree *tree, const message_t *message)
{
    amanda_trouble_t trouble = AMANDA_TROUBLE_ERROR;
    const char *said = message->text ? message->text : "";

    if (!message->severity)
        return;
    if (strcmp(message->severity, "warning") == 0)
        trouble = AMANDA_TROUBLE_WARNING;
    else if (strcmp(message->severity, "error") != 0 && strcmp(message->severity, "critical") != 0) {
        if (message->text)
            amanda_outcome_facts_ok(reply->body, message->text);
        return;
    }
    amanda_reply_count(reply, amanda_error_text(reply->body, tree, message->text_span, said, trouble));
}

/* The keys and values of a message. Returns whether there is nothing but these in it. */
static bool show_pairs(amanda_reply_t *reply, proto_tree *tree, const tokens_t *tokens, int which, message_t *message)
{
    amanda_body_t *body = reply->body;
    bool open = tokens->tokens[which].end < 0;
    int end = next_token(tokens, which);

    for (int key = which + 1; key < end;) {
        int value = key + 1;

        if (tokens->tokens[key].type != JSMN_STRING || tokens->tokens[key].size != 1 || value >= end)
            return open && value >= end; /* the last key of a cut message has no value yet */

        const known_key_t *known = find_key(body, tokens, key);

        if (!known || !show_known(body, tree, tokens, value, known, message))
            show_argument(reply, tree, tokens, key, value, message, 0);
        key = next_token(tokens, value);
    }
    return true;
}

static void show_message(amanda_reply_t *reply, proto_tree *tree, const tokens_t *tokens, int which, amanda_span_t span)
{
    amanda_body_t *body = reply->body;
    proto_item *item = proto_tree_add_item(tree, hf_amanda_message, body->tvb, span.offset, span.length, ENC_NA);
    proto_tree *subtree = item ? proto_item_add_subtree(item, ett_amanda_message) : NULL;
    message_t message = {.code = -1, .text_span = span};
    bool clean = show_pairs(reply, subtree, tokens, which, &message);

    reply->messages++;
    amanda_reply_take(reply, 10);
    amanda_label(item, "%s%s%s%s", message.severity ? ": " : "", message.severity ? message.severity : "",
                 message.text ? ": " : "", message.text ? message.text : "");
    judge(reply, subtree, &message);
    if (tokens->tokens[which].end < 0 && tokens->cut)
        amanda_expert_add(body->pinfo, item, &ei_amanda_message_cut);
    else if (!clean || tokens->tokens[which].end < 0)
        amanda_expert_add(body->pinfo, item, &ei_amanda_message_malformed);
}

/* Where the next message begins behind one that cannot be read to its end: at a brace that a line begins with. */
static int find_next_message(const amanda_body_t *body, int offset)
{
    while (offset < body->length) {
        amanda_span_t line;
        int first;

        amanda_line(body->text, body->length, offset, &line, &offset);
        for (first = line.offset; first < line.offset + line.length && body->text[first] == ' '; first++) {
        }
        if (first < body->length && body->text[first] == '{' && first > line.offset)
            return first;
    }
    return body->length;
}

/* Skips what stands between messages. */
static int skip_separators(const amanda_body_t *body, int offset)
{
    while (offset < body->length && (amanda_is_space(body->text[offset]) || body->text[offset] == ','))
        offset++;
    return offset;
}

/* The messages among the tokens. Returns where they end; *more: it is worth parsing on from there. */
static int show_messages(amanda_reply_t *reply, proto_tree *tree, const tokens_t *tokens, bool *more)
{
    const amanda_body_t *body = reply->body;
    int in_array = tokens->count > 0 && tokens->tokens[0].type == JSMN_ARRAY;
    int at = in_array ? tokens->base + 1 : tokens->base;

    *more = true;
    for (int i = in_array; i < tokens->count; i = next_token(tokens, i)) {
        amanda_span_t span = token_span(tokens, i);
        bool open = tokens->tokens[i].end < 0;

        *more = amanda_reply_take(reply, 1);
        if (!*more || tokens->tokens[i].type != JSMN_OBJECT || span.offset != skip_separators(body, at))
            break;
        if (open && tokens->full && i > in_array)
            return span.offset; /* parsed anew, it will have room */
        if (open && !tokens->cut)
            span.length = find_next_message(body, token_span(tokens, tokens->count - 1).offset) - span.offset;
        show_message(reply, tree, tokens, i, span);
        at = span.offset + span.length;
        if (open) {
            reply->unfinished = tokens->cut;
            return at;
        }
    }
    *more = *more && tokens->full;
    return at;
}

int amanda_message_dissect(amanda_reply_t *reply, proto_tree *tree, int offset)
{
    amanda_body_t *body = reply->body;
    tokens_t tokens = {0};
    int at = offset;
    bool more = true;

    if (reply->parses >= PARSES_MAX)
        return offset;

    proto_item *item = proto_tree_add_item(tree, hf_amanda_messages, body->tvb, offset, body->length - offset, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_messages);

    if (body->text[offset] == 'M') {
        amanda_span_t line;

        amanda_line(body->text, body->length, offset, &line, &at);
        amanda_add_string(subtree, hf_amanda_message_format, body->tvb, amanda_span_behind_word(body->text, line));
    }
    while (more && reply->parses < PARSES_MAX) {
        at = skip_separators(body, at);
        if (at >= body->length || (body->text[at] != '{' && body->text[at] != '['))
            break;
        reply->parses++;
        parse(body, at, &tokens);
        at = show_messages(reply, subtree, &tokens, &more);
    }
    at = skip_separators(body, at);
    if (at < body->length && body->text[at] == ']')
        at = skip_separators(body, at + 1);
    reply->open_end = at >= body->length;
    proto_item_set_len(item, at - offset);
    amanda_label(item, ": %u", reply->messages);
    return at;
}

void amanda_message_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_messages,
         {"Messages", "amanda.messages", FT_NONE, BASE_NONE, NULL, 0x0, "All messages of the reply, in JSON", HFILL}},
        {&hf_amanda_message_format,
         {"Format", "amanda.message.format", FT_STRING, BASE_NONE, NULL, 0x0,
          "What follows the word MESSAGE: how the messages are written", HFILL}},
        {&hf_amanda_message,
         {"Message", "amanda.message", FT_NONE, BASE_NONE, NULL, 0x0,
          "What a program has to say, with its code and circumstances", HFILL}},
        {&hf_amanda_message_source_filename,
         {"Source file", "amanda.message.source_filename", FT_STRING, BASE_NONE, NULL, 0x0,
          "Source file of Amanda in which the message is made", HFILL}},
        {&hf_amanda_message_source_line,
         {"Source line", "amanda.message.source_line", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Line of that file in which the message is made", HFILL}},
        {&hf_amanda_message_severity,
         {"Severity", "amanda.message.severity", FT_STRING, BASE_NONE, NULL, 0x0,
          "success, info, message, warning, error or critical", HFILL}},
        {&hf_amanda_message_process,
         {"Process", "amanda.message.process", FT_STRING, BASE_NONE, NULL, 0x0, "Program that made the message",
          HFILL}},
        {&hf_amanda_message_running_on,
         {"Running on", "amanda.message.running_on", FT_STRING, BASE_NONE, NULL, 0x0,
          "Where it runs: amanda-client or amanda-server", HFILL}},
        {&hf_amanda_message_component,
         {"Component", "amanda.message.component", FT_STRING, BASE_NONE, NULL, 0x0,
          "Component of Amanda that the program belongs to", HFILL}},
        {&hf_amanda_message_module,
         {"Module", "amanda.message.module", FT_STRING, BASE_NONE, NULL, 0x0, "Module of that component", HFILL}},
        {&hf_amanda_message_code,
         {"Code", "amanda.message.code", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number that stands for the text of the message", HFILL}},
        {&hf_amanda_message_errno,
         {"Error number", "amanda.message.errno", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Error number of the operating system", HFILL}},
        {&hf_amanda_message_errnocode,
         {"Error name", "amanda.message.errnocode", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name of that error: ENOENT, EACCES, ...", HFILL}},
        {&hf_amanda_message_errnostr,
         {"Error text", "amanda.message.errnostr", FT_STRING, BASE_NONE, NULL, 0x0,
          "What the operating system says of that error", HFILL}},
        {&hf_amanda_message_message,
         {"Text", "amanda.message.message", FT_STRING, BASE_NONE, NULL, 0x0, "What the message says", HFILL}},
        {&hf_amanda_message_features,
         {"Features", "amanda.message.features", FT_STRING, BASE_NONE, NULL, 0x0,
          "Features of the client, which selfcheck tells in a message", HFILL}},
        {&hf_amanda_message_hint,
         {"Hint", "amanda.message.hint", FT_STRING, BASE_NONE, NULL, 0x0, "What Amanda proposes to do about it",
          HFILL}},
        {&hf_amanda_message_argument,
         {"Argument", "amanda.message.argument", FT_NONE, BASE_NONE, NULL, 0x0,
          "A name and a value that the message's text is made of", HFILL}},
        {&hf_amanda_message_argument_name,
         {"Name", "amanda.message.argument.name", FT_STRING, BASE_NONE, NULL, 0x0, "Name of an argument", HFILL}},
        {&hf_amanda_message_argument_value,
         {"Value", "amanda.message.argument.value", FT_STRING, BASE_NONE, NULL, 0x0, "Value of an argument", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_message,
        &ett_amanda_message_argument,
        &ett_amanda_messages,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_message_cut,
         {"amanda.message.cut", PI_UNDECODED, PI_NOTE, "The message ends too early; shown as far as it goes", EXPFILL}},
        {&ei_amanda_message_malformed,
         {"amanda.message.malformed", PI_MALFORMED, PI_WARN, "Malformed JSON; shown as far as it can be read",
          EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
