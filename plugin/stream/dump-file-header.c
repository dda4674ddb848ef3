/* stream/dump-file-header.c
 * The header of a dump file: a block of 32 KiB in front of the dump
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/dump-file-header.h"

#include "show/packet-data.h"
#include "text/quoted-strings.h"
#include "text/words.h"

#include <string.h>

static int hf_amanda_fileheader;
static int hf_amanda_fileheader_comp;
static int hf_amanda_fileheader_datestamp;
static int hf_amanda_fileheader_disk;
static int hf_amanda_fileheader_dle;
static int hf_amanda_fileheader_host;
static int hf_amanda_fileheader_key;
static int hf_amanda_fileheader_label;
static int hf_amanda_fileheader_level;
static int hf_amanda_fileheader_line;
static int hf_amanda_fileheader_part;
static int hf_amanda_fileheader_program;
static int hf_amanda_fileheader_type;
static int hf_amanda_fileheader_value;

static int ett_amanda_fileheader = -1;
static int ett_amanda_fileheader_line = -1;

static expert_field ei_amanda_fileheader_cut;

bool amanda_header_block_is_one(const uint8_t *bytes, int length)
{
    return length >= AMANDA_HEADER_BLOCK_MAGIC &&
           (memcmp(bytes, "AMANDA: ", 8) == 0 || memcmp(bytes, "NETDUMP: ", 9) == 0);
}

bool amanda_header_block_is_whole(const uint8_t *bytes, int length)
{
    return memchr(bytes, '\f', (size_t)length) || memchr(bytes, '\0', (size_t)length);
}

/* The word at *rest, which may be quoted; *rest is what follows it. */
static amanda_span_t take_word(const uint8_t *text, amanda_span_t *rest)
{
    amanda_span_t word = {rest->offset, 0};
    bool quoted = false;

    while (word.length < rest->length && (quoted || text[word.offset + word.length] != ' ')) {
        if (text[word.offset + word.length] == '\\' && word.length + 1 < rest->length)
            word.length++;
        else if (text[word.offset + word.length] == '"')
            quoted = !quoted;
        word.length++;
    }
    *rest = (amanda_span_t){rest->offset + word.length, rest->length - word.length};
    *rest = amanda_span_skip_blanks(text, *rest);
    return word;
}

/* What a word that may be quoted says. */
static const char *unquoted(wmem_allocator_t *pool, const uint8_t *text, amanda_span_t word)
{
    char *said = (char *)wmem_alloc(pool, (size_t)word.length + 1);

    amanda_unquote(text, word, said);
    return said;
}

bool amanda_header_block_subject(wmem_allocator_t *pool, const uint8_t *bytes, int length, amanda_subject_t *subject)
{
    amanda_span_t line;
    int next;

    if (!amanda_header_block_is_one(bytes, length))
        return false;
    amanda_line(bytes, MIN(length, AMANDA_HEADER_BLOCK_LENGTH), 0, &line, &next);

    amanda_span_t rest = amanda_span_behind_word(bytes, line);
    amanda_span_t type = take_word(bytes, &rest);

    take_word(bytes, &rest);

    amanda_span_t host = take_word(bytes, &rest);
    amanda_span_t disk = take_word(bytes, &rest);
    uint64_t level;

    if (disk.length == 0 || amanda_span_starts_with(bytes, type, "TAPE"))
        return false;
    *subject = (amanda_subject_t){unquoted(pool, bytes, host), unquoted(pool, bytes, disk), -1};
    while (rest.length > 0) {
        amanda_span_t key = take_word(bytes, &rest);
        amanda_span_t value = take_word(bytes, &rest);

        if (amanda_span_is(bytes, key, "lev") && amanda_span_number(bytes, value, 10, &level) && level <= INT_MAX)
            subject->level = (int)level;
    }
    return true;
}

