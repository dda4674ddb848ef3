/* show/capture.c
 * All that is kept of the capture file that is open
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/capture.h"

amanda_capture_t amanda_open_capture;

const amanda_verdict_record_t *amanda_capture_judge(const amanda_datagram_t *datagram)
{
    const amanda_capture_t *capture = amanda_capture();
    const amanda_verdict_record_t *record = amanda_verdicts_judge(capture->verdicts, datagram);

    amanda_losses_see(capture->losses, datagram, record);
    amanda_program_runs_see(capture->runs, datagram, record);
    if (!datagram->connection && !record->is_copy) {
        const amanda_icmp_error_t *error = amanda_icmp_errors_note(capture->icmp_errors, datagram, record);

        if (error && amanda_icmp_is_refusal((amanda_icmp_kind_t)error->kind))
            amanda_losses_returned(record);
    }
    return record;
}
