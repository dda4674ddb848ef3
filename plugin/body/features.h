/* body/features.h
 * Shows features strings, and what two of them have in common
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_FEATURES_H
#define AMANDA_BODY_FEATURES_H

#include <epan/prefs.h>

#include "show/body-text.h"
#include "text/feature-sets.h"

/* Shows a features string: an item for the digits, and below it the releases that send it and its features in groups,
 * each on the digit that its bit is in. Expert infos tell of a malformed string and of one that no release sends, or
 * none of the version that body->version has.
 *
 * hf: the FT_STRING field of the item. Returns the item. */
proto_item *amanda_features_dissect(amanda_body_t *body, proto_tree *tree, int hf, amanda_span_t hex);

/* Shows what two sides have in common and what only one of them has; nothing where they are equal, or one of them
 * cannot be parsed. Items are generated. request, reply: the strings; NULL stands for the default set. */
void amanda_features_compare(amanda_body_t *body, proto_tree *tree, const char *request, const char *reply);

/* Warns at a span of a REQ for which its responder needs a feature that it has said not to have. */
void amanda_features_need(amanda_body_t *body, proto_tree *tree, amanda_span_t span, unsigned feature);

/* Registers the fields and expert infos of this part for the protocol, and its preferences. */
void amanda_features_register(int proto);
void amanda_features_register_preferences(module_t *module);

#endif
