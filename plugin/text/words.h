/* text/words.h
 * Text as bytes: spans of it, its lines, the words in a line, and the numbers that words make
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_WORDS_H
#define AMANDA_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of a text, counted from its beginning; a length of 0 means that there are none. */
typedef struct {
    int offset;
    int length;
} amanda_span_t;

/* Bytes of white space as isspace() has it in the C locale, whatever the locale is. */
static inline bool amanda_is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* What separates words within a line. */
static inline bool amanda_is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* The end of the text in a payload: the offset of the first NUL byte, else length. */
int amanda_text_length(const uint8_t *text, int length);

/* The offset of the first byte from offset on that is no white space; end if there is none. */
static inline int amanda_skip_space(const uint8_t *text, int offset, int end)
{
    while (offset < end && text[offset] <= ' ' && amanda_is_space(text[offset]))
        offset++;
    return offset;
}

/* The line that begins at offset: its text without the line feed (and a carriage return before that). *next is where
 * the next line begins; the result says whether a line feed ended the line. */
bool amanda_line(const uint8_t *text, int length, int offset, amanda_span_t *line, int *next);

/* Whether the text at a span is this word and nothing else. The word is a literal nearly everywhere, so that its length
 * and the comparison take no call; the same below. */
static inline bool amanda_span_is(const uint8_t *text, amanda_span_t span, const char *word)
{
    return (size_t)span.length == strlen(word) && memcmp(text + span.offset, word, strlen(word)) == 0;
}

/* Whether the text at a span begins with these bytes, whatever follows them. */
static inline bool amanda_span_starts_with(const uint8_t *text, amanda_span_t span, const char *start)
{
    return span.length >= (int)strlen(start) && memcmp(text + span.offset, start, strlen(start)) == 0;
}

/* Whether the text at a span begins with a word, i.e. with these letters and then a blank or the end of the span. */
static inline bool amanda_span_starts_with_word(const uint8_t *text, amanda_span_t span, const char *word)
{
    int length = (int)strlen(word);

    return amanda_span_starts_with(text, span, word) &&
           (span.length == length || amanda_is_blank(text[span.offset + length]));
}

/* The span from an offset of it on, and up to one; empty where it does not reach so far. */
amanda_span_t amanda_span_from(amanda_span_t span, int offset);
amanda_span_t amanda_span_up_to(amanda_span_t span, int end);

/* The span without the blanks in front. */
amanda_span_t amanda_span_skip_blanks(const uint8_t *text, amanda_span_t span);

/* The span without the white space at both ends. */
amanda_span_t amanda_span_trim(const uint8_t *text, amanda_span_t span);

/* The first word of a span. */
amanda_span_t amanda_span_first_word(const uint8_t *text, amanda_span_t span);

/* What follows the first so many bytes of a span, which has as many, and the blanks behind them. */
amanda_span_t amanda_span_behind(const uint8_t *text, amanda_span_t span, int skip);

/* What follows the first word of a span and the blanks behind it. */
amanda_span_t amanda_span_behind_word(const uint8_t *text, amanda_span_t span);

/* Where words first occur in a span; -1 if they do not. */
int amanda_span_find(const uint8_t *text, amanda_span_t span, const char *words);

/* The number that a span's digits make, in base 10 or 16. Returns false, and leaves *number alone, where there is any
 * other byte or none, or the number is too large. */
bool amanda_span_number(const uint8_t *text, amanda_span_t span, unsigned base, uint64_t *number);

/* The same of decimal digits with a sign, or without one. */
bool amanda_span_integer(const uint8_t *text, amanda_span_t span, int64_t *number);

#endif
