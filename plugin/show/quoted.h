/* show/quoted.h
 * Quoted strings, and lines that may hold them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_QUOTED_H
#define AMANDA_SHOW_QUOTED_H

#include "show/body-text.h"

/* The line that begins at offset, as amanda_line(), but for a line feed inside a quoted string or behind a backslash,
 * which does not end it. A quote that nothing closes counts as no quote, so that one bad line does not swallow all
 * the others.
 *
 * Amanda 2.5.2 to 3.5 common-src/file.c, debug_agets(). */
bool amanda_quoted_line(const uint8_t *text, int length, int offset, amanda_span_t *line, int *next);

/* The word at *offset, after any blanks there: all up to the next white space outside of double quotes.
 *
 * end: where the line ends. *offset is where the word ends on return. quoted, malformed: whether the word has quotes
 * at all, and whether the last of them is not closed (the word then ends with the line); either may be NULL.
 * Returns an empty span at the end of the line.
 *
 * Amanda 2.5.1 to 3.5 common-src/amanda.h, skip_quoted_string(). */
amanda_span_t amanda_quoted_word(const uint8_t *text, int end, int *offset, bool *quoted, bool *malformed);

/* What a possibly quoted word really says, in pool's memory: without its quotes, with \t \n \r \f, \ooo and other
 * escapes resolved. Any bytes can come out of it, but no NUL bytes; a NUL byte ends them. length may be NULL.
 *
 * Amanda 2.5.1 to 3.5 common-src/util.c (amutil.c), unquote_string(). */
const char *amanda_unquote(wmem_allocator_t *pool, const uint8_t *text, amanda_span_t word, size_t *length);

/* Bytes as text that a field can hold: a copy in pool's memory, up to the first NUL byte, with what is no UTF-8
 * replaced. */
const char *amanda_valid_text(wmem_allocator_t *pool, const char *bytes, size_t length);

/* Text for one line of the eye, in pool's memory: control characters as \n, \t, ... or \ooo. */
const char *amanda_printable(wmem_allocator_t *pool, const char *text);

/* Adds a possibly quoted word: an item of the word's bytes with what it really says, and where that differs from the
 * bytes, below it an item with the word as it is. An expert info tells of a quote that is not closed.
 *
 * word: of body->text. hf, hf_wire: two FT_STRING fields. *item, if item is not NULL: the item that was added. Returns
 * what the word says, as text in the memory of the packet; "" (and no item) for an empty span. */
const char *amanda_add_quoted(amanda_body_t *body, proto_tree *tree, int hf, int hf_wire, amanda_span_t word,
                              proto_item **item);

/* Registers the expert infos of this part for the protocol. */
void amanda_show_quoted_register(int proto);

#endif
