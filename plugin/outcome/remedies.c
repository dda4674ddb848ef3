/* outcome/remedies.c
 * What an administrator does about an outcome
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/outcomes.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "outcome/tls-alerts.h"
#include "text/error-meanings.h"

#define BOTH_SIDES "Look at the debug files of amrecover on the client and of amidxtaped on the server."

#define LONG_PACKETS                                                                                                   \
    ("Look for what loses long packets on the way: a tunnel or VPN of a smaller MTU behind a firewall that drops "     \
     "ICMP, or a bad cable or network card.")

#define ANSWERS_NOBODY                                                                                                 \
    "See whether the client is up and its name resolves, whether a firewall drops Amanda's port, and whether the "     \
    "client can resolve the server's address: amandad answers nobody else."

#define SLOW_ESTIMATE                                                                                                  \
    "See what takes sendsize so long on the client (its debug file); raise etimeout, or use another estimate "         \
    "(calcsize, server); if it ended in time, its reply is lost on the way."

#define SLOW_CHECK                                                                                                     \
    "See what takes selfcheck so long on the client (its debug file), or raise ctimeout; if it ended in time, a long " \
    "reply may be lost in fragments: use auth bsdtcp."

#define KEPT_FROM_ANSWERING                                                                                            \
    "See in the client's amandad debug file what kept it from answering: another dump, or a name that takes long to "  \
    "resolve."

#define PASS_REPLIES                                                                                                   \
    "Let the firewall pass Amanda's port, and the replies for as long as a service may take, or use auth bsdtcp."

#define SEE_BY_WORDS                                                                                                   \
    "See by those words what listens on Amanda's port there: another program, or an inetd that cannot start amandad."

#define CAN_START                                                                                                      \
    "See whether amandad can be started there (the system log), and with the same auth (-auth=) as the dumptype has."

#define PROBE                                                                                                          \
    "Nothing, if it was a program that only tries the port; otherwise look at the debug file of the one that "         \
    "connected."

#define NO_REPLY                                                                                                       \
    ("See what takes the service so long on the client (its debug file); if it ended in time, its reply is lost on "   \
     "the way.")

/* Of each cause, where nothing more is known of what failed. */
static const char *const remedies[AMANDA_CAUSES] = {
    [AMANDA_CAUSE_RETRY] = "Nothing, if the next try is well: the application asked to be called again later.",
    [AMANDA_CAUSE_NOT_WHOLE] =
        "Look at the client's sendbackup and application debug files: the program ended before its work was done.",
    [AMANDA_CAUSE_DAMAGED] = "Check memory, disks and network of both hosts, and dump again.",
    [AMANDA_CAUSE_STALE_REPLY] =
        "Update the server to Amanda 2.5 or later, which compares the SEQ of a reply; until then, dump it again.",
    [AMANDA_CAUSE_NOBODY_LISTENS] =
        "Start amandad's socket (systemd), xinetd or inetd on that host, and use the same auth at both ends.",
    [AMANDA_CAUSE_PORT_REFUSED] = "See why the client's amandad had gone by then: its amandad debug file tells.",
    [AMANDA_CAUSE_FIREWALL_REFUSES] =
        "Let the firewall pass Amanda's connections: the client's unreserved-tcp-port range, or use auth bsdtcp.",
    [AMANDA_CAUSE_PORT_SILENT] =
        "Let the firewall pass Amanda's connections: the client's unreserved-tcp-port range, or use auth bsdtcp.",
    [AMANDA_CAUSE_NEVER_TRIED] = "See in the server's dumper debug file why it did not connect.",
    [AMANDA_CAUSE_TOO_LATE] = "Raise etimeout (or ctimeout), or use a faster estimate (calcsize or server).",
    [AMANDA_CAUSE_BUSY] = "Cure the first failure; nothing was lost here.",
    [AMANDA_CAUSE_ACK_LOST] = "Find where packets are lost on the way to the client, or use auth bsdtcp.",
    [AMANDA_CAUSE_SILENT] =
        "See whether the client is up and its name resolves, and whether a firewall drops Amanda's port.",
    [AMANDA_CAUSE_NO_REPLY] = NO_REPLY,
    [AMANDA_CAUSE_CONNECTION_CLOSED] =
        "Look at the client's amandad debug file and the system log: it ended, or inetd could not start it.",
    [AMANDA_CAUSE_PROGRAM_HANGS] =
        "See what the dump program waits for on the client (a stale mount, a snapshot); raise dtimeout if it is slow.",
    [AMANDA_CAUSE_IDLE_RESET] = "Use keepalive, or raise the idle timer of the firewall or router between the hosts.",
    [AMANDA_CAUSE_CUT_OFF] = "Look for an outage of the network or of the client at that time.",
    [AMANDA_CAUSE_AMANDAD_DIED] = "Look at the client's system log: amandad was killed, or the host went down.",
    [AMANDA_CAUSE_SENDBACKUP_DIED] =
        "Look at the client's sendbackup debug file and system log: it crashed or was killed.",
    [AMANDA_CAUSE_SERVER_STOPPED] =
        "Look at the server's report and its dumper, chunker and taper debug files: it stopped the dump itself.",
    [AMANDA_CAUSE_DATA_TIMEOUT] =
        "See what the dump program waits for on the client; raise dtimeout if it is only slow.",
    [AMANDA_CAUSE_DATA_LOST] = LONG_PACKETS,
    [AMANDA_CAUSE_CLIENT_ENDED] =
        "Look at the client's amandad and sendbackup debug files: what they say last tells why they ended.",
    [AMANDA_CAUSE_WENT_ON] = "Look at the server's dumper debug file: it gave this dump up.",
    [AMANDA_CAUSE_NOT_NAMED] =
        "Look at the service's debug file on the client; a reply that is too long for a datagram needs auth bsdtcp.",
};

