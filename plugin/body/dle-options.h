/* body/dle-options.h
 * The options of a disk in lines of text
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_DLE_OPTIONS_H
#define AMANDA_BODY_DLE_OPTIONS_H

#include "body/dle.h"

/* Adds the items of one option of a disk, e.g. compress-fast or exclude-list="./my files". Returns false, and adds
 * nothing, if no release of Amanda knows it.
 *
 * Amanda 2.4 to 3.5 client-src/client_util.c, parse_options(). */
bool amanda_dle_add_option(amanda_dle_t *dle, proto_tree *tree, amanda_span_t option);

/* Adds the items of a disk's options: a span with a semicolon behind each of them. What no release knows gets a note. */
void amanda_dle_add_options(amanda_dle_t *dle, proto_tree *tree, amanda_span_t span);

/* The next of options that semicolons separate, from *offset to end; a semicolon in a quoted string separates nothing.
 * Returns false at the end. */
bool amanda_dle_next_option(const uint8_t *text, int end, int *offset, amanda_span_t *option);

/* Registers the expert infos of this part for the protocol. */
void amanda_dle_options_register(int proto);

#endif
