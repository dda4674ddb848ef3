/* amanda-details.c
 * What the bodies of an exchange's packets said, as far as another packet needs it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "amanda-details.h"

#include <epan/wmem_scopes.h>

amanda_details_t *amanda_details_make(amanda_details_t **slot)
{
    if (!*slot) {
        *slot = wmem_new0(wmem_file_scope(), amanda_details_t);
        (*slot)->level = -1;
    }
    return *slot;
}
