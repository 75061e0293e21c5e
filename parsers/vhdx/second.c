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

	if (libvhdi_file_get_media_size(f, &size, &error) != 1)
		return failed(e, &error, "size");
	if (libvhdi_file_get_identifier(f, out->id, sizeof(out->id), &error) != 1)
		return failed(e, &error, "identifier");
	out->size_bytes = size;
	out->has_parent_id = libvhdi_file_get_parent_identifier(f, out->parent_id,
		sizeof(out->parent_id), &error) == 1;
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
