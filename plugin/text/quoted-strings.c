/* text/quoted-strings.c
 * Quoted strings, and lines that may hold them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/quoted-strings.h"

#include <glib.h>

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
    int start = amanda_skip_space(text, *offset, end);
    int i;

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

size_t amanda_unquote(const uint8_t *text, amanda_span_t word, char *said)
{
    int end = word.offset + word.length;
    size_t used = 0;

    for (int i = word.offset; i < end && text[i] != '\0';) {
        int byte = text[i++];

        if (byte == '"')
            continue;
        if (byte == '\\')
            byte = read_escape(text, end, &i);
        if (byte > 0)
            said[used++] = (char)byte;
    }
    said[used] = '\0';
    return used;
}
