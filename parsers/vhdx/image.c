/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/vhdx/image.h"

#include <stdarg.h>

#define HEAD_FILE_MAX ((uint64_t)64 * 1024 * 1024)

const uint8_t *image_at(const struct image *i, uint64_t offset, uint64_t n)
{
	uint64_t tail = i->m->tail ? i->m->size - i->m->tail_held : UINT64_MAX;

	if (offset <= i->held && n <= i->held - offset)
		return i->head + offset;
	if (i->m->tail && i->m->tail_held <= i->m->size && offset >= tail &&
		n <= i->m->tail_held && offset - tail <= i->m->tail_held - n)
		return i->m->tail + (offset - tail);
	return NULL;
}

bool image_has(const struct image *i, uint64_t offset, uint64_t n)
{
	uint64_t size = i->grown > i->m->size ? i->grown : i->m->size;

	return offset <= size && n <= size - offset;
}

bool image_is_head(const struct image *i, uint64_t first, uint64_t outside, uint64_t all)
{
	return first >= i->m->size || (i->m->size <= HEAD_FILE_MAX && outside > all / 2);
}

void image_finding(struct image *i, const char *finding, uint64_t offset, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	i->findings++;
	sink_fact(i->out, STR("disk.image.finding"), 0, offset);
	sink_put(i->out, "path", i->m->name);
	sink_put(i->out, "finding", str_of(finding));
	sink_put(i->out, "detail", str_of(text));
}

bool image_is_zero(const uint8_t *p, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (p[k])
			return false;
	return true;
}

void image_put_guid(struct sink *out, const char *name, const uint8_t raw[16])
{
	char text[GUID_BYTES];

	sink_put(out, name, str_of(guid_format(raw, text)));
}

void image_note_held(const struct image *i)
{
	uint64_t held = i->m->held + (i->m->tail ? i->m->tail_held : 0);

	if (held < i->m->size)
		sink_note(i->out, NOTE_INFO, i->m->held, i->m->size - held, 0, "held %llu of %llu bytes",
			(unsigned long long)held, (unsigned long long)i->m->size);
}
