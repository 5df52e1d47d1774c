/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every kind has advice for every vendor, in whole sentences that say what to do and who does it.
 */
#include "model/advice.c" /* the unit under test */
#include "tests/unit/tap.h"

static bool is_sentence(const char *text)
{
	return text && text[0] >= 'A' && text[0] <= 'Z' && text[strlen(text) - 1] == '.' &&
	       !strstr(text, "  ") && !strchr(text, '\n');
}

static bool is_imperative(const char *text)
{
	static const char *const verbs[] = { "Ask ",	 "Check ", "Cold-reset ", "Compare ",
					     "Correct ", "Find ",  "Load ",	  "Look ",
					     "Read ",	 "Reset ", "Run ",	  "Save ",
					     "See ",	 "Space ", "Stop ",	  "Wait " };

	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strncmp(text, verbs[i], strlen(verbs[i])) == 0)
			return true;
	return false;
}

static bool recommends_reset(const struct advice *advice)
{
	return (advice->command && strstr(advice->command, "reset")) ||
	       strstr(advice->next_step, "reset the ") || strstr(advice->next_step, "old-reset");
}

static void check_advice(const struct advice *advice, const char *who)
{
	check(is_sentence(advice->cause), "%s: the cause is a sentence", who);
	check(is_sentence(advice->next_step) && is_imperative(advice->next_step),
	      "%s: the next step is one, and tells what to do", who);
	check(!advice->command || (advice->command[0] && !strchr(advice->command, '\n')),
	      "%s: the command is one line", who);
	check(!advice->link || strncmp(advice->link, "https://", 8) == 0,
	      "%s: the link is one, over https", who);
	check(!recommends_reset(advice) || strstr(advice->next_step, "bmchealthd never does"),
	      "%s: a reset is left to people, and said to be", who);
	check(strlen(advice->next_step) < 700, "%s: it is read in a minute", who);
}

static void test_all(void)
{
	char who[80];

	for (unsigned kind = 0; kind < FINDING_KIND_MAX; kind++) {
		for (unsigned vendor = 0; vendor < VENDOR_MAX; vendor++) {
			const struct advice *advice =
				advice_for((enum finding_kind)kind, (enum vendor)vendor);

			(void)snprintf(who, sizeof(who), "kind %u, vendor %u", kind, vendor);
			check(advice->kind == (enum finding_kind)kind &&
				      (advice->vendor == (enum vendor)vendor ||
				       advice->vendor == VENDOR_UNKNOWN),
			      "%s: the row is its own or everybody's", who);
			check_advice(advice, who);
		}
	}
}

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(advice_for(rows[i].kind, rows[i].vendor) == &rows[i],
		      "row %zu is the only one of its kind and vendor", i);
}

static void test_content(void)
{
	const struct advice *low = advice_for(FINDING_TIMEOUTS_SPORADIC, VENDOR_INTEL);

	const struct advice *windows = advice_for(FINDING_TIMEOUTS_SPORADIC, VENDOR_WINDOWS);

	check(strstr(windows->next_step, "registry") &&
		      strstr(windows->next_step, "advise --windows") &&
		      !strstr(low->next_step, "Windows"),
	      "few time-outs: the Windows settings, to those who have Windows");
	check(strstr(low->next_step, "kipmid_max_busy_us") &&
		      strstr(low->next_step, "no such setting for local commands"),
	      "and what Linux has and has not");
	check(strcmp(advice_for(FINDING_TIMEOUTS_FREQUENT, VENDOR_DELL)->command,
		     "racadm getsysinfo") == 0 &&
		      strstr(advice_for(FINDING_TIMEOUTS_FREQUENT, VENDOR_DELL)->next_step,
			     "ERROR: Unable to perform"),
	      "many on a Dell: racadm getsysinfo and what its error means");
	check(strstr(advice_for(FINDING_TIMEOUTS_STORM, VENDOR_UNKNOWN)->next_step, "leaks memory"),
	      "a cure that lasts for days is a leak");
	check(!strstr(advice_for(FINDING_MUTE, VENDOR_HPE)->command, "racadm"),
	      "no vendor gets another one's command");
}

