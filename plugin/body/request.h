/* body/request.h
 * The bodies of requests
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_REQUEST_H
#define AMANDA_BODY_REQUEST_H

#include "show/body-text.h"

/* Dissects the body of a REQ, which begins at offset: its OPTIONS lines and what its service asks for, in the words of
 * any release. Fills in the info_text, and on the first pass the facts of the exchange. Expert infos tell of anomalies
 * that the request alone shows. */
void amanda_request_dissect(amanda_body_t *body, proto_tree *tree, int offset);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_request_register(int proto);

#endif
