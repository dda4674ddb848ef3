/* tcp/gss.c
 * What Kerberos 5 makes of the frames: tokens, and payload that they protect
 *
 * Amanda 2.5 to 3.5 common-src/krb5-security.c: the tokens are exchanged as the first frames. Where kencrypt is set, the
 * payload of all frames behind them is sealed, and nothing but its length can be told.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/gss.h"

#include "show/labels.h"

#define TAG_TOKEN 0x60
#define TAG_OBJECT_IDENTIFIER 0x06

/* The first two bytes of what is sealed and of what is signed. */
#define SEALED 0x0504
#define SIGNED 0x0404

static dissector_handle_t gssapi_handle;

static int hf_amanda_frame_protected;
static int hf_amanda_frame_token;

/* The length that is told at an offset in DER, and where what it counts begins; -1 if it is none. */
static int64_t read_length(tvbuff_t *tvb, int offset, int *begin)
{
    unsigned first = tvb_get_bits8(tvb, (unsigned)offset * 8, 8);
    int64_t length = 0;

    *begin = offset + 1;
    if (first < 0x80)
        return first;
    if (first > 0x84 || tvb_captured_length_remaining(tvb, *begin) < (int)(first & 0x7f))
        return -1;
    for (unsigned i = 0; i < (first & 0x7f); i++)
        length = length << 8 | tvb_get_bits8(tvb, (unsigned)(*begin)++ * 8, 8);
    return length;
}

bool amanda_gss_is_token(tvbuff_t *payload)
{
    int begin;

    if (tvb_captured_length(payload) < 8 || tvb_get_bits8(payload, 0, 8) != TAG_TOKEN)
        return false;
    return read_length(payload, 1, &begin) > 0 && tvb_captured_length_remaining(payload, begin) > 0 &&
           tvb_get_bits8(payload, (unsigned)begin * 8, 8) == TAG_OBJECT_IDENTIFIER;
}

bool amanda_gss_is_protected(tvbuff_t *payload)
{
    if (tvb_captured_length(payload) < 2)
        return false;

    uint16_t first = tvb_get_ntohs(payload, 0);

    return first == SEALED || first == SIGNED;
}

void amanda_gss_dissect(tvbuff_t *payload, bool token, packet_info *pinfo, proto_tree *tree, proto_item *item)
{
    const char *name = token ? "GSS token" : "protected payload";

    proto_tree_add_item(tree, token ? hf_amanda_frame_token : hf_amanda_frame_protected, payload, 0, -1, ENC_NA);
    amanda_label(item, ", %s", name);
    if (token && gssapi_handle) {
        bool writable = col_get_writable(pinfo->cinfo, -1) != 0;

        /* What it says of its own in the columns is less than what is said here. */
        col_set_writable(pinfo->cinfo, -1, false);
        call_dissector_only(gssapi_handle, payload, pinfo, tree, NULL);
        col_set_writable(pinfo->cinfo, -1, writable);
    }
    amanda_info_add(pinfo, "%s", name);
}

void amanda_gss_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_frame_token,
         {"GSS token", "amanda.frame.token", FT_BYTES, BASE_NONE, NULL, 0x0,
          "By which both sides know each other (krb5)", HFILL}},
        {&hf_amanda_frame_protected,
         {"Protected payload", "amanda.frame.protected", FT_BYTES, BASE_NONE, NULL, 0x0,
          "What is sealed or signed with the key that the GSS tokens agreed on (krb5)", HFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
}

void amanda_gss_handoff(int proto)
{
    gssapi_handle = find_dissector_add_dependency("gssapi", proto);
}
