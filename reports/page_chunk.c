/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/page_chunk.h"

#include <libdeflate.h>

#include "analyzer/base/map.h"
#include "analyzer/base/text.h"

#define DEFLATE_LEVEL 5

struct column {
	uint64_t *v;
	size_t n, cap;
};

struct packing {
	struct chunk *c;
	struct map *words;
	uint32_t *order; /* rows sorted by template, stable */
	struct column v;
};

void chunk_row(struct chunk *c, int64_t time_100ns, uint32_t source, uint64_t number)
{
	vec_push(&c->rows,
		(struct chunk_row){.time_100ns = time_100ns, .source = source, .number = number});
}

void chunk_message(struct chunk *c, uint32_t template, const struct mined *m)
{
	struct chunk_row *r = &c->rows.v[c->rows.n - 1];

	r->template = template;
	r->first_value = (uint32_t)c->values.n;
	r->values = (uint32_t)m->n;
	for (size_t i = 0; i < m->n; i++)
		vec_push(&c->values, (struct chunk_value){(uint32_t)(m->values[i].p - c->text.p),
					     (uint32_t)m->values[i].n});
}

static void put_u32(struct buf *b, uint32_t v)
{
	unsigned char p[4] = {(unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16),
		(unsigned char)(v >> 24)};

	buf_put(b, p, 4);
}

static void put_column(struct buf *b, const struct column *v)
{
	uint64_t all = 0;
	unsigned width = 0;

	for (size_t i = 0; i < v->n; i++)
		all |= v->v[i];
	while (width < 8 && all >> (8 * width))
		width++;
	buf_putc(b, (char)width);
	for (unsigned plane = 0; plane < width; plane++) {
		buf_reserve(b, v->n);
		for (size_t i = 0; i < v->n; i++)
			b->p[b->n++] = (char)(v->v[i] >> (8 * plane));
	}
}

static uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static void put_numbers(struct packing *k)
{
	const struct chunk *c = k->c;
	uint32_t most = 0;
	uint64_t *last;

	for (size_t i = 0; i < c->rows.n; i++)
		most = c->rows.v[i].source > most ? c->rows.v[i].source : most;
	last = xmalloc(((size_t)most + 1) * sizeof(*last));
	memset(last, 0, ((size_t)most + 1) * sizeof(*last));
	k->v.n = 0;
	for (size_t i = 0; i < c->rows.n; i++) {
		const struct chunk_row *r = &c->rows.v[i];

		vec_push(&k->v, zigzag((int64_t)(r->number - last[r->source])));
		last[r->source] = r->number;
	}
	put_column(&k->c->raw, &k->v);
	free(last);
}

static void put_fixed(struct packing *k)
{
	const struct chunk *c = k->c;

	k->v.n = 0;
	for (size_t i = 0; i < c->rows.n; i++)
		vec_push(&k->v,
			i ? (uint64_t)(c->rows.v[i].time_100ns - c->rows.v[i - 1].time_100ns) : 0);
	put_column(&k->c->raw, &k->v);
	k->v.n = 0;
	for (size_t i = 0; i < c->rows.n; i++)
		vec_push(&k->v, c->rows.v[i].template);
	put_column(&k->c->raw, &k->v);
	k->v.n = 0;
	for (size_t i = 0; i < c->rows.n; i++)
		vec_push(&k->v, c->rows.v[i].source);
	put_column(&k->c->raw, &k->v);
	put_numbers(k);
}

/* Counting sort: the rows of each template together, in their own order. */
static void sort_rows(struct packing *k)
{
	const struct chunk *c = k->c;
	uint32_t most = 0, sum = 0, *at;

	for (size_t i = 0; i < c->rows.n; i++)
		most = c->rows.v[i].template > most ? c->rows.v[i].template : most;
	at = xmalloc(((size_t)most + 1) * sizeof(*at));
	memset(at, 0, ((size_t)most + 1) * sizeof(*at));
	for (size_t i = 0; i < c->rows.n; i++)
		at[c->rows.v[i].template]++;
	for (uint32_t t = 0; t <= most; t++) {
		uint32_t n = at[t];

		at[t] = sum;
		sum += n;
	}
	k->order = xmalloc((c->rows.n + 1) * sizeof(*k->order));
	for (size_t i = 0; i < c->rows.n; i++)
		k->order[at[c->rows.v[i].template]++] = (uint32_t)i;
	free(at);
}

static struct str value_at(const struct packing *k, size_t place, size_t slot)
{
	const struct chunk_row *r = &k->c->rows.v[k->order[place]];
	const struct chunk_value *v = &k->c->values.v[r->first_value + slot];

	return str_make(k->c->text.p + v->from, v->n);
}

