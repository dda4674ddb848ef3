/* show/capture.c
 * All that is kept of the capture file that is open
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/capture.h"

amanda_capture_t *amanda_capture(void)
{
    static amanda_capture_t capture;

    return &capture;
}
