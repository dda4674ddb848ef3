/* body/body.h
 * The body of a packet: what a request asks for, and what a reply says
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_BODY_H
#define AMANDA_BODY_BODY_H

#include "show/body-text.h"

/* Dissects the body, which begins at offset: adds its items and expert infos, remembers its facts on the first pass,
 * and fills in the info_text. */
void amanda_body_dissect(amanda_body_t *body, int offset);

/* Registers the fields of this part for the protocol. */
void amanda_body_register(int proto);

#endif
