/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The taxonomy: every row of the table, every range, every errno it knows and some it does not.
 */
#include <stdio.h>

#include "ipmi/taxonomy.c"
#include "tests/unit/tap.h"

static int hosed_asked;

static bool hosed_yes(void *host UNUSED)
{
	hosed_asked++;
	return true;
}

static bool hosed_no(void *host UNUSED)
{
	hosed_asked++;
	return false;
}

static enum obs_status answer(const struct ipmi_request *req, uint8_t cc, size_t len,
			      bool (*has_hosed)(void *host))
{
	uint8_t data[IPMI_REPLY_DATA_MAX + 1] = { cc };

	return taxonomy_of_answer(req, data, len, false, has_hosed, NULL);
}

static void test_table(void)
{
	const struct ipmi_request req = { .min_len = 0 };
	bool is_sorted = true, agrees = true, tolerates = true;

	for (size_t i = 0; i < taxonomy_codes_count; i++) {
		const struct taxonomy_code *code = &taxonomy_codes[i];
		struct ipmi_request tolerant = { .tolerated = { 0x01, code->cc } };
		char hex[8];

		(void)snprintf(hex, sizeof(hex), "0x%02X ", code->cc);
		agrees = agrees && strncmp(code->name, hex, strlen(hex)) == 0 &&
			 answer(&req, code->cc, 1, hosed_no) == code->status &&
			 answer(&req, code->cc, 1, NULL) == code->status &&
			 answer(&req, code->cc, 1, hosed_yes) ==
				 (code->may_be_drivers ? OBS_TIMEOUT : code->status);
		tolerates = tolerates && answer(&tolerant, code->cc, 1, hosed_no) == OBS_OK;
		is_sorted = is_sorted && (i == 0 || taxonomy_codes[i - 1].cc < code->cc);
	}
	check(agrees, "every row of the table is what an answer with its code becomes");
	check(tolerates, "every code a request tolerates is a normal answer");
	check(is_sorted, "the table is in order, so no code is there twice");
}

static void test_codes(void)
{
	static const uint8_t timeouts[] = { 0xc3, 0x82, 0xd5 };
	static const uint8_t busy[] = { 0xc0, 0xd1, 0xd2 };
	const struct ipmi_request req = { .min_len = 2 };
	unsigned others = 0;

	for (size_t i = 0; i < COUNT_OF(timeouts); i++)
		check(answer(&req, timeouts[i], 1, NULL) == OBS_TIMEOUT, "0x%02X is a time-out",
		      timeouts[i]);
	for (size_t i = 0; i < COUNT_OF(busy); i++)
		check(answer(&req, busy[i], 1, NULL) == OBS_BUSY, "0x%02X is busy", busy[i]);
	for (unsigned cc = 1; cc <= 0xff; cc++)
		others += answer(&req, (uint8_t)cc, 1, NULL) == OBS_COMPLETION_CODE;
	check(others == 255 - COUNT_OF(timeouts) - COUNT_OF(busy),
	      "all other codes are completion codes, 0xFF without a hosed driver among them");
	hosed_asked = 0;
	check(answer(&req, 0xff, 1, hosed_yes) == OBS_TIMEOUT && hosed_asked == 1,
	      "0xFF is a time-out when the driver made it");
	check(answer(&req, 0xc0, 1, hosed_yes) == OBS_TIMEOUT && hosed_asked == 2,
	      "so is 0xC0: BT's driver says it of a controller that hangs");
	check(answer(&req, 0xc3, 1, hosed_no) == OBS_TIMEOUT && hosed_asked == 2,
	      "the driver is not asked for a code that is clear without it");
}

