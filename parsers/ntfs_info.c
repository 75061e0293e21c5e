/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsutil fsinfo ntfsinfo and refsinfo, and fsutil volume allocationreport, by the order of their numbers:
 *
 *   NTFS Volume Serial Number :        0x1ae41f9ce41f7951
 *   Total Sectors  :                   498,763,567  (237.8 GB)      older: 0x000000001dba7b2f
 *   Total Clusters :                   62,345,445   (237.8 GB)
 *   Free Clusters  :                   20,275,827   ( 77.3 GB)
 *   …
 *   Bytes Per Sector  :                512
 *   Bytes Per Cluster :                4096
 *
 *   Total clusters              : 244100351 (999835037696 bytes)
 *   Free clusters               : 232507563 (952350978048 bytes)
 *
 * Which volume it is stands in the command or the file's name alone.
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define NUMBERS_MAX 12

enum { SECTORS, CLUSTERS, FREE };

struct reader {
	struct sink *out;
	char letter;
	struct str serial;
	const char *file_system;
	uint64_t number[NUMBERS_MAX];
	size_t n;
	bool bytes;              /* numbers are bytes in brackets, of an allocation report */
	uint64_t line, offset;
};

static bool is_separator(unsigned char c)
{
	return c == ',' || c == '.' || c == ' ' || c == '\'' || c >= 0x80;
}

/* Digits, in threes where they are parted, or hexadecimal; "3.1" is a version. */
static bool count_of(struct str s, uint64_t *n)
{
	ptrdiff_t open = str_chr(s, '(');
	size_t digits = 0, group = 3;

	s = str_trim(open < 0 ? s : str_sub(s, 0, (size_t)open));
	if (str_starts(s, STR("0x")))
		return str_to_u64(str_from(s, 2), 16, n);
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= '0' && c <= '9') {
			*n = *n * 10 + (uint64_t)(c - '0');
			digits++;
			group++;
		} else if (is_separator(c)) {
			group = 0;
		} else {
			return false;
		}
	}
	return digits > 0 && digits <= 18 && (group == 3 || group == digits + 3);
}

/* "0x" and sixteen digits: the volume's own number, eight of which dir and vol show. */
static bool is_serial(struct str s)
{
	uint64_t n;

	return s.n == 18 && str_starts(s, STR("0x")) && str_to_u64(str_from(s, 2), 16, &n);
}

/* The file system's name is no word of any language. */
static bool is_of_volume(struct str label)
{
	return str_ifind(label, STR("NTFS")) >= 0 || str_ifind(label, STR("REFS")) >= 0;
}

/* "244100351 (999835037696 bytes)" */
static bool bytes_of(struct str s, uint64_t *n)
{
	ptrdiff_t open = str_chr(s, '(');
	size_t end = open < 0 ? 0 : (size_t)open + 1;

	while (end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
		end++;
	return open > 0 && end > (size_t)open + 1 && end + 1 < s.n && s.p[end] == ' ' && s.p[end + 1] > '9' &&
		str_to_u64(str_sub(s, (size_t)open + 1, end - (size_t)open - 1), 10, n);
}

/* Bytes of a cluster: of the numbers behind, the one that makes as many bytes of clusters as sectors are. */
static uint64_t cluster_bytes(const struct reader *r, uint64_t *sector)
{
	const uint64_t *n = r->number;

	for (size_t i = FREE + 1; i < r->n; i++) {
		if (n[i] != 512 && n[i] != 4096)
			continue;
		for (size_t k = i + 1; k < r->n && n[SECTORS] < UINT64_MAX / n[i]; k++)
			if (n[k] >= n[i] && n[k] <= 2 << 20 && n[SECTORS] * n[i] / n[k] == n[CLUSTERS]) {
				*sector = n[i];
				return n[k];
			}
	}
	return 0;
}

static void give(struct reader *r, uint64_t size, uint64_t free, uint64_t cluster, uint64_t sector)
{
	sink_fact(r->out, STR("volume"), r->line, r->offset);
	if (r->letter)
		sink_put(r->out, "letter", str_make(&r->letter, 1));
	label_put(r->out, "serial", r->serial);
	if (cluster)
		sink_put(r->out, "file_system", str_of(r->file_system));
	sink_put_u64(r->out, "size_bytes", size);
	sink_put_u64(r->out, "free_bytes", free);
	if (cluster) {
		sink_put_u64(r->out, "cluster_bytes", cluster);
		sink_put_u64(r->out, "sector_bytes", sector);
	}
}

static void end_volume(struct reader *r)
{
	const uint64_t *n = r->number;
	uint64_t sector = 0, cluster = r->bytes || r->n <= FREE ? 0 : cluster_bytes(r, &sector);

	if (r->bytes && r->n >= 2 && n[1] <= n[0] && r->letter)
		give(r, n[0], n[1], 0, 0);
	else if (cluster && n[FREE] <= n[CLUSTERS] && n[CLUSTERS] < UINT64_MAX / cluster && (r->letter || r->serial.n))
		give(r, n[CLUSTERS] * cluster, n[FREE] * cluster, cluster, sector);
	r->n = 0;
	r->bytes = false;
	r->serial = STR("");
}

static void take(struct reader *r, struct arena *a, const struct text_line *line, struct str name, struct str value)
{
	uint64_t n;

	if (is_serial(value) && is_of_volume(name)) {
		end_volume(r);
		r->serial = arena_str(a, value);
		r->file_system = str_ifind(name, STR("REFS")) >= 0 ? "ReFS" : "NTFS";
		return;
	}
	if (!r->serial.n && bytes_of(value, &n))
		r->bytes = true;
	else if (!r->serial.n || !count_of(value, &n))
		return;
	if (!r->n) {
		r->line = line->number;
		r->offset = line->offset;
	}
	if (r->n < NUMBERS_MAX)
		r->number[r->n++] = n;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .letter = value_letter(m->name) };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	struct str name, value;

	(void)e;
	while (text_next(t, &line))
		if (label_split(line.text, &name, &value))
			take(&r, m->a, &line, name, value);
	end_volume(&r);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 4096), line, name, value;
	size_t numbers = 0, bytes = 0, lines = 0;
	uint64_t n;
	bool serial = false;

	while (str_line(&rest, &line) && lines < 24) {
		lines++;
		if (!label_split(line, &name, &value))
			continue;
		serial |= is_serial(value) && is_of_volume(name);
		bytes += lines < 6 && bytes_of(value, &n);
		numbers += serial && count_of(value, &n);
	}
	return numbers > 5 ? 70 : bytes >= 3 ? 62 : 0;
}

const struct parser parser_ntfs_info = {
	.name = "ntfs_info",
	.about = "fsutil fsinfo ntfsinfo, refsinfo and allocationreport in any language: a volume's size and room",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
