/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which host wrote a row. Event records name their computer. Text files and facts do not: there the
 * name of the file or of a folder above it tells (HV01_vssadmin.txt, TSS_HV01_240514-031500_,
 * tss_240514-011500_HV01_psSDP_HyperV.zip, Node_HV01/), else the only host of the same folder, else
 * the only host of the bundle. Where nothing names any host, all is taken to be of one, "UNKNOWN".
 */
#include <assert.h>
#include <stdlib.h>

#include "analyzer/case/case_parts.h"

struct binder {
	struct case_file *c;
	struct map *names;           /* short name, folded -> order of first sight */
	VEC(struct host) found;
	uint32_t *member_host;       /* index into found, HOST_NONE */
};

static struct str short_name(struct str name)
{
	ptrdiff_t dot = str_chr(name, '.');

	return dot > 0 ? str_sub(name, 0, (size_t)dot) : name;
}

static bool is_address(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] != '.' && name.p[i] != ':' && (name.p[i] < '0' || name.p[i] > '9'))
			return false;
	return true;
}

static void alias_add(struct host *h, struct str name)
{
	for (size_t i = 0; i < h->aliases.n; i++)
		if (str_eq(h->aliases.v[i], name))
			return;
	vec_push(&h->aliases, name);
}

static struct str upper(struct arena *a, struct str s)
{
	char *p = arena_cstr(a, s);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 32);
	return str_make(p, s.n);
}

/* The host of a name, made if new. Two domains with one short name stay two hosts. */
static uint32_t host_of(struct binder *b, struct str name)
{
	struct str key = short_name(str_trim(name));
	bool added, full = !is_address(name) && str_chr(name, '.') > 0;
	uint32_t i;

	if (!key.n || is_address(key))
		return HOST_NONE;
	i = map_intern(b->names, key, &added);
	assert(added || i < b->found.n);
	if (!added && full && b->found.v[i].fqdn.n && !str_ieq(b->found.v[i].fqdn, name)) {
		key = name;
		i = map_intern(b->names, key, &added);
	}
	if (added) {
		struct host h = { .name = upper(b->c->a, key), .collected_100ns = TIME_NONE,
			.collecting_from_100ns = TIME_NONE, .collecting_to_100ns = TIME_NONE };

		vec_push(&b->found, h);
	}
	assert(i < b->found.n);
	if (full && !b->found.v[i].fqdn.n)
		b->found.v[i].fqdn = arena_str(b->c->a, name);
	alias_add(&b->found.v[i], name);
	return i;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return s.n > 0;
}

/*
 * A damaged record names a computer that never was. One whose name is beyond ASCII among records whose
 * computer's is not is taken for that: a host of such a name has it in all of its records.
 */
static struct str computer_of(const struct segment *s, uint32_t kind)
{
	struct str name = segment_kind(s, kind)->computer;

	for (uint32_t k = 0; name.n && !is_ascii(name) && k < segment_kinds(s); k++)
		if (is_ascii(segment_kind(s, k)->computer))
			return segment_kind(s, k)->computer;
	return name;
}

static bool is_fact(const struct segment *s, uint32_t kind)
{
	return str_eq(segment_kind(s, kind)->data_type, STR("fact"));
}

static void hosts_from_records(struct binder *b)
{
	struct case_file *c = b->c;

	for (size_t s = 0; s < c->segments.n; s++) {
		struct case_segment *cs = &c->segments.v[s];
		size_t n = segment_kinds(cs->segment);

		for (uint32_t k = 0; k < n; k++)
			cs->kind_host[k] = is_fact(cs->segment, k) ? HOST_NONE :
				host_of(b, computer_of(cs->segment, k));
	}
}

/*
 * A listing names the machine that it is of. One that nothing else names is believed where the member's
 * own name tells no host: samples and scripts write other names than the machine has.
 */
