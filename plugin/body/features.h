/* body/features.h
 * The features string: what a peer can do, as bits in hexadecimal digits
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_FEATURES_H
#define AMANDA_BODY_FEATURES_H

#include <epan/prefs.h>

#include "show/body-text.h"
#include "text/feature-table.h"

/* The numbers of all features: AMANDA_FE_req_xml is 80. The names are Amanda's own, without its fe_. */
enum {
#define AMANDA_FEATURE_NUMBER(number, name, group, since, label) AMANDA_FE_##name = (number),
    AMANDA_FEATURE_TABLE(AMANDA_FEATURE_NUMBER)
#undef AMANDA_FEATURE_NUMBER
        AMANDA_FEATURE_COUNT
};

/* Room for features that are yet to be invented. */
#define AMANDA_FEATURE_BYTES 32

typedef struct {
    uint8_t bytes[AMANDA_FEATURE_BYTES];
    bool odd; /* the string has an odd number of digits; the last one does not count */
} amanda_feature_set_t;

/* Reads a features string: hex, of length characters.
 *
 * *set: what it says; empty where it says nothing. Returns false where the receivers reject all of it, i.e. for a
 * character that is no hexadecimal digit and for the word UNKNOWNFEATURE. As the receivers do, drops the last of an
 * odd number of digits.
 *
 * Amanda 2.4.3 to 3.5 common-src/amfeatures.c, am_string_to_feature(). */
bool amanda_features_parse(const char *hex, size_t length, amanda_feature_set_t *set);

/* The set of a peer that sends no features= (which is that of 2.4.2p2; amfeatures.c, am_set_default_feature_set()). */
void amanda_features_default(amanda_feature_set_t *set);

/* Whether a set has a feature, by its number. */
bool amanda_features_has(const amanda_feature_set_t *set, unsigned number);

/* Whether the features string hex has a feature; hex as facts hold it: NULL stands for the default set, and what
 * cannot be parsed has no features. */
bool amanda_features_string_has(const char *hex, unsigned number);

/* The releases of Amanda that send exactly this string, e.g. "2.5.2, 2.6.0"; NULL if none is known to. */
const char *amanda_features_releases(const char *hex, size_t length);

/* A copy of the string, shared by all that are equal, which lives as long as the capture file. */
const char *amanda_features_keep(const char *hex, size_t length);

/* Shows a features string: an item for the digits, and below it the releases that send it and its features in groups,
 * each on the digit that its bit is in. Expert infos tell of a malformed string and of one that no release sends, or
 * none of the version that body->version has.
 *
 * hf: the FT_STRING field of the item. Returns the item. */
proto_item *amanda_features_dissect(amanda_body_t *body, proto_tree *tree, int hf, amanda_span_t hex);

/* Shows what two sides have in common and what only one of them has; nothing where they are equal, or one of them
 * cannot be parsed. Items are generated. request, reply: the strings; NULL stands for the default set. */
void amanda_features_compare(amanda_body_t *body, proto_tree *tree, const char *request, const char *reply);

/* Registers the fields and expert infos of this part for the protocol, and its preferences. */
void amanda_features_register(int proto);
void amanda_features_register_preferences(module_t *module);

#endif
