/* fuzz-amanda.c
 * A libFuzzer target that runs the dissector within libwireshark, the way Wireshark does
 *
 * An input is a session (session.h): each is a capture file of its own, dissected three times. What goes wrong besides
 * what the sanitizers and libwireshark itself find: text that is not UTF-8, items beyond their bytes, columns that
 * depend on how often and in what order packets are looked at, and conversation filters that do not match their packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "../../ws-compat.h"

#include <epan/column.h>
#include <epan/column-info.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filters.h"
#include "network.h"
#include "session.h"
#include "statistics.h"

/* Called by libFuzzer. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void); // NOLINT(bugprone-reserved-identifier): the sanitizer's own name
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The plugin's own, which Wireshark calls. */
void plugin_register(void);

typedef struct {
    packet_t packet;
    frame_data frame;
    char *info; /* as the second pass had it */
} seen_t;

typedef enum { PASS_FIRST, PASS_SECOND, PASS_FILTERED, PASS_AGAIN } pass_t;

/* Packets of a session whose conversation filters are tried, for that takes long. */
#define FILTERED_MAX 2

static column_info columns;
static session_t session;
static packet_t frames[RECORDS_MAX];
static seen_t seen[RECORDS_MAX];
static unsigned seen_count;
static uint32_t bytes_so_far;
static nstime_t elapsed;
static const frame_data *reference;
static const frame_data *previous;
static unsigned filtered;
static bool without_amanda; /* the session once more, to see what is Wireshark's own */
static char *bug; /* what Wireshark says of the first bug of a dissector in the session; NULL if there is none */

static const nstime_t *frame_time(struct packet_provider_data *prov _U_, uint32_t number)
{
    return number > 0 && number <= seen_count ? &seen[number - 1].packet.time : NULL;
}

static void set_preference(const char *name, bool value)
{
    char *error = NULL;
    char *line = g_strdup_printf("%s:%s", name, value ? "TRUE" : "FALSE");

    if (prefs_set_pref(line, &error) != PREFS_SET_OK) {
        fprintf(stderr, "%s: %s\n", line, error ? error : "cannot be set");
        abort();
    }
    g_free(line);
    g_free(error);
}

static void set_options(uint16_t options)
{
    static unsigned before = ~0u;
    char *error = NULL;

    if (options == before)
        return;
    before = options;
    set_preference("tcp.reassemble_out_of_order", options & SESSION_OUT_OF_ORDER);
    set_preference("tcp.desegment_tcp_streams", !(options & SESSION_NO_STREAMS));
    set_preference("tcp.relative_sequence_numbers", !(options & SESSION_ABSOLUTE));
    set_preference("amanda.precedence", !(options & SESSION_ABSOLUTE));
    set_preference("amanda.reserved_ports", options & SESSION_ANY_PORT);
    set_preference("amanda.show_xml", options & SESSION_SHOW_ALL);
    set_preference("amanda.show_unset_features", options & SESSION_SHOW_ALL);
    prefs_set_pref(options & SESSION_TIMEOUT ? (char[]){"amanda.timeout:60"} : (char[]){"amanda.timeout:0"}, &error);
    g_free(error);
}

/* What Wireshark logs, of which only the bugs matter: the Info column has them, too, but packets can hold such text. */
static void look_for_bug(const char *domain _U_, enum ws_log_level level _U_, struct timespec timestamp _U_,
                         const char *file _U_, long line _U_, const char *func _U_, const char *format, va_list values,
                         void *data _U_)
{
    char *says = g_strdup_vprintf(format, values);

    fprintf(stderr, "%s\n", says);
    if (!bug && g_str_has_prefix(format, "Dissector bug, "))
        bug = g_strdup(says);
    g_free(says);
}

