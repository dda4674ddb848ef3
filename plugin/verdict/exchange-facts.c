/* verdict/exchange-facts.c
 * What the bodies of an exchange's packets said, as far as another packet needs it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/exchange-facts.h"

#include "verdict/endpoint.h"

#include <epan/wmem_scopes.h>

const amanda_asked_disks_t *amanda_exchange_disks(const amanda_exchange_facts_t *facts)
{
    static const amanda_asked_disks_t none = {.level = -1};

    return facts && facts->disks ? facts->disks : &none;
}

amanda_exchange_facts_t *amanda_exchange_facts_make(amanda_exchange_facts_t **slot)
{
    if (!*slot)
        *slot = amanda_record_new0(wmem_file_scope(), amanda_exchange_facts_t);
    return *slot;
}
