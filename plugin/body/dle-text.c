/* body/dle-text.c
 * Disk list entries as lines of text, as requests had them before Amanda 2.6.1
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/dle-text.h"

#include "show/packet-data.h"
#include "text/feature-sets.h"
#include "body/features.h"
#include "show/labels.h"
#include "body/dle-options.h"
#include "text/quoted-strings.h"

static expert_field ei_amanda_dle_calcsize_joined;
static expert_field ei_amanda_dle_line;

enum problem { NONE, NO_PROGRAM, NO_DISK, NO_LEVEL, NO_DUMPDATE, NO_OPTIONS, LEFT_OVER };

/* The words of the receivers, which refuse such a request: ERROR FORMAT ERROR IN REQUEST PACKET. */
static const value_string problem_vals[] = {
    {NO_PROGRAM, "Line of a disk: no program name"},
    {NO_DISK, "Line of a disk: no disk name"},
    {NO_LEVEL, "Line of a disk: bad level"},
    {NO_DUMPDATE, "Line of a disk: no dump date"},
    {NO_OPTIONS, "Line of a disk: no OPTIONS keyword"},
    {LEFT_OVER, "Line of a disk: more than belongs there"},
    {0, NULL},
};

/* A line, word by word. */
typedef struct {
    amanda_dle_t dle;
    const uint8_t *text;
    int at;
    int end;
    amanda_dle_service_t service;
} line_t;

static amanda_span_t next_word(line_t *line)
{
    return amanda_quoted_word(line->text, line->end, &line->at, NULL, NULL);
}

static amanda_span_t peek_word(const line_t *line)
{
    int at = line->at;

    return amanda_quoted_word(line->text, line->end, &at, NULL, NULL);
}

static bool is_word(const line_t *line, amanda_span_t span, const char *word)
{
    return amanda_span_is(line->text, span, word);
}

static bool is_number(const line_t *line, amanda_span_t span)
{
    int64_t number;

    return amanda_span_integer(line->text, span, &number);
}

static proto_item *add(line_t *line, amanda_dle_field_t field, amanda_span_t span)
{
    return amanda_dle_add_text(&line->dle, line->dle.tree, field, span);
}

/* The client needs a feature for these words. */
static void need(const line_t *line, amanda_span_t span, unsigned feature)
{
    amanda_features_need(line->dle.body, line->dle.tree, span, feature);
}

/* Programs that came later than DUMP and GNUTAR. Between 2.5.2 and 2.6.0 BACKUP was what is APPLICATION in XML. */
static void need_program(const line_t *line, amanda_span_t word)
{
    if (is_word(line, word, "STAR"))
        need(line, word, AMANDA_FE_program_star);
    else if (is_word(line, word, "APPLICATION"))
        need(line, word, AMANDA_FE_req_xml);
    else if (is_word(line, word, "BACKUP"))
        need(line, word, AMANDA_FE_program_application_api);
}

/* [CALCSIZE ]program or BACKUP application. Amanda 3.4 and later leave out the blank behind CALCSIZE. */
static enum problem read_program(line_t *line)
{
    static const char calcsize[] = "CALCSIZE";
    const int calcsize_length = (int)sizeof calcsize - 1;
    amanda_span_t word = next_word(line);

    if (amanda_span_starts_with(line->text, word, calcsize)) {
        proto_item *item = add(line, AMANDA_DLE_ESTIMATE, (amanda_span_t){word.offset, calcsize_length});

        if (word.length > calcsize_length)
            amanda_expert_add(line->dle.body->pinfo, item, &ei_amanda_dle_calcsize_joined);
        need(line, (amanda_span_t){word.offset, calcsize_length},
             line->service == AMANDA_DLE_SELFCHECK ? AMANDA_FE_selfcheck_calcsize : AMANDA_FE_calcsize_estimate);
        line->at = word.offset + calcsize_length;
        word = next_word(line);
    }
    if (word.length == 0)
        return NO_PROGRAM;
    add(line, AMANDA_DLE_PROGRAM, word);
    need_program(line, word);
    if (!is_word(line, word, "BACKUP"))
        return NONE;
    word = next_word(line);
    if (word.length == 0)
        return NO_PROGRAM;
    add(line, AMANDA_DLE_PLUGIN, word);
    return NONE;
}

static enum problem read_disk(line_t *line)
{
    amanda_span_t word = next_word(line);

    if (word.length == 0)
        return NO_DISK;
    amanda_dle_add_quoted(&line->dle, line->dle.tree, AMANDA_DLE_DISK, word);
    if (line->dle.summary && line->text[word.offset] == '"')
        line->dle.summary->quoted = true;
    return NONE;
}

static enum problem read_level(line_t *line)
{
    amanda_span_t word = next_word(line);

    if (!is_number(line, word))
        return NO_LEVEL;
    amanda_dle_add_number(&line->dle, line->dle.tree, AMANDA_DLE_LEVEL, word);
    return NONE;
}

/* The receivers, too, tell a device from the level by its first character. */
static enum problem read_device(line_t *line)
{
    amanda_span_t word = peek_word(line);

    if (word.length > 0 && !g_ascii_isdigit(line->text[word.offset])) {
        static const unsigned features[] = {
            [AMANDA_DLE_SELFCHECK] = AMANDA_FE_selfcheck_req_device,
            [AMANDA_DLE_SENDSIZE] = AMANDA_FE_sendsize_req_device,
            [AMANDA_DLE_SENDBACKUP] = AMANDA_FE_sendbackup_req_device,
        };

        amanda_dle_add_quoted(&line->dle, line->dle.tree, AMANDA_DLE_DEVICE, word);
        need(line, word, features[line->service]);
        line->at = word.offset + word.length;
    }
    return NONE;
}

