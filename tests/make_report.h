/* SPDX-License-Identifier: Apache-2.0 */
/* A concluded case made in memory: events of a few hosts, hostile texts in every place of the page.
 */
#ifndef CASELINE_TESTS_MAKE_REPORT_H
#define CASELINE_TESTS_MAKE_REPORT_H

#include "analyzer/base/text.h"
#include "reports/report.h"
#include "tests/make_case.h"

static const char *const hostile[] = {
	"<script>alert(1)</script>",
	"</script><script>alert(1)</script>",
	"<!--<script>",
	"-->",
	"]]>",
	"<svg onload=alert(1)>",
	"<img src=x onerror=alert(1)>",
	"\"><img src=x onerror=alert(1)>",
	"' onmouseover='alert(1)",
	"<meta http-equiv=refresh content=0;url=http://127.0.0.1:9/>",
	"<link rel=prefetch href=http://127.0.0.1:9/>",
	"<base href=http://127.0.0.1:9/>",
	"<iframe srcdoc='<script>alert(1)</script>'>",
	"javascript:alert(1)",
	"</style><style>*{display:none}",
	"\x1b[31mred\x1b]8;;http://127.0.0.1:9/\x07link",
	"a\xe2\x80\xae"
	"cod.exe",
	"zero\xe2\x80\x8bwidth",
	"car\rriage",
	"line\xe2\x80\xa8sep",
	"lone\xed\xa0\x80"
	"surrogate",
	"bad\xff\xfe"
	"bytes",
	"a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
	"../../../../etc/passwd",
	"=cmd|' /C calc'!A0",
	"[link](javascript:alert(1)) `code` | pipe |",
	"&lt;b&gt;&#x3c;",
	"\\u003cscript\\u003e ${7*7} {{7*7}} {t} %s %n",
};
enum { HOSTILE = sizeof(hostile) / sizeof(hostile[0]) };

struct made_report {
	struct made made;
	struct result result;
	struct knowledge *kb;
	struct report_input in;
};

static inline struct str nasty(size_t i)
{
	return str_of(hostile[i % HOSTILE]);
}

/* A small generator of our own, so that pages are the same everywhere. */
static inline uint64_t made_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static inline void made_nasty_row(struct sink *s, size_t i, int64_t time_100ns)
{
	struct kind k = {.data_type = STR("windows:evtx:record"),
		.provider = nasty(i),
		.channel = nasty(i + 1),
		.computer = i % 3 ? STR("HV01") : nasty(i + 2),
		.id = (uint32_t)i,
		.has_id = true,
		.level = LEVEL_ERROR};
	struct row r = {.time_100ns = time_100ns,
		.number = i + 1,
		.offset = i * 512,
		.basis = BASIS_UTC,
		.user = nasty(i + 3),
		.message = i % 2 ? nasty(i) : (struct str){0}};

	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
	sink_field_text(s, SECTION_EVENTDATA, sink_text(s, nasty(i + 4)), nasty(i + 5));
	sink_field_text(s, SECTION_EVENTDATA, 0, nasty(i));
}

static inline void made_plain_row(struct sink *s, size_t i, uint64_t *state, int64_t time_100ns)
{
	uint64_t a = made_random(state), b = made_random(state);
	struct kind k = {.data_type = STR("windows:evtx:record"),
		.channel = STR("System"),
		.has_id = true,
		.provider = a % 7 ? STR("Microsoft-Windows-Hyper-V-VMMS") : STR("disk"),
		.computer = b % 3 ? STR("HV01") : STR("HV02"),
		.id = (uint32_t)(a % 50),
		.level = a % 40 == 0  ? LEVEL_ERROR
			 : a % 9 == 0 ? LEVEL_WARNING
				      : LEVEL_INFO};
	struct row r = {
		.time_100ns = time_100ns, .number = i + 1, .offset = i * 512, .basis = BASIS_UTC};
	char message[200], guid[GUID_BYTES];
	uint64_t raw[2] = {a * UINT64_C(0x9e3779b97f4a7c15), b * UINT64_C(0xbf58476d1ce4e5b9)};

	guid_format((const uint8_t *)raw, guid);
	if (a % 4 == 0)
		snprintf(message, sizeof(message),
			"'SQL-PROD-%02u' failed to perform the operation. (Virtual machine ID %s)",
			(unsigned)(b % 40), guid);
	else if (a % 4 == 1)
		snprintf(message, sizeof(message),
			"The device \\Device\\RaidPort%u was reset, tag %s", (unsigned)(b % 40),
			guid);
	else if (a % 4 == 2)
		snprintf(message, sizeof(message), "Replication for SQL%u took %u ms",
			(unsigned)(b % 40), (unsigned)(a % 9000));
	else
		snprintf(message, sizeof(message), "timeout of path %u after %u ms, key 0x%llx",
			(unsigned)(b % 40), (unsigned)(a % 9000), (unsigned long long)b);
	r.message = str_of(message);
	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
}

