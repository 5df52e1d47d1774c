/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an answer, or the lack of one, means: the table, and the few rules that need more than the
 * code itself (length, time taken, what the request tolerates).
 */
#include "ipmi/taxonomy.h"

#include <stdint.h>

#define CC_OK 0x00

/* IPMI 2.0 table 5-2; who makes a code besides the BMC is noted behind it. */
const struct taxonomy_code taxonomy_codes[] = {
	{ 0x00, false, OBS_OK, "0x00 completed normally" },
	{ 0x7f, false, OBS_COMPLETION_CODE, "0x7F reserved code" },
	/* Command specific in the standard; Linux 6.18 and later: the interface is hosed
	 * (drivers/char/ipmi/ipmi_si_intf.c, IPMI_BUS_ERR). */
	{ 0x82, false, OBS_TIMEOUT, "0x82 bus error, or a command-specific code" },
	{ 0xbf, false, OBS_COMPLETION_CODE, "0xBF reserved code" },
	/* ipmi_bt_sm.c makes it, too, as long as a hung controller leaves B_BUSY standing. */
	{ 0xc0, true, OBS_BUSY, "0xC0 node busy" },
	{ 0xc1, false, OBS_COMPLETION_CODE, "0xC1 invalid command" },
	{ 0xc2, false, OBS_COMPLETION_CODE, "0xC2 command invalid for the given LUN" },
	{ 0xc3, false, OBS_TIMEOUT, "0xC3 timeout while processing the command" }, /* ipmi_bt_sm */
	{ 0xc4, false, OBS_COMPLETION_CODE, "0xC4 out of space" },
	{ 0xc5, false, OBS_COMPLETION_CODE, "0xC5 reservation cancelled or invalid" },
	{ 0xc6, false, OBS_COMPLETION_CODE, "0xC6 request data truncated" },
	{ 0xc7, false, OBS_COMPLETION_CODE, "0xC7 request data length invalid" },
	{ 0xc8, false, OBS_COMPLETION_CODE, "0xC8 request data field length limit exceeded" },
	{ 0xc9, false, OBS_COMPLETION_CODE, "0xC9 parameter out of range" },
	{ 0xca, false, OBS_COMPLETION_CODE, "0xCA cannot return that many data bytes" },
	{ 0xcb, false, OBS_COMPLETION_CODE, "0xCB requested sensor, data or record not present" },
	{ 0xcc, false, OBS_COMPLETION_CODE, "0xCC invalid data field in the request" },
	{ 0xcd, false, OBS_COMPLETION_CODE, "0xCD command illegal for this sensor or record" },
	{ 0xce, false, OBS_COMPLETION_CODE, "0xCE command response could not be provided" },
	{ 0xcf, false, OBS_COMPLETION_CODE, "0xCF cannot execute a duplicated request" },
	{ 0xd0, false, OBS_COMPLETION_CODE, "0xD0 SDR repository is in update mode" },
	{ 0xd1, false, OBS_BUSY, "0xD1 device is in firmware update mode" },
	{ 0xd2, false, OBS_BUSY, "0xD2 controller initialisation is in progress" },
	{ 0xd3, false, OBS_COMPLETION_CODE, "0xD3 destination unavailable" },
	{ 0xd4, false, OBS_COMPLETION_CODE, "0xD4 insufficient privilege" },
	/* Linux 6.2 to 6.17 fails every command at once like this after the first hosed one, and
	 * hosed_count stands still. Requests a BMC may refuse so of its own tolerate the code. */
	{ 0xd5, false, OBS_TIMEOUT, "0xD5 not supported in the present state" },
	{ 0xd6, false, OBS_COMPLETION_CODE, "0xD6 sub-function disabled or unavailable" },
	/* Linux up to 6.17 makes it for a hosed KCS, SMIC or SSIF; only the counter tells. */
	{ 0xff, true, OBS_COMPLETION_CODE, "0xFF unspecified error" },
};
const size_t taxonomy_codes_count = COUNT_OF(taxonomy_codes);

