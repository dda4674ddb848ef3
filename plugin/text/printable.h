/* show/printable.h
 * Text out of packets, made fit to be shown
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_PRINTABLE_H
#define AMANDA_SHOW_PRINTABLE_H

#include "ws-compat.h"

#include <wsutil/wmem/wmem.h>

/* Bytes as text that a field can hold: a copy in pool's memory, up to the first NUL byte, with what is no UTF-8
 * replaced. */
const char *amanda_valid_text(wmem_allocator_t *pool, const char *bytes, size_t length);

/* Text for one line of the eye, in pool's memory: control characters as \n, \t, ... or \ooo. */
const char *amanda_printable(wmem_allocator_t *pool, const char *text);

/* How many bytes of the text to show, at most max, for what ends in a whole character; for "%.*s". */
int amanda_fit(const char *text, int max);

#endif
