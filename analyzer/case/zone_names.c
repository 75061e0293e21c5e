/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Windows shows its zones to people: "(UTC+01:00) Amsterdam, Berlin, Bern, …". Tools such as
 * systeminfo write this text and not the zone's name. The first place of the list is enough, and it
 * reads the same in most languages; what it does not know stays a fixed offset.
 */
#include "analyzer/case/zone_names.h"

#include <stdio.h>

static const struct {
	const char *shown, *zone;
} names[] = {
	{ "Abu Dhabi", "Arabian" }, { "Adelaide", "Cen. Australia" }, { "Alaska", "Alaskan" },
	{ "Aleutian Islands", "Aleutian" }, { "Almaty", "Central Asia" },
	{ "Amman", "Jordan" }, { "Amsterdam", "W. Europe" }, { "Anadyr", "Russia Time Zone 11" },
	{ "Araguaina", "Tocantins" }, { "Arizona", "US Mountain" }, { "Ashgabat", "West Asia" },
	{ "Astana", "Central Asia" }, { "Asuncion", "Paraguay" }, { "Astrakhan", "Astrakhan" },
	{ "Athens", "GTB" }, { "Atlantic Time", "Atlantic" }, { "Auckland", "New Zealand" },
	{ "Azores", "Azores" }, { "Baghdad", "Arabic" }, { "Baja California", "Pacific|(Mexico)" },
	{ "Baku", "Azerbaijan" }, { "Bangkok", "SE Asia" }, { "Barnaul", "Altai" },
	{ "Beijing", "China" }, { "Beirut", "Middle East" }, { "Belgrade", "Central Europe" },
	{ "Bogota", "SA Pacific" }, { "Bougainville Island", "Bougainville" },
	{ "Brasilia", "E. South America" }, { "Brisbane", "E. Australia" },
	{ "Brussels", "Romance" }, { "Buenos Aires", "Argentina" },
	{ "Cabo Verde Is", "Cape Verde" },
	{ "Cairo", "Egypt" }, { "Canberra", "AUS Eastern" }, { "Caracas", "Venezuela" },
	{ "Casablanca", "Morocco" }, { "Cayenne", "SA Eastern" },
	{ "Central America", "Central America" }, { "Central Time", "Central" },
	{ "Chennai", "India" }, { "Chetumal", "Eastern|(Mexico)" }, { "Chisinau", "E. Europe" },
	{ "Chihuahua", "Mountain|(Mexico)" }, { "Chita", "Transbaikal" },
	{ "Chokurdakh", "Russia Time Zone 10" },
	{ "City of Buenos Aires", "Argentina" }, { "Cuiaba", "Central Brazilian" },
	{ "Damascus", "Syria" }, { "Darwin", "AUS Central" }, { "Dhaka", "Bangladesh" },
	{ "Dublin", "GMT" }, { "Easter Island", "Easter Island" }, { "Eastern Time", "Eastern" },
	{ "Ekaterinburg", "Ekaterinburg" }, { "Eucla", "Aus Central W." }, { "Fiji", "Fiji" },
	{ "Georgetown", "SA Western" }, { "Greenland", "Greenland" },
	{ "Guadalajara", "Central|(Mexico)" }, { "Guam", "West Pacific" }, { "Haiti", "Haiti" },
	{ "Harare", "South Africa" }, { "Havana", "Cuba" }, { "Hawaii", "Hawaiian" },
	{ "Helsinki", "FLE" }, { "Hobart", "Tasmania" }, { "Hovd", "W. Mongolia" },
	{ "Hong Kong", "China" }, { "Indiana", "US Eastern" }, { "Irkutsk", "North Asia East" },
	{ "Islamabad", "Pakistan" }, { "Istanbul", "Turkey" }, { "Izhevsk", "Russia Time Zone 3" },
	{ "Jerusalem", "Israel" }, { "Juba", "South Sudan" }, { "Kabul", "Afghanistan" },
	{ "Kaliningrad", "Kaliningrad" }, { "Kathmandu", "Nepal" }, { "Khartoum", "Sudan" },
	{ "Krasnoyarsk", "North Asia" }, { "Kuala Lumpur", "Singapore" }, { "Kuwait", "Arab" },
	{ "Kyiv", "FLE" }, { "Lord Howe Island", "Lord Howe" }, { "Magadan", "Magadan" },
	{ "Marquesas Islands", "Marquesas" }, { "Minsk", "Belarus" }, { "Monrovia", "Greenwich" },
	{ "Montevideo", "Montevideo" }, { "Moscow", "Russian" }, { "Mountain Time", "Mountain" },
	{ "Nairobi", "E. Africa" }, { "Newfoundland", "Newfoundland" },
	{ "Norfolk Island", "Norfolk" }, { "Novosibirsk", "N. Central Asia" },
	{ "Nuku'alofa", "Tonga" }, { "Omsk", "Omsk" }, { "Osaka", "Tokyo" },
	{ "Pacific Time", "Pacific" }, { "Perth", "W. Australia" },
	{ "Petropavlovsk", "Russia Time Zone 11" }, { "Port Louis", "Mauritius" },
	{ "Punta Arenas", "Magallanes" }, { "Pyongyang", "North Korea" },
	{ "Qyzylorda", "Qyzylorda" },
	{ "Saint Pierre and Miquelon", "Saint Pierre" }, { "Sakhalin", "Sakhalin" },
	{ "Salvador", "Bahia" }, { "Samoa", "Samoa" }, { "Santiago", "Pacific SA" },
	{ "Sao Tome", "Sao Tome" }, { "Sarajevo", "Central European" }, { "Saratov", "Saratov" },
	{ "Saskatchewan", "Canada Central" }, { "Seoul", "Korea" }, { "Sofia", "FLE" },
	{ "Solomon Is.", "Central Pacific" }, { "Sri Jayawardenepura", "Sri Lanka" },
	{ "Taipei", "Taipei" }, { "Tashkent", "West Asia" }, { "Tbilisi", "Georgian" },
	{ "Tehran", "Iran" }, { "Tomsk", "Tomsk" }, { "Tripoli", "Libya" },
	{ "Turks and Caicos", "Turks And Caicos" }, { "Ulaanbaatar", "Ulaanbaatar" },
	{ "Vladivostok", "Vladivostok" }, { "Volgograd", "Volgograd" },
	{ "West Central Africa", "W. Central Africa" }, { "Windhoek", "Namibia" },
	{ "Yakutsk", "Yakutsk" }, { "Yangon", "Myanmar" }, { "Yerevan", "Caucasus" },
	{ "Yukon", "Yukon" },
};

