/* test-growth.c
 * What captures cost that are large, or made to be a burden
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"
#include "text/error-meanings.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum { SOME = 10000, MANY = 100000, GROWTH = MANY / SOME };

/* Ten times as much may cost ten times as much, and a bit for trees, whose depth grows; quadratic cost would be a hundred
 * times. */
static const double growth_limit = 1.5 * GROWTH;

/* A clock tells something else on a busy machine. The blocks of code that the plugin's parts run, the comparisons for
 * GLib's trees and tables among them, are the same in number each time; the compiler has each of them call this. */
static uint64_t blocks_run;

/* NOLINTBEGIN(bugprone-reserved-identifier) */
void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
    blocks_run++;
}
/* NOLINTEND(bugprone-reserved-identifier) */

typedef void work_t(int count);

static double cost_of(work_t *work, int count)
{
    start_again(WMEM_ALLOCATOR_BLOCK);

    uint64_t before = blocks_run;

    work(count);
    return (double)(blocks_run - before);
}

static void expect_linear(work_t *work)
{
    double some = cost_of(work, SOME);

    /* A block for each datagram at least, or nothing was counted. */
    expect_at_most(SOME, some);
    expect_at_most(cost_of(work, MANY) / some, growth_limit);
}

static void use_numbered_handle(int number)
{
    static char handle[32];

    g_snprintf(handle, sizeof handle, "000-%08x", (unsigned)number);
    use_handle(handle);
}

static host_t numbered_host(int number)
{
    return (host_t){{10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}, 4, 10080};
}

/* --- Time */

static void open_and_answer_many_handles(int count)
{
    for (int i = 0; i < count; i++) {
        use_numbered_handle(i);
        req(i);
    }
    for (int i = 0; i < count; i++) {
        use_numbered_handle(i);
        g_assert_true(strcmp(verdict(rep(i)), "answer") == 0);
    }
}

static void open_exchanges_of_many_handles_are_found_in_constant_time(void)
{
    expect_linear(open_and_answer_many_handles);
}

static void ask_many_responders(int count)
{
    for (int i = 0; i < count; i++) {
        host_t responder = numbered_host(i);

        req_to(&responder, i);
    }
    for (int i = 0; i < count; i++) {
        host_t responder = numbered_host(i);

        g_assert_true(strcmp(verdict(rep_from(&responder, i)), "answer") == 0);
        g_assert_true(strcmp(verdict(rep_from(&third, i)), "no request") == 0);
    }
}

static void open_exchanges_with_many_responders_are_found_in_constant_time(void)
{
    expect_linear(ask_many_responders);
}

static void ask_many_responders_the_same(int count)
{
    for (int i = 0; i < count; i++) {
        host_t responder = numbered_host(i);

        req_to(&responder, 100);
    }
    for (int i = 0; i < count; i++) {
        host_t responder = numbered_host(i);

        g_assert_true(asked_of(rep_from(&third, 100)) != 0);
        g_assert_true(mistaken_for(rep_from(&third, 99)) != 0);
        ack_from_requester_to(&responder, 100);
    }
}

static void open_exchanges_with_one_seq_are_found_in_constant_time(void)
{
    expect_linear(ask_many_responders_the_same);
}

static void time_out_with_many_responders(int count)
{
    use_timeout(60);
    for (int i = 0; i < count; i++) {
        host_t responder = numbered_host(i);

        req_to(&responder, i);
    }
    wait_seconds(61);
    for (int i = 0; i < count; i++)
        g_assert_true(mistaken_for(rep_from(&third, i)) == 0);
}

static void exchanges_time_out_in_constant_time(void)
{
    expect_linear(time_out_with_many_responders);
}

static void use_one_handle_for_many_requests(int count)
{
    for (int i = 0; i < count; i++)
        req(i);
    for (int i = 0; i < count - 1; i++)
        g_assert_true(strcmp(verdict(rep(i)), "SEQ mismatch") == 0);
}

