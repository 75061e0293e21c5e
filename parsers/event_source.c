/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/event_source.h"

#include <stdio.h>

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
