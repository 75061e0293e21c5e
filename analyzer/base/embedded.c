/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/base/embedded.h"

struct str embedded_find(const char *name)
{
	for (const struct embedded *f = embedded_files; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return str_make(f->data, (size_t)f->size_bytes);
	return str_make(NULL, 0);
}
