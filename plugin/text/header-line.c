/* text/header-line.c
 * The header line that every Amanda datagram begins with
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/header-line.h"

#include <glib.h>

#include <string.h>

typedef struct {
    const uint8_t *text;
    int length;
    int offset;
    bool cut;
} amanda_cursor_t;

/* The next word. Its length is 0 at the end of the text, and where a cut may have taken a part of it. */
static amanda_span_t next_word(amanda_cursor_t *cursor)
{
    const uint8_t *start = cursor->text + cursor->offset;
    const uint8_t *limit = cursor->text + cursor->length;

    while (start < limit && amanda_is_space(*start))
        start++;

    const uint8_t *end = start;

    /* Nearly every byte is told from white space by the first comparison. */
    while (end < limit && (*end > ' ' || !amanda_is_space(*end)))
        end++;
    cursor->offset = (int)(end - cursor->text);
    return (amanda_span_t){(int)(start - cursor->text), cursor->cut && end == limit ? 0 : (int)(end - start)};
}

/* The next word where another than this key would be wrong. Nearly always it is the key between two single blanks. */
static inline amanda_span_t next_key(amanda_cursor_t *cursor, const char *key)
{
    int length = (int)strlen(key);
    const uint8_t *text = cursor->text + cursor->offset;

    if (cursor->length - cursor->offset < length + 2 || text[0] != ' ' || memcmp(text + 1, key, (size_t)length) != 0 ||
        text[length + 1] != ' ')
        return next_word(cursor);
    cursor->offset += length + 1;
    return (amanda_span_t){cursor->offset - length, length};
}

static amanda_type_t type_of_word(const amanda_cursor_t *cursor, amanda_span_t word)
{
    static const struct {
        char word[4];
        amanda_type_t type;
    } types[] = {
        {"ACK", AMANDA_TYPE_ACK},
        {"REQ", AMANDA_TYPE_REQ},
        {"REP", AMANDA_TYPE_REP},
        {"NAK", AMANDA_TYPE_NAK},
    };

    if (word.length != 3)
        return amanda_span_is(cursor->text, word, "PREP") ? AMANDA_TYPE_PREP : AMANDA_TYPE_UNKNOWN;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (memcmp(cursor->text + word.offset, types[i].word, 3) == 0)
            return types[i].type;
    }
    return AMANDA_TYPE_UNKNOWN;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Up to three digits of a version number, so that no text overflows; -1 where there is none. */
static int version_part(const uint8_t *text, int length)
{
    int value = -1;

    for (int i = 0; i < length && i < 3 && is_digit(text[i]); i++)
        value = (value < 0 ? 0 : value) * 10 + (text[i] - '0');
    return MIN(value, UINT8_MAX);
}

/* Two digits with a dot between them, as nearly every release sends it. */
static bool is_plain_version(const uint8_t *text, int length)
{
    return length == 3 && text[1] == '.' && is_digit(text[0]) && is_digit(text[2]);
}

/* Returns whether the token is a version at all. */
static bool read_version(const amanda_cursor_t *cursor, amanda_span_t word, uint16_t *version)
{
    const uint8_t *text = cursor->text + word.offset;

    if (is_plain_version(text, word.length)) {
        *version = AMANDA_VERSION(text[0] - '0', text[2] - '0');
        return true;
    }

    const uint8_t *dot = word.length > 0 ? (const uint8_t *)memchr(text, '.', (size_t)word.length) : NULL;

    if (!dot)
        return false;

    const uint8_t *end = text + word.length;
    int major = version_part(text, (int)(dot - text));

    for (dot++; dot < end && amanda_is_space(*dot);)
        dot++;

    int minor = version_part(dot, (int)(end - dot));

    *version = major < 0 || minor < 0 ? UINT16_MAX : AMANDA_VERSION(major, minor);
    return true;
}

static bool starts_number(const amanda_cursor_t *cursor, int offset)
{
    if (offset < cursor->length && cursor->text[offset] == '-')
        offset++;
    return offset < cursor->length && is_digit(cursor->text[offset]);
}

/* Where the value of SEQ begins; -1 if a cut may have taken it. Only Amanda 2.4 looks for it behind the end of the line,
 * and only for a number. */
static int seq_start(const amanda_cursor_t *cursor)
{
    int end_of_line = -1;
    int offset = cursor->offset;

    for (; offset < cursor->length && amanda_is_space(cursor->text[offset]); offset++) {
        if (cursor->text[offset] == '\n' && end_of_line < 0)
            end_of_line = offset;
    }
    if (end_of_line < 0 || starts_number(cursor, offset))
        return offset;

    int sign = offset < cursor->length && cursor->text[offset] == '-';

    return cursor->cut && offset + sign == cursor->length ? -1 : end_of_line;
}

/* As atoi() on the machines that Amanda runs on: strtol() to 64 bits, of which the low 32 remain. Returns where the
 * digits end. */
