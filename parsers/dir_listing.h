/* SPDX-License-Identifier: Apache-2.0 */
/* What listings of folders share. */
#ifndef CASELINE_PARSERS_DIR_LISTING_H
#define CASELINE_PARSERS_DIR_LISTING_H

#include "analyzer/base/str.h"

/* True for the files that VMs use: configurations, disks, their trackers. */
bool dir_listing_wants(struct str name);

#endif
