/* stream/dump-summary.c
 * A dump from its request to its end: what the streams together tell
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/dump-summary.h"

#include "show/labels.h"
#include "show/generated.h"
#include "show/common-fields.h"
#include "show/packet-data.h"
#include "stream/outcome-facts.h"
#include "stream/data.h"
#include "stream/stream-bytes.h"

static int hf_amanda_dump;
static int hf_amanda_dump_bytes;
static int hf_amanda_dump_calculated_bytes;
static int hf_amanda_dump_calculated_crc;
static int hf_amanda_dump_check;
static int hf_amanda_dump_disk;
static int hf_amanda_dump_format;
static int hf_amanda_dump_level;
static int hf_amanda_dump_reply_in;
static int hf_amanda_dump_request_in;
static int hf_amanda_dump_result;
static int hf_amanda_dump_size;
static int hf_amanda_dump_stream;
static int hf_amanda_dump_stream_bytes;
static int hf_amanda_dump_stream_first_frame;
static int hf_amanda_dump_time;

static int ett_amanda_dump = -1;
static int ett_amanda_dump_stream = -1;

static expert_field ei_amanda_dump_bytes_wrong;
static expert_field ei_amanda_dump_crc_wrong;
static expert_field ei_amanda_dump_no_end;

static const value_string check_vals[] = {
    {AMANDA_CHECK_GOOD, "correct"},
    {AMANDA_CHECK_BAD_CRC, "wrong CRC"},
    {AMANDA_CHECK_BAD_COUNT, "wrong number of bytes"},
    {0, NULL},
};

void amanda_dump_summary_check(const amanda_dump_t *dump, const packet_info *pinfo, uint64_t position)
{
    amanda_result_t *result = dump->result;
    const amanda_stream_t *data = amanda_dump_role(dump, AMANDA_ROLE_DATA);

    if (!result || !result->has_client_crc || result->check != AMANDA_CHECK_NONE || !data)
        return;

    const amanda_carried_t *carried = amanda_stream_carried(data);
    const amanda_half_t *half = &carried->half[AMANDA_TO_REQUESTER];

    /* With fewer bytes than that, the rest may just not have come yet. */
    if (!carried->data || half->incomplete || (half->bytes < result->client_bytes && !carried->closed_in))
        return;
    result->counted = half->bytes;
    result->calculated = amanda_data_crc(carried->data);
    result->check_frame = pinfo->num;
    result->check_position = position;
    if (half->bytes != result->client_bytes)
        result->check = AMANDA_CHECK_BAD_COUNT;
    else
        result->check = result->calculated == result->client_crc ? AMANDA_CHECK_GOOD : AMANDA_CHECK_BAD_CRC;
    amanda_stream_outcome_checked(data, result->check == AMANDA_CHECK_GOOD, result->client_bytes, half->bytes, pinfo);
}

void amanda_dump_summary_show_check(const amanda_dump_t *dump, packet_info *pinfo, uint64_t position, tvbuff_t *tvb,
                                    proto_tree *tree, proto_item *item)
{
    const amanda_result_t *result = dump->result;
    const char *text = result ? try_val_to_str(result->check, check_vals) : NULL;

    if (!text || result->check_frame != pinfo->num || result->check_position != position)
        return;
    amanda_label(item, " [%s]", text);
    amanda_generated_string(tree, hf_amanda_dump_check, tvb, text);
    if (result->check == AMANDA_CHECK_GOOD)
        return;
    amanda_generated_uint(tree, hf_amanda_dump_calculated_crc, tvb, result->calculated);
    amanda_generated_uint64(tree, hf_amanda_dump_calculated_bytes, tvb, result->counted);
    amanda_expert_add(pinfo, item,
                      result->check == AMANDA_CHECK_BAD_CRC ? &ei_amanda_dump_crc_wrong : &ei_amanda_dump_bytes_wrong);
}

/* Whoever ends MESG first has the last word: what comes later is not heard. */
static void remember_end(const amanda_stream_t *mesg, const packet_info *pinfo, uint64_t position)
{
    amanda_dump_t *dump = mesg->dump;

    if (!dump->result || dump->result->end_frame)
        return;
    dump->result->incomplete = amanda_stream_carried(mesg)->half[AMANDA_TO_REQUESTER].incomplete;
    dump->result->end_frame = pinfo->num;
    dump->result->end_position = position;
    dump->result->end_time = pinfo->abs_ts;
    dump->last_word = (amanda_result_t *)wmem_memdup(wmem_file_scope(), dump->result, sizeof *dump->result);
    for (amanda_stream_t *stream = dump->streams; stream; stream = stream->next) {
        if (stream->carried)
            stream->carried->bytes_at_end = stream->carried->half[AMANDA_TO_REQUESTER].bytes;
    }
}

