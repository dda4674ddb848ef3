/* verdict/exchange-facts.c
 * What the bodies of an exchange's packets said, as far as another packet needs it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/exchange-facts.h"

#include <epan/wmem_scopes.h>

amanda_exchange_facts_t *amanda_exchange_facts_make(amanda_exchange_facts_t **slot)
{
    if (!*slot) {
        *slot = wmem_new0(wmem_file_scope(), amanda_exchange_facts_t);
        (*slot)->level = -1;
    }
    return *slot;
}
