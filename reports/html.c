/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.html: one file that needs nothing else. What a person must know stands in plain markup and
 * reads without script; the script adds the table of all events. The policy in its head lets only
 * the one script and the one style run, by their hashes.
 */
#include "analyzer/base/embedded.h"
#include "analyzer/base/sha256.h"
#include "reports/page.h"

/* All files of reports/web with that ending, in order of their names. */
static void gather(struct buf *b, struct str ending)
{
	for (const struct embedded *f = embedded_files; f->name; f++)
		if (str_starts(str_of(f->name), STR("reports/web/")) &&
			str_ends(str_of(f->name), ending))
			buf_put(b, f->data, f->size_bytes);
}

/* What would end the block early, or be read differently by a browser than it was hashed. */
static int check_asset(struct str s, struct err *e)
{
	static const char *const bad[] = {"</script", "</style", "<!--", "\r"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (str_ifind(s, str_of(bad[i])) >= 0)
			return err_set(
				e, E_INTERNAL, "the page's own script or style holds '%s'", bad[i]);
	return str_chr(s, '\0') >= 0
		       ? err_set(e, E_INTERNAL, "the page's own script or style holds NUL")
		       : 0;
}

static void put_hash(struct buf *b, struct str asset)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t raw[33] = {0};

	sha256_raw(asset.p, asset.n, raw);
	buf_puts(b, STR("'sha256-"));
	for (size_t i = 0; i < 33; i += 3) {
		unsigned v = (unsigned)raw[i] << 16 | (unsigned)raw[i + 1] << 8 | raw[i + 2];

		buf_putc(b, digits[v >> 18]);
		buf_putc(b, digits[v >> 12 & 63]);
		buf_putc(b, digits[v >> 6 & 63]);
		buf_putc(b, i + 2 < 32 ? digits[v & 63] : '=');
	}
	buf_putc(b, '\'');
}

static void put_head(struct page *p, struct str script, struct str style)
{
	const struct evidence *ev = p->in->c->ev;
	struct buf *b = p->b;

	buf_puts(b, STR("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
			"'none'; script-src "));
	put_hash(b, script);
	buf_puts(b, STR("; style-src "));
	put_hash(b, style);
	buf_puts(
		b, STR("; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
		       "trusted-types 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>"));
	escape_attribute(b, p->in->result->incidents.n ? p->in->result->incidents.v[0].title
						       : STR("No incident"));
	buf_puts(b, STR(" – caseline"));
	for (size_t i = 0; i < ev->bundles.n && i < 3; i++) {
		buf_puts(b, STR(" – "));
		escape_attribute(b, ev->bundles.v[i].name);
	}
	page_put(b, "</title>\n<style>{r}</style>\n</head>\n<body>\n", style);
}

static void put_body(struct page *p)
{
	const struct result *r = p->in->result;

	page_head(p);
	buf_puts(p->b, STR("<div class=\"wrap columns\">\n"));
	page_incidents(p);
	buf_puts(p->b, STR("<main>\n"));
	for (size_t i = 0; i < r->incidents.n; i++)
		page_incident(p, &r->incidents.v[i]);
	buf_puts(p->b, STR("<section id=\"timeline\" aria-labelledby=\"ht\">\n<h2 "
			   "id=\"ht\">Timeline</h2>\n"));
	page_density(p);
	buf_puts(p->b, STR("<div id=\"app\"></div>\n"));
	page_first_rows(p);
	page_activities(p);
	buf_puts(p->b, STR("</section>\n"));
	page_missing(p);
	page_observations(p);
	page_state(p);
	page_hosts(p);
	page_coverage(p);
	page_inventory(p);
	page_about(p);
	buf_puts(p->b, STR("</main>\n</div>\n"));
}

static int write_page(struct page *p, struct str script, struct str style, FILE *to, struct err *e)
{
	struct page_data *data = NULL;
	int rc = page_data_make(p, &data, e);

	put_head(p, script, style);
	put_body(p);
	page_data_meta(data, p->b);
	page_put(p->b, "<script>{r}</script>\n", script);
	fwrite(p->b->p, 1, p->b->n, to);
	if (!rc)
		rc = page_data_blocks(data, to, e);
	page_data_free(data);
	fputs("</body>\n</html>\n", to);
	return rc ? rc : ferror(to) ? err_set(e, E_OUTPUT, "the page could not be written") : 0;
}

int report_html(const struct report_input *in, FILE *to, struct err *e)
{
	struct buf b = {0}, script = {0}, style = {0};
	struct page p = {.in = in, .b = &b};
	int rc;

	gather(&script, STR(".js"));
	gather(&style, STR(".css"));
	rc = check_asset(buf_str(&script), e);
	if (!rc)
		rc = check_asset(buf_str(&style), e);
	page_cite(&p);
	page_choose(&p);
	if (!rc)
		rc = write_page(&p, buf_str(&script), buf_str(&style), to, e);
	free(p.cited.v);
	free(p.kept);
	buf_free(&b);
	buf_free(&script);
	buf_free(&style);
	return rc;
}
