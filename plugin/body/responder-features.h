/* body/responder-features.h
 * What responders said of themselves, for the requests that come later
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_RESPONDER_FEATURES_H
#define AMANDA_BODY_RESPONDER_FEATURES_H

#include "show/common-fields.h"

/* Keeps the features string of a reply from responder. features: in the memory of the capture file. First pass only. */
void amanda_responder_features_remember(const address *responder, const char *features);

/* The features string that the responder sent last; NULL if none was seen before. First pass only: later passes would
 * get an answer from the end of the capture. */
const char *amanda_responder_features_of(const address *responder);

/* Sets up what is kept. To be called once, when the protocol is registered. */
void amanda_responder_features_register(void);

#endif