/* "Pacific" is "Pacific Standard Time", "Pacific|(Mexico)" "Pacific Standard Time (Mexico)". */
static struct str full_name(struct str zone, char out[ZONE_NAME_BYTES])
{
	ptrdiff_t bar = str_chr(zone, '|');
	struct str head = bar > 0 ? str_sub(zone, 0, (size_t)bar) : zone;
	struct str tail = bar > 0 ? str_from(zone, (size_t)bar + 1) : STR("");
	/* Names that Windows does not build like the others. */
	bool whole = str_starts(zone, STR("Russia Time Zone"));
	int n = snprintf(out, ZONE_NAME_BYTES, "%.*s%s%s%.*s", STR_ARG(head),
		whole ? "" : " Standard Time", tail.n ? " " : "", STR_ARG(tail));

	return str_make(out, (size_t)n);
}

struct str zone_of_display_name(struct str display, char out[ZONE_NAME_BYTES])
{
	ptrdiff_t end = str_starts(display, STR("(")) ? str_chr(display, ')') : -1;
	struct str places = end > 0 ? str_trim(str_from(display, (size_t)end + 1)) : STR("");

	if (str_istarts(display, STR("(UTC) Coordinated")))
		return STR("UTC");
	for (size_t i = 0; places.n && i < sizeof(names) / sizeof(names[0]); i++) {
		struct str shown = str_of(names[i].shown);

		if (!str_istarts(places, shown) ||
			(places.n > shown.n && !strchr(",. (-", places.p[shown.n])))
			continue;
		return full_name(str_of(names[i].zone), out);
	}
	return STR("");
}
