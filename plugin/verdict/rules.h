/* verdict/rules.h
 * The rules of the verdicts: judges each datagram by what was seen before it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_RULES_H
#define AMANDA_VERDICT_RULES_H

#include "verdict/datagram.h"
#include "verdict/hosts.h"
#include "verdict/verdict-record.h"

typedef struct amanda_verdicts amanda_verdicts_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. timeout: seconds since the last REQ
 * after which an exchange is no longer outstanding; 0 for never. hosts: those of the file. */
amanda_verdicts_t *amanda_verdicts_new(wmem_allocator_t *scope, amanda_hosts_t *hosts, unsigned timeout);

/* Judges a datagram, and remembers it. To be called once for each datagram, in capture order. The type must be known and
 * the handle not empty. Returns the record, which belongs to the verdicts and stays where it is. */
const amanda_verdict_record_t *amanda_verdicts_judge(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram);

/* The record that amanda_verdicts_judge() made, or NULL if there is none. */
const amanda_verdict_record_t *amanda_verdicts_recall(const amanda_verdicts_t *verdicts, uint32_t frame, uint32_t part);

/* Whether anything that a responder sent to this host was seen so far: else the capture may hold one direction only. */
bool amanda_verdicts_is_reached(const amanda_verdicts_t *verdicts, const address *host);

/* Whether anything was seen so far of a request that the capture does not hold, or not in front of that. */
bool amanda_verdicts_lack_requests(const amanda_verdicts_t *verdicts);

/* Whether the capture was merged from files of both ends, as far as this datagram's hosts go; see verdict/merged.h. Then a
 * datagram without a copy was lost between the two. To be asked on a later pass only. */
bool amanda_verdicts_have_both_ends(const amanda_verdicts_t *verdicts, const amanda_verdict_record_t *record);

#endif
