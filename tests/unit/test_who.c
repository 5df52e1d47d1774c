/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/opener and `bmchealthctl who`: openers in words, of any document; who might open the device.
 */
#include "cli/client.c"
#include "cli/cmd-who.c"
#include "cli/opener.c"
#include "tests/unit/tap.h"

static json_t *opener_of(const char *text)
{
	return json_loads(text, 0, NULL);
}

static bool is_named(const char *document, const char *wanted)
{
	SCOPED(json_unref) json_t *opener = opener_of(document);
	char text[128];

	opener_name(opener, text, sizeof(text));
	return strcmp(text, wanted) == 0;
}

static void test_names(void)
{
	check(is_named("{\"name\":\"ipmitool\",\"executable\":\"/usr/bin/ipmitool\"}", "ipmitool"),
	      "a program by its name");
	check(is_named("{\"name\":\"prometheus-ipmi\",\"executable\":\"/usr/bin/"
		       "prometheus-ipmi-exporter\"}",
		       "prometheus-ipmi-exporter"),
	      "in full, where the kernel's is cut");
	check(is_named("{\"name\":\"check_ipmi_sens\",\"executable\":\"/usr/bin/perl\"}",
		       "check_ipmi_sens (perl)"),
	      "a script with what runs it");
	check(is_named("{\"name\":\"ipmitool\",\"executable\":null}", "ipmitool"),
	      "one whose executable is not known");
	check(is_named("{}", "a process that was gone before it could be named"), "one without");
	check(is_named("{\"name\":5,\"executable\":[]}",
		       "a process that was gone before it could be named"),
	      "and one that is nonsense");
}

static bool is_sum(const char *openers, const char *wanted)
{
	SCOPED(json_unref) json_t *document = json_pack("{s:o}", "openers", opener_of(openers));
	char text[768];

	opener_sum(document, "local", text, sizeof(text));
	if (strcmp(text, wanted) != 0)
		printf("# %s\n", text);
	return strcmp(text, wanted) == 0;
}

#define OPEN(name)   "{\"target\":\"local\",\"name\":\"" name "\",\"open_now\":1}"
#define CLOSED(name) "{\"target\":\"local\",\"name\":\"" name "\",\"day\":{\"times\":3}}"

static void test_sum(void)
{
	check(is_sum("{\"helper\":\"absent\",\"list\":[" OPEN("a") "]}", ""),
	      "without a helper nothing is claimed");
	check(is_sum("{\"helper\":\"hears\",\"list\":[]}",
		     "nobody else had it open in the last day"),
	      "nobody");
	check(is_sum("{\"helper\":\"hears\",\"list\":[" OPEN("a") "," CLOSED("b") "," CLOSED(
			     "c") ",{\"target\":\"other\",\"open_now\":1}]}",
		     "1 has it open now (a), 2 more had in the last day: bmchealthctl who"),
	      "one now, two before, another controller's not");
	check(is_sum("{\"helper\":\"looks\",\"list\":[" CLOSED("b") "]}",
		     "none has it open now, 1 had in the last day: bmchealthctl who"),
	      "one before");
	check(is_sum("{\"helper\":\"hears\",\"list\":[" OPEN("a") "," OPEN("b") "," OPEN(
			     "c") "," OPEN("d") "," OPEN("e") "," OPEN("f") "]}",
		     "6 have it open now (a, b, c, d...), 0 more had in the last day: "
		     "bmchealthctl who"),
	      "so many are named and no more");
	check(is_sum("5", "") && is_sum("{\"list\":5}", ""), "nonsense says nothing");
}

static void test_where(void)
{
	SCOPED(json_unref)
	json_t *opener = opener_of("{\"unit\":\"cron.service\",\"container\":\"0123456789ab\","
				   "\"parent\":\"sh\",\"uid\":0,\"login_uid\":0,\"pid\":812}");
	SCOPED(json_unref)
	json_t *stranger = opener_of("{\"uid\":4294967294,\"login_uid\":0}");
	char text[512];

	where_text(opener, text, sizeof(text));
	check(strcmp(text, "cron.service, container 0123456789ab, started by sh, user root, pid "
			   "812") == 0,
	      "all that is known: %s", text);
	where_text(stranger, text, sizeof(text));
	check(strstr(text, "logged in as root") || strstr(text, "user 4294967294"),
	      "a user without a name has a number: %s", text);
	where_text(NULL, text, sizeof(text));
	check(*text == '\0', "nothing is nothing");
}

static void test_access(void)
{
	char text[512];

	check(is_open_to_others("/dev/full", text, sizeof(text)) && strstr(text, "every user"),
	      "a device that is everybody's: %s", text);
	check(!is_open_to_others("/etc/passwd", text, sizeof(text)), "a file is no device");
	check(!is_open_to_others("/dev/none", text, sizeof(text)),
	      "one that is not there is nobody's");
}

int main(void)
{
	test_names();
	test_sum();
	test_where();
	test_access();
	return tap_done();
}
