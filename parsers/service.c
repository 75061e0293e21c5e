/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/service.h"

struct word {
	const char *raw;
	unsigned number;         /* as Windows numbers it */
};

static const char *const starts[] = { "boot", "system", "auto", "demand", "disabled" };
static const char *const states[] = { NULL, "stopped", "start-pending", "stop-pending", "running",
	"continue-pending", "pause-pending", "paused" };

/* Of services.msc, msinfo32, WMI, sc and Get-Service; English, German, French, Spanish, Japanese. */
static const struct word start_words[] = { { "Boot", 0 }, { "ブート", 0 }, { "System", 1 },
	{ "Système", 1 }, { "Sistema", 1 }, { "システム", 1 }, { "Auto", 2 }, { "Automatic", 2 },
	{ "Automatisch", 2 }, { "Automatique", 2 }, { "Automático", 2 }, { "自動", 2 },
	{ "AutomaticDelayedStart", 2 }, { "Manual", 3 }, { "Demand", 3 }, { "Manuell", 3 }, { "Manuel", 3 },
	{ "手動", 3 }, { "Disabled", 4 }, { "Deaktiviert", 4 }, { "Désactivé", 4 }, { "Deshabilitado", 4 },
	{ "無効", 4 } };

static const struct word state_words[] = { { "Stopped", 1 }, { "Beendet", 1 }, { "Arrêté", 1 },
	{ "Detenido", 1 }, { "停止", 1 }, { "Start Pending", 2 }, { "StartPending", 2 },
	{ "Stop Pending", 3 }, { "StopPending", 3 }, { "Running", 4 }, { "Wird ausgeführt", 4 },
	{ "En cours d'exécution", 4 }, { "En cours d’exécution", 4 }, { "En ejecución", 4 },
	{ "実行中", 4 }, { "Continue Pending", 5 }, { "ContinuePending", 5 }, { "Pause Pending", 6 },
	{ "PausePending", 6 }, { "Paused", 7 }, { "Angehalten", 7 } };

static void put(struct sink *out, const char *name, const char *raw_name, struct str word,
	const struct word *words, size_t n, const char *const *meanings, size_t known)
{
	uint64_t number = UINT64_MAX;

	word = str_trim(word);
	if (!word.n)
		return;
	if (!str_to_u64(word, 10, &number))
		for (size_t i = 0; i < n && number == UINT64_MAX; i++)
			if (str_ieq(word, str_of(words[i].raw)))
				number = words[i].number;
	if (number < known && meanings[number])
		sink_put(out, name, str_of(meanings[number]));
	else
		sink_put(out, raw_name, word);
}

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

void service_put_start(struct sink *out, struct str word)
{
	put(out, "start", "start_raw", word, start_words, LENGTH(start_words), starts, LENGTH(starts));
}

void service_put_state(struct sink *out, struct str word)
{
	put(out, "state", "state_raw", word, state_words, LENGTH(state_words), states, LENGTH(states));
}
