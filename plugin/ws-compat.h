/* ws-compat.h
 * The differences between the Wireshark versions that this plugin serves (4.0, 4.4, 4.6), and nothing else
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_WS_COMPAT_H
#define AMANDA_WS_COMPAT_H

#ifndef WS_BUILD_DLL
#define WS_BUILD_DLL
#endif

#include <ws_version.h>

#include <glib.h>

#include <stdbool.h>
#include <stdint.h>

#include <wsutil/pint.h>

#define AMANDA_WS_AT_LEAST(major, minor)                                                                               \
    (WIRESHARK_VERSION_MAJOR > (major) || (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* What heuristic dissectors return and what Boolean preferences are stored in: four bytes wide up to 4.2. */
#if AMANDA_WS_AT_LEAST(4, 3)
typedef bool ws_bool;
#else
typedef gboolean ws_bool;
#endif

/* The callbacks of conversation filters got an argument in 4.2. */
#if AMANDA_WS_AT_LEAST(4, 1)
#define AMANDA_FILTER_DATA , void *user_data _U_
#define AMANDA_REGISTER_FILTER(proto, name, valid, build) register_conversation_filter(proto, name, valid, build, NULL)
#else
#define AMANDA_FILTER_DATA
#define AMANDA_REGISTER_FILTER(proto, name, valid, build) register_conversation_filter(proto, name, valid, build)
#endif

/* A follower tells since 4.2 how many streams there are, and which of them share one; Amanda's have each a number. */
#if AMANDA_WS_AT_LEAST(4, 1)
#define AMANDA_REGISTER_FOLLOWER(proto, tap, of_packet, of_index, of_addresses, port_text, listener, count)            \
    register_follow_stream(proto, tap, of_packet, of_index, of_addresses, port_text, listener, count, NULL)
#else
#define AMANDA_REGISTER_FOLLOWER(proto, tap, of_packet, of_index, of_addresses, port_text, listener, count)            \
    register_follow_stream(proto, tap, of_packet, of_index, of_addresses, port_text, listener)
#endif

/* The functions that read bytes in network order have other names since 4.6. */
#if AMANDA_WS_AT_LEAST(4, 5)
#define amanda_ntoh16(bytes) pntohu16(bytes)
#else
#define amanda_ntoh16(bytes) pntoh16(bytes)
#endif

/* What is called for -z says since 4.6 whether it could do it; before, it ended the program where it could not. */
#if AMANDA_WS_AT_LEAST(4, 5)
typedef bool amanda_tap_init_t;
#define AMANDA_TAP_INIT_RETURN(good) return (good)
#else
#include <stdlib.h>
typedef void amanda_tap_init_t;
#define AMANDA_TAP_INIT_RETURN(good)                                                                                   \
    do {                                                                                                               \
        if (!(good))                                                                                                   \
            exit(1);                                                                                                   \
        return;                                                                                                        \
    } while (0)
#endif

#endif
