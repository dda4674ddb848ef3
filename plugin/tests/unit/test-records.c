/* test-records.c
 * The memory of the records that live as long as the capture file, also where one file follows another
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/endpoint.h"

#include "expect.h"

/* More than one block of memory has room for, of any size that records have, and some larger ones. */
#define SIZE_MOST 700

static bool is_filled_with(const uint8_t *bytes, size_t length, uint8_t value)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != value)
            return false;
    }
    return true;
}

/* One record of each size, each filled with a number of its own. */
static void take_all_sizes(wmem_allocator_t *scope, uint8_t **records)
{
    for (size_t size = 1; size < SIZE_MOST; size++) {
        records[size] = (uint8_t *)amanda_record_alloc0(scope, size);
        expect_int((uintptr_t)records[size] % 8, 0);
        expect_true(is_filled_with(records[size], size, 0));
        memset(records[size], (uint8_t)(1 + size % 255), size);
    }
}

static void expect_all_sizes(uint8_t *const *records)
{
    for (size_t size = 1; size < SIZE_MOST; size++)
        expect_true(is_filled_with(records[size], size, (uint8_t)(1 + size % 255)));
}

static void records_of_all_sizes_stand_apart_and_are_empty(void)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_STRICT);
    uint8_t *records[SIZE_MOST];

    take_all_sizes(scope, records);
    expect_all_sizes(records);
    wmem_destroy_allocator(scope);
}

/* Wireshark frees all that a file needed, and goes on with the same scope. What it takes then may be where a record was. */
static void the_next_file_has_memory_of_its_own(void)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK);

    for (int file = 0; file < 5; file++) {
        uint8_t *records[SIZE_MOST];
        uint8_t *record = (uint8_t *)amanda_record_alloc0(scope, 100);
        void *other = wmem_alloc(scope, 100000);

        memset(other, 0xff, 100000);
        expect_true(is_filled_with(record, 100, 0));
        take_all_sizes(scope, records);
        memset(record, 0xff, 100);
        expect_all_sizes(records);
        expect_true(is_filled_with((const uint8_t *)other, 100000, 0xff));
        wmem_free_all(scope);
    }
    wmem_destroy_allocator(scope);
}

static void scopes_in_turn_do_not_share_memory(void)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_STRICT);
    uint8_t *records[SIZE_MOST];

    for (size_t size = 1; size < SIZE_MOST; size++) {
        wmem_allocator_t *other = wmem_allocator_new(WMEM_ALLOCATOR_STRICT);
        uint8_t *record = (uint8_t *)amanda_record_alloc0(other, size);

        records[size] = (uint8_t *)amanda_record_alloc0(scope, size);
        memset(records[size], (uint8_t)(1 + size % 255), size);
        expect_true(is_filled_with(record, size, 0));
        memset(record, 0xff, size);
        wmem_destroy_allocator(other);
    }
    expect_all_sizes(records);
    wmem_destroy_allocator(scope);
}

static void texts_and_bytes_are_copied_whole(void)
{
    wmem_allocator_t *scope = wmem_allocator_new(WMEM_ALLOCATOR_STRICT);
    char text[] = "/home";
    uint8_t bytes[1000];
    const char *kept = amanda_record_strdup(scope, text);
    const uint8_t *copy;

    memset(bytes, 7, sizeof bytes);
    copy = (const uint8_t *)amanda_record_memdup(scope, bytes, sizeof bytes);
    expect_str(amanda_record_strdup(scope, ""), "");
    memset(bytes, 0, sizeof bytes);
    memset(text, 'x', sizeof text - 1);
    expect_str(kept, "/home");
    expect_true(is_filled_with(copy, sizeof bytes, 7));
    wmem_destroy_allocator(scope);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("records", records_of_all_sizes_stand_apart_and_are_empty),
        UNIT_TEST("records", the_next_file_has_memory_of_its_own),
        UNIT_TEST("records", scopes_in_turn_do_not_share_memory),
        UNIT_TEST("records", texts_and_bytes_are_copied_whole),
    };
    int result;

    g_test_init(&argc, &argv, NULL);
    wmem_init();
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].function);
    result = g_test_run();
    wmem_cleanup();
    return result;
}