static void hosts_of_listings(struct binder *b)
{
	struct case_file *c = b->c;

	for (size_t s = 0; s < c->segments.n; s++) {
		struct case_segment *cs = &c->segments.v[s];

		for (uint32_t k = 0; k < segment_kinds(cs->segment); k++) {
			struct str name = segment_kind(cs->segment, k)->computer;
			bool known = map_find(b->names, short_name(str_trim(name))) != MAP_NONE;

			if (name.n && is_fact(cs->segment, k) && (known || b->member_host[cs->member] == HOST_NONE))
				cs->kind_host[k] = host_of(b, name);
		}
	}
}

/* The name in a fact of the collection's own: systeminfo and the like. */
static void hosts_from_facts(struct binder *b)
{
	struct case_file *c = b->c;

	for (size_t i = 0; i < c->facts.n; i++) {
		struct ref at = c->facts.v[i];
		struct case_segment *cs = &c->segments.v[at.segment];
		uint32_t kind = segment_row_kinds(cs->segment)[at.row];
		struct field f;

		if (!str_eq(segment_kind(cs->segment, kind)->provider, STR("host.info")) ||
			!segment_find(cs->segment, at.row, STR("name"), &f))
			continue;
		b->member_host[cs->member] = host_of(b, f.bytes);
	}
}

