/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of targets up to its limit, names good and bad, identities possible and not.
 */
#include "model/target.c" /* the unit under test */
#include "tests/unit/tap.h"

static const struct bmc_identity healthy = {
	.manufacturer = 674,
	.product = 0x0100,
	.device_id = 0x20,
	.device_revision = 1,
	.firmware_major = 4,
	.firmware_minor_bcd = 0x10,
	.ipmi_version_bcd = 0x02,
	.aux_firmware = { 1, 2, 3, 4 },
	.has_aux_firmware = true,
	.has_guid = true,
	.guid = { 0xde, 0xad },
};

static void free_table(struct target_table **table)
{
	target_table_free(*table);
}

static void test_names(void)
{
	SCOPED(free_table) struct target_table *table = target_table_new(4, 0);
	char name[TARGET_NAME_MAX + 1] = "";
	uint32_t index = 99;

	check(target_intern(table, "", &index) == -EINVAL && index == 99,
	      "an empty name is refused and changes nothing");
	check(target_intern(table, "a b", &index) == -EINVAL, "a blank is refused");
	check(target_intern(table, "a/../b", &index) == -EINVAL, "a slash is refused");
	check(target_intern(table, "h\xc3\xb6st", &index) == -EINVAL, "UTF-8 is refused");
	check(target_intern(table, "a\n", &index) == -EINVAL, "a newline is refused");
	memset(name, 'n', TARGET_NAME_MAX);
	check(target_intern(table, name, &index) == -EINVAL, "128 bytes are too long");
	name[TARGET_NAME_MAX - 1] = '\0';
	check(target_intern(table, name, &index) == 0 && index == 0, "127 bytes are taken");
	check(strcmp(target_get(table, 0)->name, name) == 0, "and kept whole");
	check(target_intern(table, "fe80::1_A-b.c", &index) == 0 && index == 1,
	      "letters, digits and ._:- are taken");
}

static void test_limit(void)
{
	SCOPED(free_table) struct target_table *table = target_table_new(2, 0);
	SCOPED(free_table) struct target_table *none = target_table_new(0, 0);
	uint32_t a = 9;
	uint32_t b = 9;
	uint32_t index = 9;

	check(target_intern(table, "a", &a) == 0 && target_intern(table, "b", &b) == 0 && a == 0 &&
		      b == 1,
	      "a table of two takes two");
	check(target_intern(table, "c", &index) == -ENOSPC && index == 9, "not three");
	check(target_intern(table, "a", &index) == 0 && index == 0,
	      "a name that is known is found in a full table");
	check(target_count(table) == 2, "and counted once");
	check(target_get(table, 2) == NULL && target_get(table, TARGET_NONE) == NULL,
	      "there is no third");
	check(target_intern(none, "a", &index) == -ENOSPC, "a table of none takes none");
}

static void test_forget(void)
{
	struct target_table *table = target_table_new(2, 0);
	struct bmc_identity identity = { .manufacturer = 674 };
	uint32_t a = 9, b = 9, c = 9;

	if (!table)
		return;
	check(target_intern(table, "a", &a) == 0 && target_intern(table, "b", &b) == 0,
	      "a full table");
	target_set_identity(table, a, &identity);
	target_forget(table, a);
	target_forget(table, 7);
	check(target_get(table, a) == NULL && target_get(table, b) != NULL, "one is forgotten");
	target_set_identity(table, a, &identity);
	check(target_intern(table, "c", &c) == 0 && c == a, "another takes its place");
	check(target_get(table, c) && !target_get(table, c)->has_identity, "and nothing of it");
	check(target_intern(table, "a", &a) == -ENOSPC, "full again");
	target_table_free(table);
}

static void test_identity(void)
{
	SCOPED(free_table) struct target_table *table = target_table_new(1, 0);
	uint32_t index = 0;

	check(target_intern(table, "a", &index) == 0, "a target");
	check(!target_get(table, 0)->has_identity && target_get(table, 0)->vendor == VENDOR_UNKNOWN,
	      "nothing is known of it at first");
	target_set_identity(table, 0, &healthy);
	check(target_get(table, 0)->has_identity && target_get(table, 0)->vendor == VENDOR_DELL &&
		      identity_equal(&target_get(table, 0)->identity, &healthy),
	      "its identity is kept and tells the vendor");
	target_set_identity(table, 1, &healthy);
	target_set_identity(table, TARGET_NONE, &healthy);
	check(target_count(table) == 1, "an identity of nobody is dropped");
}