static const struct target nobody = { .vendor = VENDOR_UNKNOWN };

static void test_remote(void)
{
	static const enum finding_kind kinds[] = { FINDING_NO_DEVICE, FINDING_INTERFACE_LOST,
						   FINDING_NO_ACCESS };
	const struct target remote = { .vendor = VENDOR_DELL, .is_remote = true };
	const struct target host = { .vendor = VENDOR_WINDOWS, .is_remote = true, .is_host = true };

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct advice *advice = advice_of(kinds[i], &remote);

		check_advice(advice, "on the network");
		check(advice->kind == kinds[i] && !strstr(advice->cause, "driver") &&
			      !strstr(advice->next_step, "driver") && !advice->is_reboot_risky,
		      "%s: nothing of a driver over the network, nor of this host's reboot",
		      finding_info(kinds[i])->name);
	}
	check(advice_of(FINDING_NO_DEVICE, &host) == advice_for(FINDING_NO_DEVICE, VENDOR_WINDOWS),
	      "a Windows host is not asked at all");
	check(advice_of(FINDING_TIMEOUTS_STORM, &remote) ==
		      advice_for(FINDING_TIMEOUTS_STORM, VENDOR_DELL),
	      "what a network does not change is the same");
}

static void test_noted(void)
{
	struct finding f = { .kind = FINDING_CONTROLLER_RESET };
	char text[ADVICE_TEXT_MAX];

	f.evidence.restart.signs = 1u << TREND_INITIALISING;
	check(strstr(advice_next_step(&f, &nobody, text), "Ask who did it"),
	      "a restart that nobody has named: ask who did it");
	f.evidence.restart.signs |= 1u << TREND_RESET_LOGGED;
	check(!strstr(advice_next_step(&f, &nobody, text), "Ask who") &&
		      is_sentence(advice_next_step(&f, &nobody, text)),
	      "who has noted it is not asked who it was: %s", advice_next_step(&f, &nobody, text));
}

static void test_culprit(void)
{
	struct finding f = { .kind = FINDING_CONTENTION };
	struct evidence_contention *c = &f.evidence.contention;
	char text[ADVICE_TEXT_MAX];

	(void)snprintf(c->culprit, sizeof(c->culprit), "poll");
	(void)snprintf(c->unit, sizeof(c->unit), "poll.service");
	check(strstr(advice_next_step(&f, &nobody, text), "systemctl cat poll.service"),
	      "an unknown program's unit can be looked at");
	(void)snprintf(c->unit, sizeof(c->unit), "user@1000/poll.service");
	check(!strstr(advice_next_step(&f, &nobody, text), "systemctl"),
	      "a user's own unit is no news to systemctl: %s", text);
}

static void test_reboot(void)
{
	check(is_sentence(advice_no_reboot), "the warning is a sentence");
	check(advice_for(FINDING_MUTE, VENDOR_UNKNOWN)->is_reboot_risky &&
		      advice_for(FINDING_TIMEOUTS_STORM, VENDOR_DELL)->is_reboot_risky &&
		      advice_for(FINDING_DRIVER_STUCK, VENDOR_HPE)->is_reboot_risky &&
		      advice_for(FINDING_MAINTENANCE, VENDOR_LENOVO)->is_reboot_risky,
	      "mute, storm, stuck, in update: do not reboot");
	check(advice_for(FINDING_SENSORS_VANISHED, VENDOR_SUPERMICRO)->is_reboot_risky,
	      "a Supermicro without sensors neither");
	check(!advice_for(FINDING_TIMEOUTS_SPORADIC, VENDOR_DELL)->is_reboot_risky &&
		      !advice_for(FINDING_NO_DEVICE, VENDOR_UNKNOWN)->is_reboot_risky,
	      "a time-out now and then is no reason");
}

int main(void)
{
	test_all();
	test_rows();
	test_content();
	test_remote();
	test_noted();
	test_culprit();
	test_reboot();
	return tap_done();
}
