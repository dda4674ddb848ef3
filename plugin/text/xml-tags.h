/* text/xml-tags.h
 * Tags of the small part of XML that Amanda uses
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEXT_XML_TAGS_H
#define AMANDA_TEXT_XML_TAGS_H

#include "text/words.h"

typedef enum {
    AMANDA_XML_OPEN,      /* <name> */
    AMANDA_XML_CLOSE,     /* </name> */
    AMANDA_XML_EMPTY,     /* <name/> */
    AMANDA_XML_OTHER,     /* <!...> or <?...?>, which no Amanda sends */
    AMANDA_XML_MALFORMED, /* something else */
    AMANDA_XML_UNFINISHED /* the text ends in it */
} amanda_xml_kind_t;

typedef struct {
    amanda_xml_kind_t kind;
    amanda_span_t span; /* all of it; of a malformed one, what can be skipped */
    amanda_span_t name;
    amanda_span_t raw;  /* the value of its attribute raw, without quotes */
    bool has_raw;       /* the attribute is there */
    bool bad_attribute; /* has another attribute than encoding and raw, or one that is not name="value" */
} amanda_xml_tag_t;

/* Reads the tag at offset, where a < is; end: where the text ends. Never reads the same byte more often than a few
 * times, however malformed: a tag ends at the next < at the latest.
 *
 * Amanda 2.6.1 to 3.5 common-src/amxml.c, which uses GLib's simple XML parser. */
void amanda_xml_tag_parse(const uint8_t *text, int offset, int end, amanda_xml_tag_t *tag);

#endif