/* Of a failure whose words say nothing that is known: where there are more of them. */
static const char *remedy_for_unknown_words(const amanda_job_t *job, amanda_cause_t cause)
{
    if (cause == AMANDA_CAUSE_NAK)
        return "Look at amandad's debug file on the host that refused the request: it has the reason.";
    switch (job->kind) {
    case AMANDA_JOB_CHECK:
        return "Cure what the text names; selfcheck's debug file on the client tells more.";
    case AMANDA_JOB_ESTIMATE:
        return "Look at sendsize's debug file on the client for what its program said; try that by hand, or use "
               "another estimate.";
    case AMANDA_JOB_DUMP:
        return "Cure what the text names; the debug files of sendbackup and its application on the client tell more.";
    case AMANDA_JOB_RESTORE:
        return BOTH_SIDES;
    default:
        return "Look at the service's debug file on the host that was asked.";
    }
}

static const amanda_error_meaning_t *meaning_of(const char *words)
{
    return words ? amanda_error_meaning(words, strlen(words)) : NULL;
}

/* What the words of a program are known to mean; NULL for nothing. */
static const amanda_error_meaning_t *meaning_of_words(const amanda_item_t *item, amanda_cause_t cause)
{
    const amanda_job_t *job = item->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    const amanda_item_told_t *told = amanda_item_told(item);
    const amanda_transfer_t *transfer = job->transfer;
    const amanda_error_meaning_t *meaning;

    if (cause == AMANDA_CAUSE_NAK) {
        meaning = meaning_of(more->nak_text);
        return meaning || !more->nak_text || !job->framed
                   ? meaning
                   : amanda_error_meaning_beheaded(more->nak_text, strlen(more->nak_text));
    }
    /* The line before the last is the cause, where its meaning is known. */
    meaning = transfer ? meaning_of(transfer->strange) : NULL;
    if (!meaning && transfer)
        meaning = meaning_of(transfer->error);
    if (!meaning)
        meaning = meaning_of(told->error ? told->error : more->error);
    return meaning ? meaning : meaning_of(told->warning ? told->warning : more->warning);
}

static bool is_restore(const amanda_job_t *job)
{
    return job->kind == AMANDA_JOB_RESTORE;
}

static bool is_estimate(const amanda_job_t *job)
{
    return job->kind == AMANDA_JOB_ESTIMATE;
}

static bool is_dump(const amanda_job_t *job)
{
    return job->kind == AMANDA_JOB_DUMP;
}

static bool is_framed(const amanda_job_t *job)
{
    return job->framed;
}

static bool is_in_datagrams(const amanda_job_t *job)
{
    return !job->framed;
}