/* AMANDA: FILE datestamp host disk [part n/total] lev n comp suffix program name ... */
static void dissect_file_line(const uint8_t *text, amanda_span_t rest, tvbuff_t *tvb, proto_tree *tree)
{
    static const struct {
        const char *word;
        int *hf;
    } keys[] = {
        {"part", &hf_amanda_fileheader_part},
        {"lev", &hf_amanda_fileheader_level},
        {"comp", &hf_amanda_fileheader_comp},
        {"program", &hf_amanda_fileheader_program},
    };

    amanda_add_string(tree, hf_amanda_fileheader_datestamp, tvb, take_word(text, &rest));
    amanda_add_string(tree, hf_amanda_fileheader_host, tvb, take_word(text, &rest));
    amanda_add_string(tree, hf_amanda_fileheader_disk, tvb, take_word(text, &rest));
    while (rest.length > 0) {
        amanda_span_t key = take_word(text, &rest);
        amanda_span_t value = take_word(text, &rest);

        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            if (amanda_span_is(text, key, keys[i].word))
                amanda_add_string(tree, *keys[i].hf, tvb, value);
        }
    }
}

/* AMANDA: TAPESTART DATE d TAPE label */
static void dissect_tape_line(const uint8_t *text, amanda_span_t rest, tvbuff_t *tvb, proto_tree *tree)
{
    while (rest.length > 0) {
        amanda_span_t key = take_word(text, &rest);
        amanda_span_t value = take_word(text, &rest);

        if (amanda_span_is(text, key, "DATE"))
            amanda_add_string(tree, hf_amanda_fileheader_datestamp, tvb, value);
        else if (amanda_span_is(text, key, "TAPE"))
            amanda_add_string(tree, hf_amanda_fileheader_label, tvb, value);
    }
}

static void dissect_first_line(const uint8_t *text, amanda_span_t line, tvbuff_t *tvb, proto_tree *tree)
{
    amanda_span_t rest = amanda_span_behind_word(text, line);
    amanda_span_t type = take_word(text, &rest);

    amanda_add_string(tree, hf_amanda_fileheader_type, tvb, type);
    if (amanda_span_is(text, type, "TAPESTART") || amanda_span_is(text, type, "TAPEEND"))
        dissect_tape_line(text, rest, tvb, tree);
    else
        dissect_file_line(text, rest, tvb, tree);
}

/* KEY=value */
static void dissect_key_line(const uint8_t *text, amanda_span_t line, tvbuff_t *tvb, proto_tree *tree)
{
    proto_item *item = amanda_add_string(tree, hf_amanda_fileheader_line, tvb, line);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_fileheader_line);
    int length = 0;

    while (length < line.length && (g_ascii_isupper((char)text[line.offset + length]) ||
                                    text[line.offset + length] == '_' || text[line.offset + length] == '-'))
        length++;
    if (length == 0 || length == line.length || text[line.offset + length] != '=')
        return;
    amanda_add_string(subtree, hf_amanda_fileheader_key, tvb, (amanda_span_t){line.offset, length});
    amanda_add_string(subtree, hf_amanda_fileheader_value, tvb,
                      (amanda_span_t){line.offset + length + 1, line.length - length - 1});
}

/* DLE=<<ENDDLE, XML, ENDDLE: one item for all lines in between. Returns where the next line begins. */
static int dissect_dle(const uint8_t *text, int length, int offset, tvbuff_t *tvb, proto_tree *tree)
{
    amanda_span_t line;
    int start = offset;
    int end = offset;

    while (offset < length) {
        amanda_line(text, length, offset, &line, &offset);
        if (amanda_span_is(text, line, "ENDDLE"))
            break;
        end = line.offset + line.length;
    }
    amanda_add_string(tree, hf_amanda_fileheader_dle, tvb, (amanda_span_t){start, end - start});
    return offset;
}

