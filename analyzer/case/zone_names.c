/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Windows shows its zones to people: "(UTC+01:00) Amsterdam, Berlin, Bern, …". Tools such as
 * systeminfo write this text and not the zone's name. One place of the list is enough, and some read
 * the same in most languages; what it does not know stays a fixed offset.
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
	/* further places of a list, and places as other languages write them */
	{ "Berlin", "W. Europe" }, { "Bern", "W. Europe" }, { "Rom", "W. Europe" },
	{ "Rome", "W. Europe" }, { "Roma", "W. Europe" }, { "Rzym", "W. Europe" },
	{ "Stockholm", "W. Europe" }, { "Wien", "W. Europe" }, { "Vienna", "W. Europe" },
	{ "Vienne", "W. Europe" }, { "Viena", "W. Europe" }, { "Madrid", "Romance" },
	{ "Paris", "Romance" }, { "Parigi", "Romance" }, { "Kopenhagen", "Romance" },
	{ "Copenhague", "Romance" }, { "Bruxelles", "Romance" }, { "Bruselas", "Romance" },
	{ "Brüssel", "Romance" }, { "Budapest", "Central Europe" },
	{ "Bratislava", "Central Europe" }, { "Ljubljana", "Central Europe" },
	{ "Prague", "Central Europe" }, { "Prag", "Central Europe" },
	{ "Praha", "Central Europe" }, { "Praga", "Central Europe" },
	{ "Belgrad", "Central Europe" }, { "Skopje", "Central European" },
	{ "Warsaw", "Central European" }, { "Warschau", "Central European" },
	{ "Warszawa", "Central European" }, { "Varsovie", "Central European" },
	{ "Varsovia", "Central European" }, { "Varsavia", "Central European" },
	{ "Zagreb", "Central European" }, { "Riga", "FLE" }, { "Tallinn", "FLE" },
	{ "Vilnius", "FLE" }, { "Kiew", "FLE" }, { "Kiev", "FLE" }, { "Helsingfors", "FLE" },
	{ "Athen", "GTB" }, { "Athènes", "GTB" }, { "Atenas", "GTB" }, { "Atene", "GTB" },
	{ "Bucharest", "GTB" }, { "Bukarest", "GTB" }, { "Bucarest", "GTB" },
	{ "Edinburgh", "GMT" }, { "London", "GMT" }, { "Londres", "GMT" }, { "Londra", "GMT" },
	{ "Lissabon", "GMT" }, { "Lisbon", "GMT" }, { "Lisbonne", "GMT" }, { "Lisboa", "GMT" },
	{ "Lisbona", "GMT" }, { "Moskau", "Russian" }, { "Moscou", "Russian" },
	{ "Mosca", "Russian" }, { "Moscú", "Russian" }, { "Tokyo", "Tokyo" },
	{ "Sapporo", "Tokyo" }, { "Tokio", "Tokyo" }, { "大阪", "Tokyo" },
	{ "東京", "Tokyo" }, { "札幌", "Tokyo" }, { "Mumbai", "India" },
	{ "New Delhi", "India" }, { "Singapore", "Singapore" }, { "Singapur", "Singapore" },
	{ "Singapour", "Singapore" }, { "Melbourne", "AUS Eastern" }, { "Sydney", "AUS Eastern" },
	{ "Peking", "China" }, { "Pékin", "China" }, { "Pekín", "China" },
	{ "Pechino", "China" }, { "北京", "China" }, { "重庆", "China" },
	{ "台北", "Taipei" }, { "서울", "Korea" }, { "Wellington", "New Zealand" },
	{ "Jerusalén", "Israel" }, { "Brasília", "E. South America" },
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

static const char *zone_of_place(struct str place)
{
	for (size_t i = 0; place.n && i < sizeof(names) / sizeof(names[0]); i++) {
		struct str shown = str_of(names[i].shown);

		if (str_istarts(place, shown) && (place.n == shown.n || strchr(". (-", place.p[shown.n])))
			return names[i].zone;
	}
	return NULL;
}

struct str zone_of_display_name(struct str display, char out[ZONE_NAME_BYTES])
{
	ptrdiff_t end = str_starts(display, STR("(")) ? str_chr(display, ')') : -1;
	struct str places = end > 0 ? str_from(display, (size_t)end + 1) : STR(""), place;

	if (str_istarts(display, STR("(UTC) Coordinated")))
		return STR("UTC");
	while (str_split(&places, ',', &place)) {
		const char *zone = zone_of_place(str_trim(place));

		if (zone)
			return full_name(str_of(zone), out);
	}
	return STR("");
}