static const uint8_t *read_digits(const uint8_t *digits, const uint8_t *limit, bool negative, int32_t *low_bits)
{
    const uint64_t largest = (uint64_t)INT64_MAX + negative;
    const uint8_t *always_fit = digits + MIN(limit - digits, 18);
    const uint8_t *end = digits;
    uint64_t value = 0;

    for (; end < always_fit && is_digit(*end); end++)
        value = value * 10 + (unsigned)(*end - '0');
    for (; end < limit && is_digit(*end); end++) {
        unsigned digit = (unsigned)(*end - '0');

        value = value > (largest - digit) / 10 ? largest : value * 10 + digit;
    }
    *low_bits = (int32_t)(uint32_t)(negative ? 0 - value : value);
    return end;
}

/* Nearly always there is one blank, then digits that make no larger number than fits, and the end of the line. */
static bool read_plain_seq(const amanda_cursor_t *cursor, amanda_header_t *header)
{
    static const int always_fit = 18;
    const uint8_t *text = cursor->text + cursor->offset;
    int room = MIN(cursor->length - cursor->offset, always_fit + 2);
    const uint8_t *limit = text + room;
    const uint8_t *end = text + 1;
    uint64_t value = 0;

    if (room <= 0 || *text != ' ')
        return false;
    for (; end < limit; end++) {
        unsigned digit = *end - (unsigned)'0';

        if (digit > 9)
            break;
        value = value * 10 + digit;
    }
    if (end == text + 1 || end >= limit || *end != '\n')
        return false;
    header->seq_value = (int32_t)(uint32_t)value;
    header->seq_is_number = true;
    header->seq = (amanda_span_t){cursor->offset + 1, (int)(end - text) - 1};
    header->length = cursor->offset + (int)(end - text) + 1;
    return true;
}

/* atoi() of the rest of the line, on values of any length. */
static amanda_header_status_t read_seq(const amanda_cursor_t *cursor, amanda_header_t *header)
{
    if (read_plain_seq(cursor, header))
        return AMANDA_HEADER_WHOLE;

    int start = seq_start(cursor);

    if (start < 0)
        return AMANDA_HEADER_CUT;

    const uint8_t *line_feed = (const uint8_t *)memchr(cursor->text + start, '\n', (size_t)(cursor->length - start));
    int line_end = line_feed ? (int)(line_feed - cursor->text) : cursor->length;

    if (!line_feed && cursor->cut)
        return AMANDA_HEADER_CUT;
    if (start == line_end) {
        header->wrong = (amanda_span_t){start, 0};
        header->length = line_feed ? line_end + 1 : line_end;
        return AMANDA_HEADER_NO_SEQ;
    }

    const uint8_t *digits = cursor->text + start;
    bool negative = *digits == '-';

    if (negative || *digits == '+')
        digits++;

    const uint8_t *behind = read_digits(digits, cursor->text + line_end, negative, &header->seq_value);
    int end = (int)(behind - cursor->text);

    header->seq_is_number = behind > digits;
    if (!header->seq_is_number) {
        while (end < line_end && !amanda_is_space(cursor->text[end]))
            end++;
    }
    header->seq = (amanda_span_t){start, end - start};
    while (end < line_end && amanda_is_space(cursor->text[end]))
        end++;
    if (end < line_end)
        header->seq_is_number = false;
    header->length = line_feed ? line_end + 1 : line_end;
    return AMANDA_HEADER_WHOLE;
}

static amanda_header_status_t wrong_at(amanda_cursor_t *cursor, amanda_header_t *header, amanda_span_t word,
                                       amanda_header_status_t status)
{
    /* An absent word is put down to the cut, if there is one, and not to the sender. */
    if (word.length == 0 && cursor->cut)
        return AMANDA_HEADER_CUT;
    header->wrong = word;
    return status;
}

/* The version: one word, or what Amanda 2.4 also reads: a number, a dot and a number with white space between them. */
static amanda_span_t version_words(amanda_cursor_t *cursor)
{
    amanda_span_t version = next_word(cursor);
    const uint8_t *text = cursor->text;

    if (is_plain_version(text + version.offset, version.length))
        return version;

    bool has_dot = version.length > 0 && memchr(text + version.offset, '.', (size_t)version.length) != NULL;
    bool dot_behind = has_dot && text[version.offset + version.length - 1] == '.';

    if (has_dot && !dot_behind)
        return version;

    amanda_cursor_t ahead = *cursor;
    amanda_span_t next = next_word(&ahead);

    if (!has_dot && next.length > 0 && text[next.offset] == '.' &&
        (next.length == 1 || is_digit(text[next.offset + 1]))) {
        version.length = next.offset + next.length - version.offset;
        dot_behind = next.length == 1;
        *cursor = ahead;
        next = next_word(&ahead);
    }
    if (dot_behind && next.length > 0 && is_digit(text[next.offset])) {
        version.length = next.offset + next.length - version.offset;
        *cursor = ahead;
    }
    return version;
}

/* What nearly every release sends up to the handle: " 3.5 REQ HANDLE ". Reads it, and returns true; else leaves all as it
 * is. */
