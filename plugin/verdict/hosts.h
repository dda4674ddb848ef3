/* verdict/hosts.h
 * What is known of each host of a capture, for the packets that come later; and features strings, each kept once
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_HOSTS_H
#define AMANDA_VERDICT_HOSTS_H

#include "ws-compat.h"

#include <epan/address.h>
#include <wsutil/wmem/wmem.h>

#include "verdict/endpoint.h"
#include "verdict/times.h"

/* All hosts of a capture file. */
typedef struct amanda_hosts amanda_hosts_t;

/* A port of a host that was asked for something, by whomever. */
typedef struct {
    struct amanda_pair *first; /* that with the first requester; see verdict/pairs.h for others */
    uint32_t last_req;         /* number of the record of the last REQ to it, from 1; 0: none was seen */
    uint16_t port;
    bool used; /* else this is none */
} amanda_responder_t;

/* So many different times to live are remembered of a host. */
#define AMANDA_TTLS 3

/* A host is looked up once for each pair of hosts, and known by its pointer from there on: it stays where it is. */
typedef struct amanda_host {
    address addr;
    amanda_responder_t responder; /* its first; see verdict/pairs.h for others */
    const char *features;         /* the string that it sent last in a reply; NULL where none was seen so far */

    /* Of outcome/. */
    const char *name;        /* by the hostname= of a REQ; NULL where none told */
    struct amanda_job *dump; /* the last that announced ports which nobody connected to so far */
    amanda_moment_t first_heard;
    amanda_moment_t last_heard;
    uint8_t tcp_ttls[AMANDA_TTLS]; /* with which its packets came; 0: no more of them */
    uint8_t udp_ttls[AMANDA_TTLS];
    bool unseen; /* a requester acknowledges a reply of it that the capture does not have */

    /* Of verdict/, here for there is room. */
    bool reached;  /* the capture has something that a responder sent to it */
    unsigned hash; /* of its address */
} amanda_host_t;

/* No host is known yet. All that it will need is taken from scope. */
amanda_hosts_t *amanda_hosts_new(wmem_allocator_t *scope);

/* The host with this address; NULL where there is none. */
amanda_host_t *amanda_hosts_find(const amanda_hosts_t *hosts, const address *addr);

/* The same, made if there is none. */
amanda_host_t *amanda_hosts_of(amanda_hosts_t *hosts, const address *addr);

/* A copy of the features string hex of length characters, shared by all that are equal, which lives as long as the
 * hosts. */
const char *amanda_hosts_keep_features(amanda_hosts_t *hosts, const char *hex, size_t length);

#endif
