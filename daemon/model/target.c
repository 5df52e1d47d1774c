/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bounded table of targets, and what can be said of an identity alone: its vendor, whether it
 * is possible at all.
 */
#include "model/target.h"

#include <stdio.h>

struct target_table {
	uint32_t count, max, hosts;
	struct target targets[];
};

struct target_table *target_table_new(uint32_t max, uint32_t hosts)
{
	struct target_table *table = NULL;
	size_t size;

	if (__builtin_add_overflow((size_t)max, hosts, &size) ||
	    __builtin_mul_overflow(size, sizeof(table->targets[0]), &size) ||
	    __builtin_add_overflow(size, sizeof(*table), &size))
		return NULL;
	table = calloc(1, size);
	if (!table)
		return NULL;
	table->max = max;
	table->hosts = hosts;
	return table;
}

void target_table_free(struct target_table *table)
{
	free(table);
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == ':' || c == '-';
}

bool target_is_name(const char *name)
{
	size_t len = 0;

	while (len < TARGET_NAME_MAX && is_name_byte(name[len]))
		len++;
	return len > 0 && len < TARGET_NAME_MAX && name[len] == '\0';
}

int target_intern(struct target_table *table, const char *name, uint32_t *ret_target)
{
	uint32_t free_slot = table->count;

	if (!target_is_name(name))
		return -EINVAL;

	for (uint32_t i = 0; i < table->count; i++) {
		if (strcmp(table->targets[i].name, name) == 0) {
			*ret_target = i;
			return 0;
		}
		if (table->targets[i].name[0] == '\0' && free_slot == table->count)
			free_slot = i;
	}
	if (free_slot == table->max)
		return -ENOSPC;
	if (free_slot == table->count)
		table->count++;
	memcpy(table->targets[free_slot].name, name, strlen(name) + 1);
	*ret_target = free_slot;
	return 0;
}

void target_forget(struct target_table *table, uint32_t target)
{
	if (target < table->max + table->hosts)
		table->targets[target] = (struct target){ 0 };
}

uint32_t target_count(const struct target_table *table)
{
	return table->count;
}

const struct target *target_get(const struct target_table *table, uint32_t target)
{
	return target < table->max + table->hosts && table->targets[target].name[0] != '\0'
		       ? &table->targets[target]
		       : NULL;
}

uint32_t target_first_host(const struct target_table *table)
{
	return table->max;
}

void target_put_host(struct target_table *table, uint32_t target, const char *name)
{
	struct target *host = &table->targets[target];

	if (target < table->max || target >= table->max + table->hosts)
		return;
	*host = (struct target){ .is_remote = true, .is_host = true, .vendor = VENDOR_WINDOWS };
	(void)snprintf(host->name, sizeof(host->name), "%s", name);
}

void target_set_remote(struct target_table *table, uint32_t target, bool is_remote)
{
	if (target_get(table, target))
		table->targets[target].is_remote = is_remote;
}

void target_set_identity(struct target_table *table, uint32_t target,
			 const struct bmc_identity *identity)
{
	if (!target_get(table, target))
		return;
	table->targets[target].identity = *identity;
	table->targets[target].has_identity = true;
	table->targets[target].vendor = vendor_of(identity->manufacturer);
}

/* IANA Private Enterprise Numbers, as seen in Get Device ID. */
static const struct {
	uint32_t manufacturer;
	enum vendor vendor;
} vendors[] = {
	{ 674, VENDOR_DELL },	      { 11, VENDOR_HPE },	/* Hewlett-Packard, iLO up to 4 */
	{ 47196, VENDOR_HPE },					/* Hewlett Packard Enterprise */
	{ 19046, VENDOR_LENOVO },     { 20301, VENDOR_LENOVO }, /* IBM eServer X: the IMM, which
								   Lenovo took over */
	{ 10876, VENDOR_SUPERMICRO }, { 47488, VENDOR_SUPERMICRO }, { 343, VENDOR_INTEL },
	{ 10368, VENDOR_FUJITSU }, /* Fujitsu Siemens, iRMC */
	{ 211, VENDOR_FUJITSU },
};

static const char *const vendor_names[VENDOR_MAX] = {
	[VENDOR_UNKNOWN] = "unknown",
	[VENDOR_DELL] = "Dell",
	[VENDOR_HPE] = "HPE",
	[VENDOR_LENOVO] = "Lenovo",
	[VENDOR_SUPERMICRO] = "Supermicro",
	[VENDOR_INTEL] = "Intel",
	[VENDOR_FUJITSU] = "Fujitsu",
	[VENDOR_WINDOWS] = "Windows",
};

enum vendor vendor_of(uint32_t manufacturer)
{
	for (size_t i = 0; i < COUNT_OF(vendors); i++)
		if (vendors[i].manufacturer == manufacturer)
			return vendors[i].vendor;
	return VENDOR_UNKNOWN;
}

const char *vendor_name(enum vendor vendor)
{
	return (size_t)vendor < COUNT_OF(vendor_names) ? vendor_names[vendor] : "unknown";
}

static bool is_bcd(uint8_t byte)
{
	return (byte & 0x0f) <= 9 && byte >> 4 <= 9;
}

void identity_format_firmware(const struct bmc_identity *identity, char *text)
{
	const uint8_t minor = identity->firmware_minor_bcd;

	if (is_bcd(minor))
		(void)snprintf(text, 16, "%u.%02x", identity->firmware_major, minor);
	else
		(void)snprintf(text, 16, "%u.[0x%02x]", identity->firmware_major, minor);
}

bool identity_is_possible(const struct bmc_identity *identity)
{
	return identity->manufacturer != 0 && identity->firmware_major <= 127 &&
	       is_bcd(identity->firmware_minor_bcd) && is_bcd(identity->ipmi_version_bcd);
}

bool identity_equal(const struct bmc_identity *a, const struct bmc_identity *b)
{
	if (a->manufacturer != b->manufacturer || a->product != b->product ||
	    a->device_id != b->device_id || a->device_revision != b->device_revision)
		return false;
	if (a->firmware_major != b->firmware_major ||
	    a->firmware_minor_bcd != b->firmware_minor_bcd ||
	    a->ipmi_version_bcd != b->ipmi_version_bcd)
		return false;
	if (a->has_aux_firmware != b->has_aux_firmware || a->has_guid != b->has_guid)
		return false;
	return (!a->has_aux_firmware ||
		memcmp(a->aux_firmware, b->aux_firmware, sizeof(a->aux_firmware)) == 0) &&
	       (!a->has_guid || memcmp(a->guid, b->guid, sizeof(a->guid)) == 0);
}