static void exchanges_of_one_group_are_found_in_constant_time(void)
{
    expect_linear(use_one_handle_for_many_requests);
}

static void send_one_request_again_and_again(int count)
{
    uint32_t first = req(100);

    for (int i = 1; i < count; i++)
        req(100);

    uint32_t ack = ack_from_responder(100);

    for (uint32_t frame = first; frame < ack; frame++)
        g_assert_true(ack_in(frame) == ack);
}

static void copies_of_a_request_are_acknowledged_in_constant_time(void)
{
    expect_linear(send_one_request_again_and_again);
}

/* Only the last star of a pattern is ever tried anew, so that no text makes it slow. */
static void look_for_the_meaning_of_a_long_text(int count)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < count; i++)
        g_string_append(text, "host: port ");
    g_assert_null(amanda_error_meaning(text->str, text->len));
    g_string_free(text, true);
}

static void the_meaning_of_a_text_is_found_in_time_linear_in_its_length(void)
{
    expect_linear(look_for_the_meaning_of_a_long_text);
}

/* --- Memory */

#if defined(__GLIBC__)

static size_t memory_in_use(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

/* Bytes for each of count exchanges whose handles have this length. */
static double bytes_of(int count, size_t handle_length)
{
    char *handle = g_strnfill(handle_length, 'h');
    char number[16];

    start_again(WMEM_ALLOCATOR_SIMPLE);

    size_t before = memory_in_use();

    for (int i = 0; i < count; i++) {
        int digits = g_snprintf(number, sizeof number, "%08x", (unsigned)i);

        memcpy(handle, number, (size_t)digits);
        use_handle(handle);
        req(i);
    }

    size_t after = memory_in_use();

    g_free(handle);
    return (double)(after - before) / count;
}

static void an_exchange_takes_little_memory(void)
{
    expect_at_most(bytes_of(MANY, 12), 500);
}

static void an_exchange_takes_no_more_memory_among_many(void)
{
    /* Tables are doubled when they are full, so that a part of them is empty. */
    expect_at_most(bytes_of(MANY, 12) / bytes_of(SOME, 12), 2);
}

static void an_exchange_with_a_long_handle_takes_a_fixed_size(void)
{
    /* The C library's own use of memory differs by a few bytes from one run to the next. */
    expect_at_most(bytes_of(SOME, 3000), bytes_of(SOME, 48) + 16);
}

static void a_reply_without_a_request_makes_no_exchange(void)
{
    start_again(WMEM_ALLOCATOR_SIMPLE);
    rep(0); /* the tables are there */

    size_t before = memory_in_use();

    for (int i = 0; i < MANY; i++) {
        wait_seconds(0.01);
        use_numbered_handle(i);
        rep(i);
        nak(i);
        ack_from_responder(i);
    }
    /* Nothing but the records of the frames, in an array that may be half empty. */
    expect_at_most((double)(memory_in_use() - before) / (3.0 * MANY), 2.5 * sizeof(amanda_verdict_record_t));
}

#endif

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("time", open_exchanges_of_many_handles_are_found_in_constant_time),
        UNIT_TEST("time", open_exchanges_with_many_responders_are_found_in_constant_time),
        UNIT_TEST("time", open_exchanges_with_one_seq_are_found_in_constant_time),
        UNIT_TEST("time", exchanges_time_out_in_constant_time),
        UNIT_TEST("time", exchanges_of_one_group_are_found_in_constant_time),
        UNIT_TEST("time", copies_of_a_request_are_acknowledged_in_constant_time),
        UNIT_TEST("time", the_meaning_of_a_text_is_found_in_time_linear_in_its_length),
#if defined(__GLIBC__)
        UNIT_TEST("memory", an_exchange_takes_little_memory),
        UNIT_TEST("memory", an_exchange_takes_no_more_memory_among_many),
        UNIT_TEST("memory", an_exchange_with_a_long_handle_takes_a_fixed_size),
        UNIT_TEST("memory", a_reply_without_a_request_makes_no_exchange),
#endif
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
