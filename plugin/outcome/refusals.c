/* outcome/refusals.c
 * Who refuses a connection or resets it, or returns a datagram: the host itself, or something between
 *
 * A firewall refuses in the name of the host, with the host's address. But what it sends has been on its way for fewer or
 * more hops, or began with another time to live.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/refusals.h"

#include <wsutil/inet_addr.h>

#include "outcome/state.h"
#include "verdict/icmp-errors.h"

/* What systems begin with that have another time to live in each protocol: Solaris in UDP, and many in ICMP, with 255, AIX
 * in UDP with 30; in TCP they have 64 and 60. */
#define SOLARIS_UDP_MORE (255 - 64)
#define AIX_UDP_LESS (60 - 30)
#define ICMP_MORE (255 - 64)

static void note(uint8_t *known, uint8_t ttl)
{
    for (int i = 0; i < AMANDA_TTLS; i++) {
        if (known[i] == ttl)
            return;
        if (known[i] == 0) {
            known[i] = ttl;
            return;
        }
    }
}

void amanda_host_saw_ttl(amanda_host_t *host, uint8_t ttl, bool udp)
{
    note(udp ? host->udp_ttls : host->tcp_ttls, ttl);
}

void amanda_outcomes_ttl(amanda_outcomes_t *outcomes, const address *addr, uint8_t ttl, bool udp)
{
    amanda_host_saw_ttl(amanda_hosts_of(outcomes->hosts, addr), ttl, udp);
}

/* Whether a host is known to send with that. */
static bool is_known(const uint8_t *known, int ttl)
{
    for (int i = 0; i < AMANDA_TTLS; i++) {
        if (known[i] != 0 && known[i] == ttl)
            return true;
    }
    return false;
}

/* Where a host's packets come by many ways, nothing follows from how far one was. */
static bool comes_by_many_ways(const amanda_host_t *host)
{
    return host->tcp_ttls[AMANDA_TTLS - 1] != 0 || host->udp_ttls[AMANDA_TTLS - 1] != 0;
}

/* Whether the host itself would not have sent this so. */
static bool is_foreign_ttl(const amanda_host_t *host, const amanda_refuser_t *by)
{
    int ttl = by->ttl;

    if (ttl == 0 || comes_by_many_ways(host) || (!host->tcp_ttls[0] && !host->udp_ttls[0]))
        return false;
    if (is_known(host->tcp_ttls, ttl) || is_known(host->udp_ttls, ttl))
        return false;
    if (by->icmp && (is_known(host->tcp_ttls, ttl - ICMP_MORE) || is_known(host->udp_ttls, ttl - ICMP_MORE)))
        return false;
    return host->tcp_ttls[0] ||
           !(is_known(host->udp_ttls, ttl + SOLARIS_UDP_MORE) || is_known(host->udp_ttls, ttl - AIX_UDP_LESS));
}

const amanda_refusal_t *amanda_refusal_keep(const amanda_outcomes_t *outcomes, const amanda_host_t *host,
                                            const amanda_refuser_t *by)
{
    amanda_refusal_t *refusal;

    if (!by)
        return NULL;
    refusal = wmem_new0(outcomes->scope, amanda_refusal_t);
    refusal->kind = by->kind;
    refusal->icmp = by->icmp;
    refusal->ttl = by->ttl;
    refusal->usual_ttl = host->tcp_ttls[0] ? host->tcp_ttls[0] : host->udp_ttls[0];
    if (by->sender)
        copy_address_wmem(outcomes->scope, &refusal->sender, by->sender);
    refusal->foreign = (by->sender && !addresses_equal(by->sender, &host->addr)) || is_foreign_ttl(host, by);
    return refusal;
}

bool amanda_refusal_is_foreign(const amanda_refusal_t *refusal)
{
    return refusal && refusal->foreign;
}

bool amanda_refusal_has_no_way(const amanda_refusal_t *refusal)
{
    return refusal && refusal->icmp &&
           (refusal->kind == AMANDA_ICMP_NETWORK_UNREACHABLE || refusal->kind == AMANDA_ICMP_HOST_UNREACHABLE);
}

bool amanda_refusal_is_prohibition(const amanda_refusal_t *refusal)
{
    return refusal && refusal->icmp && refusal->kind == AMANDA_ICMP_PROHIBITED;
}

const char *amanda_refusal_address(const address *addr, wmem_allocator_t *pool)
{
    char text[WS_INET6_ADDRSTRLEN];

    if (addr->len == 4)
        ws_inet_ntop4(addr->data, text, sizeof text);
    else if (addr->len == 16)
        ws_inet_ntop6(addr->data, text, sizeof text);
    else
        return "the host";
    return wmem_strdup(pool, text);
}

const char *amanda_refusal_text(const amanda_refusal_t *refusal, wmem_allocator_t *pool)
{
    if (!refusal)
        return "refused";
    if (refusal->icmp && refusal->sender.len > 0)
        return wmem_strdup_printf(pool, "ICMP %s from %s", amanda_icmp_kind_name((amanda_icmp_kind_t)refusal->kind),
                                  amanda_refusal_address(&refusal->sender, pool));
    if (refusal->icmp)
        return wmem_strdup_printf(pool, "ICMP %s", amanda_icmp_kind_name((amanda_icmp_kind_t)refusal->kind));
    if (!refusal->foreign)
        return "RST";
    return wmem_strdup_printf(pool, "RST with a time to live of %u, where the host's other packets have %u",
                              refusal->ttl, refusal->usual_ttl);
}
