/* text/file-names.h
 * Names of files, made of text out of packets
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_FILE_NAMES_H
#define AMANDA_TEXT_FILE_NAMES_H

#include <glib.h>

/* Appends text to a file's name so that it can do no harm there, on any system: each byte but ASCII letters, digits and
 * . + - @ = becomes an underscore, and so does a dot or minus sign with which the name would begin. No more than max bytes
 * of the text. Different texts can become the same. */
void amanda_file_name_append(GString *name, const char *text, size_t max);

#endif
