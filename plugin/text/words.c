/* text/words.c
 * Text as bytes: spans of it, its lines, the words in a line, and the numbers that words make
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/words.h"

#include <glib.h>

int amanda_text_length(const uint8_t *text, int length)
{
    const uint8_t *nul = length > 0 ? (const uint8_t *)memchr(text, '\0', (size_t)length) : NULL;

    return nul ? (int)(nul - text) : length;
}

bool amanda_line(const uint8_t *text, int length, int offset, amanda_span_t *line, int *next)
{
    const uint8_t *line_feed =
        offset < length ? (const uint8_t *)memchr(text + offset, '\n', (size_t)(length - offset)) : NULL;
    int end = line_feed ? (int)(line_feed - text) : length;

    *next = line_feed ? end + 1 : end;
    if (line_feed && end > offset && text[end - 1] == '\r')
        end--;
    *line = (amanda_span_t){offset, end - offset};
    return line_feed != NULL;
}

amanda_span_t amanda_span_from(amanda_span_t span, int offset)
{
    return (amanda_span_t){offset, MAX(span.offset + span.length - offset, 0)};
}

amanda_span_t amanda_span_up_to(amanda_span_t span, int end)
{
    return (amanda_span_t){span.offset, MAX(MIN(span.length, end - span.offset), 0)};
}

amanda_span_t amanda_span_skip_blanks(const uint8_t *text, amanda_span_t span)
{
    int skip = 0;

    while (skip < span.length && amanda_is_blank(text[span.offset + skip]))
        skip++;
    return (amanda_span_t){span.offset + skip, span.length - skip};
}

amanda_span_t amanda_span_trim(const uint8_t *text, amanda_span_t span)
{
    int end = span.offset + span.length;
    int start = amanda_skip_space(text, span.offset, end);

    while (end > start && amanda_is_space(text[end - 1]))
        end--;
    return (amanda_span_t){start, end - start};
}

amanda_span_t amanda_span_first_word(const uint8_t *text, amanda_span_t span)
{
    const uint8_t *start = text + span.offset;
    const uint8_t *limit = start + MAX(span.length, 0);
    const uint8_t *end = start;

    /* Nearly every byte is told from a blank by the first comparison. */
    while (end < limit && (*end > ' ' || !amanda_is_blank(*end)))
        end++;
    return (amanda_span_t){span.offset, (int)(end - start)};
}

amanda_span_t amanda_span_behind(const uint8_t *text, amanda_span_t span, int skip)
{
    return amanda_span_skip_blanks(text, (amanda_span_t){span.offset + skip, span.length - skip});
}

amanda_span_t amanda_span_behind_word(const uint8_t *text, amanda_span_t span)
{
    return amanda_span_behind(text, span, amanda_span_first_word(text, span).length);
}

int amanda_span_find(const uint8_t *text, amanda_span_t span, const char *words)
{
    int length = (int)strlen(words);

    for (int at = span.offset; at + length <= span.offset + span.length; at++) {
        if (memcmp(text + at, words, (size_t)length) == 0)
            return at;
    }
    return -1;
}

bool amanda_span_number(const uint8_t *text, amanda_span_t span, unsigned base, uint64_t *number)
{
    uint64_t value = 0;

    for (int i = 0; i < span.length; i++) {
        int digit = g_ascii_xdigit_value((char)text[span.offset + i]);

        if (digit < 0 || (unsigned)digit >= base || value > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        value = value * base + (unsigned)digit;
    }
    if (span.length <= 0)
        return false;
    *number = value;
    return true;
}

bool amanda_span_integer(const uint8_t *text, amanda_span_t span, int64_t *number)
{
    bool minus = span.length > 0 && text[span.offset] == '-';
    bool sign = minus || (span.length > 0 && text[span.offset] == '+');
    uint64_t value;

    if (!amanda_span_number(text, (amanda_span_t){span.offset + sign, span.length - sign}, 10, &value) ||
        value > (uint64_t)INT64_MAX + minus)
        return false;
    *number = (int64_t)(minus ? 0 - value : value);
    return true;
}