static void test_vendors(void)
{
	check(vendor_of(674) == VENDOR_DELL && vendor_of(11) == VENDOR_HPE &&
		      vendor_of(47196) == VENDOR_HPE && vendor_of(19046) == VENDOR_LENOVO &&
		      vendor_of(10876) == VENDOR_SUPERMICRO && vendor_of(343) == VENDOR_INTEL &&
		      vendor_of(10368) == VENDOR_FUJITSU,
	      "enterprise numbers tell vendors");
	check(vendor_of(0) == VENDOR_UNKNOWN && vendor_of(UINT32_MAX) == VENDOR_UNKNOWN,
	      "others are unknown");
	for (unsigned i = 0; i < VENDOR_MAX; i++) {
		const char *name = vendor_name((enum vendor)i);

		check(name && *name, "vendor %u has a name", i);
	}
	check(strcmp(vendor_name(VENDOR_MAX), "unknown") == 0, "past the end: unknown");
}

static void test_firmware(void)
{
	struct bmc_identity id = healthy;
	char text[16];

	identity_format_firmware(&id, text);
	check(strcmp(text, "4.10") == 0, "BCD minor: %s", text);
	id.firmware_minor_bcd = 0x05;
	identity_format_firmware(&id, text);
	check(strcmp(text, "4.05") == 0, "a leading zero stays: %s", text);
	id.firmware_major = 255;
	id.firmware_minor_bcd = 0xff;
	identity_format_firmware(&id, text);
	check(strcmp(text, "255.[0xff]") == 0, "an impossible minor shows its byte: %s", text);
}

static void test_possible(void)
{
	struct bmc_identity id = healthy;

	check(identity_is_possible(&id), "a healthy identity is possible");
	id.firmware_minor_bcd = 0x99;
	check(identity_is_possible(&id), "99 is the highest BCD");
	id.firmware_minor_bcd = 0x9a;
	check(!identity_is_possible(&id), "a low nibble over 9 is impossible");
	id.firmware_minor_bcd = 0xa0;
	check(!identity_is_possible(&id), "so is a high one");
	id = healthy;
	id.manufacturer = 0;
	check(!identity_is_possible(&id), "manufacturer 0 is impossible");
	id = healthy;
	id.ipmi_version_bcd = 0xff;
	check(!identity_is_possible(&id), "IPMI version 0xff is impossible");
}

static void test_equal(void)
{
	struct bmc_identity id = healthy;

	check(identity_equal(&id, &healthy), "a copy is equal");
	id.guid[15] = 1;
	check(!identity_equal(&id, &healthy), "one bit of the GUID makes a difference");
	id = healthy;
	id.has_guid = false;
	check(!identity_equal(&id, &healthy), "and so does a GUID that is not there");
	id = healthy;
	id.aux_firmware[3] = 9;
	check(!identity_equal(&id, &healthy), "and auxiliary firmware");
	id.has_aux_firmware = false;
	check(!identity_equal(&id, &healthy), "also when it is not there");
	id = healthy;
	id.firmware_minor_bcd++;
	check(!identity_equal(&id, &healthy), "and the firmware");
	id = healthy;
	id.product++;
	check(!identity_equal(&id, &healthy), "and the product");
}

static void test_hosts(void)
{
	SCOPED(free_table) struct target_table *table = target_table_new(2, 3);
	uint32_t target;

	check(table && target_first_host(table) == 2, "hosts have places behind the others");
	target_put_host(table, 4, "srv.example");
	check(target_get(table, 4) && target_get(table, 4)->is_host &&
		      target_get(table, 4)->vendor == VENDOR_WINDOWS && !target_get(table, 3),
	      "any of them may be taken");
	check(target_count(table) == 0, "and is not counted with the others");
	target_put_host(table, 1, "x");
	target_put_host(table, 5, "x");
	check(!target_get(table, 1) && !target_get(table, 5), "no others");
	check(target_intern(table, "a", &target) == 0 && target_intern(table, "b", &target) == 0 &&
		      target_intern(table, "c", &target) == -ENOSPC,
	      "nor do others take theirs");
	target_forget(table, 4);
	check(!target_get(table, 4), "it is free again");
}

int main(void)
{
	test_names();
	test_limit();
	test_forget();
	test_identity();
	test_vendors();
	test_firmware();
	test_possible();
	test_equal();
	test_hosts();
	return tap_done();
}
