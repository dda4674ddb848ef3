/* text/error-meanings.h
 * What the error texts of Amanda mean, and what an administrator can do about them
 *
 * Knows nothing of trees and packets: text in, constant words out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_ERROR_MEANINGS_H
#define AMANDA_TEXT_ERROR_MEANINGS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *pattern;     /* the text, with a * for each part that differs */
    const char *reason;      /* in two or three words */
    const char *explanation; /* what it means */
    const char *remedy;      /* what to do about it; NULL where nothing is to be done */
    bool harmless;           /* an old client without the noop service: every server gets along with that */
} amanda_error_meaning_t;

/* The remedy where what was stored is not what was dumped, whoever says so. */
#define AMANDA_REMEDY_ANOTHER_COPY                                                                                     \
    "Restore from another copy or an older dump of this disk; check the tape or disk that it lies on, and the "        \
    "server's memory."

/* What an error text means.
 *
 * text: length bytes of the text behind the word ERROR, with or without the brackets around it; any bytes will do.
 * Returns a constant, or NULL for a text that is not known.
 *
 * Amanda 2.4 client-src/amandad.c and common-src/security.c; 2.5 to 3.5 amandad-src/amandad.c,
 * common-src/security-util.c and bsdtcp-security.c, client-src/sendsize.c, selfcheck.c and sendbackup.c. */
const amanda_error_meaning_t *amanda_error_meaning(const char *text, size_t length);

/* The same of a text whose first character is not what it was: amandad 3.4.3 to 3.5.2 overwrites it in the NAK that it
 * sends before it has read a request (common-src/bsdtcp-security.c, ssl-security.c). */
const amanda_error_meaning_t *amanda_error_meaning_beheaded(const char *text, size_t length);

/* Leaves out the brackets that services put around their error texts: *text and *length are then what is inside of
 * them. The closing one may be missing (selfcheck of 2.6.1 to 3.3 forgets it). */
void amanda_error_unbracket(const char **text, size_t *length);

#endif
