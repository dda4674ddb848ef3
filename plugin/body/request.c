/* body/request.c
 * The bodies of requests
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/request.h"

#include <epan/wmem_scopes.h>
#include <string.h>

#include "show/packet-data.h"
#include "body/dle-text.h"
#include "body/dle-xml.h"
#include "text/feature-sets.h"
#include "body/options.h"
#include "show/capture.h"
#include "text/quoted-strings.h"
#include "show/quoted.h"
#include "verdict/endpoint.h"

/* Responders refuse a request of the bsd kinds of authentication from any other port than a reserved one. */
#define FIRST_UNRESERVED_PORT 1024

static int hf_amanda_ambackupd_command;
static int hf_amanda_ambackupd_disk;
static int hf_amanda_ambackupd_disk_wire;

static expert_field ei_amanda_req_capture_cut;
static expert_field ei_amanda_req_no_quotes;
static expert_field ei_amanda_req_no_xml;
static expert_field ei_amanda_req_not_secure;
static expert_field ei_amanda_req_percent;
static expert_field ei_amanda_req_rest;
static expert_field ei_amanda_req_too_much;
static expert_field ei_amanda_req_truncated;

/* The request under way. */
typedef struct {
    amanda_body_t *body;
    proto_tree *tree;
    amanda_dle_summary_t disks;
    bool rest_shown;
    bool has_xml;
} request_t;

/* A line that no service explains. The first of them says so. */
static void show_rest(request_t *request, amanda_span_t line)
{
    amanda_body_t *body = request->body;

    amanda_body_show_lines(body, request->tree, line.offset, line.offset + line.length);
    /* What the capture cut may have been a line that is known, and of a service that is not known all may be. */
    if (!body->service || amanda_body_is_cut_at(body, line.offset + line.length))
        return;
    if (!request->rest_shown)
        proto_tree_add_expert(request->tree, body->pinfo, &ei_amanda_req_rest, body->tvb, line.offset, line.length);
    request->rest_shown = true;
}

static void show_selfcheck(request_t *request, amanda_span_t line)
{
    amanda_dle_text_line(request->body, request->tree, line, AMANDA_DLE_SELFCHECK, &request->disks);
}

static void show_sendsize(request_t *request, amanda_span_t line)
{
    amanda_dle_text_line(request->body, request->tree, line, AMANDA_DLE_SENDSIZE, &request->disks);
}

static void show_sendbackup(request_t *request, amanda_span_t line)
{
    amanda_dle_text_line(request->body, request->tree, line, AMANDA_DLE_SENDBACKUP, &request->disks);
}

/* LISTDLE, CHECK or BACKUP disk. Amanda 3.4 to 3.5 server-src/ambackupd.pl. */
static void show_ambackupd(request_t *request, amanda_span_t line)
{
    amanda_body_t *body = request->body;
    amanda_span_t command = amanda_span_first_word(body->text, line);
    amanda_span_t disk = amanda_span_behind_word(body->text, line);
    const char *name;

    amanda_add_string(request->tree, hf_amanda_ambackupd_command, body->tvb, command);
    name = amanda_add_quoted(body, request->tree, hf_amanda_ambackupd_disk, hf_amanda_ambackupd_disk_wire, disk, NULL);
    if (amanda_body_has_no_info(body)) {
        wmem_strbuf_append(amanda_body_info(body), amanda_span_text(body->pinfo->pool, body->tvb, command));
        if (*name)
            wmem_strbuf_append_printf(amanda_body_info(body), " %s", name);
    }
}

/* What a service's requests have behind the OPTIONS line, where it is not disk list entries in XML. The services that
 * are not here have nothing there, or nothing that is known. */
static const struct {
    const char *service;
    void (*show)(request_t *request, amanda_span_t line);
} services[] = {
    {"selfcheck", show_selfcheck},
    {"sendsize", show_sendsize},
    {"sendbackup", show_sendbackup},
    {"ambackupd", show_ambackupd},
};

