/* show/quoted.h
 * Shows words that may be quoted strings
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_QUOTED_H
#define AMANDA_SHOW_QUOTED_H

#include "show/body-text.h"

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
