/* text/feature-sets.c
 * Features strings: what a peer can do, as bits in hexadecimal digits
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/feature-sets.h"

#include <glib.h>

#include <string.h>

/* The strings that Amanda's releases send (common-src/amfeatures.c of each), and the versions in the header lines that
 * go with them. */
#define HEX(digits) (digits), sizeof(digits) - 1
static const amanda_feature_release_t releases[] = {
    {HEX("fffffeff9ffe0f"), "2.4.3, 2.4.4", AMANDA_VERSION(2, 4), AMANDA_VERSION(2, 4)},
    {HEX("fffffeff9ffe7f"), "2.4.5", AMANDA_VERSION(2, 4), AMANDA_VERSION(2, 4)},
    {HEX("fffffeff9ffeffff07"), "2.5.0", AMANDA_VERSION(2, 5), AMANDA_VERSION(2, 5)},
    {HEX("fffffeff9ffeffffff7f"), "2.5.1", AMANDA_VERSION(2, 5), AMANDA_VERSION(2, 5)},
    {HEX("ffffffff9ffeffffffff00"), "2.5.2, 2.6.0", AMANDA_VERSION(2, 5), AMANDA_VERSION(2, 6)},
    {HEX("ffffffff9ffeffffffff7f"), "2.6.1", AMANDA_VERSION(2, 6), AMANDA_VERSION(2, 6)},
    {HEX("ffffffff9efefbffffffffff00"), "3.1", AMANDA_VERSION(3, 1), AMANDA_VERSION(3, 1)},
    {HEX("ffffffff9efefbffffffffff01"), "3.2", AMANDA_VERSION(3, 2), AMANDA_VERSION(3, 2)},
    {HEX("ffffffff9efefbffffffffff1f"), "3.3.0 to 3.3.3", AMANDA_VERSION(3, 3), AMANDA_VERSION(3, 3)},
    {HEX("ffffffff9efefbffffffffff3f"), "3.3.4 to 3.3.9", AMANDA_VERSION(3, 3), AMANDA_VERSION(3, 3)},
    {HEX("ffffffff9efefbfffffffffffffff3fffbf70f"), "3.4", AMANDA_VERSION(3, 4), AMANDA_VERSION(3, 4)},
    {HEX("ffffffff9efefbfffffffffffffff3fffbf71f"), "3.5.0, 3.5.1", AMANDA_VERSION(3, 5), AMANDA_VERSION(3, 5)},
    {HEX("ffffffff9efefbfffffffffffffff3fffbf79f00"), "3.5.2 to 3.6", AMANDA_VERSION(3, 5), AMANDA_VERSION(3, 6)},
    {HEX("ffffffff9efefbfffffffffffffff3fffbf7ff00"), "4.0 (development)", AMANDA_VERSION(4, 0), AMANDA_VERSION(4, 0)},
    {HEX("ff7ffeff9cfeffffd3cf1300"), "Zmanda Client for Windows", 0, UINT16_MAX},
};
#undef HEX

bool amanda_features_parse(const char *hex, size_t length, amanda_feature_set_t *set)
{
    size_t bytes = MIN(length / 2, AMANDA_FEATURE_BYTES);

    memset(set, 0, sizeof *set);
    for (size_t i = 0; i < MIN(length, (size_t)2 * AMANDA_FEATURE_BYTES); i++) {
        if (!g_ascii_isxdigit(hex[i]))
            return false;
    }
    set->odd = length % 2 != 0;
    for (size_t i = 0; i < bytes; i++)
        set->bytes[i] = (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return true;
}

void amanda_features_default(amanda_feature_set_t *set)
{
    static const uint8_t numbers[] = {
        AMANDA_FE_selfcheck_req,
        AMANDA_FE_selfcheck_rep,
        AMANDA_FE_sendsize_req_no_options,
        AMANDA_FE_sendsize_rep,
        AMANDA_FE_sendbackup_req,
        AMANDA_FE_sendbackup_rep,
        AMANDA_FE_program_dump,
        AMANDA_FE_program_gnutar,
        AMANDA_FE_options_compress_fast,
        AMANDA_FE_options_compress_best,
        AMANDA_FE_options_srvcomp_fast,
        AMANDA_FE_options_srvcomp_best,
        AMANDA_FE_options_no_record,
        AMANDA_FE_options_bsd_auth,
        AMANDA_FE_options_index,
        AMANDA_FE_options_exclude_file,
        AMANDA_FE_options_exclude_list,
        AMANDA_FE_options_kencrypt,
        AMANDA_FE_req_options_maxdumps,
        AMANDA_FE_req_options_hostname,
        AMANDA_FE_req_options_features,
        AMANDA_FE_rep_options_sendbackup_options,
    };

    memset(set, 0, sizeof *set);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        set->bytes[numbers[i] >> 3] |= (uint8_t)(1 << (numbers[i] & 7));
}

bool amanda_features_has(const amanda_feature_set_t *set, unsigned number)
{
    return number < 8 * AMANDA_FEATURE_BYTES && (set->bytes[number >> 3] >> (number & 7) & 1);
}

bool amanda_features_parse_or_default(const char *hex, amanda_feature_set_t *set)
{
    if (hex)
        return amanda_features_parse(hex, strlen(hex), set);
    amanda_features_default(set);
    return true;
}

bool amanda_features_string_has(const char *hex, unsigned number)
{
    amanda_feature_set_t set;

    return amanda_features_parse_or_default(hex, &set) && amanda_features_has(&set, number);
}

static bool is_of_release(const amanda_feature_release_t *release, const char *hex, size_t length)
{
    return release->length == length && memcmp(release->hex, hex, length) == 0;
}

const amanda_feature_release_t *amanda_features_release(const char *hex, size_t length)
{
    static const amanda_feature_release_t *found = releases; /* the last one: most of a site runs one release */

    if (is_of_release(found, hex, length))
        return found;
    for (size_t i = 0; i < G_N_ELEMENTS(releases); i++) {
        if (is_of_release(&releases[i], hex, length))
            return found = &releases[i];
    }
    /* Amanda itself sends small letters, and there is nothing to gain for others. */
    for (size_t i = 0; i < G_N_ELEMENTS(releases); i++) {
        if (releases[i].length == length && g_ascii_strncasecmp(releases[i].hex, hex, length) == 0)
            return &releases[i];
    }
    return NULL;
}
