/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as a Hyper-V cluster's logs have them in numbers, for measuring the page: 200 message
 * templates, the k-th one k times rarer than the first, messages of about 130 bytes with 4 to 5
 * values, a GUID that never comes again in every sixth, a third of all in bursts, stamps of 100 ns
 * mixed with those of a millisecond.
 */
#ifndef CASELINE_TESTS_BENCH_PROFILE_H
#define CASELINE_TESTS_BENCH_PROFILE_H

#include "tests/make_report.h"

enum { PROFILE_TEMPLATES = 200, PROFILE_HOSTS = 4 };

struct profile {
	uint64_t state;
	uint32_t sum[PROFILE_TEMPLATES];     /* of weights up to this one */
	uint32_t kinds[PROFILE_TEMPLATES][PROFILE_HOSTS];
	char text[PROFILE_TEMPLATES][100];
	int64_t time_100ns;
	int burst;
};

static const char *const profile_words[] = { "virtual", "machine", "storage", "failed", "operation",
	"replication", "snapshot", "checkpoint", "volume", "cluster", "resource", "network", "timeout",
	"path", "device", "controller", "request", "completed", "state", "changed", "online", "pending",
	"backup", "writer", "provider", "service", "started", "stopped", "the", "was", "for", "of", "on" };
enum { PROFILE_WORDS = sizeof(profile_words) / sizeof(profile_words[0]) };

/* s: a server of forty; n: a small number, u: any; h: a code of twenty; g: a new GUID; p: a path */
static const char *profile_values(unsigned template)
{
	static const char *const plain[] = { "snnh", "snhp", "ssnn", "snup", "nnsh", "psnnh" };

	return template % 6 == 5 || template == 3 ? "snghn" : plain[template % 5];
}

static inline void profile_value(struct profile *p, char kind, struct buf *out)
{
	uint64_t r = made_random(&p->state);
	uint64_t raw[2] = { r * UINT64_C(0x9e3779b97f4a7c15),
		made_random(&p->state) * UINT64_C(0xbf58476d1ce4e5b9) };
	char guid[GUID_BYTES];

	switch (kind) {
	case 's': buf_printf(out, "'SQL-PROD-%02u'", (unsigned)(r % 40)); break;
	case 'n': buf_printf(out, "%u", (unsigned)(r % 64)); break;
	case 'u': buf_printf(out, "%u", (unsigned)(r % 90000)); break;
	case 'h': buf_printf(out, "0x8004%04X", 0x2300 + (unsigned)(r % 20)); break;
	case 'p':
		buf_printf(out, "C:\\ClusterStorage\\Volume%u\\VM%02u.vhdx", (unsigned)(r % 6),
			(unsigned)(r % 40));
		break;
	default: guid_format((const uint8_t *)raw, guid); buf_puts(out, str_of(guid)); break;
	}
}

static inline void profile_start(struct profile *p, struct sink *s)
{
	uint32_t sum = 0;

	*p = (struct profile){ .state = 11, .time_100ns = TICKS_UNIX_EPOCH + INT64_C(19800) * TICKS_DAY };
	for (unsigned t = 0; t < PROFILE_TEMPLATES; t++) {
		size_t n = 0;

		p->sum[t] = sum += 1000000 / (t + 1);
		while (n < 62)
			n += (size_t)snprintf(p->text[t] + n, sizeof(p->text[t]) - n, " %s",
				profile_words[made_random(&p->state) % PROFILE_WORDS]);
		for (unsigned h = 0; h < PROFILE_HOSTS; h++) {
			static const char *const hosts[] = { "HV01", "HV02", "HV03", "SQL01" };
			struct kind k = { .data_type = STR("windows:evtx:record"), .has_id = true,
				.channel = t % 3 ? STR("System") : STR("Microsoft-Windows-Hyper-V-VMMS-Admin"),
				.provider = t % 3 ? STR("disk") : STR("Microsoft-Windows-Hyper-V-VMMS"),
				.computer = str_of(hosts[h]), .id = 100 + t,
				.level = t % 13 == 0 ? LEVEL_ERROR : t % 7 == 0 ? LEVEL_WARNING : LEVEL_INFO };

			p->kinds[t][h] = sink_kind(s, &k);
		}
	}
}

static inline unsigned profile_template(struct profile *p)
{
	uint32_t at = (uint32_t)(made_random(&p->state) % p->sum[PROFILE_TEMPLATES - 1]);
	unsigned low = 0, high = PROFILE_TEMPLATES - 1;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (p->sum[mid] <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static inline void profile_time(struct profile *p)
{
	uint64_t r = made_random(&p->state);

	if (!p->burst && r % 12 == 0)
		p->burst = 6;
	p->time_100ns += p->burst ? (int64_t)(r % 9000) : (int64_t)(r % 40000000);
	p->burst -= p->burst > 0;
}

static inline void profile_row(struct profile *p, struct sink *s, size_t i)
{
	unsigned t = profile_template(p);
	struct row r = { .number = i + 1, .offset = i * 512, .basis = BASIS_UTC,
		.kind = p->kinds[t][made_random(&p->state) % PROFILE_HOSTS] };
	struct buf message = { 0 };
	struct str text = str_of(p->text[t]);

	profile_time(p);
	r.time_100ns = t % 4 ? p->time_100ns : p->time_100ns / TICKS_MS * TICKS_MS;
	for (const char *v = profile_values(t); *v; v++) {
		buf_puts(&message, str_sub(text, message.n ? 12 : 0, 12));
		buf_putc(&message, ' ');
		profile_value(p, *v, &message);
	}
	buf_puts(&message, str_from(text, 24));
	r.message = buf_str(&message);
	sink_row(s, &r);
	buf_free(&message);
}

/* Segments carry kinds of their own, so a new one begins with them. */
static inline int profile_report(struct made_report *m, size_t events, struct err *e)
{
	static const struct case_options none = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE };
	struct profile p = { 0 };
	struct sink *s;
	int rc;

	made_start(&m->made);
	m->result = (struct result){ 0 };
	s = made_member(&m->made, "HV01-System.evtx");
	profile_start(&p, s);
	for (size_t i = 0; i < events; i++)
		profile_row(&p, s, i);
	made_close(s);
	m->kb = knowledge_new();
	knowledge_finish(m->kb);
	m->in = (struct report_input){ .c = &m->made.file, .result = &m->result, .kb = m->kb,
		.version = "test", .knowledge_hash = STR(""), .options = STR("") };
	rc = made_build(&m->made, &none, e);
	return rc;
}

#endif
