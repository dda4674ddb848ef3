/* statistics/statistics.c
 * What the statistics share
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "statistics/statistics.h"

/* A fixed list, so that no capture makes a table grow without end. Amanda 2.3 to 3.5 amandad-src/amandad.c (before:
 * client-src/amandad.c). */
static const char *const services[AMANDA_SERVICES] = {
    "noop",      "selfcheck", "sendsize", "sendbackup",   "amindexd",      "amidxtaped",
    "ambackupd", "amdumpd",   "restore",  "senddiscover", "other service", "not known",
};

unsigned amanda_service_number(const char *service)
{
    if (!service)
        return AMANDA_SERVICES - 1;
    for (unsigned i = 0; i < AMANDA_SERVICES - 2; i++) {
        if (g_strcmp0(service, services[i]) == 0)
            return i;
    }
    return AMANDA_SERVICES - 2;
}

const char *amanda_service_name(unsigned number)
{
    return services[MIN(number, AMANDA_SERVICES - 1)];
}

amanda_lost_t amanda_loss_or(const amanda_loss_t *loss)
{
    switch (loss->what) {
    case AMANDA_LOST_REP:
    case AMANDA_LOST_REP_ACK:
    case AMANDA_LOST_REP_OR_ACK:
        return AMANDA_LOST_REP_OR_ACK;
    default:
        return AMANDA_LOST_REQ_OR_ANSWER;
    }
}

unsigned amanda_loss_instead(GHashTable *unsettled, const amanda_loss_t *loss)
{
    amanda_lost_t either = amanda_loss_or(loss);
    char *key = g_strdup_printf("%u %d", loss->exchange, either);
    unsigned before = GPOINTER_TO_UINT(g_hash_table_lookup(unsettled, key));

    if (loss->what == either) {
        g_hash_table_replace(unsettled, key, GUINT_TO_POINTER(before + loss->count));
        return 0;
    }
    if (loss->settles)
        g_hash_table_remove(unsettled, key);
    g_free(key);
    return loss->settles ? before : 0;
}