/* The facts that the page draws, each of their texts hostile. */
static inline void made_nasty_facts(struct sink *s, size_t i)
{
	static const char *const types[] = {"vm.disk", "disk.image", "file", "vm.snapshot", "vss.writer",
		"cluster.node", "cluster.volume", "cluster.group", "cluster.resource",
		"cluster.network"};
	static const char *const names[] = {"vm", "snapshot", "name", "kind", "state", "state_number",
		"last_error", "last_error_code", "owner", "group", "redirected", "reason", "drain",
		"role", "subnet", "data_write_id", "parent_path", "created_raw", "size_bytes"};
	char path[200];

	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		sink_fact(s, str_of(types[t]), i + 1, 0);
		snprintf(path, sizeof(path), "D:\\%s.avhdx", hostile[(i + t / 3) % HOSTILE]);
		sink_put(s, "path", str_of(path));
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			sink_put(s, names[k], nasty(i + k));
	}
}

static inline struct incident made_incident(size_t i)
{
	struct incident inc = {.id = STR("0123456789abcdef"),
		.rank = (unsigned)i + 1,
		.cause = nasty(i),
		.cause_class = nasty(i + 1),
		.cause_meaning = nasty(i + 2),
		.rule = nasty(i + 3),
		.confidence_milli = 870,
		.severity = (enum severity)(3 - i % 4),
		.title = nasty(i + 4),
		.explanation = nasty(i + 5),
		.operation = nasty(i + 6),
		.host = nasty(i + 7),
		.start_100ns = TICKS_UNIX_EPOCH + TICKS_DAY,
		.end_100ns = TICKS_UNIX_EPOCH + TICKS_DAY + TICKS_HOUR,
		.occurrences = 2,
		.first_100ns = TICKS_UNIX_EPOCH + TICKS_DAY,
		.last_100ns = TICKS_UNIX_EPOCH + TICKS_DAY,
		.rhythm = nasty(i + 8),
		.about = nasty(i + 9)};

	for (size_t k = 0; k < 7; k++) {
		vec_push(&inc.vms, nasty(i + k));
		vec_push(&inc.evidence,
			(struct incident_evidence){.role = (enum evidence_role)(k % 5),
				.kind = k == 6 ? EVIDENCE_ABSENCE : EVIDENCE_EVENT,
				.time_100ns = TICKS_UNIX_EPOCH + TICKS_DAY,
				.observed_100ns = TIME_NONE,
				.held_since_100ns = TIME_NONE,
				.signal = nasty(i + k),
				.summary = nasty(i + k + 1),
				.host = nasty(i + k + 2),
				.rows = 3,
				.gap = nasty(k),
				.ref = k == 6 ? REF_NONE
					      : (struct ref){0, (uint32_t)(i + k) % HOSTILE}});
		vec_push(&inc.chain, (struct chain_step){.signal = nasty(k),
					     .title = nasty(i + k),
					     .host = nasty(k + 2),
					     .time_100ns = TICKS_UNIX_EPOCH + TICKS_DAY,
					     .gap_100ns = (int64_t)k * TICKS_SECOND,
					     .weight_milli = 800,
					     .why = nasty(k + 3),
					     .join = nasty(k + 4),
					     .evidence = UINT32_MAX});
		vec_push(&inc.parts,
			(struct score_part){nasty(i + k), nasty(k), k % 2 ? 100 : -100, k == 4});
		vec_push(&inc.rivals, (struct rival){nasty(k), nasty(k + 1), nasty(i + k + 2), 500,
					      nasty(k + 3)});
		vec_push(&inc.remedy,
			(struct remedy_step){nasty(i + k), nasty(k + 1), nasty(k + 2)});
		vec_push(&inc.references, nasty(i + k + 6));
		vec_push(&inc.entities, (struct incident_entity){nasty(k), nasty(i + k)});
	}
	return inc;
}

