/* outcome/tls-alerts.h
 * What the alerts mean by which a side breaks off TLS
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_TLS_ALERTS_H
#define AMANDA_OUTCOME_TLS_ALERTS_H

#include <stdint.h>

/* The name of an alert (RFC 8446 6; RFC 5246 7.2); of one that is none, words that say so. */
const char *amanda_tls_alert_name(uint8_t alert);

/* What an administrator does about it. */
const char *amanda_tls_alert_remedy(uint8_t alert);

#endif