void amanda_dump_summary_advance(const amanda_stream_t *stream, const packet_info *pinfo)
{
    const amanda_dump_t *dump = stream->dump;

    uint64_t position = amanda_stream_carried(stream)->half[AMANDA_TO_REQUESTER].bytes;

    amanda_stream_outcome_bytes(stream, pinfo);
    if (stream->role == AMANDA_ROLE_DATA)
        amanda_dump_summary_check(dump, pinfo, position);
    if (stream->role == AMANDA_ROLE_MESG && dump->result && dump->result->ended)
        remember_end(stream, pinfo, position);
}

void amanda_dump_summary_closed(amanda_stream_t *stream, const packet_info *pinfo)
{
    amanda_carried_t *carried = amanda_stream_make_carried(stream);

    if (carried->closed_in)
        return;
    carried->closed_in = pinfo->num;
    if (stream->role == AMANDA_ROLE_DATA)
        amanda_dump_summary_check(stream->dump, pinfo, AMANDA_AT_CLOSE);
    if (stream->role == AMANDA_ROLE_MESG) {
        if (g_strcmp0(stream->dump->service, "sendbackup") == 0)
            amanda_dump_result(stream->dump);
        remember_end(stream, pinfo, AMANDA_AT_CLOSE);
    }
}

static void show_stream(const amanda_stream_t *stream, tvbuff_t *tvb, proto_tree *tree)
{
    const uint64_t bytes = amanda_stream_carried(stream)->bytes_at_end;
    proto_item *item = proto_tree_add_string(tree, hf_amanda_dump_stream, tvb, 0, 0, amanda_role_name(stream->role));
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_dump_stream);

    proto_item_set_generated(item);
    amanda_label(item, ", %" G_GUINT64_FORMAT " bytes", bytes);
    /* The frames that a later pass knows of must not show where the first pass did not know them. */
    if (stream->first_frame && stream->first_frame <= stream->dump->result->end_frame)
        amanda_generated_frame(subtree, hf_amanda_dump_stream_first_frame, tvb, stream->first_frame);
    amanda_generated_uint64(subtree, hf_amanda_dump_stream_bytes, tvb, bytes);
    if (stream->role == AMANDA_ROLE_DATA) {
        amanda_generated_uint64(tree, hf_amanda_dump_bytes, tvb, bytes);
        amanda_generated_string(tree, hf_amanda_dump_format, tvb,
                                amanda_data_format(stream, stream->dump->result->end_frame, bytes));
    }
}

static const char *result_text(const amanda_result_t *result)
{
    if (result->errors)
        return "failed";
    if (result->incomplete)
        return "unknown";
    if (!result->ended)
        return "not finished";
    return result->strange ? "strange" : "success";
}

static void show_dump(const amanda_dump_t *dump, const packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                      proto_item *item)
{
    const amanda_result_t *result = dump->last_word;
    const char *disk = amanda_dump_disk(dump, pinfo->num);
    int level = amanda_dump_level(dump, pinfo->num);
    nstime_t duration;

    proto_item_set_generated(item);
    amanda_label(item, "%s%s: %s", disk ? " of " : "", disk ? disk : "", result_text(result));
    amanda_generated_string(tree, hf_amanda_dump_disk, tvb, disk);
    if (level >= 0)
        amanda_generated_int(tree, hf_amanda_dump_level, tvb, level);
    amanda_generated_frame(tree, hf_amanda_dump_request_in, tvb, dump->request);
    amanda_generated_frame(tree, hf_amanda_dump_reply_in, tvb, dump->reply);
    for (const amanda_stream_t *stream = dump->streams; stream; stream = stream->next)
        show_stream(stream, tvb, tree);
    if (result->has_size)
        amanda_generated_uint64(tree, hf_amanda_dump_size, tvb, result->size);
    nstime_delta(&duration, &result->end_time, &dump->reply_time);
    amanda_generated_time(tree, hf_amanda_dump_time, tvb, &duration);
    amanda_generated_string(tree, hf_amanda_dump_result, tvb, result_text(result));
}

void amanda_dump_summary_show(const amanda_stream_t *stream, packet_info *pinfo, uint64_t position, tvbuff_t *tvb,
                              proto_tree *tree)
{
    const amanda_dump_t *dump = stream->dump;
    const amanda_result_t *result = dump->last_word;

    if (stream->role == AMANDA_ROLE_DATA && position)
        amanda_dump_summary_show_check(dump, pinfo, position, tvb, tree, proto_tree_get_parent(tree));
    if (stream->role != AMANDA_ROLE_MESG || !result || result->end_frame != pinfo->num ||
        result->end_position != position)
        return;

    const char *disk = amanda_dump_disk(dump, pinfo->num);
    proto_item *item = proto_tree_add_item(tree, hf_amanda_dump, tvb, 0, 0, ENC_NA);

    show_dump(dump, pinfo, tvb, proto_item_add_subtree(item, ett_amanda_dump), item);
    /* An error is a client's last word, too. */
    if (!result->ended && !result->errors && !result->incomplete) {
        amanda_expert_add(pinfo, item, &ei_amanda_dump_no_end);
        amanda_info_begin(pinfo, "[MESG%s%s closed before the dump had ended] ", disk ? " of " : "", disk ? disk : "");
    }
}

