/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from all facts together, a step after the other. */
#include "analyzer/case/derive.h"

void case_derive(struct case_file *c)
{
	static void (*const steps[])(struct deriver *) = { derive_writers, derive_disks, derive_room,
		derive_versions, derive_folders };
	struct deriver *d = derive_new(c);

	/* A step may read what the ones before it derived. */
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		steps[i](d);
		derive_close(d);
	}
	derive_free(d);
}
