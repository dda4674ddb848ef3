/* show/header.c
 * Shows the header line and the SECURITY and SERVICE lines of a datagram
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/header.h"

#include "show/packet-data.h"

static int hf_amanda_handle;
static int hf_amanda_security;
static int hf_amanda_security_mutual_auth;
static int hf_amanda_security_ticket;
static int hf_amanda_security_user;
static int hf_amanda_seq;
static int hf_amanda_service_program;
static int hf_amanda_type;
static int hf_amanda_version;

static int ett_amanda_security = -1;
static int ett_amanda_service = -1;

static expert_field ei_amanda_header_cut;
static expert_field ei_amanda_header_malformed;
static expert_field ei_amanda_seq_not_a_number;

static const value_string malformed_vals[] = {
    {AMANDA_HEADER_BAD_VERSION, "Malformed header line: a version number was expected here"},
    {AMANDA_HEADER_BAD_TYPE, "Malformed header line: the packet type is none of REQ, REP, PREP, ACK and NAK"},
    {AMANDA_HEADER_NO_HANDLE_KEY, "Malformed header line: the word HANDLE was expected here"},
    {AMANDA_HEADER_EMPTY_HANDLE, "Malformed header line: the handle is empty"},
    {AMANDA_HEADER_NO_SEQ_KEY, "Malformed header line: the word SEQ was expected here"},
    {AMANDA_HEADER_NO_SEQ, "Malformed header line: the sequence number is missing"},
    {0, NULL},
};

static const value_string type_vals[] = {
    {AMANDA_TYPE_REQ, "REQ"}, {AMANDA_TYPE_REP, "REP"}, {AMANDA_TYPE_PREP, "PREP"},
    {AMANDA_TYPE_ACK, "ACK"}, {AMANDA_TYPE_NAK, "NAK"}, {0, NULL},
};

void amanda_show_header(const amanda_header_t *header, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    if (tree) {
        amanda_add_string(tree, hf_amanda_version, tvb, header->version);
        amanda_add_string(tree, hf_amanda_type, tvb, header->type);
        amanda_add_string(tree, hf_amanda_handle, tvb, header->handle);
    }
    /* Without a tree there is an item only for what is to be said of it. */
    bool quoted = pinfo->flags.in_error_pkt; /* in an ICMP error, which tells of itself */

    if (header->seq.length > 0 && (tree || !header->seq_is_number)) {
        proto_item *item =
            proto_tree_add_int(tree, hf_amanda_seq, tvb, header->seq.offset, header->seq.length, header->seq_value);

        if (!header->seq_is_number && !quoted)
            amanda_expert_add(pinfo, item, &ei_amanda_seq_not_a_number);
    }
    if (quoted)
        return;
    if (header->status == AMANDA_HEADER_CUT) {
        amanda_expert_add(pinfo, proto_tree_get_parent(tree), &ei_amanda_header_cut);
    } else if (header->status != AMANDA_HEADER_WHOLE && amanda_expert_has_room(pinfo, proto_tree_get_parent(tree))) {
        /* At least one byte, so that there is something to select; at the end of the text there may be none left. */
        int offset = MIN(header->wrong.offset, (int)tvb_captured_length(tvb) - 1);

        proto_tree_add_expert_format(tree, pinfo, &ei_amanda_header_malformed, tvb, offset,
                                     MAX(header->wrong.length, 1), "%s",
                                     val_to_str_const(header->status, malformed_vals, "Malformed header line"));
    }
}

const char *amanda_type_name(amanda_type_t type)
{
    return val_to_str_const(type, type_vals, "packet");
}

void amanda_show_type(amanda_type_t type, tvbuff_t *tvb, int offset, int length, proto_tree *tree)
{
    proto_tree_add_string(tree, hf_amanda_type, tvb, offset, length, amanda_type_name(type));
}

static proto_tree *add_line(proto_tree *tree, int hf, int ett, tvbuff_t *tvb, amanda_span_t value)
{
    return proto_item_add_subtree(amanda_add_string(tree, hf, tvb, value), ett);
}

void amanda_show_security_service(const amanda_security_service_t *security_service, tvbuff_t *tvb, proto_tree *tree)
{
    if (!tree)
        return;

    proto_tree *security = add_line(tree, hf_amanda_security, ett_amanda_security, tvb, security_service->security);

    amanda_add_string(security, hf_amanda_security_user, tvb, security_service->user);
    amanda_add_string(security, hf_amanda_security_ticket, tvb, security_service->ticket);
    amanda_add_string(security, hf_amanda_security_mutual_auth, tvb, security_service->mutual_auth);

    proto_tree *service = add_line(tree, hf_amanda_service, ett_amanda_service, tvb, security_service->service);

    amanda_add_string(service, hf_amanda_service_program, tvb, security_service->program);
}

void amanda_show_header_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_version,
         {"Version", "amanda.version", FT_STRING, BASE_NONE, NULL, 0x0,
          "Amanda release of the sender, without its patch level", HFILL}},
        {&hf_amanda_type,
         {"Type", "amanda.type", FT_STRING, BASE_NONE, NULL, 0x0,
          "REQ (request), ACK, PREP (partial reply), REP (reply) or NAK (refusal)", HFILL}},
        {&hf_amanda_handle,
         {"Handle", "amanda.handle", FT_STRING, BASE_NONE, NULL, 0x0,
          "Names the request in its requester; used again and again", HFILL}},
        {&hf_amanda_seq,
         {"SEQ", "amanda.seq", FT_INT32, BASE_DEC, NULL, 0x0,
          "Sequence number of the request, the same in everything that belongs to it", HFILL}},
        {&hf_amanda_security,
         {"Security", "amanda.security", FT_STRING, BASE_NONE, NULL, 0x0, "What follows the word SECURITY", HFILL}},
        {&hf_amanda_security_user,
         {"User", "amanda.security.user", FT_STRING, BASE_NONE, NULL, 0x0,
          "Login name of the requester (SECURITY USER)", HFILL}},
        {&hf_amanda_security_ticket,
         {"Ticket", "amanda.security.ticket", FT_STRING, BASE_NONE, NULL, 0x0,
          "Kerberos 4 ticket, with other bytes than letters and digits as $HH (SECURITY TICKET)", HFILL}},
        {&hf_amanda_security_mutual_auth,
         {"Mutual authentication", "amanda.security.mutual_auth", FT_STRING, BASE_NONE, NULL, 0x0,
          "Kerberos 4 proof of the responder, with other bytes than letters and digits as $HH", HFILL}},
        {&hf_amanda_service_program,
         {"Program", "amanda.service.program", FT_STRING, BASE_NONE, NULL, 0x0,
          "Backup program that a 2.3 request names in its SERVICE line", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_security,
        &ett_amanda_service,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_header_malformed,
         {"amanda.header.malformed", PI_MALFORMED, PI_ERROR, "Malformed header line", EXPFILL}},
        {&ei_amanda_header_cut,
         {"amanda.header.cut", PI_UNDECODED, PI_NOTE,
          "The capture does not hold the whole header line: no verdict can be given", EXPFILL}},
        {&ei_amanda_seq_not_a_number,
         {"amanda.seq.not_a_number", PI_PROTOCOL, PI_NOTE, "SEQ is not a plain number; receivers read it like atoi()",
          EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
