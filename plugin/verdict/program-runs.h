/* verdict/program-runs.h
 * Which exchanges belong to one run of a program of the requester's, such as amdump or amcheck
 *
 * Knows nothing of trees and packets, as all of verdict/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_PROGRAM_RUNS_H
#define AMANDA_VERDICT_PROGRAM_RUNS_H

#include "verdict/datagram.h"
#include "verdict/verdict-record.h"

typedef struct amanda_program_runs amanda_program_runs_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_program_runs_t *amanda_program_runs_new(wmem_allocator_t *scope);

/* Gives the exchange that a REQ opens the number of its run. To be called in capture order and once for each datagram,
 * right after the verdicts has judged it; other datagrams are ignored.
 *
 * The protocol does not name runs. A process of the requester is an address and port, until it has asked nothing for
 * an hour, the longest that a request may take. All that it asks is one run. But amdump is several processes: the
 * planner, which asks for sendsize, and then one or more dumpers, which ask for sendbackup and never for anything else.
 * So a sendbackup belongs to the run of the latest sendsize of the same address, or, without one, of its latest
 * sendbackup. (Amanda 2.4 to 3.5 server-src/planner.c and dumper.c.)
 *
 * By TCP a process has a port for each connection, so that the port tells nothing. There, whatever else an address asks
 * is one run, until it has asked nothing for an hour, or asks a host for what it has asked it in this run already: all
 * programs ask each host once, but amrecover and amfetchdump, which ask for more of their streams. (Amanda 3.5
 * server-src/planner.c and amcheck.c, amandad-src/amandad.c.) */
void amanda_program_runs_see(amanda_program_runs_t *runs, const amanda_datagram_t *datagram,
                             const amanda_verdict_record_t *record);

#endif
