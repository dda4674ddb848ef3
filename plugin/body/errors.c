/* body/errors.c
 * Error and warning texts, wherever in a reply they stand, with what they mean
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/errors.h"

#include "show/error-meaning.h"
#include "show/labels.h"
#include "show/packet-data.h"

#include <string.h>

#include "text/quoted-strings.h"
#include "show/quoted.h"

static int hf_amanda_error;
static int hf_amanda_error_line;
static int hf_amanda_error_wire;
static int hf_amanda_nak_reason;
static int hf_amanda_warning;
static int hf_amanda_warning_line;

static int ett_amanda_error_line = -1;

static expert_field ei_amanda_nak_old_client;
static expert_field ei_amanda_nak_refused;
static expert_field ei_amanda_rep_error;
static expert_field ei_amanda_rep_warning;

bool amanda_error_is_line(const uint8_t *text, amanda_span_t line, amanda_trouble_t *trouble, amanda_span_t *words)
{
    *trouble = AMANDA_TROUBLE_ERROR;
    *words = line;
    /* The first letters of all that is asked for below */
    if (line.length == 0 || !strchr("EWAFB", text[line.offset]))
        return false;

    amanda_span_t rest = amanda_span_behind_word(text, line);

    *words = rest;
    if (amanda_span_starts_with_word(text, line, "ERROR"))
        return true;
    if (amanda_span_starts_with_word(text, line, "WARNING")) {
        *trouble = AMANDA_TROUBLE_WARNING;
        return true;
    }
    if (amanda_span_starts_with_word(text, line, "A") && amanda_span_starts_with_word(text, rest, "ERROR")) {
        *words = amanda_span_behind_word(text, rest);
        return true;
    }
    *words = line;
    return (amanda_span_starts_with_word(text, line, "FORMAT") && amanda_span_starts_with_word(text, rest, "ERROR")) ||
           (amanda_span_starts_with_word(text, line, "BOGUS") && amanda_span_starts_with_word(text, rest, "REQUEST"));
}

static void add_expert(const amanda_body_t *body, proto_item *item, const amanda_error_t *error)
{
    bool harmless = error->explanation && error->explanation->harmless;
    expert_field *ei = &ei_amanda_rep_error;

    if (error->trouble == AMANDA_TROUBLE_WARNING)
        ei = &ei_amanda_rep_warning;
    else if (body->type == AMANDA_TYPE_NAK)
        ei = harmless ? &ei_amanda_nak_old_client : &ei_amanda_nak_refused;
    amanda_expert_add(body->pinfo, item, ei);
}

static void add_generated(proto_tree *tree, int hf, tvbuff_t *tvb, amanda_span_t span, const char *text)
{
    if (text)
        proto_item_set_generated(proto_tree_add_string(tree, hf, tvb, span.offset, span.length, text));
}

amanda_error_t amanda_error_explain(amanda_body_t *body, proto_tree *tree, proto_item *item, amanda_span_t span,
                                    const char *words, amanda_trouble_t trouble)
{
    amanda_error_t error = {.text = words, .trouble = trouble};

    /* A NAK's severity and info_text depend on it; otherwise it is for the eye only. */
    if (tree || body->type == AMANDA_TYPE_NAK)
        error.explanation = amanda_error_meaning(words, strlen(words));
    if (!error.explanation && body->type == AMANDA_TYPE_NAK && body->framed)
        error.explanation = amanda_error_meaning_beheaded(words, strlen(words));
    add_expert(body, item, &error);
    amanda_show_error_meaning(error.explanation, body->tvb, span, tree);
    return error;
}

void amanda_error_refused(const amanda_body_t *body)
{
    /* Without a record its header is not whole, or it was not sent here and now. */
    if (body->framed || body->record)
        amanda_expert_add(body->pinfo, proto_tree_get_parent(body->tree), &ei_amanda_nak_refused);
}

amanda_error_t amanda_error_text(amanda_body_t *body, proto_tree *tree, amanda_span_t span, const char *said,
                                 amanda_trouble_t trouble)
{
    int hf = trouble == AMANDA_TROUBLE_WARNING ? hf_amanda_warning : hf_amanda_error;

    return amanda_error_explain(body, tree, proto_tree_add_string(tree, hf, body->tvb, span.offset, span.length, said),
                                span, said, trouble);
}

void amanda_error_show_meaning(const amanda_body_t *body, proto_tree *tree, amanda_span_t span, const char *said,
                               const amanda_error_meaning_t *meaning)
{
    add_generated(tree, hf_amanda_error, body->tvb, span, said);
    amanda_show_error_meaning(meaning, body->tvb, span, tree);
}

