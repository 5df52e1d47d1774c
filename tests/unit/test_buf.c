/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base/buf: the ceiling, and JSON that hostile text cannot break. jansson reads it back.
 */
#include <jansson.h>

#include "base/buf.c"
#include "tests/unit/tap.h"

static void test_ceiling(void)
{
	struct buf b = buf_make(8);
	int error = 0;

	buf_printf(&b, "1234567");
	check(b.error == 0 && strcmp(b.text, "1234567") == 0, "text up to the ceiling fits");
	buf_printf(&b, "8");
	check(b.error == -E2BIG, "one byte more does not");
	buf_printf(&b, "x");
	check(buf_take(&b, &error) == NULL && error == -E2BIG, "the first error is the last word");
}

static void test_document(void)
{
	struct buf b = buf_make(4096);
	char *text;
	json_t *json;

	buf_json_open(&b, NULL, '{');
	buf_json_string(&b, "name", "quote \" backslash \\ tab \t \x7f end");
	buf_json_i64(&b, "least", INT64_MIN);
	buf_json_double(&b, "nan", 0.0 / 0.0);
	buf_json_double(&b, "pi", 3.25);
	buf_json_bool(&b, "yes", true);
	buf_json_string(&b, "none", NULL);
	buf_json_open(&b, "list", '[');
	buf_json_open(&b, NULL, '[');
	buf_json_close(&b, ']');
	buf_json_i64(&b, NULL, 1);
	buf_json_i64(&b, NULL, 2);
	buf_json_close(&b, ']');
	buf_json_close(&b, '}');
	text = buf_take(&b, NULL);
	check(text != NULL, "a document comes out");
	json = text ? json_loads(text, 0, NULL) : NULL;
	check(json_is_object(json), "and another library reads it");
	check(strcmp(json_string_value(json_object_get(json, "name")),
		     "quote \" backslash \\ tab \t \x7f end") == 0,
	      "text comes back as it went in");
	check(json_integer_value(json_object_get(json, "least")) == INT64_MIN,
	      "so does the least integer");
	check(json_is_null(json_object_get(json, "nan")), "what is no number is null");
	check(json_array_size(json_object_get(json, "list")) == 3, "lists nest");
	json_decref(json);
	free(text);
}

static bool is_readable(const char *raw)
{
	struct buf b = buf_make(4096);
	char *text;
	json_t *json;

	buf_json_open(&b, NULL, '[');
	buf_json_string(&b, NULL, raw);
	buf_json_close(&b, ']');
	text = buf_take(&b, NULL);
	json = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	json_decref(json);
	return json != NULL;
}

static void test_hostile_text(void)
{
	static const char *const raw[] = { "\xff\xfe",	       "\xc0\x80", "\xed\xa0\x80",
					   "\xf5\x80\x80\x80", "\xe2\x82", "\xf0\x9f\x98",
					   "\xe0\x80\x80",     "\x80" };
	struct buf b = buf_make(64);

	for (size_t i = 0; i < COUNT_OF(raw); i++)
		check(is_readable(raw[i]), "broken UTF-8 number %zu still makes JSON", i);
	check(is_readable("°C é 漢 😀"), "good UTF-8 does anyway");
	buf_json_string(&b, NULL,
			"a\xff"
			"b");
	check(b.error == 0 && strcmp(b.text, "\"a\xef\xbf\xbd"
					     "b\"") == 0,
	      "each bad byte becomes one U+FFFD");
	buf_done(&b);
}

static void check_label(const char *value, size_t max, const char *want)
{
	struct buf b = buf_make(200);
	char *text;

	buf_label(&b, "name", value, max);
	text = buf_take(&b, NULL);
	check(text && strcmp(text, want) == 0, "a label: %s", text ? text : "none");
	free(text);
}

static void test_label(void)
{
	check_label("Fan1", 20, "name=\"Fan1\"");
	check_label("Fan1", 3, "name=\"Fan\"");
	check_label("a\"b\\c\nd\033[", 20, "name=\"a\\\"b\\\\c?d?[\"");
	check_label("\xff\xc3", 20, "name=\"\xef\xbf\xbd\xef\xbf\xbd\"");
	check_label("K\xc3\xa4", 2, "name=\"K\xef\xbf\xbd\"");
}

int main(void)
{
	test_label();
	test_ceiling();
	test_document();
	test_hostile_text();
	return tap_done();
}
