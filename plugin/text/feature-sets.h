/* text/feature-sets.h
 * Features strings: what a peer can do, as bits in hexadecimal digits
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_FEATURE_SETS_H
#define AMANDA_TEXT_FEATURE_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/feature-table.h"
#include "text/header-line.h"

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

/* As amanda_features_parse(), for features strings as facts hold them: NULL stands for the default set. */
bool amanda_features_parse_or_default(const char *hex, amanda_feature_set_t *set);

/* Whether the features string hex has a feature; hex as facts hold it: NULL stands for the default set, and what
 * cannot be parsed has no features. */
bool amanda_features_string_has(const char *hex, unsigned number);

/* The string that some releases send, and the versions in the header lines that go with it. */
typedef struct {
    const char *hex;
    size_t length;
    const char *names; /* of the releases, e.g. "2.5.2, 2.6.0" */
    uint16_t first;    /* AMANDA_VERSION */
    uint16_t last;
} amanda_feature_release_t;

/* The releases of Amanda that send exactly this string of length characters; NULL if none is known to. */
const amanda_feature_release_t *amanda_features_release(const char *hex, size_t length);

#endif