/* The bytes inside of the brackets that services put around their error texts. */
static amanda_span_t unbracket(const uint8_t *text, amanda_span_t span)
{
    const char *inside = (const char *)text + span.offset;
    size_t length = (size_t)span.length;

    amanda_error_unbracket(&inside, &length);
    return (amanda_span_t){(int)(inside - (const char *)text), (int)length};
}

static bool is_quoted(const uint8_t *text, amanda_span_t span)
{
    int end = span.offset;
    bool quoted;
    amanda_span_t word = amanda_quoted_word(text, span.offset + span.length, &end, &quoted, NULL);

    return quoted && word.length == span.length && text[span.offset] == '"';
}

amanda_error_t amanda_error_words(amanda_body_t *body, proto_tree *tree, amanda_span_t words, amanda_trouble_t trouble)
{
    int hf = trouble == AMANDA_TROUBLE_WARNING ? hf_amanda_warning : hf_amanda_error;
    const char *said;
    proto_item *item;

    if (is_quoted(body->text, words)) {
        said = amanda_add_quoted(body, tree, hf, hf_amanda_error_wire, words, &item);
    } else {
        words = unbracket(body->text, words);
        item = amanda_add_string(tree, hf, body->tvb, words);
        said = amanda_span_text(body->pinfo->pool, body->tvb, words);
    }
    if (!item) /* there are no words */
        item = proto_tree_get_parent(tree);
    return amanda_error_explain(body, tree, item, words, said, trouble);
}

amanda_error_t amanda_error_line(amanda_body_t *body, proto_tree *tree, amanda_span_t line, amanda_span_t words,
                                 amanda_trouble_t trouble)
{
    int hf = trouble == AMANDA_TROUBLE_WARNING ? hf_amanda_warning_line : hf_amanda_error_line;
    proto_item *item = proto_tree_add_item(tree, hf, body->tvb, line.offset, line.length, ENC_NA);
    proto_tree *subtree = item ? proto_item_add_subtree(item, ett_amanda_error_line) : NULL;
    amanda_error_t error = amanda_error_words(body, subtree, words, trouble);

    amanda_label(item, ": %s", error.text);
    if (body->type == AMANDA_TYPE_NAK && error.explanation)
        add_generated(subtree, hf_amanda_nak_reason, body->tvb, words, error.explanation->reason);
    return error;
}

void amanda_error_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_error_line,
         {"Error", "amanda.error.line", FT_NONE, BASE_NONE, NULL, 0x0, "A line that reports an error", HFILL}},
        {&hf_amanda_error,
         {"Text", "amanda.error", FT_STRING, BASE_NONE, NULL, 0x0,
          "What is wrong, in the words of the program that says so; of a NAK, why the request is refused. Generated "
          "where it says so without words, as by an estimate of -1 for all levels",
          HFILL}},
        {&hf_amanda_error_wire,
         {"As sent", "amanda.error.wire", FT_STRING, BASE_NONE, NULL, 0x0,
          "An error or warning text as it was sent, with quotes and escapes", HFILL}},
        {&hf_amanda_nak_reason,
         {"Reason", "amanda.nak.reason", FT_STRING, BASE_NONE, NULL, 0x0,
          "Why a request is refused, in two or three words: user not allowed, invalid service, port not secure, ...",
          HFILL}},
        {&hf_amanda_warning_line,
         {"Warning", "amanda.warning.line", FT_NONE, BASE_NONE, NULL, 0x0, "A line that warns of something", HFILL}},
        {&hf_amanda_warning,
         {"Text", "amanda.warning", FT_STRING, BASE_NONE, NULL, 0x0,
          "What is dubious, in the words of the program that says so", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_error_line,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_nak_refused,
         {"amanda.nak.refused", PI_RESPONSE_CODE, PI_WARN, "The responder refuses the request, or gives it up",
          EXPFILL}},
        {&ei_amanda_nak_old_client,
         {"amanda.nak.old_client", PI_RESPONSE_CODE, PI_NOTE,
          "The client is too old for the noop service, and the server goes on without it", EXPFILL}},
        {&ei_amanda_rep_error, {"amanda.rep.error", PI_RESPONSE_CODE, PI_WARN, "The reply reports an error", EXPFILL}},
        {&ei_amanda_rep_warning,
         {"amanda.rep.warning", PI_RESPONSE_CODE, PI_NOTE, "The reply reports a warning", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