static void show_line(request_t *request, amanda_span_t line)
{
    const char *service = request->body->service;

    for (size_t i = 0; service && i < G_N_ELEMENTS(services); i++) {
        if (strcmp(services[i].service, service) == 0) {
            services[i].show(request, line);
            return;
        }
    }
    show_rest(request, line);
}

static void show_lines(request_t *request, int offset)
{
    amanda_body_t *body = request->body;

    while ((offset = amanda_skip_space(body->text, offset, body->length)) < body->length) {
        amanda_span_t line;
        int next;

        if (!amanda_body_has_room(body)) {
            proto_tree_add_expert(request->tree, body->pinfo, &ei_amanda_req_too_much, body->tvb, offset,
                                  body->length - offset);
            return;
        }
        if (body->text[offset] == '<') {
            next = amanda_dle_xml_list(body, request->tree, offset, body->length, &request->disks);
            if (next > offset) {
                request->has_xml = true;
                offset = next;
                continue;
            }
        }
        amanda_quoted_line(body->text, body->length, offset, &line, &next);
        if (amanda_options_is_line(body->text, line))
            amanda_options_dissect(body, request->tree, line);
        else
            show_line(request, line);
        offset = next;
    }
}

static bool has_limit_length(const amanda_body_t *body)
{
    int length = (int)tvb_reported_length(body->tvb);

    if (length == AMANDA_DATAGRAM_MAX + 1)
        return tvb_captured_length(body->tvb) <= AMANDA_DATAGRAM_MAX || body->length == AMANDA_DATAGRAM_MAX;
    return body->version <= AMANDA_VERSION(2, 4) &&
           (length == AMANDA_DATAGRAM_MAX || length == AMANDA_DATAGRAM_MAX_2_3);
}

/* Whether the responder had said in an earlier reply what it can do, without this feature. */
static bool peer_lacks(const amanda_exchange_facts_t *facts, unsigned feature)
{
    return facts && facts->peer_features && !amanda_features_string_has(facts->peer_features, feature);
}

static void show_anomalies(const request_t *request)
{
    const amanda_body_t *body = request->body;
    const amanda_exchange_facts_t *facts = body->facts;
    packet_info *pinfo = body->pinfo;
    proto_item *item = proto_tree_get_parent(body->tree);
    bool krb4 = body->record && body->record->exchange && body->record->exchange->krb4;

    if (body->cut)
        amanda_expert_add(pinfo, item, &ei_amanda_req_capture_cut);
    if (request->has_xml && peer_lacks(facts, AMANDA_FE_req_xml))
        amanda_expert_add(pinfo, item, &ei_amanda_req_no_xml);
    if (request->disks.quoted && peer_lacks(facts, AMANDA_FE_interface_quoted_text))
        amanda_expert_add(pinfo, item, &ei_amanda_req_no_quotes);
    if (body->framed)
        return;
    if (has_limit_length(body))
        amanda_expert_add(pinfo, item, &ei_amanda_req_truncated);
    /* From Amanda's own port, only a peer that listens there can have sent it, which is not one of the requesters. */
    if (!krb4 && pinfo->srcport >= FIRST_UNRESERVED_PORT && pinfo->srcport != pinfo->destport)
        amanda_expert_add(pinfo, item, &ei_amanda_req_not_secure);
    if (body->version == AMANDA_VERSION(2, 5) && memchr(body->text, '%', (size_t)body->length))
        amanda_expert_add(pinfo, item, &ei_amanda_req_percent);
}

static void fill_in_gist(const request_t *request)
{
    const amanda_dle_summary_t *disks = &request->disks;
    amanda_body_t *body = request->body;

    if (disks->count > 1) {
        wmem_strbuf_append_printf(amanda_body_info(body), "%u disks", disks->count);
    } else if (disks->disk) {
        wmem_strbuf_append(amanda_body_info(body), disks->disk);
        if (disks->levels)
            wmem_strbuf_append_printf(amanda_body_info(body), " level %s", wmem_strbuf_get_str(disks->levels));
    } else if (disks->program) {
        wmem_strbuf_append(amanda_body_info(body), disks->program);
    }
}

/* Whether this is the body that the exchange's facts come from. */
static bool is_first_whole_body(const amanda_body_t *body)
{
    return amanda_body_is_new(body) && body->facts && !body->cut && !body->facts->req_seen;
}

