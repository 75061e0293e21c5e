/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/about.h"

#include <stdio.h>

#include "analyzer/correlate/codes.h"

#define NEAR (15 * TICKS_MINUTE)   /* people round the times they name */

static struct str in_names(struct arena *a, const struct incident *in, struct str about)
{
	struct {
		const char *what;
		struct str text;
	} parts[] = { { "its title", in->title }, { "its cause", in->cause },
		{ "its operation", in->operation }, { "its host", in->host },
		{ "its explanation", in->explanation } };

	for (size_t i = 0; i < in->vms.n; i++)
		if (str_ifind(in->vms.v[i], about) >= 0)
			return arena_printf(a, "the VM %.*s", STR_ARG(in->vms.v[i]));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (str_ifind(parts[i].text, about) >= 0)
			return arena_printf(a, "%s: %.*s", parts[i].what, STR_ARG(parts[i].text));
	for (size_t i = 0; i < in->entities.n; i++)
		if (str_ifind(in->entities.v[i].name, about) >= 0)
			return arena_printf(a, "%.*s %.*s", STR_ARG(in->entities.v[i].type),
				STR_ARG(in->entities.v[i].name));
	for (size_t i = 0; i < in->evidence.n; i++)
		if (str_ifind(in->evidence.v[i].summary, about) >= 0)
			return arena_printf(a, "its evidence: %.*s", STR_ARG(in->evidence.v[i].summary));
	return STR("");
}

bool about_time(struct str about, int64_t *from_100ns, int64_t *to_100ns)
{
	static const struct {
		const char *rest;        /* what the text leaves out */
		int64_t span;
	} forms[] = { { "", TICKS_SECOND }, { "Z", TICKS_SECOND }, { ":00Z", TICKS_MINUTE },
		{ "T00:00:00Z", TICKS_DAY } };
	char text[64];

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		snprintf(text, sizeof(text), "%.*s%s", STR_ARG(str_sub(about, 0, 50)), forms[i].rest);
		if (!time_parse_rfc3339(str_of(text), from_100ns))
			continue;
		*to_100ns = *from_100ns + forms[i].span;
		return true;
	}
	return false;
}

static struct str in_time(struct arena *a, const struct incident *in, struct str about)
{
	char start[RFC3339_BYTES];
	int64_t from, to;

	if (!about_time(about, &from, &to) || in->start_100ns == TIME_NONE ||
		to + NEAR < in->start_100ns || from - NEAR > in->end_100ns)
		return STR("");
	return arena_printf(a, "it happened then: from %s", time_rfc3339(in->start_100ns, start));
}

static bool has_code(const struct event_view *v, uint32_t code)
{
	size_t n = segment_field_count(v->segment, v->ref.row);
	struct buf b = { 0 };
	bool found = code_among(v->row.message, &code, 1);

	for (size_t i = 0; i < n && !found; i++) {
		struct field f;

		segment_field(v->segment, v->ref.row, i, &f);
		b.n = 0;
		buf_field(&b, &f);
		found = code_among(buf_str(&b), &code, 1);
	}
	buf_free(&b);
	return found;
}

/* "8229", "VSS/8229" or "event 8229" */
static bool event_id(struct str about, uint64_t *id)
{
	size_t i = about.n;

	while (i && about.p[i - 1] >= '0' && about.p[i - 1] <= '9')
		i--;
	return str_to_u64(str_from(about, i), 10, id) && *id < 65536 &&
	       (i == 0 || strchr(" /", about.p[i - 1]));
}

static struct str in_records(struct arena *a, const struct case_file *c, const struct incident *in,
	struct str about)
{
	uint64_t id = 0;
	uint32_t code = 0;
	bool is_id = event_id(about, &id), is_code = !is_id && code_parse(about, &code);

	for (size_t i = 0; i < in->evidence.n && (is_id || is_code); i++) {
		struct event_view v;

		if (in->evidence.v[i].ref.segment == UINT32_MAX)
			continue;
		case_view(c, in->evidence.v[i].ref, &v);
		if (is_id && v.kind->has_id && v.kind->id == id)
			return arena_printf(a, "its evidence holds %.*s %u", STR_ARG(v.kind->provider),
				v.kind->id);
		if (is_code && has_code(&v, code))
			return arena_printf(a, "its evidence holds the code 0x%08X", code);
	}
	return STR("");
}

static struct str fits(struct arena *a, const struct case_file *c, const struct incident *in,
	struct str about)
{
	struct str why = in_names(a, in, about);

	if (!why.n)
		why = in_time(a, in, about);
	return why.n ? why : in_records(a, c, in, about);
}

/* The text as a whole counts first; else all of its words must fit. */
struct str about_incident(struct arena *a, const struct case_file *c, const struct incident *in,
	struct str about)
{
	struct str why = fits(a, c, in, about), rest = about, word;

	if (why.n)
		return why;
	while (str_split(&rest, ' ', &word)) {
		if (!word.n)
			continue;
		why = fits(a, c, in, word);
		if (!why.n)
			return why;
	}
	return why;
}
