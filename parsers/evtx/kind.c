/* SPDX-License-Identifier: Apache-2.0 */
/* The kind of a row from the System part of its record. */
#include <stdlib.h>

#include "analyzer/base/text.h"
#include "parsers/evtx/compile.h"
#include "parsers/evtx/reader.h"

#define KIND_TEXTS (TO_COMPUTER + 1)

static const struct {
	const char *element, *attribute;   /* no attribute: the content */
	enum target target;
} system_parts[] = {
	{ "Provider", "Name", TO_PROVIDER }, { "Provider", "Guid", TO_GUID },
	{ "Provider", "EventSourceName", TO_SOURCE }, { "EventID", NULL, TO_EVENT_ID },
	{ "EventID", "Qualifiers", TO_QUALIFIERS }, { "Version", NULL, TO_VERSION },
	{ "Level", NULL, TO_LEVEL }, { "Task", NULL, TO_TASK }, { "Opcode", NULL, TO_OPCODE },
	{ "Keywords", NULL, TO_KEYWORDS }, { "TimeCreated", "SystemTime", TO_TIME },
	{ "EventRecordID", NULL, TO_NUMBER }, { "Execution", "ProcessID", TO_PID },
	{ "Execution", "ThreadID", TO_TID }, { "Channel", NULL, TO_CHANNEL },
	{ "Computer", NULL, TO_COMPUTER }, { "Security", "UserID", TO_USER },
};

enum target system_target(struct str element, struct str attribute)
{
	for (size_t i = 0; i < sizeof(system_parts) / sizeof(system_parts[0]); i++) {
		if (str_eq(element, str_of(system_parts[i].element)) &&
			str_eq(attribute, str_of(system_parts[i].attribute)))
			return system_parts[i].target;
	}
	return TO_FIELD;
}

/* Where in `texts` a text lies: the buffer may move while it grows. */
struct place_of_text {
	size_t at, n;
};

static void key_value(struct reader *r, const struct instance *in, uint16_t slot)
{
	const struct evtx_value *v = r->values.v + in->value + slot;
	char *p;

	if (slot >= in->values || r->key.n > KIND_KEY_BYTES)
		return;
	buf_reserve(&r->key, v->n + 3u);
	p = r->key.p + r->key.n;
	memcpy(p, &v->n, 2);
	p[2] = (char)v->type;
	memcpy(p + 3, v->p, v->n);
	r->key.n += v->n + 3u;
}

/* The bytes that decide the kind: which plan, and the values that it takes. */
static void key_make(struct reader *r)
{
	r->key.n = 0;
	for (size_t i = 0; i < r->instances.n; i++) {
		const struct instance *in = &r->instances.v[i];
		struct step_range range;

		if (in->plan == PLAN_BAD)
			continue;
		range = r->plans.plans.v[in->plan].steps[STEPS_KIND];
		if (!range.n)
			continue;
		buf_put(&r->key, &in->plan, sizeof(in->plan));
		for (uint32_t k = 0; k < range.n; k++) {
			const struct step *s = &r->plans.steps[STEPS_KIND].v[range.first + k];

			for (uint32_t j = 0; j < s->pieces; j++)
				if (r->plans.pieces.v[s->piece + j].kind == PIECE_SLOT)
					key_value(r, in, r->plans.pieces.v[s->piece + j].slot);
		}
	}
}

static void kind_guid(struct reader *r, const struct evtx_value *v)
{
	char text[GUID_BYTES];
	uint8_t raw[16];
	size_t at = r->texts.n;

	value_text(&r->texts, v);
	if (v->type == V_GUID)
		return;
	if (guid_parse(str_make(r->texts.p + at, r->texts.n - at), raw)) {
		r->texts.n = at;
		buf_puts(&r->texts, str_of(guid_format(raw, text)));
	}
}

static void kind_number(struct kind *k, enum target target, uint64_t n)
{
	switch (target) {
	case TO_EVENT_ID:
		k->id = (uint32_t)n;
		k->has_id = true;
		break;
	case TO_QUALIFIERS:
		k->qualifiers = (uint16_t)n;
		break;
	case TO_VERSION:
		k->version = (uint8_t)n;
		break;
	case TO_LEVEL:
		k->level = (uint8_t)n;
		break;
	case TO_TASK:
		k->task = (uint16_t)n;
		break;
	case TO_OPCODE:
		k->opcode = (uint8_t)n;
		break;
	case TO_KEYWORDS:
		k->keywords = n;
		break;
	default:
		break;
	}
}

static void kind_value(struct reader *r, struct kind *k, struct place_of_text texts[KIND_TEXTS],
	enum target target, const struct evtx_value *v)
{
	uint64_t n;

	switch (target) {
	case TO_PROVIDER: case TO_SOURCE: case TO_CHANNEL: case TO_COMPUTER: case TO_GUID:
		texts[target].at = r->texts.n;
		if (target == TO_GUID)
			kind_guid(r, v);
		else
			value_text(&r->texts, v);
		texts[target].n = r->texts.n - texts[target].at;
		break;
	default:
		if (value_number(v, &n))
			kind_number(k, target, n);
	}
}

static struct str text_of(const struct reader *r, const struct place_of_text *t)
{
	return t->n ? str_make(r->texts.p + t->at, t->n) : str_make(NULL, 0);
}

static uint32_t kind_make(struct reader *r)
{
	struct kind k = { .data_type = STR(EVTX_DATA_TYPE), .level = LEVEL_UNKNOWN };
	struct place_of_text texts[KIND_TEXTS] = { 0 };

	r->texts.n = 0;
	for (size_t i = 0; i < r->instances.n; i++) {
		const struct instance *in = &r->instances.v[i];
		struct step_range range;

		if (in->plan == PLAN_BAD)
			continue;
		range = r->plans.plans.v[in->plan].steps[STEPS_KIND];
		for (uint32_t j = 0; j < range.n; j++) {
			const struct step *s = &r->plans.steps[STEPS_KIND].v[range.first + j];
			struct evtx_value v = step_value(r, in, s);

			if (!value_is_null(&v) && reader_spend(r, &v))
				kind_value(r, &k, texts, s->target, &v);
		}
	}
	k.provider = text_of(r, &texts[TO_PROVIDER]);
	k.provider_guid = text_of(r, &texts[TO_GUID]);
	k.source = text_of(r, &texts[TO_SOURCE]);
	k.channel = text_of(r, &texts[TO_CHANNEL]);
	k.computer = text_of(r, &texts[TO_COMPUTER]);
	return sink_kind(r->out, &k);
}

uint32_t record_kind(struct reader *r)
{
	struct kind_entry *entry;

	key_make(r);
	if (r->key.n > KIND_KEY_BYTES || !r->key.n)
		return kind_make(r);
	entry = &r->kinds[str_hash(buf_str(&r->key)) % KIND_SLOTS];
	if (entry->serial == r->serial && entry->key_bytes == r->key.n &&
		memcmp(entry->key, r->key.p, r->key.n) == 0)
		return entry->kind;
	entry->kind = kind_make(r);
	entry->serial = r->serial;
	entry->key_bytes = (uint32_t)r->key.n;
	memcpy(entry->key, r->key.p, r->key.n);
	return entry->kind;
}
