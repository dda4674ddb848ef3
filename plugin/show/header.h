/* show/header.h
 * Shows the header line and the SECURITY and SERVICE lines of a datagram
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_HEADER_H
#define AMANDA_SHOW_HEADER_H

#include "show/common-fields.h"

#include "text/security-service.h"

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_show_header_register(int proto);

/* Adds what could be read of the header line; says where and how a malformed one goes wrong. */
void amanda_show_header(const amanda_header_t *header, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* The word for a type, as it stands in a header line; "packet" where there is none. */
const char *amanda_type_name(amanda_type_t type);

/* Adds the type of a packet that has no header line, but a code for it in these bytes. */
void amanda_show_type(amanda_type_t type, tvbuff_t *tvb, int offset, int length, proto_tree *tree);

/* Adds the SECURITY and SERVICE lines, as far as they are there. */
void amanda_show_security_service(const amanda_security_service_t *security_service, tvbuff_t *tvb, proto_tree *tree);

#endif
