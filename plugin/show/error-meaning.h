/* show/error-meaning.h
 * Shows what an error text means, and what an administrator can do about it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_ERROR_MEANING_H
#define AMANDA_SHOW_ERROR_MEANING_H

#include "show/common-fields.h"
#include "text/error-meanings.h"

/* Adds the meaning as generated items for the span's bytes to tree. meaning: NULL for a text that is not known, and
 * nothing is added. */
void amanda_show_error_meaning(const amanda_error_meaning_t *meaning, tvbuff_t *tvb, amanda_span_t span,
                               proto_tree *tree);

/* Registers the fields of this part for the protocol. */
void amanda_show_error_meaning_register(int proto);

#endif
