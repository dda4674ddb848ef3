/* text/xml-tags.c
 * Tags of the small part of XML that Amanda uses
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/xml-tags.h"

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-' || byte == '.' || byte == ':' || byte >= 0x80;
}

static amanda_span_t read_name(const uint8_t *text, int offset, int end)
{
    amanda_span_t name = {offset, 0};

    while (name.offset + name.length < end && is_name_byte(text[name.offset + name.length]))
        name.length++;
    return name;
}

/* Reads name="value" at offset and returns where it ends; where it is malformed, the next byte that may be the end of
 * the tag. */
static int read_attribute(const uint8_t *text, int offset, int end, amanda_xml_tag_t *tag)
{
    amanda_span_t name = read_name(text, offset, end);
    int at = name.offset + name.length;
    amanda_span_t value;
    uint8_t quote;

    if (name.length > 0 && at + 1 < end && text[at] == '=' && (text[at + 1] == '"' || text[at + 1] == '\'')) {
        quote = text[at + 1];
        value = (amanda_span_t){at + 2, 0};
        for (at += 2; at < end && text[at] != quote && text[at] != '<'; at++)
            value.length++;
        if (at < end && text[at] == quote) {
            if (amanda_span_is(text, name, "raw")) {
                tag->raw = value;
                tag->has_raw = true;
            } else if (!amanda_span_is(text, name, "encoding")) {
                tag->bad_attribute = true;
            }
            return at + 1;
        }
    }
    tag->bad_attribute = true;
    while (at < end && text[at] != '>' && text[at] != '<')
        at++;
    return at;
}

static void finish(amanda_xml_tag_t *tag, amanda_xml_kind_t kind, int offset, int next)
{
    tag->kind = kind;
    tag->span = (amanda_span_t){offset, next - offset};
}

/* <!...> or <?...?> at offset. */
static void read_other(const uint8_t *text, int offset, int end, amanda_xml_tag_t *tag)
{
    const uint8_t *close = (const uint8_t *)memchr(text + offset, '>', (size_t)(end - offset));

    if (close)
        finish(tag, AMANDA_XML_OTHER, offset, (int)(close - text) + 1);
    else
        finish(tag, AMANDA_XML_UNFINISHED, offset, end);
}

void amanda_xml_tag_parse(const uint8_t *text, int offset, int end, amanda_xml_tag_t *tag)
{
    int at = offset + 1;
    bool closes = at < end && text[at] == '/';

    memset(tag, 0, sizeof *tag);
    if (at < end && (text[at] == '!' || text[at] == '?')) {
        read_other(text, offset, end, tag);
        return;
    }
    tag->name = read_name(text, closes ? at + 1 : at, end);
    at = amanda_skip_space(text, tag->name.offset + tag->name.length, end);
    while (at < end && is_name_byte(text[at]) && !closes)
        at = amanda_skip_space(text, read_attribute(text, at, end, tag), end);
    if (at >= end || (text[at] == '/' && at + 1 == end))
        finish(tag, AMANDA_XML_UNFINISHED, offset, end);
    else if (tag->name.length > 0 && text[at] == '>')
        finish(tag, closes ? AMANDA_XML_CLOSE : AMANDA_XML_OPEN, offset, at + 1);
    else if (tag->name.length > 0 && !closes && text[at] == '/' && at + 1 < end && text[at + 1] == '>')
        finish(tag, AMANDA_XML_EMPTY, offset, at + 2);
    else
        finish(tag, AMANDA_XML_MALFORMED, offset, text[at] == '>' ? at + 1 : at);
}
