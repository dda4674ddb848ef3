/* show/labels.c
 * Labels of items, and the Info column
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/labels.h"

#include <stdio.h>
#include <string.h>

#include "text/printable.h"

/* The longest text that still serves in a line with others; what a packet says may be as long as it likes. */
#define TEXT_MAX 160

/* More than fits anywhere, before it is made printable. */
#define RAW_MAX COL_MAX_INFO_LEN

/* Formats to so many bytes, and makes printable what comes out, cut to size. Nearly always nothing is to be changed: then it
 * is left where it was formatted. Returns where it is. */
static const char *format_printable(char raw[RAW_MAX], char *shown, size_t size, const char *format, va_list arguments)
{
    /* The callers' va_start() is lost on the analyzer where a va_list is an array.
     * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int wanted = vsnprintf(raw, RAW_MAX, format, arguments);
    size_t length = wanted < RAW_MAX ? (size_t)MAX(wanted, 0) : strlen(raw);

    if (length < size && amanda_is_printable(raw, length))
        return raw;
    /* A character that was cut is not one that was bad. */
    if (wanted >= RAW_MAX) {
        while (length > 0 && ((uint8_t)raw[length - 1] & 0xc0) == 0x80)
            length--;
        length -= length > 0 && (uint8_t)raw[length - 1] >= 0xc0;
    }
    amanda_printable(shown, size, raw, length);
    return shown;
}

/* Bytes that the label of an item has room for. Wireshark makes it when something is appended for the first time. */
static size_t room_in_label(proto_item *item)
{
    if (!PITEM_FINFO(item)->rep)
        proto_item_append_text(item, "%s", "");

    const item_label_t *label = PITEM_FINFO(item)->rep;

    return label ? ITEM_LABEL_LENGTH - MIN(strlen(label->representation), ITEM_LABEL_LENGTH - 1) : 1;
}

void amanda_label(proto_item *item, const char *format, ...)
{
    char raw[RAW_MAX];
    char shown[ITEM_LABEL_LENGTH];
    const char *text;
    va_list arguments;

    if (!item || !PITEM_FINFO(item) || proto_item_is_hidden(item))
        return;
    va_start(arguments, format);
    text = format_printable(raw, shown, room_in_label(item), format, arguments);
    va_end(arguments);
    proto_item_append_text(item, "%s", text);
}

/* Bytes that the Info column has room for; 0 where nobody wants it. */
static size_t room_in_info(const packet_info *pinfo)
{
    if (!pinfo->cinfo || !col_get_writable(pinfo->cinfo, COL_INFO))
        return 0;

    const char *info = col_get_text(pinfo->cinfo, COL_INFO);

    return COL_MAX_INFO_LEN - MIN(info ? strlen(info) : 0, COL_MAX_INFO_LEN - 1);
}

void amanda_info_add(packet_info *pinfo, const char *format, ...)
{
    size_t room = room_in_info(pinfo);
    char raw[RAW_MAX];
    char shown[COL_MAX_INFO_LEN];
    const char *text;
    va_list arguments;

    if (room <= strlen(", "))
        return;
    va_start(arguments, format);
    text = format_printable(raw, shown, room - strlen(", "), format, arguments);
    va_end(arguments);
    col_append_sep_str(pinfo->cinfo, COL_INFO, ", ", text);
}

void amanda_info_append(packet_info *pinfo, const char *format, ...)
{
    size_t room = room_in_info(pinfo);
    char raw[RAW_MAX];
    char shown[COL_MAX_INFO_LEN];
    const char *text;
    va_list arguments;

    if (room == 0)
        return;
    va_start(arguments, format);
    text = format_printable(raw, shown, room, format, arguments);
    va_end(arguments);
    col_append_str(pinfo->cinfo, COL_INFO, text);
}

/* Whether one of the brackets that an Info column begins with is this text. */
static bool begins_with(const char *info, const char *text)
{
    while (info && *info == '[') {
        if (strncmp(info, text, strlen(text)) == 0)
            return true;
        info = strstr(info, "] ");
        info = info ? info + strlen("] ") : NULL;
    }
    return false;
}

void amanda_info_begin(packet_info *pinfo, const char *format, ...)
{
    size_t room = room_in_info(pinfo);
    char raw[RAW_MAX];
    char shown[COL_MAX_INFO_LEN];
    const char *text;
    va_list arguments;

    if (room == 0)
        return;
    va_start(arguments, format);
    text = format_printable(raw, shown, room, format, arguments);
    va_end(arguments);
    if (!begins_with(col_get_text(pinfo->cinfo, COL_INFO), text))
        col_prepend_fstr(pinfo->cinfo, COL_INFO, "%s", text);
}

/* Texts one behind the other, each of them made printable and cut to what may be shown of it. */
static const char *mend_for_info(packet_info *pinfo, const amanda_text_t *texts, unsigned count)
{
    char *mended = (char *)wmem_alloc(pinfo->pool, count * TEXT_MAX + 1);
    char *end = mended;

    *end = '\0';
    for (unsigned i = 0; i < count; i++)
        end += amanda_printable(end, TEXT_MAX + 1, texts[i].text, texts[i].length);
    return mended;
}

void amanda_info_set(packet_info *pinfo, const amanda_text_t *texts, unsigned count)
{
    size_t length = 0;
    bool fits = true;
    const char *info = NULL;

    if (!pinfo->cinfo)
        return;
    for (unsigned i = 0; i < count; i++) {
        length += texts[i].length;
        fits = fits && texts[i].length <= TEXT_MAX;
    }
    if (fits) {
        char *joined = (char *)wmem_alloc(pinfo->pool, length + 1);
        char *end = joined;

        for (unsigned i = 0; i < count; i++) {
            memcpy(end, texts[i].text, texts[i].length);
            end += texts[i].length;
        }
        *end = '\0';
        /* Nearly always nothing is to be mended. */
        if (amanda_is_printable(joined, length))
            info = joined;
    }
    if (!info)
        info = mend_for_info(pinfo, texts, count);
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "Amanda");
    /* Columns are read before the packet's memory is freed. To copy what is there already would take as long as all of this. */
    col_set_str(pinfo->cinfo, COL_INFO, info);
}

void amanda_info_clear(packet_info *pinfo)
{
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "Amanda");
    col_clear(pinfo->cinfo, COL_INFO);
}
