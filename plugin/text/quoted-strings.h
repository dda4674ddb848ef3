/* text/quoted-strings.h
 * Quoted strings, and lines that may hold them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_QUOTED_STRINGS_H
#define AMANDA_TEXT_QUOTED_STRINGS_H

#include "text/words.h"

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

/* What a possibly quoted word really says: without its quotes, with \t \n \r \f, \ooo and other escapes resolved. Any
 * bytes can come out of it, but no NUL bytes; a NUL byte ends them.
 *
 * said: room for word.length + 1 bytes; what comes out, with a NUL byte behind it. Returns its length.
 *
 * Amanda 2.5.1 to 3.5 common-src/util.c (amutil.c), unquote_string(). */
size_t amanda_unquote(const uint8_t *text, amanda_span_t word, char *said);

#endif
