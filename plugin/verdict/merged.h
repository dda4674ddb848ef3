/* verdict/merged.h
 * What files of both ends, merged, prove: a datagram that one capture point has and the other has not was lost between them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_MERGED_H
#define AMANDA_VERDICT_MERGED_H

#include "verdict/verdict-record.h"

typedef struct amanda_merged amanda_merged_t;

/* Makes the state for one capture file, the records of which these are. It belongs to the scope and goes with it. */
amanda_merged_t *amanda_merged_new(wmem_allocator_t *scope, const amanda_verdict_records_t *records);

/* Whether the hosts of a datagram show two capture points; to be asked on a later pass. Then what was lost between the two
 * is known, and need not be inferred. Costs as much as there are records whenever there are more of them than before. */
bool amanda_merged_has_both_ends(amanda_merged_t *merged, const amanda_verdict_record_t *record);

#endif
