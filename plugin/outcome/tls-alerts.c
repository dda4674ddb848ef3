/* outcome/tls-alerts.c
 * What the alerts mean by which a side breaks off TLS
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/tls-alerts.h"

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

static const struct {
    uint8_t alert;
    bool certificate; /* it is about the certificate of the other side */
    const char *name;
} alerts[] = {
    {40, false, "handshake failure"},  {42, true, "bad certificate"},        {43, true, "unsupported certificate"},
    {44, true, "certificate revoked"}, {45, true, "certificate expired"},    {46, true, "certificate unknown"},
    {48, true, "unknown CA"},          {49, true, "access denied"},          {51, false, "decrypt error"},
    {70, false, "protocol version"},   {71, false, "insufficient security"}, {80, false, "internal error"},
    {112, true, "unrecognized name"},  {116, true, "certificate required"},
};

/* The row of an alert; any of those that are not here is no certificate's. */
static int row_of(uint8_t alert)
{
    for (size_t i = 0; i < G_N_ELEMENTS(alerts); i++) {
        if (alerts[i].alert == alert)
            return (int)i;
    }
    return -1;
}

const char *amanda_tls_alert_name(uint8_t alert)
{
    int row = row_of(alert);

    return row < 0 ? "an error of its protocol" : alerts[row].name;
}

const char *amanda_tls_alert_remedy(uint8_t alert)
{
    int row = row_of(alert);

    if (row >= 0 && alerts[row].certificate)
        return "Compare the certificates of both ends (ssl-cert-file, ssl-ca-cert-file; in the dumptype on the server, "
               "in amanda-client.conf on the client): each is to be valid today and signed by an authority that the "
               "other end knows.";
    return "See that both ends have a version of TLS and ciphers in common (OpenSSL of either host, ssl-cipher-list).";
}
