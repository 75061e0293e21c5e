/* SPDX-License-Identifier: Apache-2.0 */
/* Which code page a text's bytes are taken to be in. */
#include <criterion/criterion.h>
#include <unicode/ucnv.h>

#include "parsers/text.h"

static const struct {
	const char *page, *text;
} texts[] = {
	{ "windows-1252", "Größe der Schattenkopie: Fehler beim Öffnen des Volumes" },
	{ "ibm-850", "Größe der Schattenkopie: Fehler beim Öffnen des Volumes" },
	{ "windows-1252", "Le service n'a pas démarré, élément créé" },
	{ "ibm-850", "Le service n'a pas démarré, élément créé" },
	{ "ibm-850", "créé" },
	{ "windows-1252", "Error en la operación: contraseña inválida" },
	{ "windows-1250", "Błąd usługi: nie można znaleźć określonego pliku" },
	{ "ibm-852", "Błąd usługi: nie można znaleźć określonego pliku" },
	{ "windows-1251", "Ошибка: не удаётся найти указанный файл" },
	{ "ibm-866", "Ошибка: не удаётся найти указанный файл" },
	{ "windows-1253", "Σφάλμα: δεν ήταν δυνατή η εύρεση του αρχείου" },
	{ "ibm-737", "Σφάλμα: δεν ήταν δυνατή η εύρεση του αρχείου" },
	{ "windows-1255", "שגיאה: המערכת אינה יכולה למצוא את הקובץ" },
	{ "ibm-862", "שגיאה: המערכת אינה יכולה למצוא את הקובץ" },
	{ "windows-1256", "خطأ: تعذر على النظام العثور على الملف" },
	{ "windows-1254", "Hata: bağlantı başlatılamadı, dosya bulunamıyor" },
	{ "ibm-857", "Hata: bağlantı başlatılamadı, dosya bulunamıyor" },
	{ "windows-932", "エラー: 指定されたファイルが見つかりません。" },
	{ "windows-936", "错误: 系统找不到指定的文件。卷影复制服务" },
	{ "windows-949", "오류: 지정된 파일을 찾을 수 없습니다." },
};

Test(text_page, bytes_of_many_languages_are_read_in_the_page_they_were_written_in)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		UErrorCode status = U_ZERO_ERROR;
		char bytes[512];
		int32_t n = ucnv_convert(texts[i].page, "UTF-8", bytes, sizeof(bytes), texts[i].text, -1,
			&status);
		struct text_reader *t = text_open((const uint8_t *)bytes, (size_t)n);
		struct text_line line;

		cr_assert(U_SUCCESS(status) && text_next(t, &line));
		cr_expect(str_eq(line.text, str_of(texts[i].text)), "%s: %.*s, expected %s", texts[i].page,
			STR_ARG(line.text), texts[i].text);
		text_close(t);
	}
}
