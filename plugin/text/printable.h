/* text/printable.h
 * Text out of packets, made fit to be shown: in labels, in the Info column and in the cells of tables
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_PRINTABLE_H
#define AMANDA_TEXT_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text of this length can be shown as it is: printable ASCII. Cheap, and true of nearly everything. */
bool amanda_is_printable(const char *text, size_t length);

/* Makes text fit for one line of the eye, so that it cannot be taken for something else, nor drive a terminal.
 *
 * Control characters become \n, \t, ... or \ooo; those beyond ASCII, line and paragraph separators, marks that change
 * the direction of writing and all others that have no shape become \uXXXX; what is no UTF-8 becomes U+FFFD.
 *
 * text, length: any bytes; a NUL byte ends them. buffer: gets as many whole characters of the result as size has room
 * for, with a NUL byte behind them; size is not 0. Returns their length. */
size_t amanda_printable(char *buffer, size_t size, const char *text, size_t length);

/* How many bytes of the text to show, at most max, for what ends in a whole character; for "%.*s". */
int amanda_fit(const char *text, int max);

#endif
