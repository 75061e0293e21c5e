/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event Viewer shows a provider by a short name: "Hyper-V-VMMS", "Ntfs (Microsoft-Windows-Ntfs)".
 * Its exports hold what it shows.
 */
#ifndef CASELINE_PARSERS_EVENT_SOURCE_H
#define CASELINE_PARSERS_EVENT_SOURCE_H

#include "analyzer/base/str.h"

#define EVENT_SOURCE_BYTES 96

/* The provider's own name; `shown` itself where it is one already. May live in `room`. */
struct str event_source_name(struct str shown, char room[EVENT_SOURCE_BYTES]);

/* The level that a word means, by its start, in the languages of Windows Server; else LEVEL_UNKNOWN. */
uint8_t event_level(struct str word);

#endif