int LLVMFuzzerInitialize(int *argc _U_, char ***argv)
{
    setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", 0);
    setenv("G_SLICE", "always-malloc", 1);
    /* Not whose who runs it: settings change what is dissected. */
    setenv("HOME", "/nonexistent", 1);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    /* The names of hosts, ports and manufacturers, which Wireshark reads anew for each capture. */
    setenv("WIRESHARK_DATA_DIR", "/nonexistent", 1);
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_precision(TS_PREC_AUTO);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    ws_log_init("fuzz-amanda", NULL);
    ws_log_set_writer(look_for_bug);
    init_process_policies();
    g_free(configuration_init((*argv)[0], NULL));
    wtap_init(false);
    plugin_register();
    if (!epan_init(NULL, NULL, false))
        abort();
    build_column_format_array(&columns, epan_load_settings()->num_cols, true);
    statistics_open();
    return 0;
}

/* Most of the time goes into what libwireshark allocates and frees, and AddressSanitizer keeps. */
const char *__asan_default_options(void)
{
    return "malloc_context_size=8:quarantine_size_mb=32";
}

static void check_text(const char *text, const char *what)
{
    if (!g_utf8_validate(text, -1, NULL)) {
        fprintf(stderr, "%s is not UTF-8: %s\n", what, text);
        abort();
    }
}

static void check_item(proto_node *node, void *data)
{
    const field_info *item = PNODE_FINFO(node);

    if (item && item->rep)
        check_text(item->rep->representation, item->hfinfo->abbrev);
    if (item && item->ds_tvb && g_str_has_prefix(item->hfinfo->abbrev, "amanda") &&
        (item->start < 0 || item->length < 0 ||
         (unsigned)item->start + (unsigned)item->length > tvb_captured_length(item->ds_tvb))) {
        fprintf(stderr, "%s: %d bytes from %d on are not there\n", item->hfinfo->abbrev, item->length, item->start);
        abort();
    }
    proto_tree_children_foreach(node, check_item, data);
}

/* Of what this plugin and TCP write only: other dissectors are less careful, CUPS among them. TCP's relative sequence
 * numbers change when ports are used again. */
static void check_info(seen_t *frame, pass_t pass)
{
    const char *info = col_get_text(&columns, COL_INFO);
    const char *protocol = col_get_text(&columns, COL_PROTOCOL);
    bool is_amanda = strcmp(protocol, "Amanda") == 0;
    bool ours = !frame->packet.tcp && is_amanda;

    if (is_amanda || strcmp(protocol, "TCP") == 0)
        check_text(info, "the Info column");
    if (pass == PASS_SECOND) {
        frame->info = g_strdup(info);
    } else if (pass == PASS_AGAIN && ours && frame->info && strcmp(info, frame->info) != 0) {
        fprintf(stderr, "frame %u had in the second pass, and then:\n%s\n%s\n", frame->frame.num, frame->info, info);
        abort();
    }
}

/* Behind a bug, all that is checked depends on where the dissector was then. */
static bool is_to_be_checked(void)
{
    return !without_amanda && !bug;
}

