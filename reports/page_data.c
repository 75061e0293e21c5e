/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timeline for the page's script: columns in chunks of 65,536 rows, each chunk whole in itself,
 * deflated and in base64. page_chunk.c writes the columns, reports/web/ reads them.
 */
#include "reports/page_chunk.h"

#include <pthread.h>
#include <stdlib.h>

#include "analyzer/base/text.h"
#include "analyzer/correlate/wording.h"
#include "reports/json.h"

#define TEMPLATES_MAX 40000

struct store_chunk {
	struct buf base64;
	size_t rows, raw_bytes;
	int64_t start_100ns, end_100ns;
};

/* One chunk is packed while the next is filled. */
struct job {
	struct chunk chunk;
	struct store_chunk out;
	struct err e;
	pthread_t thread;
	bool pending, threaded;   /* packed or being packed, and not taken yet */
};

struct page_data {
	struct page *p;
	struct job jobs[2];
	struct map *kinds, *sources, *templates, *members;
	VEC(uint32_t) template_kind;
	uint32_t **kind_of; /* [segment][kind], 0 = not met yet, else id + 1 */
	struct buf kinds_json, sources_json, members_json;
	VEC(struct store_chunk) chunks;
	struct buf key, line;
	struct mined mined;
};

/* Text as the page shows it: characters that steer the display are marks here too. */
static void put_shown(struct json *j, struct str text)
{
	struct buf plain = { 0 };

	escape_plain(&plain, text);
	json_text(j, buf_str(&plain));
	buf_free(&plain);
}

static uint32_t kind_id(struct page_data *d, const struct event_view *v)
{
	const struct kind *k = v->kind;
	uint32_t *known = d->kind_of[v->ref.segment], id;
	struct json j = {.b = &d->kinds_json, .comma = d->kinds_json.n > 0};
	bool added;

	if (known[v->row.kind])
		return known[v->row.kind] - 1;
	d->key.n = 0;
	buf_printf(&d->key, "%.*s\x01%.*s\x01%.*s\x01%.*s\x01%u %u %d", STR_ARG(k->provider),
		STR_ARG(k->source), STR_ARG(k->channel), STR_ARG(k->data_type), k->id, k->level,
		k->has_id);
	id = map_intern(d->kinds, buf_str(&d->key), &added);
	known[v->row.kind] = id + 1;
	if (!added)
		return id;
	json_open(&j, '[');
	put_shown(&j, k->provider.n ? k->provider : k->source.n ? k->source : k->data_type);
	json_number(&j, k->has_id ? (int64_t)k->id : -1);
	json_unsigned(&j, k->level == LEVEL_ALWAYS ? LEVEL_INFO : k->level > 5 ? 6 : k->level);
	put_shown(&j, k->channel);
	put_shown(&j, k->data_type);
	json_close(&j, ']');
	return id;
}

static uint32_t member_id(struct page_data *d, const struct member *m)
{
	struct json j = {.b = &d->members_json, .comma = d->members_json.n > 0};
	bool added;
	uint32_t id = map_intern(d->members, m->path, &added);

	if (added) {
		json_open(&j, '[');
		put_shown(&j, m->path);
		put_shown(&j, str_of(m->sha256));
		json_close(&j, ']');
	}
	return id;
}

/* Where rows come from: a member, the host, and what their numbers count. */
static uint32_t source_id(struct page_data *d, const struct event_view *v, uint32_t host)
{
	unsigned unit = v->row.number ? v->row.flags & ROW_LINE ? 1 : 0 : 2;
	uint64_t key[3] = {
		(uintptr_t)v->member, host, unit | (v->row.flags & ROW_RECOVERED ? 4 : 0)};
	struct json j = {.b = &d->sources_json, .comma = d->sources_json.n > 0};
	bool added;
	uint32_t id = map_intern(d->sources, str_make((const char *)key, sizeof(key)), &added);

	if (added) {
		json_open(&j, '[');
		json_unsigned(&j, member_id(d, v->member));
		json_number(&j, host == HOST_NONE ? -1 : (int64_t)host);
		json_unsigned(&j, unit);
		json_unsigned(&j, v->row.flags & ROW_RECOVERED ? 1 : 0);
		json_close(&j, ']');
	}
	return id;
}

