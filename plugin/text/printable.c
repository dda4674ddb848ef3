/* show/printable.c
 * Text out of packets, made fit to be shown
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/printable.h"

#include <string.h>

/* The letters behind a backslash, and the bytes that they stand for. */
static const char escape_letters[] = "ntrf";
static const char escape_bytes[] = "\n\t\r\f";

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

int amanda_fit(const char *text, int max)
{
    int length = (int)MIN(strlen(text), (size_t)MAX(max, 0));

    while (length > 0 && text[length] != '\0' && ((uint8_t)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}