void amanda_header_block_dissect(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    static const char dle[] = "DLE=<<";
    int block_length = MIN((int)tvb_captured_length(tvb), AMANDA_HEADER_BLOCK_LENGTH);
    const uint8_t *text = tvb_get_ptr(tvb, 0, block_length);
    int length = amanda_text_length(text, block_length);
    const uint8_t *form_feed = (const uint8_t *)memchr(text, '\f', (size_t)length);
    proto_item *item = proto_tree_add_item(tree, hf_amanda_fileheader, tvb, 0, block_length, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_fileheader);
    amanda_span_t line;
    int offset;

    if (form_feed)
        length = (int)(form_feed - text);
    else if (length == block_length)
        amanda_expert_add(pinfo, item, &ei_amanda_fileheader_cut);
    amanda_line(text, length, 0, &line, &offset);
    dissect_first_line(text, line, tvb, subtree);
    while (offset < length) {
        amanda_line(text, length, offset, &line, &offset);
        if (line.length > (int)strlen(dle) && memcmp(text + line.offset, dle, strlen(dle)) == 0)
            offset = dissect_dle(text, length, offset, tvb, subtree);
        else if (line.length > 0)
            dissect_key_line(text, line, tvb, subtree);
    }
}

void amanda_header_block_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_fileheader,
         {"Header of the dump file", "amanda.fileheader", FT_NONE, BASE_NONE, NULL, 0x0,
          "Text padded with NUL bytes to 32 KiB", HFILL}},
        {&hf_amanda_fileheader_type,
         {"Type", "amanda.fileheader.type", FT_STRING, BASE_NONE, NULL, 0x0,
          "FILE, CONT_FILE, SPLIT_FILE, TAPESTART, TAPEEND, NOOP", HFILL}},
        {&hf_amanda_fileheader_datestamp,
         {"Datestamp", "amanda.fileheader.datestamp", FT_STRING, BASE_NONE, NULL, 0x0, "When the dump was made",
          HFILL}},
        {&hf_amanda_fileheader_host,
         {"Host", "amanda.fileheader.host", FT_STRING, BASE_NONE, NULL, 0x0, "Client that was dumped", HFILL}},
        {&hf_amanda_fileheader_disk,
         {"Disk", "amanda.fileheader.disk", FT_STRING, BASE_NONE, NULL, 0x0, "Disk that was dumped", HFILL}},
        {&hf_amanda_fileheader_part,
         {"Part", "amanda.fileheader.part", FT_STRING, BASE_NONE, NULL, 0x0,
          "Number of the part and of all parts, -1 if unknown", HFILL}},
        {&hf_amanda_fileheader_level,
         {"Level", "amanda.fileheader.level", FT_STRING, BASE_NONE, NULL, 0x0, "Level of the dump", HFILL}},
        {&hf_amanda_fileheader_comp,
         {"Compression", "amanda.fileheader.comp", FT_STRING, BASE_NONE, NULL, 0x0,
          "Suffix of the compression; N for none", HFILL}},
        {&hf_amanda_fileheader_program,
         {"Program", "amanda.fileheader.program", FT_STRING, BASE_NONE, NULL, 0x0, "Program that made the dump",
          HFILL}},
        {&hf_amanda_fileheader_label,
         {"Label", "amanda.fileheader.label", FT_STRING, BASE_NONE, NULL, 0x0, "Label of the tape", HFILL}},
        {&hf_amanda_fileheader_line,
         {"Line", "amanda.fileheader.line", FT_STRING, BASE_NONE, NULL, 0x0, "A further line of the header", HFILL}},
        {&hf_amanda_fileheader_key,
         {"Key", "amanda.fileheader.key", FT_STRING, BASE_NONE, NULL, 0x0,
          "APPLICATION, ORIGSIZE, NATIVE-CRC, CLIENT-CRC, SERVER-CRC, ...", HFILL}},
        {&hf_amanda_fileheader_value,
         {"Value", "amanda.fileheader.value", FT_STRING, BASE_NONE, NULL, 0x0, "What is told about the dump", HFILL}},
        {&hf_amanda_fileheader_dle,
         {"Disk list entry", "amanda.fileheader.dle", FT_STRING, BASE_NONE, NULL, 0x0,
          "The disk list entry of the dump, in XML", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_fileheader,
        &ett_amanda_fileheader_line,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_fileheader_cut,
         {"amanda.fileheader.cut", PI_UNDECODED, PI_NOTE, "The end of the header was not captured", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
