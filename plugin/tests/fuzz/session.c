/* session.c
 * The fuzzer's input
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "session.h"

#include <string.h>

void session_read(session_t *session, const uint8_t *data, size_t size)
{
    size_t at = SESSION_OPTIONS;

    session->options = size >= SESSION_OPTIONS ? (uint16_t)(data[0] | data[1] << 8) : 0;
    session->count = 0;
    while (session->count < RECORDS_MAX && at + RECORD_HEADER <= size) {
        record_t *record = &session->records[session->count++];

        memcpy(record->header, data + at, RECORD_HEADER);
        at += RECORD_HEADER;
        record->payload = data + at;
        record->length = (uint16_t)(record->header[8] | record->header[9] << 8);
        if (record->length > size - at)
            record->length = (uint16_t)(size - at);
        at += record->length;
    }
}

size_t session_write(const session_t *session, uint8_t *data, size_t size)
{
    size_t at = SESSION_OPTIONS;

    if (size < SESSION_OPTIONS)
        return 0;
    data[0] = (uint8_t)session->options;
    data[1] = (uint8_t)(session->options >> 8);
    for (unsigned i = 0; i < session->count && at + RECORD_HEADER + session->records[i].length <= size; i++) {
        const record_t *record = &session->records[i];

        memcpy(data + at, record->header, RECORD_HEADER);
        data[at + 8] = (uint8_t)record->length;
        data[at + 9] = (uint8_t)(record->length >> 8);
        at += RECORD_HEADER;
        if (record->length > 0)
            memcpy(data + at, record->payload, record->length);
        at += record->length;
    }
    return at;
}
