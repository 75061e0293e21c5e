/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/event_source.h"

#include <stdio.h>

#include "parsers/parser.h"

#define PREFIX "Microsoft-Windows-"

/*
 * Providers of that prefix; a star stands for their whole family. Letters count: "vhdmp" is the
 * miniport, a classic source of its own.
 */
static const char *const shorts[] = { "Hyper-V-*", "FailoverClustering*", "Kernel-*", "Storage-*",
	"SMB*", "BitLocker-*", "Security-*", "WindowsUpdateClient", "TerminalServices-*", "Iphlpsvc*",
	"NDIS", "DNS-Client", "Dhcp*", "CAPI2", "Backup", "StorPort", "StorageSpaces*",
	"StorageReplica", "StorageManagement*", "VHDMP*",
	"WHEA-Logger", "Resource-Exhaustion-*", "WER-SystemErrorReporting", "Time-Service",
	"TaskScheduler", "DistributedCOM", "WMI-Activity", "WMI", "FilterManager", "VolumeSnapshot-Driver",
	"Partition*", "ActiveDirectory_DomainService", "UserPnp", "UserModePowerService", "Winlogon",
	"User Profiles Service", "RestartManager", "DeviceSetupManager", "DriverFrameworks-UserMode",
	"DfsSvc", "Directory-Services-SAM", "ClusterAwareUpdating*", "PrintService",
	"VIRTDISK", "Host-Network-Service", "CertificateServicesClient*", "GroupPolicy*", "Power-*" };

static bool fits(struct str pattern, struct str s)
{
	if (!str_ends(pattern, STR("*")))
		return str_eq(s, pattern);
	return str_starts(s, str_sub(pattern, 0, pattern.n - 1));
}

struct str event_source_name(struct str shown, char room[EVENT_SOURCE_BYTES])
{
	ptrdiff_t at = str_find(shown, STR(" (Microsoft-"));

	if (at > 0 && str_ends(shown, STR(")")))
		return str_sub(shown, (size_t)at + 2, shown.n - (size_t)at - 3);
	for (size_t i = 0; i < sizeof(shorts) / sizeof(*shorts); i++)
		if (shown.n < EVENT_SOURCE_BYTES - sizeof(PREFIX) && fits(str_of(shorts[i]), shown)) {
			snprintf(room, EVENT_SOURCE_BYTES, PREFIX "%.*s", STR_ARG(shown));
			return str_of(room);
		}
	return shown;
}

uint8_t event_level(struct str word)
{
	static const struct {
		const char *start;
		uint8_t level;
	} words[] = { { "err", LEVEL_ERROR }, { "fehler", LEVEL_ERROR }, { "fout", LEVEL_ERROR },
		{ "fel", LEVEL_ERROR }, { "hata", LEVEL_ERROR }, { "chyba", LEVEL_ERROR }, { "hiba", LEVEL_ERROR },
		{ "błąd", LEVEL_ERROR }, { "Ошибка", LEVEL_ERROR }, { "エラー", LEVEL_ERROR },
		{ "错误", LEVEL_ERROR }, { "錯誤", LEVEL_ERROR }, { "오류", LEVEL_ERROR },
		{ "warn", LEVEL_WARNING }, { "avert", LEVEL_WARNING },
		{ "advert", LEVEL_WARNING }, { "avviso", LEVEL_WARNING }, { "aviso", LEVEL_WARNING },
		{ "varning", LEVEL_WARNING }, { "waarsch", LEVEL_WARNING }, { "ostrze", LEVEL_WARNING },
		{ "upozorn", LEVEL_WARNING }, { "figyelm", LEVEL_WARNING }, { "uyar", LEVEL_WARNING },
		{ "Предупр", LEVEL_WARNING }, { "警告", LEVEL_WARNING }, { "경고", LEVEL_WARNING },
		{ "crit", LEVEL_CRITICAL }, { "crít", LEVEL_CRITICAL }, { "krit", LEVEL_CRITICAL },
		{ "kryt", LEVEL_CRITICAL }, { "Критич", LEVEL_CRITICAL }, { "重大", LEVEL_CRITICAL },
		{ "关键", LEVEL_CRITICAL }, { "嚴重", LEVEL_CRITICAL }, { "위험", LEVEL_CRITICAL },
		{ "verbose", LEVEL_VERBOSE }, { "inf", LEVEL_INFO }, { "情報", LEVEL_INFO }, { "信息", LEVEL_INFO },
		{ "資訊", LEVEL_INFO }, { "정보", LEVEL_INFO }, { "Сведения", LEVEL_INFO },
		{ "bilgi", LEVEL_INFO },
		{ "success", LEVEL_INFO }, { "failure", LEVEL_INFO } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_istarts(word, str_of(words[i].start)))
			return words[i].level;
	return LEVEL_UNKNOWN;
}
