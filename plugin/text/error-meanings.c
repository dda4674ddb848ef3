/* text/error-meanings.c
 * What the error texts of Amanda mean, and what an administrator can do about them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/error-meanings.h"

#define BUG_REPORT "Look at the debug files of both sides (/tmp/amanda or /var/log/amanda); update the older side."
#define SEE_CLIENT_LOG "Look at the service's debug file on the responding host (/tmp/amanda or /var/log/amanda)."

/* The first pattern that fits counts, so the particular ones stand before the general ones. */
static const amanda_error_meaning_t explanations[] = {
    /* What a client without noop answers: the server then assumes the features of 2.4.2. */
    {"unknown service: noop", "old client without noop",
     "The client is older than Amanda 2.4.3 and does not know the noop service. The server takes it for a client "
     "with the features of 2.4.2 and goes on.",
     NULL, true},
    {"noop: invalid service", "old client without noop",
     "The client does not offer the noop service. The server takes it for a client with the features of 2.4.2 and "
     "goes on.",
     NULL, true},

    /* Which services amandad offers. */
    {"*: invalid service, add '*' as argument to amandad", "invalid service",
     "amandad is not set up to offer this service, or does not know it.",
     "Add the service's name to the arguments of amandad in the inetd, xinetd or systemd configuration of the "
     "responding host (for instance amdump, or amindexd and amidxtaped on a server), and reload that daemon.",
     false},
    {"*: invalid service", "invalid service", "amandad does not offer this service.",
     "Add the service's name to the arguments of amandad in the inetd or xinetd configuration of the responding host; "
     "if it is no name that this version knows, update that host.",
     false},
    {"unknown service: *", "unknown service", "This version of Amanda has no such service.",
     "Update Amanda on the responding host, or do not ask it for this.", false},
    {"service * unavailable", "service unavailable", "The program of this service is missing or cannot be executed.",
     "Install it, and check its permissions, in Amanda's libexec directory of the responding host.", false},
    {"execute access to * denied", "service not executable",
     "The program of this service is missing or cannot be executed by the Amanda user.",
     "Install it, and check the permissions of it and of the directories above it, on the responding host.", false},
    {"invalid '*' service as argument to amandad", "bad amandad argument",
     "amandad was started with the name of a service that it does not know.",
     "Correct the arguments of amandad in the inetd, xinetd or systemd configuration of the responding host.", false},
    {"amandad busy", "amandad busy",
     "amandad of 2.4 serves one request at a time, and is still at work on one of another host or program.",
     "Wait for the other request to end; do not let two servers back up this client at the same time.", false},

    /* Who may ask, common-src/security-util.c, bsd_recv_security_ok() and check_user_amandahosts(). */
    {"*is not allowed to execute the service *: Please add the line * on the client", "user not allowed",
     "The client's .amandahosts file does not let this user of this host back the client up.",
     "Add the line that the text quotes (host, user, amdump) to the .amandahosts file that it names, on the client. "
     "The host must be spelled as the client itself resolves the server's address.",
     false},
    {"*is not allowed to execute the service *: Please add the line * on the server", "user not allowed",
     "The server's .amandahosts file does not let this user of this host recover files.",
     "Add the line that the text quotes (host, user, amindexd amidxtaped) to the .amandahosts file that it names, on "
     "the server.",
     false},
    {"*is not allowed to execute the service *: Please add *", "user not allowed",
     "The responding host's .amandahosts file does not let this user of this host use the service.",
     "Add what the text asks for to the .amandahosts file that it names.", false},
    {"*is not allowed to execute the service *: *: invalid service *", "service not allowed",
     "No line of the .amandahosts file lets this user of this host use this service, and it is none that amdump stands "
     "for.",
     "Check the name of the service; if it is right, name it in the user's line of the .amandahosts file.", false},
    {"*is not allowed to execute the service *: cannot open *", "no .amandahosts",
     "The responding host has no .amandahosts file, or its Amanda user cannot read it.",
     "Create the file in the home directory of the Amanda user, with a line for the requesting host and user; let it "
     "belong to that user, with mode 600.",
     false},
    {"*: owned by id *, should be *", "wrong owner of .amandahosts",
     "The .amandahosts file does not belong to the Amanda user, so it is not trusted.",
     "chown the file to the Amanda user of the responding host.", false},
    {"*incorrect permissions; file must be accessible only by its owner*", "wrong mode of .amandahosts",
     "Others than its owner can read or write the .amandahosts file, so it is not trusted.",
     "chmod 600 the file on the responding host.", false},
    {"*is not allowed to execute the service *", "user not allowed",
     "The responding host does not let this user of this host use the service.",
     "Check the .amandahosts file of the responding host's Amanda user: its owner, its mode 600, and a line for this "
     "host, user and service.",
     false},
    {"access as * not allowed from *", "user not allowed",
     "The client's .amandahosts (or .rhosts) file does not let this user of this host in.",
     "Add a line with the server's name and the user to the .amandahosts file of the client's Amanda user.", false},
    {"getpwnam(*) fail*", "no such user",
     "The login name that Amanda was built for does not exist on the responding host.",
     "Create that user, or install an Amanda that was built for another one.", false},

    /* Where the request comes from. */
    {"host *: port * not secure", "port not secure",
     "The request came from a source port of 1024 or above, which any user could have used.",
     "See to it that the requester's programs can use ports below 1024 (amcheck, planner and dumper set-uid root, "
     "amrecover started by root), that reserved-udp-port and reserved-tcp-port in its amanda.conf name such ports, and "
     "that no NAT between the hosts changes the source port.",
     false},
    {"addr *: hostname lookup failed", "host name unknown",
     "The responding host finds no name for the requester's address.",
     "Let the responding host resolve that address to the requester's name (DNS or /etc/hosts).", false},
    {"host *: hostname lookup failed", "host name unknown",
     "The responding host finds no address for the requester's name.",
     "Let the responding host resolve that name to the requester's address (DNS or /etc/hosts).", false},
    {"hostnames do not match: *", "host name mismatch",
     "The requester's address resolves to one name, and that name to another one.",
     "Let address and name resolve to each other on the responding host (DNS or /etc/hosts).", false},
    {"ip address * is not in the ip list for *", "host name mismatch",
     "The requester's address resolves to a name, but that name does not resolve to this address.",
     "Let address and name resolve to each other on the responding host (DNS or /etc/hosts); mind all addresses of "
     "the requester.",
     false},
    {"* doesn't resolve to *", "host name mismatch",
     "A name or address does not lead back to itself, so the responding host does not trust it.",
     "Let address and name resolve to each other on the responding host (DNS or /etc/hosts).", false},
    {"getnameinfo failed: *", "host name unknown", "The responding host finds no name for the requester's address.",
     "Let the responding host resolve that address to the requester's name (DNS or /etc/hosts).", false},
    {"getpeername returned: *", "connection lost",
     "The connection was gone before the responding host could tell whose it was.",
     "Try again; look for a firewall that resets connections.", false},

    /* SECURITY lines. */
    {"host *: bad bsd security line", "bad SECURITY line", "The SECURITY line of the request is missing or malformed.",
     "Use the same auth on both sides.", false},
    {"bad krb4 security line", "bad SECURITY line", "The SECURITY line of the request is missing or malformed.",
     "Use the same auth on both sides.", false},
    {"kerberos error: *", "Kerberos error", "The Kerberos ticket of the request was not accepted.",
     "Check clocks, keytab (srvtab) and principal of both hosts.", false},
    {"packet as no SERVICE line", "no SERVICE line", "The request names no service.", BUG_REPORT, false},
    {"no bsd SECURITY for P_REQ", "no SECURITY line", "The request does not say which user sends it.",
     "Use the same auth on both sides (auth in amanda.conf, -auth= of amandad).", false},
    {"SECURITY line: *", "bad SECURITY line", "The SECURITY line of the request cannot be read.",
     "Use the same auth on both sides (auth in amanda.conf, -auth= of amandad).", false},
    {"REQ SECURITY line parse error*", "bad SECURITY line",
     "The SECURITY line of the request is no SECURITY USER line.",
     "Use the same auth on both sides (auth in amanda.conf, -auth= of amandad).", false},

    /* What amandad makes of packets and services. */
    {"invalid REQ", "invalid request", "The request names no service, or has nothing behind the service's name.",
     BUG_REPORT, false},
    {"unexpected packet type *", "unexpected packet",
     "A packet came that does not fit the state of this request, for instance a NAK or a reply for a running service.",
     "Look for an older request with this handle and sequence number; a single one is harmless.", false},
    {"expected *got *", "packet not understood", "The header line of a packet is malformed.", BUG_REPORT, false},
    {"unexpected *packet", "unexpected packet", "A packet came that is no request, where a request was expected.",
     "A late copy from the network is harmless; otherwise look at who sends it.", false},
    {"UNKNOWN", "packet not understood", "The header line of a packet is malformed.", BUG_REPORT, false},
    {"timeout on reply pipe", "service timed out",
     "The service ran for six hours without an answer, and amandad gave it up.",
     "See what the service waits for: a hanging file system or application on the responding host.", false},
    {"read error on reply pipe: *", "service failed", "amandad could not read what the service printed.",
     SEE_CLIENT_LOG, false},
    {"error writing arguments to *", "service failed", "The service ended before amandad could hand it the request.",
     SEE_CLIENT_LOG, false},
    {"more than * bytes in reply", "reply too long", "Amanda 2.5.0 sends no replies of more than 51200 bytes.",
     "Update the client, or let it have fewer disks.", false},
    {"data descriptor * broken: *", "stream broken", "amandad could not read a data stream of the service.",
     SEE_CLIENT_LOG, false},
    {"write error on stream *", "stream broken", "A data stream could not be written: the requester closed it.",
     "Look at the requester's log: it gave the dump up first.", false},
    {"service * failed: pid * exited with signal *", "service crashed", "The program of the service crashed.",
     SEE_CLIENT_LOG, false},
    {"service * failed: pid * exited with *", "service failed",
     "The program of the service ended with an error; the lines before this one say why.", SEE_CLIENT_LOG, false},

    /* What the services say of a request. */
    {"FORMAT ERROR IN REQUEST PACKET*", "request not understood",
     "The service cannot read the request: a disk list entry or an option is malformed, or too new for this version.",
     "Look at the entry that the text quotes; update the older side.", false},
    {"BOGUS REQUEST PACKET*", "request not understood",
     "The service cannot read the request: a disk list entry or an option is malformed, or too new for this version.",
     "Look at the disk list entries of the request; update the older side.", false},
    {"Missing OPTIONS line in *", "no OPTIONS line", "The request has no OPTIONS line.", BUG_REPORT, false},
    {"Missing DLE line in *", "no disk list entry", "The request names nothing to back up.", BUG_REPORT, false},
    {"Multiple OPTIONS line in *", "two OPTIONS lines", "The request has more than one OPTIONS line.", BUG_REPORT,
     false},
    {"unknown option*", "unknown option", "The service does not know an option of the request.",
     "Update the older side, or leave the option out of the dumptype.", false},
    {"multiple * option*", "option given twice", "The request has the same option more than once.",
     "Correct the dumptype in amanda.conf.", false},
    {"bad features value *", "bad features string", "The features= of the request is no string of hexadecimal digits.",
     BUG_REPORT, false},
    {"bad maxdumps value *", "bad maxdumps", "The maxdumps= of the request is no number from 1 to 16.",
     "Correct maxdumps in amanda.conf.", false},
    {"invalid character in config option", "bad configuration name",
     "The config= of the request has a character that no configuration's name may have.",
     "Rename the configuration on the server.", false},
    {"client configured for auth=* while server requested *", "auth differs",
     "amandad runs with another auth than the dumptype asks for.",
     "Set auth in the dumptype (amanda.conf) and -auth= of amandad on the client to the same name.", false},
    {"recover program ask for auth=* while * is configured for *", "auth differs",
     "amandad on the server runs with another auth than amrecover asks for.",
     "Set auth in amanda-client.conf and -auth= of amandad on the server to the same name.", false},

    /* What selfcheck finds. */
    {"* program not available", "program not available",
     "This client's Amanda was built without the program that the dumptype asks for.",
     "Install the program and an Amanda that was built with it, or choose another program in the dumptype.", false},
    {"*dir * needs *KB, *", "disk full", "A directory that Amanda works in has too little free space.",
     "Make room in the file system of this directory on the client.", false},
    {"can not * *: *", "no access to a file",
     "A file or directory is missing, or the Amanda user may not use it in this way.",
     "Check that it exists, and its owner and mode, on the client.", false},
    {"Can't execute *", "program not executable", "A program is missing or cannot be executed.",
     "Check that it exists, and its mode, on the client.", false},
    {"* is not a file", "no such file", "What should be a file is something else.",
     "Check the path in the configuration of the client.", false},
    {"* is not a directory", "no such directory", "What should be a directory is something else.",
     "Check the path in the configuration of the client.", false},

    /* What ambackupd says. */
    {"No host '*'", "host not in disklist", "The server's disk list has no entry for this host.",
     "Add the host to the disklist of this configuration, with the name by which the server knows it.", false},
    {"No *dle for host '*'", "disk not in disklist",
     "The server's disk list has no such entry for this host that is backed up with an APPLICATION.",
     "Add it to the disklist of this configuration.", false},
    {"configuration errors; aborting connection", "bad configuration",
     "The server's configuration has errors, or does not exist.", "Run amcheck for this configuration on the server.",
     false},
};

/* Whether text fits a pattern in which * stands for anything, also nothing. Takes length times the pattern's length at
 * worst: only the last * is ever tried anew. */
static bool fits(const char *pattern, const char *text, size_t length)
{
    const char *star = NULL;
    size_t at = 0;
    size_t retry = 0;

    while (at < length) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = at;
        } else if (*pattern != '\0' && *pattern == text[at]) {
            pattern++;
            at++;
        } else if (star) {
            pattern = star;
            at = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

void amanda_error_unbracket(const char **text, size_t *length)
{
    if (*length == 0 || (*text)[0] != '[')
        return;
    (*text)++;
    (*length)--;
    if (*length > 0 && (*text)[*length - 1] == ']')
        (*length)--;
}

const amanda_error_meaning_t *amanda_error_meaning(const char *text, size_t length)
{
    amanda_error_unbracket(&text, &length);
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        if (fits(explanations[i].pattern, text, length))
            return &explanations[i];
    }
    return NULL;
}
