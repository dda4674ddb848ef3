/* body/errors.h
 * Error and warning texts, wherever in a reply they stand, with what they mean
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_ERRORS_H
#define AMANDA_BODY_ERRORS_H

#include "show/body-text.h"
#include "text/error-meanings.h"

typedef enum { AMANDA_TROUBLE_ERROR, AMANDA_TROUBLE_WARNING } amanda_trouble_t;

/* An error or warning that was shown. */
typedef struct {
    const char *text;                          /* what it says, without quotes and brackets; in the packet's memory */
    const amanda_error_meaning_t *explanation; /* NULL where the text is not known, or nobody looks */
    amanda_trouble_t trouble;
} amanda_error_t;

/* Recognises a line that reports an error or a warning by its first words, among them those that old services use
 * without the word ERROR. *text is then what follows these words, without brackets; for the old forms, all the line.
 *
 * Amanda 2.4 client-src/sendsize.c and selfcheck.c (FORMAT ERROR, BOGUS REQUEST PACKET); 2.5.1 to 3.5
 * amandad-src/amandad.c (A ERROR); 3.5 server-src/planner.c, handle_result(). */
bool amanda_error_is_line(const uint8_t *text, amanda_span_t line, amanda_trouble_t *trouble, amanda_span_t *words);

/* Shows such a line: a subtree for all of it, with the text in it, what it means and what can be done about it, and
 * an expert info. words: as amanda_error_is_line() left them; of a NAK without any known word, all the line. */
amanda_error_t amanda_error_line(amanda_body_t *body, proto_tree *tree, amanda_span_t line, amanda_span_t words,
                                 amanda_trouble_t trouble);

/* Shows an error text, quoted or in brackets or neither, in the tree of what it belongs to. */
amanda_error_t amanda_error_words(amanda_body_t *body, proto_tree *tree, amanda_span_t words, amanda_trouble_t trouble);

/* Adds the expert info to an item that shows an error text already, and to the tree what it means. span: bytes of the
 * text; words: what it says. */
amanda_error_t amanda_error_explain(amanda_body_t *body, proto_tree *tree, proto_item *item, amanda_span_t span,
                                    const char *words, amanda_trouble_t trouble);

/* Shows what a message in another form than a line says, as amanda_error_words() does: said, which span means. */
amanda_error_t amanda_error_text(amanda_body_t *body, proto_tree *tree, amanda_span_t span, const char *said,
                                 amanda_trouble_t trouble);

/* Says that a NAK refuses its request, where the capture does not hold its words: its type says so. */
void amanda_error_refused(const amanda_body_t *body);

/* Shows in tree what is an error without being called one: said, in the plugin's own words, and its meaning, as generated
 * items at the span. */
void amanda_error_show_meaning(const amanda_body_t *body, proto_tree *tree, amanda_span_t span, const char *said,
                               const amanda_error_meaning_t *meaning);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_error_register(int proto);

#endif
