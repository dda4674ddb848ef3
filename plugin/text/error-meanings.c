/* text/error-meanings.c
 * What the error texts of Amanda mean, and what an administrator can do about them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/error-meanings.h"

#include <glib.h>

#define BUG_REPORT "Look at the debug files of both sides (/tmp/amanda or /var/log/amanda); update the older side."
#define SEE_CLIENT_LOG "Look at the service's debug file on the responding host (/tmp/amanda or /var/log/amanda)."

#define DUMPTYPE "Leave it out of the dumptype, or choose another program or application, or another estimate."

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
    {"*did not resolve to *", "host name mismatch",
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
    {"service * failed: pid * exited with signal 9", "service killed", "Somebody killed the program of the service.",
     "Look at the client's system log for who ended it (mostly a lack of memory), and ask again.", false},
    {"service * failed: pid * exited with signal *", "service crashed", "The program of the service crashed.",
     SEE_CLIENT_LOG, false},
    {"service * failed: pid * exited with *", "service failed",
     "The program of the service ended with an error; the lines before this one say why.", SEE_CLIENT_LOG, false},

    {"service *: *", "service failed", "The program of the service printed this while it failed.", SEE_CLIENT_LOG,
     false},

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

    /* What sendbackup says of the program that it starts: client-src/sendbackup.c, runtar.c, rundump.c. */
    {"no backup size line*", "no size line",
     "The dump program ended before it told how much it had written: mostly it did not even start. The strange line "
     "before this says why.",
     "See what the strange line says, and sendbackup's debug file on the client (/tmp/amanda or /var/log/amanda).",
     false},
    {"*run* invalid option: *", "wrapper refuses option",
     "Amanda's own wrapper around tar or dump refuses an option that sendbackup gives it.",
     "Update Amanda on the client (3.5.3 or later), all of it from one package.", false},

    /* Programs that run as root: client-src/client_util.c, common-src/security-file.c, 3.4 and later. */
    {"*security file * do not allow to run * as root for *", "not in security file",
     "The security file does not name this program as one that may run as root for this.",
     "Add a line for it to the security file that the text names (NAME=PATH, as in amgtar:gnutar_path=/usr/bin/tar). "
     "The file and the folders above it must belong to root and be writable by root alone.",
     false},
    {"Can't open security_file *", "no security file",
     "Amanda 3.4 and later run a program as root only if their security file names it, and that file cannot be read.",
     "Create the file that the text names, or install it anew with Amanda's package: it belongs to root, with mode "
     "644.",
     false},
    {"Can't get realpath of the security file *", "no security file",
     "Amanda 3.4 and later run a program as root only if their security file names it, and that file is not there.",
     "Create the file that the text names, or install it anew with Amanda's package: it belongs to root, with mode "
     "644.",
     false},
    {"security_file_check_path: *", "security file", "Amanda asked its security file about nothing.", BUG_REPORT,
     false},
    {"* is not SUID root", "not SUID root", "A program of Amanda that needs the rights of root is not set-uid root.",
     "As root on the client, chown root:GROUP and chmod 4750 the program that the text names, GROUP being that of the "
     "Amanda user. Installing the package anew does it, too.",
     false},
    {"*is not owned by root", "not owned by root",
     "A program that is to run as root, or a folder above it, does not belong to root, so Amanda does not run it.",
     "chown what the text names to root, on the client.", false},
    {"*is writable by everyone", "writable by others",
     "A program that is to run as root, or a folder above it, can be changed by anybody, so Amanda does not run it.",
     "chmod o-w what the text names, on the client.", false},
    {"*is writable by the group", "writable by others",
     "A program that is to run as root, or a folder above it, can be changed by its group, so Amanda does not run it.",
     "chmod g-w what the text names, on the client.", false},
    {"Can't find real*path for *", "no such program", "A program that is to run as root is not there.",
     "Install it on the client, or correct its path in the dumptype's properties.", false},

    /* Files and directories of the client, client-src/client_util.c, selfcheck.c and amandates.c. */
    {"can not * *amandates*: *", "no access to amandates",
     "The client cannot read or write the file in which it remembers the dates of its dumps.",
     "Create the file that the text names, and let it belong to the Amanda user of the client, with mode 644.", false},
    {"could not * *amandates*", "no access to amandates",
     "The client cannot read or write the file in which it remembers the dates of its dumps.",
     "Create the file that the text names, and let it belong to the Amanda user of the client, with mode 644.", false},
    {"dump will not be able to create the /etc/dumpdates file*", "no access to dumpdates",
     "dump cannot remember the dates of its dumps.",
     "Create /etc/dumpdates on the client, writable for the Amanda user's group.", false},
    {"*ould not access *", "no access to a directory",
     "The directory of this disk does not exist on the client, or the Amanda user may not enter it.",
     "Check the disk's name in the disklist; on the client, that it is mounted, and that the Amanda user can read it "
     "and enter the directories above it (or an application that runs as root).",
     false},
    {"*No space left on device*", "disk full",
     "A file system is full on the host that says so: that of the spool, of the debug files or of a temporary file.",
     "Make room in it, or let Amanda use another one (holding disk, tmpdir and logdir of its configuration).", false},
    {"*cannot get filesystem usage for *", "no access to a directory",
     "The client cannot find out how much room a directory has in which Amanda works.",
     "Check that the directory that the text names exists on the client.", false},
    {"*/etc/amandapass is world readable!", "amandapass", "Everybody can read the passwords of the shares.",
     "chmod 640 /etc/amandapass on the client, and let it belong to the Amanda user's group.", false},
    {"/etc/amandapass is readable, but not by all", "amandapass",
     "The passwords of the shares can be read by Amanda, and not by everybody.", NULL, false},
    {"unable to * /etc/amandapass: *", "amandapass", "The Amanda user cannot read the passwords of the shares.",
     "Create /etc/amandapass on the client, readable for the Amanda user alone.", false},
    {"*annot find password*", "amandapass", "There is no password for this share.",
     "Add a line for the share to /etc/amandapass on the client.", false},
    {"*password field not 'user*pass'*", "amandapass", "The line of this share is malformed.",
     "Correct it in /etc/amandapass on the client: share, then user%password.", false},
    {"*cannot parse for share/subdir disk entry", "bad share", "The disk's name is no share (//host/share).",
     "Correct the disk in the disklist.", false},
    {"*cannot make share name", "bad share", "The disk's name is no share (//host/share).",
     "Correct the disk in the disklist.", false},
    {"*samba access error*", "no access to a share",
     "The client cannot read this share; what follows is smbclient's text.",
     "Try smbclient with the same share, user and password on the client.", false},
    {"*not configured for samba", "no samba", "The client's Amanda was built without smbclient.",
     "Install smbclient and an Amanda that was built with it, or use the application amsamba.", false},
    {"*samba is not v2 or better", "no samba", "The client's smbclient is too old for a directory in a share.",
     "Update samba on the client.", false},
    {"*DUMP program cannot handle samba shares*", "no samba", "DUMP cannot read a share.",
     "Use the application amsamba in the dumptype.", false},
    {"*password write failed: *", "system failed", "The client could not hand smbclient the password.", SEE_CLIENT_LOG,
     false},

    /* What programs and applications cannot do: the dumptype asks for it. */
    {"*Application '*' can't do * estimate", "not supported",
     "The application that dumps this disk has no such estimate.", DUMPTYPE, false},
    {"*Application '*' can't do estimate", "not supported",
     "The application that dumps this disk has no such estimate.", DUMPTYPE, false},
    {"*Can't use CALCSIZE for samba estimate*", "not supported", "calcsize cannot estimate a share.", DUMPTYPE, false},
    {"*pplication *doesn't support *", "not supported",
     "The application that dumps this disk cannot do what the dumptype asks for.", DUMPTYPE, false},
    {"*amba *support*", "not supported", "Dumps of shares cannot do what the dumptype asks for.", DUMPTYPE, false},
    {"DUMP does not support *", "not supported", "DUMP cannot do what the dumptype asks for.", DUMPTYPE, false},
    {"Can't use include and exclude simultaneously", "not supported",
     "The application cannot do what the dumptype asks for.", DUMPTYPE, false},
    {"bad * property value *", "bad property", "A property of the application has a value that it does not know.",
     "Correct the property in the dumptype or the application's definition.", false},
    {"Invalid '*' COMMAND-OPTIONS", "bad property", "A property of the application has a value that it does not know.",
     "Correct the property in the dumptype or the application's definition.", false},
    {"*: Bad EXECUTE-ON property*", "bad property", "A script is to be run at a time that this client does not know.",
     "Correct execute-on in the script's definition, or update the client.", false},
    {"No GNUTAR-LISTDIR", "bad property", "The client has no folder for GNU tar's lists of files.",
     "Set the property GNUTAR-LISTDIR, or gnutar-list-dir in amanda-client.conf, to a folder of the Amanda user.",
     false},
    {"No STATE-DIR", "bad property", "The client has no folder for the state of the application.",
     "Set the property STATE-DIR to a folder of the Amanda user.", false},
    {"include must start with './' *", "bad include list", "A path of the include list does not begin with ./",
     "Correct the include list of the dumptype.", false},
    {"Nothing found to include for disk *", "bad include list", "No file of the disk is in the include list.",
     "Correct the include list of the dumptype, or the disk's name.", false},
    {"Can't * *clude file '*", "no access to a file", "The client cannot use the exclude or include list.",
     "Check that the file exists on the client, and that the Amanda user can read it.", false},
    {"Can't create '*", "no access to a file", "The client cannot create a file that it needs.",
     "Check the permissions of the folder, and its free space, on the client.", false},
    {"Can't open disk *", "no access to a directory", "The directory of this disk cannot be read on the client.",
     "Check the disk's name in the disklist, and the permissions of its directory on the client.", false},
    {"Cannot stat the disk *", "no access to a directory", "The directory of this disk cannot be read on the client.",
     "Check the disk's name in the disklist, and the permissions of its directory on the client.", false},
    {"Can't get * version", "program not executable",
     "A program is there, but does not say its version when it is run.",
     "Run it with --version as the Amanda user on the client.", false},
    {"*: can't run 'support' command", "application failed", "The application that dumps this disk cannot be run.",
     "Check that it is in Amanda's application directory on the client, and can be executed.", false},
    {"*Cannot access /dev/null: *", "system failed", "The client is out of order: it has no /dev/null.",
     "Repair the client's system.", false},
    {"*fork failed: *", "system failed",
     "The client could not start a program: it has too little memory, or too many processes.",
     "See what uses up the client's memory and processes.", false},
    {"*can't create pipe: *", "system failed", "The client could not start a program: it has too many open files.",
     "See what uses up the client's files; raise its limits.", false},
    {"*Can't fdopen *", "system failed", "The client could not start a program: it has too little memory.",
     "See what uses up the client's memory.", false},
    {"*waitpid failed: *", "system failed", "The client lost sight of a program that it had started.", SEE_CLIENT_LOG,
     false},
    {"*exited with signal *", "application failed", "A program crashed on the client.", SEE_CLIENT_LOG, false},
    {"*exited with status *", "application failed", "A program ended with an error on the client.", SEE_CLIENT_LOG,
     false},
    {"*pplication '*': *", "application failed", "The application that dumps this disk reports an error.",
     SEE_CLIENT_LOG, false},
    {"*unknown program *", "program not available",
     "This version of Amanda does not know the program that the dumptype asks for.",
     "Choose another program in the dumptype, or update the client.", false},
    {"Missing level in request", "no level", "The request names no dump level.", BUG_REPORT, false},
    {"The auth in *", "auth differs", "What to do about another auth than the dumptype asks for.",
     "Set auth in the dumptype (amanda.conf) and -auth= of amandad on the client to the same name.", false},

    /* What amindexd says, server-src/amindexd.c. */
    {"No index records for *", "no index",
     "The server has no index of this host or disk, so amrecover cannot list its files.",
     "Set index yes in the dumptype, and dump again. What was dumped without an index can be restored as a whole: "
     "amfetchdump, or amrestore.",
     false},
    {"Index directory * does not exist", "no index", "The server has no index at all for this configuration.",
     "Check indexdir in amanda.conf, and set index yes in the dumptypes.", false},
    {"No dumps available on or before date *", "no dump of that date", "No dump of this disk is as old as that.",
     "Choose a later date (setdate in amrecover); see amadmin find for what there is.", false},
    {"Host * is not in your disklist.", "host not in disklist", "The server's disk list has no such host.",
     "Use the name that the disklist has (sethost in amrecover, or hostname in amanda-client.conf).", false},
    {"Disk * is not in the server's disklist.", "disk not in disklist",
     "The server's disk list has no such disk for this host.",
     "Use a name that the disklist has (listdisk in amrecover).", false},
    {"Couldn't find host/disk in disk file.", "disk not in disklist",
     "The server's disk list has no such disk for this host.",
     "Use names that the disklist has (listhost and listdisk in amrecover).", false},
    {"Could not read config file for *", "bad configuration",
     "The server cannot read this configuration, or has none of that name.",
     "Check the name (-C of amrecover); run amcheck for it on the server.", false},
    {"Could not read disk file *", "bad configuration", "The server cannot read the disk list of this configuration.",
     "Run amcheck for this configuration on the server.", false},
    {"Command not recognised/incorrect: *", "command not known",
     "This version of amindexd does not know the command, or what follows it.", "Update the older side.", false},
    {"Must set * before *", "command too early", "amrecover asked in another order than amindexd wants.",
     "In amrecover: first sethost, then setdisk, then setdate.", false},
    {"Access not allowed", "user not allowed", "The server does not let this user of this host recover files.",
     "Add a line with the client's name, root, amindexd and amidxtaped to the .amandahosts file of the server's Amanda "
     "user.",
     false},
    {"Can't recover hosts *", "host not allowed", "The server does not let this client recover files of that host.",
     "Check recovery-limit in amanda.conf and in the dumptype.", false},
    {"recovery failed: *crc* differ", "restore is damaged",
     "What was read from the tape or disk is not what was dumped: it has another CRC.", AMANDA_REMEDY_ANOTHER_COPY,
     false},
    {"Tapedev or tpchanger not set in config file.", "bad configuration", "The configuration names no tape device.",
     "Set tapedev or tpchanger in amanda.conf.", false},
    {"\"*\" is an invalid directory", "no such directory", "No dump of this disk has that directory.",
     "Check the path, and whether it is below the disk (cd in amrecover).", false},

    /* What selfcheck finds. */
    {"* program not available", "program not available",
     "This client's Amanda was built without the program that the dumptype asks for.",
     "Install the program and an Amanda that was built with it, or choose another program in the dumptype.", false},
    {"*dir * needs *, *", "disk full", "A directory that Amanda works in has too little free space.",
     "Make room in the file system of this directory on the client.", false},
    {"can not * *: *", "no access to a file",
     "A file or directory is missing, or the Amanda user may not use it in this way.",
     "Check that it exists, and its owner and mode, on the client.", false},
    {"*Can't execute *", "program not executable", "A program is missing or cannot be executed.",
     "Check that it exists, and its mode, on the client.", false},
    {"* is not a file", "no such file", "What should be a file is something else.",
     "Check the path in the configuration of the client.", false},
    {"* is not a directory", "no such directory", "What should be a directory is something else.",
     "Check the path in the configuration of the client.", false},

    /* What amidxtaped says of the volume that it reads: device-src/vfs-device.c and tape-device.c. */
    {"File * not found", "no such file on the volume",
     "The volume that is loaded has no file of that number: it is another one, or was overwritten since.",
     "See with amadmin find which volume and file have this dump, and with amcheckdump whether they still do.", false},

    /* What ambackupd says. */
    {"No host '*'", "host not in disklist", "The server's disk list has no entry for this host.",
     "Add the host to the disklist of this configuration, with the name by which the server knows it.", false},
    {"No *dle for host '*'", "disk not in disklist",
     "The server's disk list has no such entry for this host that is backed up with an APPLICATION.",
     "Add it to the disklist of this configuration.", false},
    {"configuration errors; aborting connection", "bad configuration",
     "The server's configuration has errors, or does not exist.", "Run amcheck for this configuration on the server.",
     false},

    /* What programs say of files that they cannot use, in the words of the C library; and how they ended. */
    {"*: Input/output error*", "disk error", "The system of the host that says so cannot read or write a file.",
     "Look at that host's system log; check the disk and its file system, and dump it again.", false},
    {"*: Permission denied*", "no access to a file", "A program may not use this file or directory.",
     "Check its owner and mode, and those of the directories above it, on the host that says so; exclude what need not "
     "be dumped.",
     false},
    {"*: No such file or directory*", "no such file", "What is to be used is not there.",
     "Check the disk's name in the disklist, and on the host that says so, that it is mounted, and the path of what "
     "the text names.",
     false},
    {"* got signal *", "program killed", "A program was killed, or crashed.",
     "Look at the client's system log for who ended it (mostly a lack of memory), and dump it again.", false},
    {"* returned *", "program failed", "A program ended with an error; what it printed before tells why.",
     "Look at sendbackup's debug file, and that of its application, on the client (/tmp/amanda or /var/log/amanda).",
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
    /* Amanda 2.4 has words behind the brackets, too. */
    if ((*text)[*length - 1] != ']' && g_strstr_len(*text, (gssize)*length, "] "))
        return;
    (*text)++;
    (*length)--;
    if (*length > 0 && (*text)[*length - 1] == ']')
        (*length)--;
}

const amanda_error_meaning_t *amanda_error_meaning(const char *text, size_t length)
{
    amanda_error_unbracket(&text, &length);
    if (length > 0 && text[0] == '[') {
        text++;
        length--;
    }
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        if (fits(explanations[i].pattern, text, length))
            return &explanations[i];
    }
    return NULL;
}

const amanda_error_meaning_t *amanda_error_meaning_beheaded(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        const char *rest = explanations[i].pattern + 1;

        if (explanations[i].pattern[0] != '*' &&
            (fits(rest, text, length) || (length > 0 && fits(rest, text + 1, length - 1))))
            return &explanations[i];
    }
    return NULL;
}
