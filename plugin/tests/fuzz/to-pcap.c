/* to-pcap.c
 * Writes the capture that an input of the fuzzer stands for: to-pcap INPUT PCAP
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "network.h"
#include "session.h"

#include <glib.h>

#include <stdio.h>

static session_t session;
static packet_t frames[RECORDS_MAX];

static void put(FILE *file, uint32_t word)
{
    word = GUINT32_TO_LE(word);
    fwrite(&word, sizeof word, 1, file);
}

static void write_capture(FILE *file)
{
    static const uint32_t links[] = {[NETWORK_RAW_IP] = 101, [NETWORK_ETHERNET] = 1, [NETWORK_IEEE_802_11] = 105};
    const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, links[network_link(&session)]};
    unsigned count = network_frames(&session, frames);

    for (unsigned i = 0; i < G_N_ELEMENTS(header); i++)
        put(file, header[i]);
    for (unsigned i = 0; i < count; i++) {
        put(file, (uint32_t)frames[i].time.secs);
        put(file, (uint32_t)frames[i].time.nsecs / 1000);
        put(file, frames[i].captured);
        put(file, frames[i].length);
        fwrite(frames[i].bytes, 1, frames[i].captured, file);
        g_free(frames[i].bytes);
    }
}

int main(int argc, char **argv)
{
    char *input = NULL;
    size_t size = 0;
    FILE *file;

    if (argc != 3) {
        fprintf(stderr, "usage: to-pcap INPUT PCAP\n");
        return 2;
    }
    if (!g_file_get_contents(argv[1], &input, &size, NULL) || !(file = fopen(argv[2], "wb"))) {
        fprintf(stderr, "to-pcap: cannot read %s or write %s\n", argv[1], argv[2]);
        return 1;
    }
    session_read(&session, (const uint8_t *)input, size);
    write_capture(file);
    g_free(input);
    return fclose(file) == 0 ? 0 : 1;
}
