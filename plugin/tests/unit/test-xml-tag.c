/* test-xml-tag.c
 * XML tags: good ones, and each way in which they can be malformed or cut
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/xml-tags.h"

#include "expect.h"

static amanda_xml_tag_t tag;
static const char *text;

/* The tag at the beginning of a text that goes on behind it, unless it is cut. */
static amanda_xml_kind_t parse(const char *bytes)
{
    text = bytes;
    amanda_xml_tag_parse((const uint8_t *)bytes, 0, (int)strlen(bytes), &tag);
    return tag.kind;
}

static const char *bytes_of(amanda_span_t span)
{
    static char copy[128];

    g_strlcpy(copy, text + span.offset, MIN(sizeof copy, (size_t)span.length + 1));
    return copy;
}

static void tags_have_names(void)
{
    expect_int(parse("<dle>\n"), AMANDA_XML_OPEN);
    expect_str(bytes_of(tag.name), "dle");
    expect_str(bytes_of(tag.span), "<dle>");
    expect_int(parse("</client_name>x"), AMANDA_XML_CLOSE);
    expect_str(bytes_of(tag.name), "client_name");
    expect_str(bytes_of(tag.span), "</client_name>");
    expect_int(parse("<backup-program />x"), AMANDA_XML_EMPTY);
    expect_str(bytes_of(tag.name), "backup-program");
    expect_str(bytes_of(tag.span), "<backup-program />");
    expect_false(tag.has_raw);
    expect_false(tag.bad_attribute);
}

static void the_raw_attribute_is_read(void)
{
    expect_int(parse("<disk encoding=\"raw\" raw=\"L2EgYg==\">/a_b"), AMANDA_XML_OPEN);
    expect_true(tag.has_raw);
    expect_str(bytes_of(tag.raw), "L2EgYg==");
    expect_false(tag.bad_attribute);
    expect_str(bytes_of(tag.span), "<disk encoding=\"raw\" raw=\"L2EgYg==\">");
    expect_int(parse("<disk raw='' />"), AMANDA_XML_EMPTY);
    expect_true(tag.has_raw);
    expect_int(tag.raw.length, 0);
}

static void other_attributes_are_told(void)
{
    expect_int(parse("<a colour=\"blue\">"), AMANDA_XML_OPEN);
    expect_true(tag.bad_attribute);
    expect_int(parse("<a b>"), AMANDA_XML_OPEN);
    expect_true(tag.bad_attribute);
    expect_int(parse("<a raw=x>"), AMANDA_XML_OPEN);
    expect_true(tag.bad_attribute);
    expect_false(tag.has_raw);
    expect_int(parse("<a raw=\"<b>"), AMANDA_XML_MALFORMED);
    expect_str(bytes_of(tag.span), "<a raw=\"");
}

static void malformed_tags_can_be_skipped(void)
{
    expect_int(parse("<>x"), AMANDA_XML_MALFORMED);
    expect_str(bytes_of(tag.span), "<>");
    expect_int(parse("<<a>"), AMANDA_XML_MALFORMED);
    expect_str(bytes_of(tag.span), "<");
    expect_int(parse("</ a>"), AMANDA_XML_MALFORMED);
    expect_int(parse("<a/b>"), AMANDA_XML_MALFORMED);
    expect_true(tag.span.length > 0);
    expect_int(parse("< a>"), AMANDA_XML_MALFORMED);
}

static void what_no_amanda_sends_is_other(void)
{
    expect_int(parse("<?xml version=\"1.0\"?>\n"), AMANDA_XML_OTHER);
    expect_str(bytes_of(tag.span), "<?xml version=\"1.0\"?>");
    expect_int(parse("<!-- a -->"), AMANDA_XML_OTHER);
}

static void cut_tags_are_unfinished(void)
{
    static const char *const cut[] = {"<",
                                      "<d",
                                      "</",
                                      "</d",
                                      "<disk ",
                                      "<disk enc",
                                      "<disk encoding=",
                                      "<disk encoding=\"",
                                      "<disk encoding=\"raw\"",
                                      "<disk/",
                                      "<!-- "};

    for (size_t i = 0; i < G_N_ELEMENTS(cut); i++) {
        amanda_xml_kind_t kind = parse(cut[i]);

        expect_case(cut[i]);
        expect_true(kind == AMANDA_XML_UNFINISHED || kind == AMANDA_XML_MALFORMED);
        expect_int(tag.span.length, strlen(cut[i]));
    }
    expect_case(NULL);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("xml-tag", tags_have_names),
        UNIT_TEST("xml-tag", the_raw_attribute_is_read),
        UNIT_TEST("xml-tag", other_attributes_are_told),
        UNIT_TEST("xml-tag", malformed_tags_can_be_skipped),
        UNIT_TEST("xml-tag", what_no_amanda_sends_is_other),
        UNIT_TEST("xml-tag", cut_tags_are_unfinished),
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].function);
    return g_test_run();
}
