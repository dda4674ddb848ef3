/* text/printable.c
 * Text out of packets, made fit to be shown: in labels, in the Info column and in the cells of tables
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/printable.h"

#include <glib.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The letters behind a backslash, and the bytes that they stand for. */
static const char escape_letters[] = "abfnrtv";
static const char escape_bytes[] = "\a\b\f\n\r\t\v";

/* The longest that one character can become: \U0010ffff */
#define LONGEST 11

static const char replacement[] = "\xef\xbf\xbd";

bool amanda_is_printable(const char *text, size_t length)
{
    static const uint64_t each = UINT64_C(0x0101010101010101); /* a 1 in each byte */
    const char *end = text + length;

    /* Eight at a time. What is below a blank borrows from the highest bit of its byte, DEL is carried into it, and what is no
     * ASCII has it. */
    for (; end - text >= 8; text += 8) {
        uint64_t word;

        memcpy(&word, text, sizeof word);
        if (((word - each * ' ') | (word + each) | word) & each * 0x80)
            return false;
    }
    while (text < end && *text >= ' ' && *text <= '~')
        text++;
    return text == end;
}

/* What to show of one character; where nothing is to be changed, its own bytes. Returns their number. */
static size_t show(char shown[LONGEST], const char *character, size_t length, gunichar code)
{
    const char *escape = code < 0x80 ? (const char *)memchr(escape_bytes, (int)code, sizeof escape_bytes - 1) : NULL;

    if (escape)
        return (size_t)snprintf(shown, LONGEST, "\\%c", escape_letters[escape - escape_bytes]);
    if (code < ' ' || code == 0x7f)
        return (size_t)snprintf(shown, LONGEST, "\\%03o", (unsigned)code);
    if (g_unichar_isprint(code) && g_unichar_type(code) != G_UNICODE_LINE_SEPARATOR &&
        g_unichar_type(code) != G_UNICODE_PARAGRAPH_SEPARATOR) {
        memcpy(shown, character, length);
        return length;
    }
    return (size_t)snprintf(shown, LONGEST, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
}

size_t amanda_printable(char *buffer, size_t size, const char *text, size_t length)
{
    const char *nul = (const char *)memchr(text, '\0', length);
    const char *end = nul ? nul : text + length;
    size_t used = 0;

    while (text < end) {
        const gunichar code = g_utf8_get_char_validated(text, end - text);
        const bool bad = code >= (gunichar)-2;
        const size_t bytes = bad ? 1 : (size_t)(g_utf8_next_char(text) - text);
        char shown[LONGEST];
        const size_t wanted = bad ? sizeof replacement - 1 : show(shown, text, bytes, code);

        if (wanted >= size - used)
            break;
        memcpy(buffer + used, bad ? replacement : shown, wanted);
        used += wanted;
        text += bytes;
    }
    buffer[used] = '\0';
    return used;
}

int amanda_fit(const char *text, int max)
{
    int length = (int)MIN(strlen(text), (size_t)MAX(max, 0));

    while (length > 0 && text[length] != '\0' && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}