static void keep_details(const request_t *request)
{
    const amanda_dle_summary_t *disks = &request->disks;
    amanda_exchange_facts_t *facts = request->body->facts;

    facts->req_seen = true;
    if (disks->count == 0 && !disks->disk && !disks->program && !disks->levels && !disks->estimates)
        return;

    amanda_asked_disks_t *kept = amanda_record_new0(wmem_file_scope(), amanda_asked_disks_t);

    kept->count = disks->count;
    kept->disk = disks->disk ? amanda_record_strdup(wmem_file_scope(), disks->disk) : NULL;
    kept->program = disks->program ? amanda_record_strdup(wmem_file_scope(), disks->program) : NULL;
    kept->level = disks->levels ? disks->level : -1;
    kept->estimates = disks->estimates;
    facts->disks = kept;
}

void amanda_request_dissect(amanda_body_t *body, proto_tree *tree, int offset)
{
    bool keep = is_first_whole_body(body);
    request_t request = {.body = body, .tree = tree};

    /* Kept before anything is shown, so that no later pass asks for what became known since. */
    if (keep)
        body->facts->peer_features = amanda_body_responder(body)->features;
    body->peer_features = body->facts ? body->facts->peer_features : NULL;
    if (keep && body->service && strcmp(body->service, "sendsize") == 0)
        request.disks.estimates = wmem_array_new(wmem_file_scope(), sizeof(amanda_asked_estimate_t));
    show_lines(&request, offset);
    fill_in_gist(&request);
    if (keep)
        keep_details(&request);
    show_anomalies(&request);
}

void amanda_request_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_ambackupd_command,
         {"Command", "amanda.ambackupd.command", FT_STRING, BASE_NONE, NULL, 0x0,
          "What ambackup asks for: LISTDLE, CHECK or BACKUP", HFILL}},
        {&hf_amanda_ambackupd_disk,
         {"Disk", "amanda.ambackupd.disk", FT_STRING, BASE_NONE, NULL, 0x0, "Disk that ambackup backs up", HFILL}},
        {&hf_amanda_ambackupd_disk_wire,
         {"Disk name on the wire", "amanda.ambackupd.disk.wire", FT_STRING, BASE_NONE, NULL, 0x0,
          "The disk's name as it was sent, with its quotes", HFILL}},
    };
    static ei_register_info ei[] = {
        {&ei_amanda_req_capture_cut,
         {"amanda.req.capture_cut", PI_UNDECODED, PI_NOTE, "The capture does not hold all of the request", EXPFILL}},
        {&ei_amanda_req_truncated,
         {"amanda.req.truncated", PI_MALFORMED, PI_ERROR,
          "The sender cut the request at the longest datagram that it can send: disks are missing", EXPFILL}},
        {&ei_amanda_req_not_secure,
         {"amanda.req.not_secure", PI_SECURITY, PI_WARN,
          "The request comes from a port above 1023: the responder will refuse it as not secure", EXPFILL}},
        {&ei_amanda_req_no_quotes,
         {"amanda.req.no_quotes", PI_PROTOCOL, PI_WARN,
          "A disk's name is quoted, but the responder has said that it does not know that (feature "
          "interface_quoted_text)",
          EXPFILL}},
        {&ei_amanda_req_no_xml,
         {"amanda.req.no_xml", PI_PROTOCOL, PI_WARN,
          "The request is in XML, but its responder has said that it does not know that (feature req_xml)", EXPFILL}},
        {&ei_amanda_req_percent,
         {"amanda.req.percent", PI_PROTOCOL, PI_NOTE,
          "A % in the request: Amanda 2.5.0 to 2.5.2 may have garbled what follows it", EXPFILL}},
        {&ei_amanda_req_too_much,
         {"amanda.req.too_much", PI_UNDECODED, PI_NOTE, "The request has more than is shown", EXPFILL}},
        {&ei_amanda_req_rest,
         {"amanda.req.rest", PI_UNDECODED, PI_NOTE, "No known request of this service has such a line", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
