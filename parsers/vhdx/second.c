/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second opinion on virtual disks: libvhdi, on the bytes that are held. The only file that
 * knows libvhdi; its errors become ours here. It checks fewer checksums than our own reader and
 * knows no spare copies, so it is asked only where ours found nothing wrong.
 */
#define LIBVHDI_HAVE_BFIO
#include <libbfio.h>
#include <libvhdi.h>

#include "parsers/vhdx/image.h"

/* From the order in which GUIDs are written to the one in which Windows stores them. */
static void swap_guid(uint8_t g[16])
{
	static const uint8_t order[8] = { 3, 2, 1, 0, 5, 4, 7, 6 };
	uint8_t t[8];

	memcpy(t, g, 8);
	for (size_t i = 0; i < 8; i++)
		g[i] = t[order[i]];
}

static int failed(struct err *e, libvhdi_error_t **error, const char *what)
{
	char text[400] = "";

	if (*error) {
		libvhdi_error_sprint(*error, text, sizeof(text));
		libvhdi_error_free(error);
	}
	return err_set(e, E_DAMAGED, "libvhdi: %s: %s", what, text[0] ? text : "no reason given");
}

static int ask(libvhdi_file_t *f, struct image_opinion *out, struct err *e)
{
	libvhdi_error_t *error = NULL;
	size64_t size = 0;
	uint32_t kind = 0;

	if (libvhdi_file_get_media_size(f, &size, &error) != 1)
		return failed(e, &error, "size");
	if (libvhdi_file_get_identifier(f, out->id, sizeof(out->id), &error) != 1)
		return failed(e, &error, "identifier");
	if (libvhdi_file_get_disk_type(f, &kind, &error) != 1 ||
		libvhdi_file_get_bytes_per_sector(f, &out->sector_bytes, &error) != 1)
		return failed(e, &error, "type and sectors");
	out->size_bytes = size;
	out->kind = kind;
	if (libvhdi_file_get_parent_identifier(f, out->parent_id, sizeof(out->parent_id), &error) != 1)
		memset(out->parent_id, 0, sizeof(out->parent_id));
	if (error)
		libvhdi_error_free(&error);
	swap_guid(out->id);
	swap_guid(out->parent_id);
	return 0;
}

int image_second(const struct member_view *m, struct image_opinion *out, struct err *e)
{
	libbfio_handle_t *memory = NULL;
	libvhdi_file_t *f = NULL;
	libvhdi_error_t *error = NULL;
	int rc;

	*out = (struct image_opinion){ 0 };
	if (libbfio_memory_range_initialize(&memory, NULL) != 1)
		return err_set(e, E_INTERNAL, "libvhdi: no memory handle");
	if (libbfio_memory_range_set(memory, (uint8_t *)(uintptr_t)m->data, (size_t)m->held, NULL) != 1 ||
		libvhdi_file_initialize(&f, &error) != 1 ||
		libvhdi_file_open_file_io_handle(f, memory, libvhdi_get_access_flags_read(), &error) != 1)
		rc = failed(e, &error, "open");
	else
		rc = ask(f, out, e);
	if (f) {
		libvhdi_file_close(f, NULL);
		libvhdi_file_free(&f, NULL);
	}
	libbfio_handle_free(&memory, NULL);
	return rc;
}

static void compare_number(struct image *i, const char *what, uint64_t ours, uint64_t theirs)
{
	if (ours && theirs && ours != theirs)
		image_finding(i, "readers-disagree", 0, "%s is %llu; libvhdi reads %llu", what,
			(unsigned long long)ours, (unsigned long long)theirs);
}

static void compare_id(struct image *i, const char *what, const uint8_t ours[16], const uint8_t theirs[16])
{
	char a[GUID_BYTES], b[GUID_BYTES];

	if (memcmp(ours, theirs, 16) == 0)
		return;
	guid_format(ours, a);
	guid_format(theirs, b);
	image_finding(i, "readers-disagree", 0, "%s is %s; libvhdi reads %s", what, a, b);
}

void image_ask_second(struct image *i, const struct image_opinion *ours)
{
	struct image_opinion theirs;
	struct err e = { 0 };

	if (image_second(i->m, &theirs, &e) < 0) {
		sink_note(i->out, NOTE_INFO, 0, 0, 0, "the second reader refuses the file: %s", e.text);
		return;
	}
	compare_number(i, "the disk's size", ours->size_bytes, theirs.size_bytes);
	compare_number(i, "the sector size", ours->sector_bytes, theirs.sector_bytes);
	compare_number(i, "the kind of disk", ours->kind, theirs.kind);
	compare_id(i, "the disk's identifier", ours->id, theirs.id);
	if (ours->kind == 4)
		compare_id(i, "the parent's identifier", ours->parent_id, theirs.parent_id);
}
