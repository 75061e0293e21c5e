/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.jsonl: every event of the timeline, one object a line, as Timesketch imports them. */
#include "analyzer/base/text.h"
#include "analyzer/correlate/wording.h"
#include "reports/json.h"
#include "reports/report.h"

#define FLUSH_BYTES ((size_t)1024 * 1024)
#define JSON_INTEGER_MAX ((uint64_t)1 << 53)

const char *level_name(uint8_t level)
{
	static const char *const names[] = { "information", "critical", "error", "warning",
		"information", "verbose" };

	return level < sizeof(names) / sizeof(names[0]) ? names[level] : NULL;
}

struct str report_time_meaning(const struct event_view *v)
{
	return str_eq(v->kind->data_type, STR("windows:evtx:record")) ? STR("Content Written Time") :
		STR("Log Time");
}

void report_place(const struct event_view *v, struct buf *out)
{
	buf_puts(out, v->member->path);
	if (v->row.number)
		buf_printf(out, ":%llu", (unsigned long long)v->row.number);
	else
		buf_printf(out, "@0x%llx", (unsigned long long)v->row.offset);
}

static void put_place(struct json *j, const struct event_view *v)
{
	json_put(j, "path", v->member->path);
	if (v->row.flags & ROW_LINE)
		json_put_unsigned(j, "line", v->row.number);
	else
		json_put_unsigned(j, "offset", v->row.offset);
}

/* A value that is neither a number nor a text, as text. */
static void put_other(struct json *j, const struct field *f)
{
	struct buf b = { 0 };

	buf_field(&b, f);
	json_text(j, buf_str(&b));
	buf_free(&b);
}

/* Numbers as numbers where every reader holds them exactly, else as text. */
static void put_value(struct json *j, const struct field *f)
{
	int64_t v = (int64_t)f->number;

	if (f->type == VALUE_NULL)
		json_null(j);
	else if (f->type == VALUE_BOOL)
		json_bool(j, f->number);
	else if (f->type == VALUE_INT && v > -(int64_t)JSON_INTEGER_MAX && v < (int64_t)JSON_INTEGER_MAX)
		json_number(j, v);
	else if (f->type == VALUE_UINT && f->number < JSON_INTEGER_MAX)
		json_unsigned(j, f->number);
	else if (f->type == VALUE_TEXT || f->type == VALUE_SID)
		json_text(j, f->bytes);
	else
		put_other(j, f);
}

/* A segment holds each name once, so that most differ or agree by where they lie. */
static bool same_name(struct str a, struct str b)
{
	return a.n == b.n && (a.p == b.p || str_eq(a, b));
}

/* "strings" is the name of the list of those without one. */
static bool name_taken(const struct event_view *v, size_t upto, struct str name)
{
	for (size_t i = 0; i < upto; i++) {
		struct field f;

		segment_field(v->segment, v->ref.row, i, &f);
		if (same_name(f.name, name))
			return true;
	}
	return str_eq(name, STR("strings"));
}

/* A name that comes again gets its number, for an object's names must differ. */
static void put_name(struct json *j, const struct event_view *v, size_t i, const struct field *f)
{
	struct buf key = { 0 };

	if (j->comma)
		buf_putc(j->b, ',');
	if (name_taken(v, i, f->name)) {
		buf_puts(&key, f->name);
		buf_printf(&key, "#%zu", i);
		json_string(j->b, buf_str(&key));
		buf_free(&key);
	} else {
		json_string(j->b, f->name);
	}
	buf_putc(j->b, ':');
}

void report_fields_json(struct json *j, const struct event_view *v)
{
	size_t n = segment_field_count(v->segment, v->ref.row), unnamed = 0;
	struct field f;

	json_open(j, '{');
	for (size_t i = 0; i < n; i++) {
		segment_field(v->segment, v->ref.row, i, &f);
		if (!f.name.n && f.section != SECTION_BINARY) {
			unnamed++;
			continue;
		}
		if (f.section == SECTION_BINARY && !f.name.n)
			f.name = STR("Binary");
		put_name(j, v, i, &f);
		put_value(j, &f);
	}
	if (unnamed) {
		json_key(j, "strings");
		json_open(j, '[');
		for (size_t i = 0; i < n; i++) {
			segment_field(v->segment, v->ref.row, i, &f);
			if (!f.name.n && f.section != SECTION_BINARY)
				put_value(j, &f);
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void put_also(struct json *j, const struct report_input *in, const struct moment *m)
{
	json_key(j, "also");
	json_open(j, '[');
	for (uint32_t k = m->copies; k; k = in->c->copies.v[k - 1].next) {
		struct event_view v;

		case_view(in->c, in->c->copies.v[k - 1].ref, &v);
		json_open(j, '{');
		put_place(j, &v);
		if (in->c->copies.v[k - 1].possible) {
			json_key(j, "possible");
			json_bool(j, true);
		}
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_identity(struct json *j, const struct event_view *v)
{
	const char *level = level_name(v->kind->level);

	json_put(j, "source_name", v->kind->provider.n ? v->kind->provider : v->kind->source);
	json_key(j, "event_identifier");
	if (v->kind->has_id)
		json_unsigned(j, v->kind->id);
	else
		json_null(j);
	json_put(j, "channel", v->kind->channel);
	json_key(j, "level");
	if (level)
		json_text(j, str_of(level));
	else
		json_null(j);
	json_key(j, "record_number");
	if (v->row.flags & ROW_LINE || !v->row.number)
		json_null(j);
	else
		json_unsigned(j, v->row.number);
}

void report_moment_json(const struct report_input *in, size_t moment, struct buf *out)
{
	const struct moment *m = &in->c->timeline[moment];
	struct json j = { .b = out };
	struct buf message = { 0 };
	struct event_view v;

	case_view(in->c, m->ref, &v);
	event_message(in->kb, &v, &message);
	json_open(&j, '{');
	json_put_time(&j, "datetime", m->time_100ns);
	json_key(&j, "timestamp");
	json_number(&j, time_unix_us(m->time_100ns));
	json_put(&j, "timestamp_desc", report_time_meaning(&v));
	json_put(&j, "message", buf_str(&message));
	json_put(&j, "data_type", v.kind->data_type);
	json_put(&j, "hostname", case_host_name(in->c, m->host));
	put_identity(&j, &v);
	put_place(&j, &v);
	json_key(&j, "data");
	report_fields_json(&j, &v);
	json_key(&j, "time_doubt_ms");
	json_number(&j, v.doubt_ms);
	json_put(&j, "time_source", str_of(time_source_name(v.time_source)));
	if (case_collecting(in->c, m->host, m->time_100ns)) {
		json_key(&j, "collecting");
		json_bool(&j, true);
	}
	put_also(&j, in, m);
	json_key(&j, "recovered");
	json_bool(&j, v.row.flags & ROW_RECOVERED);
	json_close(&j, '}');
	buf_free(&message);
}

int report_timeline(const struct report_input *in, FILE *to, struct err *e)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < in->c->timeline_count; i++) {
		report_moment_json(in, i, &b);
		buf_putc(&b, '\n');
		if (b.n < FLUSH_BYTES)
			continue;
		if (fwrite(b.p, 1, b.n, to) != b.n)
			break;
		b.n = 0;
	}
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	return ferror(to) ? err_set(e, E_OUTPUT, "the timeline could not be written") : 0;
}
