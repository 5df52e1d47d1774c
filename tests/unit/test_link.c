/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipmi/link: which connection strings are taken. Talking is tested against ipmi_sim.
 */
#include "ipmi/link.c"
#include "tests/unit/tap.h"

static bool is_fine(const char *connection)
{
	const char *why = NULL;

	return link_check(connection, &why) == 0;
}

static bool is_refused_for(const char *connection, const char *reason)
{
	const char *why = "";

	return link_check(connection, &why) == -EINVAL && strstr(why, reason) != NULL;
}

int main(void)
{
	char longest[2 * LINK_CONNECTION_MAX];
	char many[4 * LINK_WORDS_MAX];
	unsigned number = 99;

	check(is_fine("smi 0") && is_fine("smi  12"), "a local interface");
	check(is_fine("lan -U admin -p 623 10.0.0.7"), "a LAN with a port: -p is no password");
	check(is_fine("lan -A rmcp+ -p2 623 host"), "-p2 neither");
	check(is_refused_for("lan -U admin -P secret host", "password_file"), "-P is refused");
	check(is_refused_for("lan -Psecret host", "password_file"), "and -Psecret");
	check(is_refused_for("", "smi"), "nothing is no connection");
	check(is_refused_for("smi", "smi N") && is_refused_for("smi x", "smi N"),
	      "smi wants a number");
	check(is_refused_for("smi 256", "0 to 255") && is_refused_for("smi -1", "0 to 255"),
	      "a sane one");
	check(is_refused_for("lan", "host") && is_refused_for("lan -U admin", "host") &&
		      is_refused_for("lan -U admin -s", "host"),
	      "lan wants a host, which is no option's value");
	check(is_fine("lan host") && is_fine("lan -U admin -s host"), "and is fine with one");
	check(is_refused_for("telnet host", "smi"), "others are unknown");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	check(is_refused_for(longest, "too long"), "a connection has a length limit");
	memset(many, 'x', sizeof(many) - 1);
	for (size_t i = 1; i < sizeof(many); i += 2)
		many[i] = ' ';
	many[sizeof(many) - 1] = '\0';
	check(is_refused_for(many, "too long"), "and a word limit");
	check(link_is_smi("smi 3", &number) && number == 3, "the number of a local one is told");
	check(!link_is_smi("lan host", &number), "a LAN has none");
	check(link_is_same("smi 0", "smi  00") && !link_is_same("smi 0", "smi 1"),
	      "one interface is one, however it is written");
	check(link_is_same("lan -U a  host", "lan -U a host") &&
		      !link_is_same("lan -U a host", "lan -U b host") &&
		      !link_is_same("lan host", "lan -p 1 host"),
	      "so is a LAN connection, blanks aside");
	check(link_error(IPMI_OS_ERR_VAL(ENODEV)) == -ENODEV, "an errno passes");
	check(link_error(IPMI_RMCPP_ERR_VAL(0x12)) == -EACCES, "a refused session is EACCES");
	check(link_error(IPMI_IPMI_ERR_VAL(0x81)) == -EACCES, "an unknown user too");
	check(link_error(IPMI_IPMI_ERR_VAL(IPMI_TIMEOUT_CC)) == -ETIMEDOUT,
	      "who does not answer has refused nobody");
	check(link_error(IPMI_IPMI_ERR_VAL(0xff)) == -EPROTO, "what is neither is neither");
	return tap_done();
}
