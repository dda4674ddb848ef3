/* text/file-names.c
 * Names of files, made of text out of packets
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/file-names.h"

#include <stdbool.h>
#include <string.h>

void amanda_file_name_append(GString *name, const char *text, size_t max)
{
    for (size_t i = 0; i < max && text[i]; i++) {
        bool harmless = g_ascii_isalnum(text[i]) || strchr("+@=", text[i]) || (name->len > 0 && strchr(".-", text[i]));

        g_string_append_c(name, harmless ? text[i] : '_');
    }
}