static inline void made_result(struct result *r)
{
	for (size_t i = 0; i < 4; i++) {
		struct missing m = {nasty(i), nasty(i + 1), nasty(i + 2), nasty(i + 3), {0}, i % 2};

		vec_push(&m.decides, nasty(i + 4));
		vec_push(&r->incidents, made_incident(i * 7));
		r->incidents.v[i].rank = (unsigned)i + 1;
		vec_push(&r->missing, m);
		vec_push(&r->observations, (struct observation){ .signal = nasty(i), .title = nasty(i + 5),
			.host = nasty(i + 6), .count = 3, .first_100ns = TICKS_UNIX_EPOCH,
			.last_100ns = TICKS_UNIX_EPOCH, .why = nasty(i + 7), .advice = nasty(i + 8),
			.command = nasty(i + 9), .ref = { 0, (uint32_t)i } });
	}
}

/* `plain` ordinary events behind one hostile row each of the texts above. */
static inline int made_report(struct made_report *m, size_t plain, struct err *e)
{
	static const struct case_options none = {
		.since_100ns = TIME_NONE, .until_100ns = TIME_NONE};
	uint64_t state = 7;
	int64_t time = TICKS_UNIX_EPOCH + TICKS_DAY;
	struct sink *s;

	made_start(&m->made);
	m->result = (struct result){0};
	m->made.ev.bundles.v[0].name = nasty(1);
	s = made_member(&m->made, "a/<b>x</b>\xe2\x80\xae/System.evtx");
	for (size_t i = 0; i < HOSTILE; i++)
		made_nasty_row(s, i, time + (int64_t)i * TICKS_SECOND);
	for (size_t i = 0; i < HOSTILE; i++)
		made_nasty_facts(s, i);
	for (size_t i = HOSTILE; i < plain; i++) {
		sink_commit_point(s, i * 512);
		made_plain_row(s, i, &state, time += (int64_t)(made_random(&state) % 12000000));
	}
	made_close(s);
	m->made.ev.members.v[0].error = nasty(0);
	m->made.ev.members.v[0].status = MEMBER_PARTLY;
	vec_push(&m->made.ev.losses, nasty(5));
	made_result(&m->result);
	m->kb = knowledge_new();
	knowledge_finish(m->kb);
	m->in = (struct report_input){.c = &m->made.file,
		.result = &m->result,
		.kb = m->kb,
		.version = "test",
		.knowledge_hash = nasty(3),
		.options = nasty(4)};
	return made_build(&m->made, &none, e);
}

static inline void made_report_free(struct made_report *m)
{
	for (size_t i = 0; i < m->result.incidents.n; i++) {
		struct incident *inc = &m->result.incidents.v[i];

		free(inc->vms.v);
		free(inc->evidence.v);
		free(inc->chain.v);
		free(inc->parts.v);
		free(inc->rivals.v);
		free(inc->remedy.v);
		free(inc->references.v);
		free(inc->entities.v);
	}
	for (size_t i = 0; i < m->result.missing.n; i++)
		free(m->result.missing.v[i].decides.v);
	free(m->result.incidents.v);
	free(m->result.missing.v);
	free(m->result.observations.v);
	knowledge_free(m->kb);
	made_free(&m->made);
}

#endif