/* filters: made in PASS_SECOND, tried in PASS_FILTERED. */
static void dissect(epan_t *epan, seen_t *frame, pass_t pass, filters_t *filters)
{
    static const int encapsulations[] = {[NETWORK_RAW_IP] = WTAP_ENCAP_RAW_IP,
                                         [NETWORK_ETHERNET] = WTAP_ENCAP_ETHERNET,
                                         [NETWORK_IEEE_802_11] = WTAP_ENCAP_IEEE_802_11};
    bool tree =
        pass == PASS_SECOND || pass == PASS_FILTERED || (pass == PASS_FIRST && (session.options & SESSION_TREE));
    epan_dissect_t *edt = epan_dissect_new(epan, tree, tree);
    tvbuff_t *tvb = tvb_new_real_data(frame->packet.bytes, frame->packet.captured, (int)frame->packet.length);
    wtap_rec rec = {
        .rec_type = REC_TYPE_PACKET,
        .presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN,
        .ts = frame->packet.time,
        .tsprec = WTAP_TSPREC_USEC,
        .rec_header.packet_header = {.caplen = frame->packet.captured,
                                     .len = frame->packet.length,
                                     .pkt_encap = encapsulations[network_link(&session)]},
    };

    if (pass == PASS_FIRST) {
        frame_data_init(&frame->frame, (uint32_t)(frame - seen) + 1, &rec, 0, bytes_so_far);
        frame_data_set_before_dissect(&frame->frame, &elapsed, &reference, previous);
        previous = &frame->frame;
    }
    if (pass == PASS_FILTERED)
        filters_prime(filters, edt);
    if (pass == PASS_AGAIN || pass == PASS_FILTERED)
        epan_dissect_run(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec, tvb, &frame->frame, &columns);
    else
        epan_dissect_run_with_taps(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec, tvb, &frame->frame, &columns);
    epan_dissect_fill_in_columns(edt, false, true);
    if (is_to_be_checked())
        check_info(frame, pass);
    if (tree && is_to_be_checked())
        proto_tree_children_foreach(edt->tree, check_item, NULL);
    if (pass == PASS_FIRST)
        frame_data_set_after_dissect(&frame->frame, &bytes_so_far);
    if (pass == PASS_SECOND && filtered < FILTERED_MAX)
        filters_make(filters, &edt->pi);
    if (pass == PASS_FILTERED && is_to_be_checked())
        filters_check(filters, edt);
    epan_dissect_free(edt);
}

static void dissect_for_the_eye(epan_t *epan, seen_t *frame)
{
    filters_t filters = {.count = 0};

    dissect(epan, frame, PASS_SECOND, &filters);
    if (filters.count > 0 && !without_amanda) {
        dissect(epan, frame, PASS_FILTERED, &filters);
        filtered++;
    }
}

static void dissect_session(void)
{
    static const struct packet_provider_funcs provider = {.get_frame_ts = frame_time};
    epan_t *epan = epan_new(NULL, &provider);

    statistics_reset();
    for (unsigned i = 0; i < seen_count; i++)
        dissect(epan, &seen[i], PASS_FIRST, NULL);
    statistics_look();
    statistics_reset();
    for (unsigned i = 0; i < seen_count; i++) {
        if (!(session.options & SESSION_LEFT_OUT) || i % 3 != 1)
            dissect_for_the_eye(epan, &seen[i]);
    }
    statistics_look();
    for (unsigned i = seen_count; i > 0; i--)
        dissect(epan, &seen[i - 1], PASS_AGAIN, NULL);
    epan_free(epan);
}

static void run_session(void)
{
    bytes_so_far = 0;
    filtered = 0;
    elapsed = (nstime_t){0};
    reference = previous = NULL;
    seen_count = network_frames(&session, frames);
    for (unsigned i = 0; i < seen_count; i++)
        seen[i] = (seen_t){.packet = frames[i]};
    dissect_session();
    for (unsigned i = 0; i < seen_count; i++) {
        frame_data_destroy(&seen[i].frame);
        g_free(seen[i].packet.bytes);
        g_free(seen[i].info);
    }
}

/* Wireshark has bugs of its own, as where TCP's dissector asserts what a heuristic one has left behind: such as come up
 * without Amanda, too, are not for us to find. */
static void check_bug(void)
{
    const int amanda = proto_get_id_by_filter_name("amanda");
    char *with_amanda = g_steal_pointer(&bug);

    without_amanda = true;
    proto_set_decoding(amanda, false);
    run_session();
    proto_set_decoding(amanda, true);
    without_amanda = false;
    if (g_strcmp0(with_amanda, bug) != 0) {
        fprintf(stderr, "%s\nand without Amanda: %s\n", with_amanda, bug ? bug : "none");
        abort();
    }
    g_free(with_amanda);
    g_clear_pointer(&bug, g_free);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    session_read(&session, data, size);
    set_options(session.options);
    run_session();
    if (bug)
        check_bug();
    return 0;
}