static uint32_t template_intern(struct page_data *d, uint32_t kind, bool *added)
{
	d->key.n = 0;
	buf_puts(&d->key, buf_str(&d->mined.template));
	buf_put(&d->key, &kind, sizeof(kind));
	if (map_count(d->templates) >= TEMPLATES_MAX)
		return *added = false, map_find(d->templates, buf_str(&d->key));
	return map_intern(d->templates, buf_str(&d->key), added);
}

/* Once there are too many templates, new ones give way to whole messages. */
static uint32_t template_id(struct page_data *d, uint32_t kind, struct str message)
{
	bool added;
	uint32_t id;

	mine_message(message, &d->mined);
	id = template_intern(d, kind, &added);
	if (id == MAP_NONE) {
		mine_whole(message, &d->mined);
		d->key.n = 0;
		buf_putc(&d->key, MINE_GAP);
		buf_put(&d->key, &kind, sizeof(kind));
		id = map_intern(d->templates, buf_str(&d->key), &added);
	}
	if (added)
		vec_push(&d->template_kind, kind);
	return id;
}

static void add_row(struct page_data *d, struct chunk *c, size_t row)
{
	const struct case_file *file = d->p->in->c;
	const struct moment *m = &file->timeline[page_moment(d->p, row)];
	struct event_view v;
	size_t from = c->text.n;

	case_view(file, m->ref, &v);
	event_message(d->p->in->kb, &v, &c->text);
	if (!escape_is_plain(str_from(buf_str(&c->text), from))) {
		d->line.n = 0;
		buf_puts(&d->line, str_from(buf_str(&c->text), from));
		c->text.n = from;
		escape_plain(&c->text, buf_str(&d->line));
	}
	chunk_row(c, m->time_100ns, source_id(d, &v, m->host),
		v.row.number ? v.row.number : v.row.offset);
	chunk_message(
		c, template_id(d, kind_id(d, &v), str_from(buf_str(&c->text), from)), &d->mined);
}

static void *pack(void *with)
{
	struct job *j = with;

	chunk_pack(&j->chunk, &j->out.base64, &j->out.raw_bytes, &j->e);
	return NULL;
}

/* Waits for a job and takes what it made. */
static int take_packed(struct page_data *d, struct job *j, struct err *e)
{
	if (!j->pending)
		return 0;
	if (j->threaded)
		pthread_join(j->thread, NULL);
	j->pending = false;
	vec_push(&d->chunks, j->out);
	if (j->e.code)
		*e = j->e;
	return j->e.code;
}

static int add_chunk(struct page_data *d, struct job *j, size_t from, size_t to, struct err *e)
{
	int rc = take_packed(d, j, e);

	if (rc)
		return rc;
	chunk_clear(&j->chunk);
	j->out = (struct store_chunk){.rows = to - from};
	for (size_t row = from; row < to; row++)
		add_row(d, &j->chunk, row);
	j->out.start_100ns = j->chunk.rows.v[0].time_100ns;
	j->out.end_100ns = j->chunk.rows.v[to - from - 1].time_100ns;
	j->pending = true;
	j->threaded = pthread_create(&j->thread, NULL, pack, j) == 0;
	if (!j->threaded)
		pack(j);
	return 0;
}

/* [kind, piece, piece …]: one value between two pieces. */
static void put_template(struct json *j, struct str key, uint32_t kind)
{
	struct str rest = str_sub(key, 0, key.n - sizeof(kind)), piece;
	ptrdiff_t gap;

	json_open(j, '[');
	json_unsigned(j, kind);
	while ((gap = str_chr(rest, MINE_GAP)) >= 0) {
		piece = str_sub(rest, 0, (size_t)gap);
		json_text(j, piece);
		rest = str_from(rest, (size_t)gap + 1);
	}
	json_text(j, rest);
	json_close(j, ']');
}