static bool digits(struct str s, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* "240514-031500" */
static bool is_stamp(struct str s)
{
	return s.n >= 13 && digits(s, 0, 6) && s.p[6] == '-' && digits(s, 7, 6);
}

/* The host in a folder or archive name that a collector gives, or the empty view. */
static struct str name_in_folder(struct str part)
{
	struct str rest;

	if (str_istarts(part, STR("Node_")))
		return str_from(part, 5);
	if (!str_istarts(part, STR("TSS_")))
		return STR("");
	rest = str_from(part, 4);
	if (is_stamp(rest)) {
		ptrdiff_t end = str_ifind(rest, STR("_psSDP_"));

		return end > 14 ? str_sub(rest, 14, (size_t)end - 14) : STR("");
	}
	for (size_t i = 1; i + 14 <= rest.n; i++)
		if (rest.p[i] == '_' && is_stamp(str_from(rest, i + 1)))
			return str_sub(rest, 0, i);
	return STR("");
}

static bool known_at(struct str name, struct str alias, bool at_end)
{
	size_t at = at_end && name.n > alias.n ? name.n - alias.n : 0;
	size_t beside = at_end ? at - 1 : alias.n;

	if (name.n < alias.n || (at_end && !at) || !str_ieq(str_sub(name, at, alias.n), alias))
		return false;
	return name.n == alias.n || strchr("_-. ", name.p[beside]);
}

/* A known host's name at the start (or end) of a folder's or file's name, the longest that fits. */
static uint32_t known_host(const struct binder *b, struct str name, bool at_end)
{
	uint32_t best = HOST_NONE;
	size_t longest = 0;

	for (uint32_t i = 0; i < b->found.n; i++) {
		for (size_t k = 0; k < b->found.v[i].aliases.n + 1; k++) {
			struct str alias = k ? b->found.v[i].aliases.v[k - 1] : b->found.v[i].name;

			if (alias.n <= longest || !known_at(name, alias, at_end))
				continue;
			longest = alias.n;
			best = i;
		}
	}
	return best;
}

/* Computers are called by capitals or with digits: "output" and "VMs" are none. */
static bool looks_like_host(struct str s)
{
	bool small = false, digit = false;

	for (size_t i = 0; i < s.n; i++) {
		small |= s.p[i] >= 'a' && s.p[i] <= 'z';
		digit |= s.p[i] >= '0' && s.p[i] <= '9';
	}
	return s.n >= 2 && (digit || !small);
}

/* What people and collectors call the output of a command, behind the machine's name. */
static struct str name_before_command(struct str file)
{
	static const char *const marks[] = { "_Get-", "_diskpart", "_diskshadow", "_sc_query", "_tasklist",
		"_driverquery", "_msinfo32", "_mountvol", "_mpclaim", "_iscsi", "_gpresult", "_secedit",
		"_icacls", "_reg_", "_hotfix", "_handle", "_openfiles", "_w32tm", "_bcdedit", "_fsutil", "_chkdsk" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		ptrdiff_t at = str_ifind(file, str_of(marks[i]));
		struct str name = at > 0 && at <= 63 ? str_sub(file, 0, (size_t)at) : STR("");

		if (name.n > 3 && name.p[name.n - 2] == '_')   /* the letter of a volume */
			name.n -= 2;
		if (name.n && str_chr(name, ' ') < 0 && looks_like_host(name))
			return short_name(name);
	}
	return STR("");
}

/* "HV01_evt_System.csv", "HV01-System.evtx", "HV-01-Microsoft-Windows-VHDMP-Operational.csv". */
static struct str name_before_log(struct str file)
{
	static const char *const marks[] = { "_evt_", "-Microsoft-", "_Microsoft-", "-System.",
		"-Application.", "-Security.", "_System.", "_Application.", "_vssadmin", "_systeminfo",
		"_Hyper-VBasicInfo", "_fltmc", "_cluster.log", "_Log-" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		ptrdiff_t at = str_ifind(file, str_of(marks[i]));

		if (at > 0 && at <= 63 && str_chr(str_sub(file, 0, (size_t)at), ' ') < 0)
			return short_name(str_sub(file, 0, (size_t)at));
	}
	return STR("");
}

/* TSS puts its stamp behind the host: "HV01_260121-091000_". */
static struct str without_stamp(struct str name)
{
	ptrdiff_t at;

	while (str_ends(name, STR("_")))
		name.n--;
	at = str_rchr(name, '_');
	while (at > 0 && is_stamp(str_from(name, (size_t)at + 1))) {
		name = str_sub(name, 0, (size_t)at);
		at = str_rchr(name, '_');
	}
	return name;
}

static uint32_t host_in_path(struct binder *b, struct str path)
{
	struct str rest = path, part;
	uint32_t host = HOST_NONE;

	while (str_split(&rest, '/', &part)) {
		struct str name;
		uint32_t here;

		if (str_ends(part, STR("!")))
			part.n--;
		name = name_in_folder(part);
		here = name.n ? host_of(b, name) : known_host(b, part, false);
		if (here == HOST_NONE && !rest.p)
			here = host_of(b, without_stamp(name_before_log(part)));
		if (here == HOST_NONE && !rest.p)
			here = host_of(b, without_stamp(name_before_command(part)));
		if (here != HOST_NONE)
			host = here;
	}
	return host;
}

/* "vssadmin_HV01.txt": only where nothing else tells, for a VM's name may stand there as well. */
static uint32_t host_behind(const struct binder *b, struct str path)
{
	struct str file = str_from(path, (size_t)(str_rchr(path, '/') + 1));
	ptrdiff_t dot = str_rchr(file, '.');

	return known_host(b, dot > 0 ? str_sub(file, 0, (size_t)dot) : file, true);
}

static struct str folder_of(struct str path)
{
	ptrdiff_t slash = str_rchr(path, '/');

	return slash < 0 ? STR("") : str_sub(path, 0, (size_t)slash);
}

/* The one host that the event records of a member name, HOST_NONE if none or several. */
static uint32_t host_of_records(const struct binder *b, uint32_t member)
{
	const struct case_file *c = b->c;
	uint32_t host = HOST_NONE;

	for (size_t s = 0; s < c->segments.n; s++) {
		const struct case_segment *cs = &c->segments.v[s];

		if (cs->member != member)
			continue;
		for (uint32_t k = 0; k < segment_kinds(cs->segment); k++) {
			if (cs->kind_host[k] == HOST_NONE)
				continue;
			if (host != HOST_NONE && host != cs->kind_host[k])
				return HOST_NONE;
			host = cs->kind_host[k];
		}
	}
	return host;
}

#define SEVERAL (HOST_NONE - 1)

static void vote(struct map *votes, struct str key, uint32_t host)
{
	bool added;
	uint32_t i = map_intern(votes, key, &added);

	if (added)
		map_set(votes, i, host);
	else if (map_get(votes, i) != host)
		map_set(votes, i, SEVERAL);
}

/* Every folder and archive above a member that has a host hears of it. */
static void vote_upwards(struct map *votes, struct str path, uint32_t host)
{
	for (struct str f = folder_of(path);; f = folder_of(f)) {
		vote(votes, f, host);
		if (!f.n)
			break;
	}
}

static uint32_t inherited(const struct map *votes, struct str path)
{
	for (struct str f = folder_of(path);; f = folder_of(f)) {
		uint32_t i = map_find(votes, f);

		if (i != MAP_NONE && map_get(votes, i) < SEVERAL)
			return (uint32_t)map_get(votes, i);
		if (i != MAP_NONE || !f.n)
			return HOST_NONE;
	}
}

static void hosts_from_paths(struct binder *b)
{
	struct evidence *ev = b->c->ev;
	struct map *votes = map_new(true);

	for (uint32_t m = 0; m < ev->members.n; m++) {
		uint32_t host = b->member_host[m];

		if (host == HOST_NONE)
			host = host_in_path(b, ev->members.v[m].path);
		b->member_host[m] = host;
		if (host == HOST_NONE && ev->members.v[m].segment_count)
			host = host_of_records(b, m);
		if (host != HOST_NONE)
			vote_upwards(votes, ev->members.v[m].path, host);
	}
	hosts_of_listings(b);
	for (uint32_t m = 0; m < ev->members.n; m++) {
		if (b->member_host[m] == HOST_NONE)
			b->member_host[m] = inherited(votes, ev->members.v[m].path);
		if (b->member_host[m] == HOST_NONE)
			b->member_host[m] = host_behind(b, ev->members.v[m].path);
	}
	map_free(votes);
}

static void bind_kinds(struct binder *b)
{
	struct case_file *c = b->c;
	uint32_t nobody = b->found.n ? HOST_NONE : host_of(b, STR("UNKNOWN"));

	for (size_t s = 0; s < c->segments.n; s++) {
		struct case_segment *cs = &c->segments.v[s];

		for (uint32_t k = 0; k < segment_kinds(cs->segment); k++)
			if (cs->kind_host[k] == HOST_NONE)
				cs->kind_host[k] = b->member_host[cs->member] == HOST_NONE ?
					nobody : b->member_host[cs->member];
	}
}

/* Hosts in order of their names, so that nothing depends on the order of members. */
static void sort_hosts(struct binder *b)
{
	struct case_file *c = b->c;
	uint32_t n = (uint32_t)b->found.n, *place = arena_array(c->a, uint32_t, n + 1);

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n; k++)
			if (k != i && str_cmp(b->found.v[k].name, b->found.v[i].name) < 0)
				place[i]++;
	for (uint32_t p = 0; p < n; p++)
		for (uint32_t i = 0; i < n; i++)
			if (place[i] == p)
				vec_push(&c->hosts, b->found.v[i]);
	for (size_t s = 0; s < c->segments.n; s++) {
		struct case_segment *cs = &c->segments.v[s];

		for (uint32_t k = 0; k < segment_kinds(cs->segment); k++)
			if (cs->kind_host[k] != HOST_NONE)
				cs->kind_host[k] = place[cs->kind_host[k]];
	}
}

void case_bind_hosts(struct case_file *c)
{
	struct binder b = { .c = c, .names = map_new(true) };

	b.member_host = arena_array(c->a, uint32_t, c->ev->members.n + 1);
	for (size_t m = 0; m < c->ev->members.n; m++)
		b.member_host[m] = HOST_NONE;
	hosts_from_records(&b);
	hosts_from_facts(&b);
	hosts_from_paths(&b);
	bind_kinds(&b);
	sort_hosts(&b);
	map_free(b.names);
	free(b.found.v);
}

struct str case_host_name(const struct case_file *c, uint32_t host)
{
	return host == HOST_NONE ? STR("") : c->hosts.v[host].name;
}

uint32_t case_find_host(const struct case_file *c, struct str name)
{
	for (uint32_t i = 0; i < c->hosts.n; i++) {
		const struct host *h = &c->hosts.v[i];

		if (str_ieq(h->name, name) || (h->fqdn.n && str_ieq(h->fqdn, name)))
			return i;
		for (size_t k = 0; k < h->aliases.n; k++)
			if (str_ieq(h->aliases.v[k], name))
				return i;
	}
	return HOST_NONE;
}
