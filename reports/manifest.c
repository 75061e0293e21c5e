/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json: the chain of custody, and enough to repeat the run. The one output that may differ. */
#include <archive.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <time.h>
#include <unicode/uclean.h>
#include <unicode/ucal.h>
#include <unicode/uversion.h>

#include "reports/json.h"
#include "reports/report.h"

static void put_versions(struct json *j, const struct report_input *in)
{
	UErrorCode status = U_ZERO_ERROR;
	const char *zones = ucal_getTZDataVersion(&status);
	char pcre[64] = "";

	pcre2_config_8(PCRE2_CONFIG_VERSION, pcre);
	json_put(j, "tool", STR("caseline"));
	json_put(j, "version", str_of(in->version));
	json_put(j, "knowledge_sha256", in->knowledge_hash);
	json_put(j, "options", in->options);
	json_put(j, "icu", STR(U_ICU_VERSION));
	json_put(j, "time_zone_data", str_of(U_SUCCESS(status) ? zones : "unknown"));
	json_put(j, "pcre2", str_of(pcre));
	json_put(j, "libarchive", str_of(archive_version_string()));
}

static struct str sandbox_words(unsigned layers)
{
	static const char *const words[] = { "none", "landlock", "seccomp", "landlock, seccomp" };

	return str_of(words[layers & SANDBOX_ALL]);
}

static void put_run(struct json *j, const struct report_input *in)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_put_time(j, "written", now.tv_sec * TICKS_SECOND + now.tv_nsec / 100 + TICKS_UNIX_EPOCH);
	json_key(j, "wall_clock_struck");
	json_bool(j, in->c->ev->wall_clock_struck);
	json_put(j, "sandbox", sandbox_words(in->c->ev->sandbox));
}

int report_manifest(const struct report_input *in, FILE *to, struct err *e)
{
	const struct evidence *ev = in->c->ev;
	struct buf b = { 0 };
	struct json j = { .b = &b, .lines = true };

	(void)e;
	json_open(&j, '{');
	json_put(&j, "schema", STR("caseline.manifest/1"));
	put_versions(&j, in);
	put_run(&j, in);
	json_key(&j, "bundles");
	json_open(&j, '[');
	for (size_t i = 0; i < ev->bundles.n; i++) {
		json_open(&j, '{');
		json_put(&j, "path", ev->bundles.v[i].path);
		json_put(&j, "sha256", str_of(ev->bundles.v[i].sha256));
		json_put_unsigned(&j, "bytes", ev->bundles.v[i].bytes);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "members");
	json_open(&j, '[');
	for (size_t i = 0; i < ev->members.n; i++) {
		json_open(&j, '{');
		json_put(&j, "path", ev->members.v[i].path);
		json_put(&j, "sha256", str_of(ev->members.v[i].sha256));
		json_put_unsigned(&j, "bytes", ev->members.v[i].bytes);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	buf_putc(&b, '\n');
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	return 0;
}