static void put_cited(struct json *j, const struct page *p, struct ref at)
{
	uint32_t row = page_row(p, at);

	if (row != UINT32_MAX)
		json_unsigned(j, row);
}

static void put_rows(struct json *j, const struct page *p, const struct incident *inc)
{
	json_key(j, "rows");
	json_open(j, '[');
	for (size_t i = 0; i < inc->evidence.n; i++) {
		put_cited(j, p, inc->evidence.v[i].ref);
		for (size_t k = 0; k < inc->evidence.v[i].also.n; k++)
			put_cited(j, p, inc->evidence.v[i].also.v[k]);
	}
	json_close(j, ']');
}

/* Ticks from the page's base; null where there is no time. */
static void put_ticks(struct json *j, const char *key, int64_t time_100ns, int64_t base)
{
	json_key(j, key);
	if (time_100ns == TIME_NONE)
		json_null(j);
	else
		json_number(j, time_100ns - base);
}

static void put_incidents(struct json *j, const struct page *p, int64_t base)
{
	const struct result *r = p->in->result;

	json_key(j, "incidents");
	json_open(j, '[');
	for (size_t i = 0; i < r->incidents.n; i++) {
		const struct incident *inc = &r->incidents.v[i];

		json_open(j, '{');
		json_put_unsigned(j, "rank", inc->rank);
		json_put(j, "id", inc->id);
		json_put(j, "severity", str_of(severity_name(inc->severity)));
		json_key(j, "title");
		put_shown(j, inc->title);
		put_ticks(j, "start", inc->start_100ns, base);
		put_ticks(j, "end", inc->end_100ns, base);
		put_rows(j, p, inc);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_list(struct json *j, const char *key, const struct buf *items)
{
	json_key(j, key);
	json_open(j, '[');
	buf_puts(j->b, buf_str(items));
	j->comma = items->n > 0;
	json_close(j, ']');
}

static void put_tables(struct page_data *d, struct json *j)
{
	const struct case_file *c = d->p->in->c;

	json_key(j, "hosts");
	json_open(j, '[');
	for (size_t i = 0; i < c->hosts.n; i++)
		put_shown(j, c->hosts.v[i].name);
	json_close(j, ']');
	put_list(j, "kinds", &d->kinds_json);
	put_list(j, "members", &d->members_json);
	put_list(j, "sources", &d->sources_json);
	json_key(j, "templates");
	json_open(j, '[');
	for (uint32_t i = 0; i < map_count(d->templates); i++)
		put_template(j, map_key(d->templates, i), d->template_kind.v[i]);
	json_close(j, ']');
}

/* [host, from, to] each */
static void put_blind(struct json *j, const struct page *p, int64_t base)
{
	page_spans spans;

	page_blind(p->in->c, &spans);
	json_key(j, "blind");
	json_open(j, '[');
	for (size_t i = 0; i < spans.n; i++) {
		json_open(j, '[');
		json_unsigned(j, spans.v[i].host);
		json_number(j, spans.v[i].from_100ns - base);
		json_number(j, spans.v[i].to_100ns - base);
		json_close(j, ']');
	}
	json_close(j, ']');
	free(spans.v);
}

void page_data_meta(struct page_data *d, struct buf *b)
{
	struct json j = {.b = b};
	int64_t base = d->chunks.n ? d->chunks.v[0].start_100ns : TICKS_UNIX_EPOCH;

	buf_puts(b, STR("<script type=\"application/json\" id=\"meta\">"));
	json_open(&j, '{');
	json_put_unsigned(&j, "rows", d->p->kept_count);
	json_put_unsigned(&j, "first", d->p->row_base);
	json_key(&j, "base");
	buf_printf(b, "\"%lld\"", (long long)(base - TICKS_UNIX_EPOCH));
	json_key(&j, "last");
	json_number(&j, d->chunks.n ? d->chunks.v[d->chunks.n - 1].end_100ns - base : 0);
	json_key(&j, "chunks");
	json_open(&j, '[');
	for (size_t i = 0; i < d->chunks.n; i++) {
		json_open(&j, '[');
		json_unsigned(&j, d->chunks.v[i].rows);
		json_number(&j, d->chunks.v[i].start_100ns - base);
		json_unsigned(&j, d->chunks.v[i].raw_bytes);
		json_close(&j, ']');
	}
	json_close(&j, ']');
	put_tables(d, &j);
	put_incidents(&j, d->p, base);
	put_blind(&j, d->p, base);
	page_zones(&j, d->p, base);
	page_doubts(&j, d->p);
	page_lane_hosts(&j, d->p);
	page_vms(&j, d->p);
	page_tracks(&j, d->p, base);
	json_close(&j, '}');
	buf_puts(b, STR("</script>\n"));
}

static void put_block(const struct page_data *d, size_t i, FILE *to)
{
	fprintf(to, "<script type=\"application/octet-stream\" id=\"c%zu\">", i);
	fwrite(d->chunks.v[i].base64.p, 1, d->chunks.v[i].base64.n, to);
	fputs("</script>\n", to);
}

/* The block with the rows that are shown first stands first. */
int page_data_blocks(const struct page_data *d, FILE *to, struct err *e)
{
	size_t first = d->p->row_base / CHUNK_ROWS;

	if (first < d->chunks.n)
		put_block(d, first, to);
	for (size_t i = 0; i < d->chunks.n; i++)
		if (i != first)
			put_block(d, i, to);
	return ferror(to) ? err_set(e, E_OUTPUT, "the page could not be written") : 0;
}

static void data_open(struct page_data *d, struct page *p)
{
	const struct case_file *c = p->in->c;

	*d = (struct page_data){.p = p,
		.kinds = map_new(false),
		.sources = map_new(false),
		.templates = map_new(false),
		.members = map_new(false)};
	d->kind_of = xmalloc((c->segments.n + 1) * sizeof(*d->kind_of));
	for (size_t i = 0; i < c->segments.n; i++) {
		size_t bytes = (segment_kinds(c->segments.v[i].segment) + 1) * sizeof(**d->kind_of);

		d->kind_of[i] = memset(xmalloc(bytes), 0, bytes);
	}
}

void page_data_free(struct page_data *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->p->in->c->segments.n; i++)
		free(d->kind_of[i]);
	for (size_t i = 0; i < d->chunks.n; i++)
		buf_free(&d->chunks.v[i].base64);
	for (int i = 0; i < 2; i++)
		chunk_free(&d->jobs[i].chunk);
	free(d->kind_of);
	free(d->chunks.v);
	free(d->template_kind.v);
	map_free(d->kinds);
	map_free(d->sources);
	map_free(d->templates);
	map_free(d->members);
	buf_free(&d->kinds_json);
	buf_free(&d->sources_json);
	buf_free(&d->members_json);
	buf_free(&d->key);
	buf_free(&d->line);
	buf_free(&d->mined.template);
	free(d);
}

int page_data_make(struct page *p, struct page_data **out, struct err *e)
{
	struct page_data *d = xmalloc(sizeof(*d));
	unsigned turn = 0;
	int rc = 0;

	*out = d;
	data_open(d, p);
	for (size_t from = 0; from < p->kept_count && !rc; from += CHUNK_ROWS)
		rc = add_chunk(d, &d->jobs[turn++ % 2], from,
			from + CHUNK_ROWS < p->kept_count ? from + CHUNK_ROWS : p->kept_count, e);
	for (int i = 0; i < 2; i++) {   /* the older one first */
		int failed = take_packed(d, &d->jobs[turn++ % 2], e);

		rc = rc ? rc : failed;
	}
	return rc;
}
