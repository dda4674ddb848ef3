/* amanda-peer.h
 * What responders said of themselves, for the requests that come later
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_PEER_H
#define AMANDA_PEER_H

#include "amanda-fields.h"

/* Keeps the features string of a reply from responder. features: in the memory of the capture file. First pass only. */
void amanda_peer_remember(const address *responder, const char *features);

/* The features string that the responder sent last; NULL if none was seen before. First pass only: later passes would
 * get an answer from the end of the capture. */
const char *amanda_peer_features(const address *responder);

/* Sets up what is kept. To be called once, when the protocol is registered. */
void amanda_peer_register(void);

#endif