static bool read_plain_start(amanda_cursor_t *cursor, amanda_header_t *header)
{
    enum { VERSION = 1, TYPE = VERSION + 4, KEY = TYPE + 3, HANDLE = KEY + 8 };
    const uint8_t *text = cursor->text + cursor->offset;
    amanda_span_t type = {cursor->offset + TYPE, 3};

    if (cursor->length - cursor->offset < HANDLE || text[0] != ' ' || !is_plain_version(text + VERSION, 3) ||
        text[TYPE - 1] != ' ' || memcmp(text + KEY, " HANDLE ", HANDLE - KEY) != 0)
        return false;
    header->type_code = type_of_word(cursor, type);
    if (header->type_code == AMANDA_TYPE_UNKNOWN)
        return false;
    header->version_code = AMANDA_VERSION(text[VERSION] - '0', text[VERSION + 2] - '0');
    header->version = (amanda_span_t){cursor->offset + VERSION, 3};
    header->type = type;
    cursor->offset += HANDLE - 1;
    return true;
}

/* The same, however it is written. Returns AMANDA_HEADER_WHOLE where nothing is wrong so far. */
static amanda_header_status_t read_start(amanda_cursor_t *cursor, amanda_header_t *header)
{
    amanda_span_t word = version_words(cursor);

    if (!read_version(cursor, word, &header->version_code))
        return wrong_at(cursor, header, word, AMANDA_HEADER_BAD_VERSION);
    header->version = word;

    word = next_word(cursor);
    if (word.length == 0)
        return wrong_at(cursor, header, word, AMANDA_HEADER_BAD_TYPE);
    header->type = word;
    header->type_code = type_of_word(cursor, word);

    word = next_key(cursor, "HANDLE");
    return amanda_span_is(cursor->text, word, "HANDLE") ? AMANDA_HEADER_WHOLE
                                                        : wrong_at(cursor, header, word, AMANDA_HEADER_NO_HANDLE_KEY);
}

/* Everything behind the word "Amanda", in the order in which it stands. */
static amanda_header_status_t read_words(amanda_cursor_t *cursor, amanda_header_t *header)
{
    if (!read_plain_start(cursor, header)) {
        amanda_header_status_t status = read_start(cursor, header);

        if (status != AMANDA_HEADER_WHOLE)
            return status;
    }

    amanda_span_t word = next_word(cursor);

    amanda_cursor_t behind_handle = *cursor;
    amanda_span_t key = next_key(cursor, "SEQ");

    if (word.length == 0 || (amanda_span_is(cursor->text, word, "SEQ") && !amanda_span_is(cursor->text, key, "SEQ"))) {
        if (key.length == 0 && cursor->cut)
            return AMANDA_HEADER_CUT;
        header->wrong = (amanda_span_t){word.offset, 0};
        if (word.length > 0) {
            *cursor = behind_handle;
            read_seq(cursor, header);
        }
        return AMANDA_HEADER_EMPTY_HANDLE;
    }
    header->handle = word;
    if (!amanda_span_is(cursor->text, key, "SEQ"))
        return wrong_at(cursor, header, key, AMANDA_HEADER_NO_SEQ_KEY);
    return read_seq(cursor, header);
}

amanda_header_status_t amanda_header_parse(const uint8_t *text, int length, bool cut, amanda_header_t *header)
{
    static const char magic[] = "Amanda";
    static const int magic_length = (int)sizeof magic - 1;
    amanda_cursor_t cursor = {text, amanda_text_length(text, length), 0, cut};

    memset(header, 0, sizeof *header);
    header->status = AMANDA_HEADER_FOREIGN;
    header->text_length = cursor.length;
    /* Behind a NUL there is no text that the cut could have taken. */
    if (cursor.length < length)
        cursor.cut = false;
    cursor.offset = amanda_skip_space(text, cursor.offset, cursor.length);

    int present = MIN(cursor.length - cursor.offset, magic_length);

    if (present <= 0 || memcmp(text + cursor.offset, magic, (size_t)present) != 0)
        return header->status;
    cursor.offset += present;
    if (cursor.offset == cursor.length && cursor.cut)
        return header->status = AMANDA_HEADER_CUT;
    if (present < magic_length || (cursor.offset < cursor.length && !amanda_is_space(text[cursor.offset])))
        return header->status;

    header->status = read_words(&cursor, header);
    if (header->length == 0)
        header->length = cursor.length;
    if (header->status == AMANDA_HEADER_WHOLE && header->type_code == AMANDA_TYPE_UNKNOWN) {
        header->wrong = header->type;
        header->status = AMANDA_HEADER_BAD_TYPE;
    }
    return header->status;
}

bool amanda_header_is_well_formed(const amanda_header_t *header)
{
    return header->status == AMANDA_HEADER_WHOLE && header->version.offset == (int)sizeof "Amanda" &&
           header->version_code != UINT16_MAX && header->seq_is_number;
}
