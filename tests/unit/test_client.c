/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/client: a document of another version, or hostile, must not hurt; exit codes.
 */
#include "cli/client.c"
#include "tests/unit/tap.h"

static json_t *document_of(const char *text)
{
	return json_loads(text, 0, NULL);
}

static bool is_age(const char *now, const char *since, const char *wanted)
{
	SCOPED(json_unref) json_t *document = json_pack("{s:s}", "now", now);
	char text[CLOCK_TEXT_MAX];

	client_age(document, since, text);
	return strcmp(text, wanted) == 0;
}

static void test_fields(void)
{
	SCOPED(json_unref)
	json_t *d = document_of("{\"t\":\"text\",\"n\":1.5,\"i\":7,\"b\":true,\"o\":{}}");

	check(strcmp(client_text(d, "t"), "text") == 0, "a text is a text");
	check(*client_text(d, "n") == '\0' && *client_text(d, "none") == '\0' &&
		      *client_text(NULL, "t") == '\0',
	      "what is no text, not there, or in nothing, is empty");
	check(client_number(d, "i") == 7 && client_number(d, "n") == 1.5, "numbers of both kinds");
	check(client_number(d, "t") == 0 && client_number(d, "none") == 0, "no number is 0");
	check(client_flag(d, "b") && !client_flag(d, "t"), "only true is true");
}

static void test_age(void)
{
	check(is_age("2026-11-22T12:00:00Z", "2026-11-22T11:48:00Z", "12 min"), "an age in words");
	check(is_age("2026-11-22T12:00:00Z", "2026-11-22T12:00:30Z", "1.0 s"),
	      "what comes from the future is new");
	check(is_age("2026-11-22T12:00:00Z", "yesterday", ""), "a time that is none has no age");
	check(is_age("", "2026-11-22T12:00:00Z", ""), "nor has one without a now");
}

static void test_codes(void)
{
	check(client_code("ok") == CODE_OK && client_code("notice") == CODE_OK,
	      "a notice does not wake anybody");
	check(client_code("warning") == CODE_WARNING && client_code("critical") == CODE_CRITICAL,
	      "warning and critical are Nagios' 1 and 2");
	check(client_code("") == CODE_UNKNOWN && client_code("doomed") == CODE_UNKNOWN,
	      "everything else is unknown");
}

static void test_socket(void)
{
	SCOPED(json_unref) json_t *document = NULL;
	char longest[200];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	check(client_get("/nonexistent/status.sock", &document) == -ENOENT, "no socket, no daemon");
	check(client_get(longest, &document) == -ENAMETOOLONG, "a path longer than a socket's");
}

int main(void)
{
	test_fields();
	test_age();
	test_codes();
	test_socket();
	return tap_done();
}
