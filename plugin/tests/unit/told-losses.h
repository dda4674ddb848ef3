/* told-losses.h
 * What the tests of the losses expect of a frame
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEST_TOLD_LOSSES_H
#define AMANDA_TEST_TOLD_LOSSES_H

#include "court.h"

/* The one loss that a frame shows; a test fails where there is none, or more. */
static inline amanda_loss_t the_loss(uint32_t frame)
{
    unsigned count;
    const amanda_loss_t *found = losses(frame, &count);

    expect_int(count, 1);
    return count > 0 ? *found : (amanda_loss_t){.what = AMANDA_LOST_KINDS};
}

static inline bool no_loss(uint32_t frame)
{
    unsigned count;

    return losses(frame, &count) == NULL && count == 0;
}

static inline void expect_loss(uint32_t frame, amanda_lost_t what, amanda_side_t where)
{
    amanda_loss_t loss = the_loss(frame);

    expect_int(loss.what, what);
    expect_int(loss.where, where);
}

/* One exchange up to its REP, as it is without losses. */
static inline uint32_t ask_and_answer(int32_t seq)
{
    req(seq);
    ack_from_responder(seq);
    return rep(seq);
}

/* Behind it no request can be one that was sent before the capture began. */
static inline void an_exchange_before(void)
{
    ask_and_answer(1);
    ack_from_requester(1);
}

#endif
