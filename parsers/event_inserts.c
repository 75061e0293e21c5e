/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/event_inserts.h"

#define VALUES_MAX 64

/* The end of Windows' sentence, as each language has it; the values follow. */
static const char *const leads[] = { "information is part of the event:",
	"information was included with the event:", "wurden mit dem Ereignis gespeichert:",
	"ist Bestandteil des Ereignisses:", "incluses avec l’événement :",
	"incluses avec l'événement :", "fait partie de l'événement :", "se incluyó con el evento:",
	"forma parte del evento:", "incluse con l'evento:", "イベントに含まれています:" };

static struct str values_of(struct str message)
{
	if (message.n > 2 && message.p[0] == '{' && message.p[message.n - 1] == '}' &&
		str_find(message, STR(", ")) > 0)
		return str_sub(message, 1, message.n - 2);
	for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
		ptrdiff_t at = str_ifind(message, str_of(leads[i]));

		if (at >= 0)
			return str_trim(str_from(message, (size_t)at + strlen(leads[i])));
	}
	return STR("");
}

static void put(struct sink *out, struct str v, bool last)
{
	if (last && str_ends(v, STR(".")))
		v.n--;
	sink_field_text(out, SECTION_EVENTDATA, 0, v);
}

void event_inserts_put(struct sink *out, struct str message)
{
	struct str rest = values_of(message);
	struct str mark = str_chr(rest, '\n') >= 0 ? STR("\n") : STR(", ");

	for (size_t i = 0; rest.n && i < VALUES_MAX; i++) {
		ptrdiff_t at = str_find(rest, mark);
		struct str v = str_trim(at >= 0 ? str_sub(rest, 0, (size_t)at) : rest);

		rest = at >= 0 ? str_trim(str_from(rest, (size_t)at + mark.n)) : STR("");
		put(out, v, !rest.n && mark.n > 1);
	}
}
