/* show/losses.h
 * Shows which losses a datagram proves
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_LOSSES_H
#define AMANDA_SHOW_LOSSES_H

#include "show/common-fields.h"

#include "verdict/losses.h"

/* Registers the fields of this part for the protocol. */
void amanda_show_loss_register(int proto);

/* Adds the losses, count of them, to tree, and to the Info column in brackets. */
void amanda_show_losses(const amanda_loss_t *losses, unsigned count, packet_info *pinfo, tvbuff_t *tvb,
                        proto_tree *tree);

/* What was lost and where, in words, as in amanda.lost and amanda.lost.where. */
const char *amanda_lost_text(amanda_lost_t what);
const char *amanda_side_text(amanda_side_t where);

#endif