static enum mine_shape column_shape(const struct packing *k, size_t from, size_t to, size_t slot)
{
	enum mine_shape shape = mine_shape(value_at(k, from, slot));

	for (size_t i = from + 1; i < to && shape != SHAPE_TEXT; i++)
		if (mine_shape(value_at(k, i, slot)) != shape)
			shape = SHAPE_TEXT;
	return shape;
}

static unsigned hex_value(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* Its bytes as they are written, so that a search sees neighbouring digits side by side. */
static void put_guid(struct buf *b, struct str s)
{
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		i += s.p[i] == '-';
		buf_putc(b, (char)(hex_value(s.p[i]) << 4 | hex_value(s.p[i + 1])));
	}
}

static void put_values(struct packing *k, size_t from, size_t to, size_t slot)
{
	enum mine_shape shape = column_shape(k, from, to, slot);

	buf_putc(&k->c->raw, (char)shape);
	k->v.n = 0;
	for (size_t i = from; i < to; i++) {
		struct str s = value_at(k, i, slot);
		uint64_t n = 0;
		bool added;

		if (shape == SHAPE_GUID_UPPER || shape == SHAPE_GUID_LOWER) {
			put_guid(&k->c->raw, s);
			continue;
		}
		if (shape == SHAPE_NUMBER)
			str_to_u64(s, 10, &n);
		else
			n = (uint64_t)map_intern(k->words, s, &added) + 1, n = added ? 0 : n;
		vec_push(&k->v, n);
	}
	if (shape == SHAPE_NUMBER || shape == SHAPE_TEXT)
		put_column(&k->c->raw, &k->v);
}

static void put_templates(struct packing *k)
{
	const struct chunk *c = k->c;

	for (size_t from = 0, to; from < c->rows.n; from = to) {
		const struct chunk_row *r = &c->rows.v[k->order[from]];

		for (to = from + 1;
			to < c->rows.n && c->rows.v[k->order[to]].template == r->template;)
			to++;
		for (size_t slot = 0; slot < r->values; slot++)
			put_values(k, from, to, slot);
	}
}

/* Length in UTF-16 units: what a script's strings count. */
static uint64_t utf16_units(struct str s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;
	}
	return n;
}

static void put_words(struct packing *k)
{
	size_t n = map_count(k->words), bytes = 0;

	put_u32(&k->c->raw, (uint32_t)n);
	k->v.n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct str s = map_key(k->words, i);

		vec_push(&k->v, utf16_units(s));
		bytes += s.n;
	}
	put_column(&k->c->raw, &k->v);
	put_u32(&k->c->raw, (uint32_t)bytes);
	for (uint32_t i = 0; i < n; i++)
		buf_puts(&k->c->raw, map_key(k->words, i));
}

static void put_base64(struct buf *b, const unsigned char *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	buf_reserve(b, n / 3 * 4 + 4);
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)(i + 1 < n ? p[i + 1] : 0) << 8 |
			     (uint32_t)(i + 2 < n ? p[i + 2] : 0);

		b->p[b->n++] = digits[v >> 18];
		b->p[b->n++] = digits[v >> 12 & 63];
		b->p[b->n++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		b->p[b->n++] = i + 2 < n ? digits[v & 63] : '=';
	}
}

static int deflate_into(struct chunk *c, struct buf *base64, struct err *e)
{
	struct libdeflate_compressor *z = libdeflate_alloc_compressor(DEFLATE_LEVEL);
	size_t n;

	if (!z)
		return err_set(e, E_INTERNAL, "libdeflate gives no compressor");
	c->packed.n = 0;
	buf_reserve(&c->packed, libdeflate_zlib_compress_bound(z, c->raw.n));
	n = libdeflate_zlib_compress(z, c->raw.p, c->raw.n, c->packed.p, c->packed.cap);
	libdeflate_free_compressor(z);
	if (n)
		put_base64(base64, (const unsigned char *)c->packed.p, n);
	return n ? 0 : err_set(e, E_INTERNAL, "libdeflate could not pack %zu bytes", c->raw.n);
}

int chunk_pack(struct chunk *c, struct buf *base64, size_t *raw_bytes, struct err *e)
{
	struct packing k = {.c = c, .words = map_new(false)};

	c->raw.n = 0;
	put_fixed(&k);
	sort_rows(&k);
	put_templates(&k);
	put_words(&k);
	*raw_bytes = c->raw.n;
	map_free(k.words);
	free(k.order);
	free(k.v.v);
	return deflate_into(c, base64, e);
}

void chunk_clear(struct chunk *c)
{
	c->text.n = c->rows.n = c->values.n = 0;
}

void chunk_free(struct chunk *c)
{
	buf_free(&c->text);
	buf_free(&c->raw);
	buf_free(&c->packed);
	free(c->rows.v);
	free(c->values.v);
}
