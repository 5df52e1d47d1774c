/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What events of a Windows host mean: by provider and id, and by rows of the configuration.
 */
#include "model/winevent.c" /* the unit under test */
#include "tests/unit/tap.h"

static const struct winevents none = { .count = 0 };

static enum winevent_meaning meaning_of(const struct winevents *more, const char *provider,
					uint32_t id)
{
	enum winevent_meaning meaning = WINEVENT_MAX;

	return winevent_find(more, provider, id, &meaning) < 0 ? WINEVENT_MAX : meaning;
}

static void test_builtin(void)
{
	static const struct {
		uint32_t id;
		enum winevent_meaning meaning;
	} rows[] = {
		{ 999, WINEVENT_MAX },		 { 1000, WINEVENT_GAVE_UP },
		{ 1001, WINEVENT_NO_INTERFACE }, { 1002, WINEVENT_BAD_SETTING },
		{ 1003, WINEVENT_NO_START },	 { 1004, WINEVENT_TIMEOUT },
		{ 1005, WINEVENT_LOG_UNREAD },	 { 1006, WINEVENT_LOG_UNREAD },
		{ 1007, WINEVENT_HARMLESS },	 { 1008, WINEVENT_MAX },
		{ 1004 + 65536, WINEVENT_MAX },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(meaning_of(&none, "IPMIDRV", rows[i].id) == rows[i].meaning,
		      "IPMIDRV %u means what Microsoft says", rows[i].id);
	check(meaning_of(&none, "ipmidrv", 1004) == WINEVENT_TIMEOUT,
	      "a provider is compared without case");
	check(meaning_of(&none, "ipmiprv", 1000) == WINEVENT_MAX &&
		      meaning_of(&none, "IPMIDRV2", 1004) == WINEVENT_MAX &&
		      meaning_of(&none, "", 1004) == WINEVENT_MAX,
	      "the same id of another provider means nothing");
}

static void test_names(void)
{
	for (int i = 0; i < WINEVENT_MAX; i++) {
		const struct winevent_info *info = winevent_info((enum winevent_meaning)i);
		enum winevent_meaning back = WINEVENT_MAX;

		check(winevent_parse(info->name, &back) == 0 && (int)back == i && *info->text,
		      "%s is a meaning's name, there and back", info->name);
	}
	check(winevent_info(WINEVENT_TIMEOUT)->status == OBS_TIMEOUT &&
		      winevent_info(WINEVENT_GAVE_UP)->status == OBS_INTERFACE_LOST,
	      "an event is an observation");
	check(strcmp(winevent_info(WINEVENT_MAX)->name, "harmless") == 0,
	      "what is out of range is harmless");
}

static void test_rows(void)
{
	struct winevents more = { .count = 0 };
	size_t at = 99;

	check(winevents_parse("", &more, &at) == 0 && more.count == 0, "no text is no row");
	check(winevents_parse("Lifecycle Controller Log:2123-2130=timeout; A:B : 7 = gave-up",
			      &more, &at) < 0,
	      "ids stand without spaces");
	check(winevents_parse("Lifecycle Controller Log:2123-2130=timeout; A:B:7= gave-up;", &more,
			      &at) == 0 &&
		      more.count == 2,
	      "two rows");
	check(meaning_of(&more, "lifecycle controller log", 2123) == WINEVENT_TIMEOUT &&
		      meaning_of(&more, "Lifecycle Controller Log", 2130) == WINEVENT_TIMEOUT &&
		      meaning_of(&more, "Lifecycle Controller Log", 2131) == WINEVENT_MAX,
	      "a span of ids, both ends in it");
	check(meaning_of(&more, "A:B", 7) == WINEVENT_GAVE_UP, "a provider may have a colon");
	check(meaning_of(&more, "IPMIDRV", 1004) == WINEVENT_TIMEOUT, "the built-in ones stay");
	check(winevents_parse("IPMIDRV:1004=harmless", &more, &at) == 0 &&
		      meaning_of(&more, "IPMIDRV", 1004) == WINEVENT_HARMLESS &&
		      meaning_of(&more, "IPMIDRV", 1003) == WINEVENT_NO_START,
	      "and can be overruled");
}

static void test_refused(void)
{
	static const char *const bad[] = {
		"x",
		"x:",
		"x:1",
		":1=timeout",
		"x:=timeout",
		"x:1=",
		"x:1=nix",
		"x:a=timeout",
		"x:2-1=timeout",
		"x:1-=timeout",
		"x:-1=timeout",
		";",
		"x:1=timeout=gave-up",
		"x:4294967296=timeout",
		"x:1-99999999999999999999=timeout",
		"0123456789012345678901234567890123456789012345678901234567890123:1=timeout",
	};
	struct winevents more = { .count = 5 };
	static const char row[] = "x:1=timeout;";
	char many[(WINEVENT_ROWS_MAX + 1) * sizeof(row)] = "";
	size_t at = 0;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		check(winevents_parse(bad[i], &more, &at) == -EINVAL, "refused: %s", bad[i]);
	check(winevents_parse("x:1=timeout;y", &more, &at) == -EINVAL && at == 12,
	      "it is said where");
	for (size_t i = 0; i < WINEVENT_ROWS_MAX; i++)
		memcpy(many + i * strlen(row), row, sizeof(row));
	check(winevents_parse(many, &more, &at) == 0 && more.count == WINEVENT_ROWS_MAX,
	      "so many fit");
	memcpy(many + WINEVENT_ROWS_MAX * strlen(row), row, sizeof(row));
	more.count = 5;
	check(winevents_parse(many, &more, &at) == -ENOSPC && more.count == 5,
	      "one more does not, and nothing has changed");
}

int main(void)
{
	test_builtin();
	test_names();
	test_rows();
	test_refused();
	return tap_done();
}
