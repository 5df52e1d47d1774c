/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of finding kinds is whole, its names are good for files and unique.
 */
#include <ctype.h>

#include "model/finding.c" /* the unit under test */
#include "tests/unit/tap.h"

static bool is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!islower((unsigned char)*c) && *c != '-')
			return false;
	return *name != '\0';
}

static void test_kinds(void)
{
	for (unsigned i = 0; i < FINDING_KIND_MAX; i++) {
		const struct finding_kind_info *info = finding_info((enum finding_kind)i);
		enum finding_kind back = FINDING_KIND_MAX;

		check(info->name && is_plain(info->name), "kind %u has a plain name: %s", i,
		      info->name);
		check(finding_kind_parse(info->name, &back) == 0 && back == (enum finding_kind)i,
		      "%s is read back as itself", info->name);
		check(info->summary && islower((unsigned char)info->summary[0]) &&
			      info->summary[strlen(info->summary) - 1] != '.',
		      "its summary is a clause: %s", info->summary);
		check(info->severity > SEVERITY_OK && info->severity <= SEVERITY_CRITICAL &&
			      (unsigned)info->family < FAMILY_MAX,
		      "it has a severity and a family");
	}
}

static void test_families(void)
{
	bool seen[FAMILY_MAX] = { false };

	for (unsigned i = 0; i < FINDING_KIND_MAX; i++)
		seen[finding_info((enum finding_kind)i)->family] = true;
	for (unsigned i = 0; i < FAMILY_MAX; i++)
		check(seen[i], "family %u has a kind", i);
	check(finding_info(FINDING_MUTE)->family == FAMILY_TIMEOUTS &&
		      finding_info(FINDING_NO_DEVICE)->family == FAMILY_INTERFACE &&
		      finding_info(FINDING_DRIVER_STUCK)->family == FAMILY_INTERFACE,
	      "mute is of the time-outs, a stuck driver of the interface");
}

static void test_strangers(void)
{
	enum finding_kind kind = FINDING_BUSY;

	check(finding_kind_parse("", &kind) == -EINVAL && kind == FINDING_BUSY,
	      "an empty name is refused and changes nothing");
	check(finding_kind_parse("Mute", &kind) == -EINVAL, "case counts");
	check(strcmp(finding_info(FINDING_KIND_MAX)->name, "unknown") == 0 &&
		      strcmp(finding_info((enum finding_kind) - 1)->name, "unknown") == 0,
	      "a kind out of range has something to print");
	check(strcmp(severity_name(SEVERITY_OK), "ok") == 0 &&
		      strcmp(severity_name(SEVERITY_NOTICE), "notice") == 0 &&
		      strcmp(severity_name(SEVERITY_WARNING), "warning") == 0 &&
		      strcmp(severity_name(SEVERITY_CRITICAL), "critical") == 0,
	      "severities have names");
	check(strcmp(severity_name((enum severity)4), "unknown") == 0,
	      "a severity out of range has one, too");
}

int main(void)
{
	test_kinds();
	test_families();
	test_strangers();
	return tap_done();
}
