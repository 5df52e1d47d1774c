/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who an observation is about: one controller, with what it says of itself. A bounded table; an
 * index into it is a target's name everywhere else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

#define TARGET_NAME_MAX 128
#define TARGET_NONE	UINT32_MAX

enum vendor { /* by IANA enterprise number, IPMI 2.0 §20.1 */
	      VENDOR_UNKNOWN,
	      VENDOR_DELL,
	      VENDOR_HPE,
	      VENDOR_LENOVO,
	      VENDOR_SUPERMICRO,
	      VENDOR_INTEL,
	      VENDOR_FUJITSU,
	      VENDOR_WINDOWS, /* no maker's number: a Windows host, known by its log alone */
	      VENDOR_MAX,
};

struct bmc_identity { /* as in Get Device ID and Get Device GUID, IPMI 2.0 §20.1, §20.8 */
	uint32_t manufacturer;
	uint16_t product;
	uint8_t device_id, device_revision;
	uint8_t firmware_major;	    /* binary, 0–127 */
	uint8_t firmware_minor_bcd; /* BCD; a nibble over 9 is impossible */
	uint8_t ipmi_version_bcd;
	uint8_t aux_firmware[4];
	bool has_aux_firmware, has_guid;
	uint8_t guid[16];
};

struct target {
	char name[TARGET_NAME_MAX];
	struct bmc_identity identity;
	bool has_identity;
	bool is_remote; /* commands for this machine's own controller do not fit it */
	bool is_host;	/* a Windows host: it is not asked, it tells */
	enum vendor vendor;
};

struct target_table;

/* A table of at most `max` targets, and behind them `hosts` places for Windows hosts, which take
 * memory when they are used; NULL: no memory. */
struct target_table *target_table_new(uint32_t max, uint32_t hosts);
void target_table_free(struct target_table *table);

/* Index of the target of that name, added if new. -ENOSPC: full; -EINVAL: empty, too long, or has
 * bytes other than [A-Za-z0-9._:-]. */
MUST_CHECK int target_intern(struct target_table *table, const char *name, uint32_t *ret_target);
/* Its place is free for another; the index must not be used any more. */
void target_forget(struct target_table *table, uint32_t target);
/* One more than the highest index in use; hosts are not counted. */
uint32_t target_count(const struct target_table *table);
/* Valid until the table dies or the target is forgotten; NULL if there is no such target. */
const struct target *target_get(const struct target_table *table, uint32_t target);
/* Hosts have indices from here on; model/hosts.h gives them out. */
uint32_t target_first_host(const struct target_table *table);
/* A host gets the place; its name has been checked (target_is_name()). */
void target_put_host(struct target_table *table, uint32_t target, const char *name);
bool target_is_name(const char *name);
void target_set_remote(struct target_table *table, uint32_t target, bool is_remote);
void target_set_identity(struct target_table *table, uint32_t target,
			 const struct bmc_identity *identity);

enum vendor vendor_of(uint32_t manufacturer);
const char *vendor_name(enum vendor vendor); /* "Dell"; "unknown" */

/* "4.10"; an impossible BCD minor as "4.[0x3f]". `text` has 16 bytes. */
void identity_format_firmware(const struct bmc_identity *identity, char *text);
bool identity_is_possible(const struct bmc_identity *identity); /* BCD digits, manufacturer not 0 */
bool identity_equal(const struct bmc_identity *a, const struct bmc_identity *b);
