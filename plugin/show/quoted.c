/* show/quoted.c
 * Quoted strings, and lines that may hold them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/quoted.h"

#include <string.h>

#include "text/words.h"

static int ett_amanda_quote = -1;

static expert_field ei_amanda_quote_open;

static amanda_span_t without_carriage_return(const uint8_t *text, int offset, int end)
{
    if (end > offset && text[end - 1] == '\r')
        end--;
    return (amanda_span_t){offset, end - offset};
}

bool amanda_quoted_line(const uint8_t *text, int length, int offset, amanda_span_t *line, int *next)
{
    bool in_quote = false;
    bool escaped = false;
    bool ended = amanda_line(text, length, offset, line, next);

    if (ended && !memchr(text + offset, '"', (size_t)(*next - offset)) &&
        !memchr(text + offset, '\\', (size_t)(*next - offset)))
        return true;
    for (int i = offset; i < length; i++) {
        if (text[i] == '\n' && !in_quote && !escaped) {
            *line = without_carriage_return(text, offset, i);
            *next = i + 1;
            return true;
        }
        if (text[i] == '"' && !escaped)
            in_quote = !in_quote;
        escaped = text[i] == '\\' && !escaped;
    }
    if (in_quote)
        return amanda_line(text, length, offset, line, next);
    *line = without_carriage_return(text, offset, MAX(offset, length));
    *next = MAX(offset, length);
    return false;
}

amanda_span_t amanda_quoted_word(const uint8_t *text, int end, int *offset, bool *quoted, bool *malformed)
{
    bool has_quotes = false;
    bool in_quote = false;
    int start = *offset;
    int i;

    while (start < end && amanda_is_space(text[start]))
        start++;
    for (i = start; i < end && (in_quote || !amanda_is_space(text[i])); i++) {
        if (text[i] == '"') {
            has_quotes = true;
            in_quote = !in_quote;
        } else if (text[i] == '\\' && i + 1 < end && (in_quote || text[i + 1] == '"')) {
            has_quotes = true;
            i++;
        }
    }
    *offset = i;
    if (quoted)
        *quoted = has_quotes;
    if (malformed)
        *malformed = in_quote;
    return (amanda_span_t){start, i - start};
}

/* The letters behind a backslash, and the bytes that they stand for. */
static const char escape_letters[] = "ntrf";
static const char escape_bytes[] = "\n\t\r\f";

/* The byte that the escape behind a backslash stands for. *at is moved behind it. -1 where it stands for none. */
static int read_escape(const uint8_t *text, int end, int *at)
{
    if (*at >= end)
        return -1;

    const char *letter = (const char *)memchr(escape_letters, text[*at], sizeof escape_letters - 1);
    unsigned octal = 0;
    int digits = 0;

    if (letter) {
        (*at)++;
        return escape_bytes[letter - escape_letters];
    }
    for (; digits < 3 && *at < end && text[*at] >= '0' && text[*at] <= '7'; digits++)
        octal = octal * 8 + (unsigned)(text[(*at)++] - '0');
    if (digits > 0)
        return (octal & 0xff) ? (int)(octal & 0xff) : -1;
    return text[(*at)++];
}

const char *amanda_unquote(wmem_allocator_t *pool, const uint8_t *text, amanda_span_t word, size_t *length)
{
    int end = word.offset + word.length;
    char *result = (char *)wmem_alloc(pool, (size_t)word.length + 1);
    size_t used = 0;

    for (int i = word.offset; i < end && text[i] != '\0';) {
        int byte = text[i++];

        if (byte == '"')
            continue;
        if (byte == '\\')
            byte = read_escape(text, end, &i);
        if (byte > 0)
            result[used++] = (char)byte;
    }
    result[used] = '\0';
    if (length)
        *length = used;
    return result;
}

const char *amanda_valid_text(wmem_allocator_t *pool, const char *bytes, size_t length)
{
    static const char replacement[] = "\xef\xbf\xbd";
    wmem_strbuf_t *valid = wmem_strbuf_new(pool, "");
    const char *nul = (const char *)memchr(bytes, '\0', length);
    const char *end = nul ? nul : bytes + length;

    while (bytes < end) {
        const char *bad;

        g_utf8_validate(bytes, end - bytes, &bad);
        wmem_strbuf_append_len(valid, bytes, (size_t)(bad - bytes));
        if (bad < end)
            wmem_strbuf_append(valid, replacement);
        bytes = bad + 1;
    }
    return wmem_strbuf_get_str(valid);
}

const char *amanda_printable(wmem_allocator_t *pool, const char *text)
{
    wmem_strbuf_t *printable = wmem_strbuf_new(pool, "");

    for (; *text; text++) {
        uint8_t byte = (uint8_t)*text;
        const char *value = strchr(escape_bytes, *text);

        if (value)
            wmem_strbuf_append_printf(printable, "\\%c", escape_letters[value - escape_bytes]);
        else if (byte < ' ' || byte == 0x7f)
            wmem_strbuf_append_printf(printable, "\\%03o", (unsigned)byte);
        else
            wmem_strbuf_append_c(printable, *text);
    }
    return wmem_strbuf_get_str(printable);
}

const char *amanda_add_quoted(amanda_body_t *body, proto_tree *tree, int hf, int hf_wire, amanda_span_t word,
                              proto_item **item)
{
    int at = word.offset;
    bool quoted, unclosed;
    size_t length;
    proto_item *added = NULL;

    if (item)
        *item = NULL;
    if (word.length <= 0)
        return "";
    amanda_quoted_word(body->text, word.offset + word.length, &at, &quoted, &unclosed);
    if (quoted) {
        const char *bytes = amanda_unquote(body->pinfo->pool, body->text, word, &length);
        const char *value = amanda_valid_text(body->pinfo->pool, bytes, length);

        added = proto_tree_add_string(tree, hf, body->tvb, word.offset, word.length, value);
        amanda_add_string(proto_item_add_subtree(added, ett_amanda_quote), hf_wire, body->tvb, word);
        if (unclosed)
            amanda_body_complain(body, added, &ei_amanda_quote_open, word);
        if (item)
            *item = added;
        return value;
    }
    added = amanda_add_string(tree, hf, body->tvb, word);
    if (item)
        *item = added;
    return amanda_span_text(body->pinfo->pool, body->tvb, word);
}

void amanda_show_quoted_register(int proto)
{
    static int *ett[] = {
        &ett_amanda_quote,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_quote_open,
         {"amanda.quote.open", PI_MALFORMED, PI_WARN, "The quoted string has no closing quote", EXPFILL}},
    };

    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
