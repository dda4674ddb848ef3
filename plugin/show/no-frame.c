/* show/no-frame.c
 * What stands where a frame is due, or where TLS is: text of who cannot start amandad, and the other kind of auth
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/no-frame.h"

#include "show/common-fields.h"
#include "show/labels.h"
#include "show/packet-data.h"
#include "text/printable.h"

#include <string.h>

/* What the Info column has of a text. */
#define INFO_MAX 160

/* A record of TLS or SSL 3 (RFC 8446, 5.1): its types, and the first of the two bytes of its version. */
#define TLS_TYPE_FIRST 0x14
#define TLS_TYPE_LAST 0x17
#define TLS_VERSION 0x03
#define TLS_BYTES 2

int hf_amanda_frame_rest;

static int proto_amanda;

static int hf_amanda_frame_said;

static int ett_amanda_no_frame = -1;

static expert_field ei_amanda_frame_bad_length;
static expert_field ei_amanda_frame_not_tls;
static expert_field ei_amanda_frame_text;
static expert_field ei_amanda_frame_tls;

/* Plain text, in whatever language: no control characters, and UTF-8 as far as it goes. */
static bool is_text(const char *bytes, int length)
{
    const char *end;

    for (int i = 0; i < length; i++) {
        if (g_ascii_iscntrl(bytes[i]) && !g_ascii_isspace(bytes[i]))
            return false;
    }
    /* The last character may go on behind what is looked at. */
    return g_utf8_validate(bytes, length, &end) || (end > bytes && bytes + length - end < 4);
}

amanda_instead_t amanda_no_frame_kind(tvbuff_t *tvb, int offset)
{
    int length = MIN((int)tvb_captured_length_remaining(tvb, offset), AMANDA_FRAME_HEADER);

    if (length <= 0)
        return AMANDA_INSTEAD_NOTHING;

    const uint8_t *bytes = tvb_get_ptr(tvb, offset, length);

    if (bytes[0] == 0) {
        bool told = length == AMANDA_FRAME_HEADER && tvb_get_ntohl(tvb, offset) > AMANDA_FRAME_MAX;

        return told ? AMANDA_INSTEAD_BYTES : AMANDA_INSTEAD_NOTHING;
    }
    if (bytes[0] >= TLS_TYPE_FIRST && bytes[0] <= TLS_TYPE_LAST) {
        if (length < TLS_BYTES)
            return AMANDA_INSTEAD_NOTHING;
        return bytes[1] == TLS_VERSION ? AMANDA_INSTEAD_TLS : AMANDA_INSTEAD_BYTES;
    }
    return is_text((const char *)bytes, length) ? AMANDA_INSTEAD_TEXT : AMANDA_INSTEAD_BYTES;
}

static proto_item *add_item(tvbuff_t *tvb, proto_tree *tree, proto_tree **subtree)
{
    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, (int)tvb_captured_length(tvb), ENC_NA);

    *subtree = proto_item_add_subtree(item, ett_amanda_no_frame);
    return item;
}

static void show_text(bool due_tls, bool more, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const char *due = due_tls ? "TLS" : "a frame";
    const amanda_span_t span = {0, (int)tvb_captured_length(tvb)};
    const char *text = amanda_span_text(pinfo->pool, tvb, span);
    proto_tree *subtree;
    proto_item *item = add_item(tvb, tree, &subtree);
    int shown = MIN((int)strcspn(text, "\r\n"), INFO_MAX);

    amanda_add_string(subtree, hf_amanda_frame_said, tvb, span);
    amanda_label(item, ", text where %s is due", due);
    amanda_info_add(pinfo, "Text where %s is due: %.*s", due, amanda_fit(text, shown), text);
    if (more)
        return;
    if (!due_tls)
        amanda_expert_add(pinfo, item, &ei_amanda_frame_text);
    else if (amanda_expert_has_room(pinfo, item))
        expert_add_info_format(pinfo, item, &ei_amanda_frame_text,
                               "No TLS, but text, as inetd, xinetd and programs that cannot start amandad send");
}

void amanda_no_frame_show(amanda_instead_t kind, bool due_tls, bool more, tvbuff_t *tvb, packet_info *pinfo,
                          proto_tree *tree)
{
    bool tls = kind == AMANDA_INSTEAD_TLS;
    proto_tree *subtree;
    proto_item *item;

    if (kind == AMANDA_INSTEAD_TEXT) {
        show_text(due_tls, more, tvb, pinfo, tree);
        return;
    }
    item = add_item(tvb, tree, &subtree);
    proto_tree_add_item(subtree, hf_amanda_frame_rest, tvb, 0, -1, ENC_NA);
    amanda_label(item, ", %s", tls ? "TLS where a frame is due" : "no frame");
    amanda_info_add(pinfo, "%s", tls ? "TLS where a frame is due" : "No frame");
    if (!more)
        amanda_expert_add(pinfo, item, tls ? &ei_amanda_frame_tls : &ei_amanda_frame_bad_length);
}

void amanda_no_frame_show_not_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    proto_tree *subtree;
    proto_item *item = add_item(tvb, tree, &subtree);

    amanda_label(item, ", a frame where TLS is due");
    amanda_info_add(pinfo, "A frame where TLS is due");
    amanda_expert_add(pinfo, item, &ei_amanda_frame_not_tls);
}

void amanda_no_frame_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_frame_said,
         {"Text", "amanda.frame.said", FT_STRING, BASE_NONE, NULL, 0x0,
          "Text where a frame or TLS is due: what a program says that cannot start amandad, or is none of Amanda's",
          HFILL}},
        {&hf_amanda_frame_rest,
         {"Bytes outside of any frame", "amanda.frame.rest", FT_BYTES, BASE_NONE, NULL, 0x0,
          "Bytes that belong to no frame whose beginning is known", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_no_frame,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_frame_bad_length,
         {"amanda.frame.bad_length", PI_MALFORMED, PI_ERROR, "No Amanda frame: it would be longer than 4 MiB",
          EXPFILL}},
        {&ei_amanda_frame_text,
         {"amanda.frame.text", PI_MALFORMED, PI_ERROR,
          "No Amanda frame, but text, as inetd, xinetd, ssh, rsh and programs that cannot start amandad send",
          EXPFILL}},
        {&ei_amanda_frame_tls,
         {"amanda.frame.tls", PI_MALFORMED, PI_ERROR,
          "No Amanda frame, but TLS: this side uses auth ssl, and the other one an auth without TLS (bsdtcp)",
          EXPFILL}},
        {&ei_amanda_frame_not_tls,
         {"amanda.frame.not_tls", PI_MALFORMED, PI_ERROR,
          "No TLS, but an Amanda frame: this side uses an auth without TLS (bsdtcp), and the other one auth ssl",
          EXPFILL}},
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