static void test_length_and_time(void)
{
	const struct ipmi_request req = { .min_len = 3, .tolerated = { 0xcb, 0xff } };
	const uint8_t good[] = { 0, 1, 2, 3 }, tolerated[] = { 0xcb };

	check(answer(&req, 0, 0, NULL) == OBS_BAD_REPLY, "an empty answer is a bad reply");
	check(taxonomy_of_answer(&req, NULL, 0, false, NULL, NULL) == OBS_BAD_REPLY,
	      "and needs no buffer");
	check(answer(&req, 0, 3, NULL) == OBS_BAD_REPLY, "one byte too short is a bad reply");
	check(answer(&req, 0, 4, NULL) == OBS_OK, "exactly long enough is good");
	check(answer(&req, 0, IPMI_REPLY_DATA_MAX, NULL) == OBS_OK, "as long as can be is good");
	check(answer(&req, 0, IPMI_REPLY_DATA_MAX + 1, NULL) == OBS_BAD_REPLY,
	      "longer than can be is a bad reply");
	check(answer(&req, 0xc1, 1, NULL) == OBS_COMPLETION_CODE,
	      "an error needs no data to be understood");
	check(taxonomy_of_answer(&req, good, 4, true, NULL, NULL) == OBS_SLOW, "good but slow");
	check(taxonomy_of_answer(&req, tolerated, 1, true, NULL, NULL) == OBS_SLOW,
	      "tolerated but slow");
	check(answer(&req, 0xff, 1, hosed_yes) == OBS_TIMEOUT,
	      "a 0xFF the kernel made is not the one that was tolerated");
	check(answer(&req, 0xff, 1, hosed_no) == OBS_OK, "the controller's own is");
}

static void test_tolerated_end(void)
{
	const struct ipmi_request all = { .tolerated = { 0xc1, 0xc2, 0xc4, 0xc5 } };
	const struct ipmi_request ended = { .tolerated = { 0xc1, 0x00, 0xc3, 0 } };

	check(answer(&all, 0xc5, 1, NULL) == OBS_OK, "a full list of tolerated codes has no end");
	check(answer(&all, 0xc6, 1, NULL) == OBS_COMPLETION_CODE, "and is not read past it");
	check(answer(&ended, 0xc3, 1, NULL) == OBS_TIMEOUT, "nothing behind the 0 is tolerated");
}

static void test_errors(void)
{
	static const int lost[] = {
		-ENODEV, -ENOENT, -ENXIO,    -ENOTCONN,	    -EACCES, -EPERM,
		-ENOMEM, -EINVAL, -EMSGSIZE, -ECONNREFUSED, 0,	     INT32_MIN
	};

	check(taxonomy_of_error(-EIO) == OBS_TIMEOUT, "EIO: the driver holds the BMC for hosed");
	check(taxonomy_of_error(-ETIMEDOUT) == OBS_TIMEOUT, "ETIMEDOUT is a time-out");
	check(taxonomy_of_error(-EBUSY) == OBS_BUSY, "EBUSY is busy");
	check(taxonomy_of_error(-EAGAIN) == OBS_BUSY, "EAGAIN is busy");
	for (size_t i = 0; i < COUNT_OF(lost); i++)
		check(taxonomy_of_error(lost[i]) == OBS_INTERFACE_LOST,
		      "error %d: there is no way to the controller", lost[i]);
}

static bool name_is(uint8_t cc, const char *name)
{
	return strcmp(taxonomy_cc_name(cc), name) == 0;
}

static void test_names(void)
{
	bool all_named = true;

	for (unsigned cc = 0; cc <= 0xff; cc++) {
		char hex[8];

		(void)snprintf(hex, sizeof(hex), "0x%02X ", cc);
		if (strncmp(taxonomy_cc_name((uint8_t)cc), hex, strlen(hex)) != 0)
			all_named = false;
	}
	check(all_named, "each of the 256 codes has a name that starts with its number");
	check(name_is(0xc3, "0xC3 timeout while processing the command"), "the name of 0xC3");
	check(name_is(0x00, "0x00 completed normally"), "the name of 0x00");
	check(name_is(0x01, "0x01 OEM code") && name_is(0x7e, "0x7E OEM code"), "OEM codes");
	check(name_is(0x7f, "0x7F reserved code") && name_is(0xbf, "0xBF reserved code") &&
		      name_is(0xd7, "0xD7 reserved code") && name_is(0xfe, "0xFE reserved code"),
	      "reserved codes");
	check(name_is(0x80, "0x80 command-specific code") &&
		      name_is(0xbe, "0xBE command-specific code"),
	      "command-specific codes");
}

int main(void)
{
	test_table();
	test_codes();
	test_length_and_time();
	test_tolerated_end();
	test_errors();
	test_names();
	return tap_done();
}