static enum problem read_dumpdate(line_t *line)
{
    amanda_span_t word = next_word(line);

    if (word.length == 0)
        return NO_DUMPDATE;
    amanda_dle_add_date(&line->dle, line->dle.tree, word);
    return NONE;
}

static enum problem read_spindle(line_t *line)
{
    amanda_span_t word = peek_word(line);

    if (is_number(line, word)) {
        amanda_dle_add_number(&line->dle, line->dle.tree, AMANDA_DLE_SPINDLE, word);
        line->at = word.offset + word.length;
    }
    return NONE;
}

/* OPTIONS and the rest of the line. */
static enum problem read_options(line_t *line)
{
    amanda_span_t word = next_word(line);
    amanda_span_t rest = peek_word(line);

    if (!is_word(line, word, "OPTIONS"))
        return NO_OPTIONS;
    rest.length = line->end - rest.offset;
    amanda_dle_add_options(&line->dle, line->dle.tree, rest);
    line->at = line->end;
    return NONE;
}

/* The end of a sendsize line: nothing, OPTIONS, or (2.4.0 to 2.4.2) options as words of their own. */
static enum problem read_estimate_options(line_t *line)
{
    for (;;) {
        amanda_span_t word = peek_word(line);

        if (word.length == 0)
            return NONE;
        if (is_word(line, word, "OPTIONS")) {
            need(line, word, AMANDA_FE_sendsize_req_options);
            return read_options(line);
        }
        if (!amanda_dle_add_option(&line->dle, line->dle.tree, word))
            return LEFT_OVER;
        line->at = word.offset + word.length;
    }
}

/* 2.3: the exclude list, - for none. */
static enum problem read_exclude(line_t *line)
{
    amanda_span_t word = next_word(line);
    proto_item *item = add(line, AMANDA_DLE_EXCLUDE_LIST, word);

    if (is_word(line, word, "-"))
        amanda_label(item, " (none)");
    return NONE;
}

/* 2.3: DATESTAMP date, in sendbackup. */
static enum problem read_datestamp(line_t *line)
{
    amanda_span_t word = next_word(line);

    if (!is_word(line, word, "DATESTAMP"))
        return NO_DUMPDATE;
    add(line, AMANDA_DLE_DATESTAMP, next_word(line));
    return NONE;
}

typedef enum problem (*reader_t)(line_t *line);

/* What stands in a line, in its order. */
static const reader_t selfcheck_line[] = {read_program, read_disk, read_device, read_level, read_options, NULL};
static const reader_t sendsize_line[] = {read_program,  read_disk,    read_device,           read_level,
                                         read_dumpdate, read_spindle, read_estimate_options, NULL};
static const reader_t sendbackup_line[] = {read_program,  read_disk,    read_device, read_level,
                                           read_dumpdate, read_options, NULL};
static const reader_t sendsize_line_2_3[] = {read_disk, read_level, read_exclude, read_spindle, read_program, NULL};
static const reader_t sendbackup_line_2_3[] = {read_disk, read_level, read_datestamp, read_options, NULL};

static const reader_t *readers(const amanda_body_t *body, amanda_dle_service_t service)
{
    bool old = body->version == AMANDA_VERSION(2, 3);

    switch (service) {
    case AMANDA_DLE_SENDSIZE:
        return old ? sendsize_line_2_3 : sendsize_line;
    case AMANDA_DLE_SENDBACKUP:
        return old ? sendbackup_line_2_3 : sendbackup_line;
    case AMANDA_DLE_SELFCHECK:
        break;
    }
    return selfcheck_line;
}

void amanda_dle_text_line(amanda_body_t *body, proto_tree *tree, amanda_span_t span, amanda_dle_service_t service,
                          amanda_dle_summary_t *summary)
{
    line_t line = {.text = body->text, .at = span.offset, .end = span.offset + span.length, .service = service};
    enum problem problem = NONE;

    amanda_dle_open(&line.dle, body, tree, span.offset, summary);
    for (const reader_t *reader = readers(body, service); *reader && problem == NONE; reader++)
        problem = (*reader)(&line);

    amanda_span_t rest = peek_word(&line);

    rest.length = line.end - rest.offset;
    if (problem == NONE && rest.length > 0)
        problem = LEFT_OVER;
    /* A line that the capture cut is not malformed. */
    if (problem != NONE && !amanda_body_is_cut_at(body, line.end) && amanda_body_may_complain(body) &&
        amanda_expert_has_room(body->pinfo, proto_tree_get_parent(line.dle.tree))) {
        int offset = MIN(rest.offset, line.end - 1);

        proto_tree_add_expert_format(line.dle.tree, body->pinfo, &ei_amanda_dle_line, body->tvb, offset,
                                     MAX(rest.length, 1), "%s",
                                     val_to_str_const(problem, problem_vals, "Line of a disk: malformed"));
    }
    amanda_dle_close(&line.dle, line.end);
}

void amanda_dle_text_register(int proto)
{
    static ei_register_info ei[] = {
        {&ei_amanda_dle_calcsize_joined,
         {"amanda.dle.calcsize_joined", PI_PROTOCOL, PI_WARN,
          "No blank behind CALCSIZE: planners of Amanda 3.4 and later leave it out, and clients without XML (2.6.0 and "
          "earlier) answer FORMAT ERROR",
          EXPFILL}},
        {&ei_amanda_dle_line,
         {"amanda.dle.line", PI_MALFORMED, PI_WARN, "The line of a disk is malformed: the receiver refuses the request",
          EXPFILL}},
    };

    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