#define SIXTEEN(high, text)                                                                        \
	"0x" high "0 " text, "0x" high "1 " text, "0x" high "2 " text, "0x" high "3 " text,        \
		"0x" high "4 " text, "0x" high "5 " text, "0x" high "6 " text,                     \
		"0x" high "7 " text, "0x" high "8 " text, "0x" high "9 " text,                     \
		"0x" high "A " text, "0x" high "B " text, "0x" high "C " text,                     \
		"0x" high "D " text, "0x" high "E " text, "0x" high "F " text
#define OEM(high)      SIXTEEN(high, "OEM code")
#define SPECIFIC(high) SIXTEEN(high, "command-specific code")
#define RESERVED(high) SIXTEEN(high, "reserved code")

/* What the ranges of table 5-2 say about a code without a row of its own. */
static const char *const range_names[] = {
	OEM("0"),      OEM("1"),      OEM("2"),	     OEM("3"),	    OEM("4"),	   OEM("5"),
	OEM("6"),      OEM("7"),      SPECIFIC("8"), SPECIFIC("9"), SPECIFIC("A"), SPECIFIC("B"),
	RESERVED("C"), RESERVED("D"), RESERVED("E"), RESERVED("F"),
};

static const struct taxonomy_code *code_find(uint8_t cc)
{
	for (size_t i = 0; i < COUNT_OF(taxonomy_codes); i++) {
		if (taxonomy_codes[i].cc == cc)
			return &taxonomy_codes[i];
	}
	return NULL;
}

static bool is_tolerated(const struct ipmi_request *req, uint8_t cc)
{
	for (size_t i = 0; i < COUNT_OF(req->tolerated) && req->tolerated[i] != 0; i++) {
		if (req->tolerated[i] == cc)
			return true;
	}
	return false;
}

enum obs_status taxonomy_of_answer(const struct ipmi_request *req, const uint8_t *data, size_t len,
				   bool is_slow, bool (*has_hosed)(void *host), void *host)
{
	const enum obs_status good = is_slow ? OBS_SLOW : OBS_OK;
	const struct taxonomy_code *code;

	if (len == 0 || len > IPMI_REPLY_DATA_MAX)
		return OBS_BAD_REPLY;
	if (data[0] == CC_OK)
		return len - 1 < req->min_len ? OBS_BAD_REPLY : good;
	code = code_find(data[0]);
	if (code && code->may_be_drivers && has_hosed && has_hosed(host))
		return OBS_TIMEOUT; /* the kernel made it: not the answer that was tolerated */
	if (is_tolerated(req, data[0]))
		return good;
	return code ? code->status : OBS_COMPLETION_CODE;
}

static const struct errno_meaning {
	int error;
	enum obs_status status;
} errno_meanings[] = {
	{ -EIO, OBS_TIMEOUT }, /* Linux 6.18 and later holds the BMC for hosed and refuses */
	{ -ETIMEDOUT, OBS_TIMEOUT },
	{ -EBUSY, OBS_BUSY }, /* Linux 6.18 and later: 30 s after anybody's reset command */
	{ -EAGAIN, OBS_BUSY },
};

/* ENODEV, ENOENT, ENXIO, ENOTCONN, EACCES, EPERM and what nobody foresaw: there is no way to the
 * controller, and that says nothing about how it feels. */
enum obs_status taxonomy_of_error(int error)
{
	for (size_t i = 0; i < COUNT_OF(errno_meanings); i++) {
		if (errno_meanings[i].error == error)
			return errno_meanings[i].status;
	}
	return OBS_INTERFACE_LOST;
}

const char *taxonomy_cc_name(uint8_t cc)
{
	const struct taxonomy_code *code = code_find(cc);

	return code ? code->name : range_names[cc];
}
