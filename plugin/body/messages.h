/* body/messages.h
 * Messages in JSON, as 3.4 and later put them into replies
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_BODY_MESSAGES_H
#define AMANDA_BODY_MESSAGES_H

#include "body/reply-state.h"

/* Whether messages begin with this line: "MESSAGE JSON", or the bracket of a JSON array. */
bool amanda_message_is_line(const uint8_t *text, amanda_span_t line);

/* Dissects the messages that begin with the line at offset: JSON objects with commas between them, with or without an
 * array around them. Cut and malformed JSON is shown as far as it goes, with an expert info.
 *
 * On the first pass, stores the features that the selfcheck service tells in the facts of the exchange. Returns where
 * the messages end; other lines may follow.
 *
 * Amanda 3.4 and 3.5 common-src/ammessage.c, sprint_message() and parse_json_message(), client-src/selfcheck.c and
 * senddiscover.c, server-src/ambackupd.pl. */
int amanda_message_dissect(amanda_reply_t *reply, proto_tree *tree, int offset);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_message_register(int proto);

#endif