static bool is_check_in_datagrams(const amanda_job_t *job)
{
    return job->kind == AMANDA_JOB_CHECK && !job->framed;
}

static bool has_no_transfer(const amanda_job_t *job)
{
    return !job->transfer;
}

static bool has_said_words(const amanda_job_t *job)
{
    return amanda_job_more(job)->said;
}

static bool has_tls(const amanda_job_t *job)
{
    return job->tls && !job->auth_differs;
}

static bool has_tls_that_the_requester_closed(const amanda_job_t *job)
{
    return has_tls(job) && amanda_job_more(job)->closed_by == AMANDA_PARTY_REQUESTER;
}

static bool has_another_auth(const amanda_job_t *job)
{
    return job->auth_differs;
}

static bool is_probe(const amanda_job_t *job)
{
    return job->kind == AMANDA_JOB_CONNECTION && amanda_job_more(job)->closed_by == AMANDA_PARTY_REQUESTER;
}

/* What helps better where more is known of what failed; the first row that fits counts. */
static const struct {
    amanda_cause_t cause;
    bool (*fits)(const amanda_job_t *job);
    const char *remedy;
} closer[] = {
    {AMANDA_CAUSE_DAMAGED, is_restore, AMANDA_REMEDY_ANOTHER_COPY},
    {AMANDA_CAUSE_SERVER_STOPPED, is_restore, BOTH_SIDES},
    {AMANDA_CAUSE_WENT_ON, is_restore, BOTH_SIDES},
    {AMANDA_CAUSE_CLIENT_ENDED, is_restore, BOTH_SIDES},
    {AMANDA_CAUSE_SILENT, is_in_datagrams, ANSWERS_NOBODY},
    {AMANDA_CAUSE_NO_REPLY, is_estimate, SLOW_ESTIMATE},
    {AMANDA_CAUSE_NO_REPLY, is_check_in_datagrams, SLOW_CHECK},
    {AMANDA_CAUSE_TOO_LATE, is_dump, KEPT_FROM_ANSWERING},
    {AMANDA_CAUSE_FIREWALL_REFUSES, is_framed,
     "Let the firewall pass Amanda's port, and keep its connections for as long as a dump takes."},
    {AMANDA_CAUSE_FIREWALL_REFUSES, has_no_transfer, PASS_REPLIES},
    {AMANDA_CAUSE_CONNECTION_CLOSED, has_said_words, SEE_BY_WORDS},
    {AMANDA_CAUSE_CONNECTION_CLOSED, has_tls_that_the_requester_closed,
     "See whether long packets get through (a smaller MTU on the way), and whether amandad hangs there."},
    {AMANDA_CAUSE_CONNECTION_CLOSED, has_tls, CAN_START},
    {AMANDA_CAUSE_CONNECTION_CLOSED, has_another_auth,
     "Give the dumptype (auth, in amanda.conf) and amandad on the client (-auth=) the same auth."},
    {AMANDA_CAUSE_CONNECTION_CLOSED, is_probe, PROBE},
};

/* The remedy of what is known but for the words of a program. */
static const char *remedy_of_cause(const amanda_job_t *job, amanda_cause_t cause)
{
    if (cause == AMANDA_CAUSE_CONNECTION_CLOSED && amanda_job_more(job)->tls_alert)
        return amanda_tls_alert_remedy(amanda_job_more(job)->tls_alert);
    for (size_t i = 0; i < G_N_ELEMENTS(closer); i++) {
        if (closer[i].cause == cause && closer[i].fits(job))
            return closer[i].remedy;
    }
    return remedies[cause];
}

const char *amanda_outcome_remedy(const amanda_item_t *item, const amanda_settlement_t *settlement)
{
    const amanda_error_meaning_t *meaning;

    if (settlement->cause != AMANDA_CAUSE_NAK && settlement->cause != AMANDA_CAUSE_CLIENT_SAYS)
        return remedy_of_cause(item->job, settlement->cause);
    meaning = meaning_of_words(item, settlement->cause);
    if (meaning)
        return meaning->remedy;
    return amanda_outcome_is_failure(settlement->outcome) ? remedy_for_unknown_words(item->job, settlement->cause)
                                                          : NULL;
}
