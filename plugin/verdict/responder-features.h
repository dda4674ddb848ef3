/* verdict/responder-features.h
 * What responders said of themselves, for the requests that come later; and features strings, each kept once
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_RESPONDER_FEATURES_H
#define AMANDA_VERDICT_RESPONDER_FEATURES_H

#include "ws-compat.h"

#include <epan/address.h>
#include <wsutil/wmem/wmem.h>

/* What is known of the responders of a capture file. */
typedef struct amanda_responders amanda_responders_t;

/* Nothing is known yet. All that it will need is taken from scope. */
amanda_responders_t *amanda_responders_new(wmem_allocator_t *scope);

/* A copy of the features string hex of length characters, shared by all that are equal, which lives as long as the
 * responders. */
const char *amanda_responders_keep_features(amanda_responders_t *responders, const char *hex, size_t length);

/* Remembers the features string of a reply from responder; features: as amanda_responders_keep_features() returned
 * it. First pass only. */
void amanda_responders_set_features(amanda_responders_t *responders, const address *responder, const char *features);

/* The features string that the responder sent last; NULL if none was seen before. First pass only: later passes would
 * get an answer from the end of the capture. */
const char *amanda_responders_features(const amanda_responders_t *responders, const address *responder);

#endif
