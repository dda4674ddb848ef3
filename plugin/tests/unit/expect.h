/* expect.h
 * Expectations that name the line and what was found, and let the test go on
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEST_EXPECT_H
#define AMANDA_TEST_EXPECT_H

#include <glib.h>

#include <stdint.h>
#include <string.h>

#define expect_str(actual, expected) check_str(__FILE__, __LINE__, #actual, actual, expected)
#define expect_int(actual, expected) check_int(__FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))
#define expect_at_most(actual, limit) check_at_most(__FILE__, __LINE__, #actual, actual, limit)
#define expect_true(condition) check_true(__FILE__, __LINE__, #condition, condition)
#define expect_false(condition) check_true(__FILE__, __LINE__, "not " #condition, !(condition))

/* Names the case, where a test goes through many, for what fails from here on. */
static const char *expectation_case G_GNUC_UNUSED = NULL;

static inline void expect_case(const char *name)
{
    expectation_case = name;
}

static inline void fail_expectation(const char *file, int line, const char *what)
{
    char *name = expectation_case ? g_strescape(expectation_case, NULL) : NULL;

    g_printerr("%s:%d: %s%s%s\n", file, line, what, name ? ", with " : "", name ? name : "");
    g_free(name);
    g_test_fail();
}

static inline void check_true(const char *file, int line, const char *what, int holds)
{
    if (!holds) {
        char *message = g_strdup_printf("expected %s", what);

        fail_expectation(file, line, message);
        g_free(message);
    }
}

static inline void check_str(const char *file, int line, const char *what, const char *actual, const char *expected)
{
    if (g_strcmp0(actual, expected) != 0) {
        char *message =
            g_strdup_printf("%s is %s, expected %s", what, actual ? actual : "(none)", expected ? expected : "(none)");

        fail_expectation(file, line, message);
        g_free(message);
    }
}

static inline void check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
    if (actual != expected) {
        char *message =
            g_strdup_printf("%s is %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT, what, actual, expected);

        fail_expectation(file, line, message);
        g_free(message);
    }
}

static inline void check_at_most(const char *file, int line, const char *what, double actual, double limit)
{
    if (actual > limit) {
        char *message = g_strdup_printf("%s is %g, expected at most %g", what, actual, limit);

        fail_expectation(file, line, message);
        g_free(message);
    }
}

typedef struct {
    const char *path;
    void (*function)(void);
} unit_test_t;

/* A test whose name is that of its function. */
#define UNIT_TEST(group, function)                                                                                     \
    {                                                                                                                  \
        "/" group "/" #function, function                                                                              \
    }

#endif
