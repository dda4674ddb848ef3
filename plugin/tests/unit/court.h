/* court.h
 * A few words in which to tell the verdicts what the network carries, and to ask what it made of it
 *
 * req(100) is a REQ with SEQ 100 from the server to the client; every datagram gets the next frame number, which the
 * call returns. Time stands still but for wait_seconds().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEST_COURT_H
#define AMANDA_TEST_COURT_H

#include "verdict/losses.h"
#include "verdict/program-runs.h"
#include "verdict/rules.h"

#include "expect.h"

typedef struct {
    uint8_t address[16];
    int address_length; /* 4 or 16 */
    uint16_t port;
} host_t;

/* The requester; another process on its host; another host. */
extern const host_t server;
extern const host_t server_other_port;
extern const host_t other_server;
/* The responder that is asked where nothing else is said; another service on its host; other hosts. */
extern const host_t client;
extern const host_t client_other_port;
extern const host_t second;
extern const host_t third;

/* Runs the tests, each with a court of its own. */
int run_unit_tests(int argc, char **argv, const unit_test_t *tests, size_t count);

/* What holds from here on in a test. At its beginning: version 2.4, one handle, no ticket, no service, no time-out, by UDP. */
void use_version(unsigned major, unsigned minor);
void use_handle(const char *handle);
void use_handle_bytes(const uint8_t *handle, int length);
void use_ticket(bool ticket);
void use_service(const char *service);
void use_timeout(unsigned seconds);       /* forgets all that was seen */
void use_part(uint32_t part);             /* of the frame before, until it is 0 again */
void use_connection(uint32_t connection); /* framed, by TCP, with this number; 0: by UDP */
void use_begun_before(bool begun_before); /* before the capture */
void use_payload(const char *payload);    /* the bytes of all that is sent; NULL: other ones each time */
void use_cut_payload(const char *payload, uint32_t wire_length);
void use_identification(uint16_t identification); /* of IPv4; 0: not known */
void wait_seconds(double seconds);
void begin_behind_frame(uint32_t frame);
void start_again(wmem_allocator_type_t type); /* the same, with memory of this type */

/* The datagrams. Without another host they are between the server and the client. */
uint32_t say(amanda_type_t type, const host_t *from, const host_t *to, int32_t seq);
uint32_t req(int32_t seq);
uint32_t req_to(const host_t *responder, int32_t seq);
uint32_t rep(int32_t seq);
uint32_t rep_from(const host_t *responder, int32_t seq);
uint32_t prep(int32_t seq);
uint32_t prep_from(const host_t *responder, int32_t seq);
uint32_t nak(int32_t seq);
uint32_t nak_from(const host_t *responder, int32_t seq);
uint32_t ack_from_responder(int32_t seq);
uint32_t ack_from_requester(int32_t seq);
uint32_t ack_from_requester_to(const host_t *responder, int32_t seq);

/* The record of a frame, and what stands in it; 0 or NULL where it says nothing. */
const amanda_verdict_record_t *record_of(uint32_t frame);
const char *verdict(uint32_t frame);
const char *closed_by(uint32_t frame);
const char *service(uint32_t frame);
bool notes(uint32_t frame, unsigned note);
bool is_duplicate(uint32_t frame);
bool is_unknown_ack(uint32_t frame);
bool lacks_reply(uint32_t frame);
bool is_unexpected(uint32_t frame);
bool is_ignored(uint32_t frame);
bool is_unmatched(uint32_t frame);
bool is_taken(uint32_t frame);
uint32_t closed_in(uint32_t frame);
uint32_t response_to(uint32_t frame);
uint32_t mistaken_for(uint32_t frame);
uint32_t asked_of(uint32_t frame);
uint32_t accepted(uint32_t frame);
uint32_t ack_in(uint32_t frame);
uint32_t first_rep(uint32_t frame); /* of its exchange */
uint32_t first_nak(uint32_t frame);
bool has_both_ends(uint32_t frame); /* whether its hosts show two capture points */

/* The losses that a frame shows, count of them. */
const amanda_loss_t *losses(uint32_t frame, unsigned *count);

/* An exchange from beginning to end, with client if no responder is named. Returns the frame of its last ACK. */
uint32_t whole_exchange_with(const host_t *responder, int32_t seq);
uint32_t whole_exchange(int32_t seq);

#endif
