/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well a code page reads some bytes: what its letters look like beside each other. Words of
 * Latin letters mix letters with marks and ASCII ones; words of other scripts never do, stay within
 * one script, and have no capital behind a small letter.
 */
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/uscript.h>

#include "analyzer/base/text.h"
#include "parsers/text_guess.h"

#define IMPOSSIBLE (-20)
#define MISFIT (-4)

struct reading {
	const uint8_t *p;        /* the bytes */
	size_t n;
	const UChar *c;          /* what the page makes of them, and the place of each in `p` */
	const int32_t *at;
	int32_t length;
	bool lines;              /* the text draws lines, so these count as letters do */
};

static bool is_in(const char *list, UChar32 c)
{
	size_t n = strlen(list);

	for (size_t i = 0; i < n;)
		if (utf8_next(str_make(list, n), &i) == c)
			return true;
	return false;
}

static UChar32 near_char(const struct reading *r, int32_t i)
{
	return i >= 0 && i < r->length ? r->c[i] : ' ';
}

static bool is_ascii_letter(UChar32 c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_marked(UChar32 c)
{
	return c >= 0x80 && u_isalpha(c);
}

/* Letters with marks, by how often the languages that Windows speaks use them. */
static int score_latin(const struct reading *r, int32_t i, UChar32 c, const char *page)
{
	UChar32 before = near_char(r, i - 1), after = near_char(r, i + 1);
	bool western = str_eq(str_of(page), STR("windows-1252"));
	int score = western && is_in("ŠŽšž", c) ? 1 :
		    is_in("äöüßéèêàâçîïôùûëáíóúñãõåæøÄÖÜÉÅÆØÇÀÁÍÓÚÑ", c) ? 4 :
		    is_in("ąćęłńśźżčďěňřšťůžőűğışİŞĞŁŚŻŹĆČŘŠŽ", c) ? 4 : 1;

	if (is_marked(before) && u_isalpha(near_char(r, i - 2)) && is_marked(near_char(r, i - 2)))
		return MISFIT;
	if ((u_isupper(c) && u_islower(before)) || (u_islower(c) && u_isupper(before) && u_isupper(after)))
		return MISFIT;
	return is_marked(before) && score > 2 ? 2 : score;
}

/* Cyrillic, Greek, Hebrew, Arabic: their commonest letters tell these scripts apart. */
static int score_script(const struct reading *r, int32_t i, UChar32 c)
{
	UChar32 before = near_char(r, i - 1), after = near_char(r, i + 1);
	UErrorCode status = U_ZERO_ERROR;

	if (is_ascii_letter(before) || is_ascii_letter(after))
		return MISFIT;
	if (is_marked(before) &&
		uscript_getScript(before, &status) != uscript_getScript(c, &status))
		return MISFIT;
	if (u_isupper(c) && u_islower(before))
		return MISFIT;
	if (u_isupper(c) && u_isupper(before))
		return 2;
	return 3 + is_in("оеаинтαοιετσςήόίיוהלארםןاليمونة", c);
}

/* Two bytes each. What the older standards put first is common, a low second byte rare. */
static int score_wide(const struct reading *r, int32_t i, const char *page)
{
	size_t at = (size_t)r->at[i];
	unsigned lead = r->p[at], trail = at + 1 < r->n ? r->p[at + 1] : 0;
	UChar32 before = near_char(r, i - 1), after = near_char(r, i + 1);

	/* One alone within a word of Latin letters is a letter with a mark, read with the one behind it. */
	if (before < 0x80 && after < 0x80 && (is_ascii_letter(before) || is_ascii_letter(after)))
		return MISFIT;
	if (str_eq(str_of(page), STR("windows-936")))
		return trail < 0xa1 ? MISFIT : lead >= 0xb0 && lead <= 0xd7 ? 8 : 3;
	if (str_eq(str_of(page), STR("windows-949")))
		return trail >= 0xa1 && lead >= 0xb0 && lead <= 0xc8 ? 9 : MISFIT;
	if (str_eq(str_of(page), STR("windows-950")))
		return lead >= 0xa4 && lead <= 0xc6 ? 7 : MISFIT;
	return lead >= 0x88 && lead <= 0x97 ? 7 : 1;
}

static int score_char(const struct reading *r, int32_t i, const char *page)
{
	UChar32 c = r->c[i];
	UErrorCode status = U_ZERO_ERROR;
	UScriptCode script;

	if (c < 0x80)
		return 0;
	if (c == 0xfffd || u_charType(c) == U_CONTROL_CHAR || u_charType(c) == U_UNASSIGNED ||
		(c >= 0xe000 && c < 0xf900))
		return IMPOSSIBLE;
	if (c >= 0x2500 && c < 0x2580)
		return r->lines ? 4 : -3;
	if (c >= 0x3040 && c < 0x3100)
		return 9;                    /* kana */
	if (c >= 0xff01 && c < 0xff5f)
		return 2;                    /* full width */
	if (c >= 0xff61 && c < 0xffa0)
		return is_ascii_letter(near_char(r, i - 1)) ? MISFIT : 0;
	if ((c >= 0x4e00 && c < 0xa000) || (c >= 0xac00 && c < 0xd7a4))
		return score_wide(r, i, page);
	if (is_in("’‘“”„–—…«»·°、。「」", c))
		return 2;
	if (!u_isalpha(c))
		return c == 0xa0 ? 0 : -3;
	script = uscript_getScript(c, &status);
	return script == USCRIPT_LATIN ? score_latin(r, i, c, page) : score_script(r, i, c);
}

int text_score(const char *page, const uint8_t *p, size_t n, bool lines)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *cnv = ucnv_open(page, &status);
	struct reading r = { .p = p, .n = n, .lines = lines };
	UChar *wide, *end;
	int32_t *at;
	const char *from = (const char *)p;
	int score = 0;

	if (U_FAILURE(status))
		return -1000000;
	wide = xmalloc((n + 1) * 2 * sizeof(*wide));
	at = xmalloc((n + 1) * 2 * sizeof(*at));
	end = wide;
	ucnv_toUnicode(cnv, &end, wide + n * 2, &from, from + n, at, true, &status);
	r.c = wide;
	r.at = at;
	r.length = (int32_t)(end - wide);
	for (int32_t i = 0; i < r.length; i++)
		if (at[i] >= 0)
			score += score_char(&r, i, page);
	ucnv_close(cnv);
	free(wide);
	free(at);
	return score;
}