void amanda_dump_summary_show_closed(const amanda_stream_t *stream, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_carried_t *carried = amanda_stream_carried(stream);

    if (carried->closed_in != pinfo->num)
        return;
    amanda_stream_bytes_show_unfinished(&carried->half[AMANDA_TO_REQUESTER], pinfo, tvb, tree);
    amanda_dump_summary_show(stream, pinfo, AMANDA_AT_CLOSE, tvb, tree);
}

void amanda_dump_summary_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_dump, {"Dump", "amanda.dump", FT_NONE, BASE_NONE, NULL, 0x0, "The dump that ends here", HFILL}},
        {&hf_amanda_dump_disk,
         {"Disk", "amanda.dump.disk", FT_STRING, BASE_NONE, NULL, 0x0, "Disk that was dumped", HFILL}},
        {&hf_amanda_dump_level,
         {"Level", "amanda.dump.level", FT_INT32, BASE_DEC, NULL, 0x0, "Level of the dump", HFILL}},
        {&hf_amanda_dump_request_in,
         {"Asked for in", "amanda.dump.request_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "The sendbackup REQ", HFILL}},
        {&hf_amanda_dump_reply_in,
         {"Answered in", "amanda.dump.reply_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0x0,
          "The REP that announced the streams", HFILL}},
        {&hf_amanda_dump_stream,
         {"Stream", "amanda.dump.stream", FT_STRING, BASE_NONE, NULL, 0x0, "A stream of the dump", HFILL}},
        {&hf_amanda_dump_stream_first_frame,
         {"First frame", "amanda.dump.stream.first_frame", FT_FRAMENUM, BASE_NONE, NULL, 0x0, "Where the stream begins",
          HFILL}},
        {&hf_amanda_dump_stream_bytes,
         {"Bytes", "amanda.dump.stream.bytes", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Bytes of the stream in the capture when MESG ended", HFILL}},
        {&hf_amanda_dump_bytes,
         {"DATA bytes", "amanda.dump.bytes", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Bytes of the DATA stream in the capture when MESG ended", HFILL}},
        {&hf_amanda_dump_format,
         {"Format", "amanda.dump.format", FT_STRING, BASE_NONE, NULL, 0x0, "Format of the DATA stream", HFILL}},
        {&hf_amanda_dump_size,
         {"Size", "amanda.dump.size", FT_UINT64, BASE_DEC, NULL, 0x0,
          "What the client says: KiB before any compression (Amanda 2.3: bytes)", HFILL}},
        {&hf_amanda_dump_time,
         {"Time since the reply", "amanda.dump.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
          "From the reply that announced the streams to the end of MESG", HFILL}},
        {&hf_amanda_dump_result,
         {"Result", "amanda.dump.result", FT_STRING, BASE_NONE, NULL, 0x0,
          "success, strange, failed, not finished, or unknown where a part of MESG was not captured", HFILL}},
        {&hf_amanda_dump_check,
         {"DATA stream", "amanda.dump.check", FT_STRING, BASE_NONE, NULL, 0x0,
          "Whether number and CRC-32C of the captured bytes are what the client says: correct, wrong CRC, or wrong "
          "number of bytes; only where all bytes were captured",
          HFILL}},
        {&hf_amanda_dump_calculated_crc,
         {"CRC of the captured bytes", "amanda.dump.calculated_crc", FT_UINT32, BASE_HEX, NULL, 0x0,
          "CRC-32C of the DATA stream in the capture", HFILL}},
        {&hf_amanda_dump_calculated_bytes,
         {"Captured bytes", "amanda.dump.calculated_bytes", FT_UINT64, BASE_DEC, NULL, 0x0,
          "Bytes of the DATA stream in the capture", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_dump,
        &ett_amanda_dump_stream,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_dump_crc_wrong,
         {"amanda.dump.crc_wrong", PI_CHECKSUM, PI_ERROR, "The DATA stream has another CRC than the client says",
          EXPFILL}},
        {&ei_amanda_dump_bytes_wrong,
         {"amanda.dump.bytes_wrong", PI_CHECKSUM, PI_ERROR,
          "The DATA stream has another number of bytes than the client says", EXPFILL}},
        {&ei_amanda_dump_no_end,
         {"amanda.dump.no_end", PI_SEQUENCE, PI_ERROR, "MESG was closed before the client said that the dump had ended",
          EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
