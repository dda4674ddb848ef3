/* stream/export-objects.h
 * Export of objects: what the streams of a dump carried, each as a file
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_EXPORT_OBJECTS_H
#define AMANDA_STREAM_EXPORT_OBJECTS_H

#include "ws-compat.h"

#include <epan/prefs.h>

/* Lets go of all that was put together so far; what was handed over stays. To be called before a capture file is closed. */
void amanda_export_objects_forget(void);

/* Registers the export of objects for the protocol, */
void amanda_export_objects_register(int proto);

/* and its preferences. */
void amanda_export_objects_register_preferences(module_t *module);

#endif
