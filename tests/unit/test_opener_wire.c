/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of the helper's socket: what goes in comes out; anything else is refused.
 */
#include <stddef.h>

#include "model/opener-wire.c" /* the unit under test */
#include "tests/unit/tap.h"

static const mono_us now = { 5 * USEC_PER_DAY };

static const struct opener_message sample = {
	.kind = OPENER_NEWS,
	.event = { .kind = OPENER_OPENED,
		   .target = 1,
		   .at = { 4 * USEC_PER_DAY },
		   .who = { .pid = 812,
			    .start_ticks = 99,
			    .uid = 0,
			    .login_uid = OPENER_NO_UID,
			    .comm = "ipmitool",
			    .parent = "cron",
			    .exe = "/usr/bin/ipmitool",
			    .unit = "cron.service",
			    .container = "0123456789ab" } },
};

static int decode(const struct wire *w, struct opener_message *ret)
{
	return opener_wire_decode(w, sizeof(*w), now, ret);
}

static struct wire wire_of(const struct opener_message *message)
{
	struct wire w;

	opener_wire_encode(message, &w);
	return w;
}

static void test_there_and_back(void)
{
	const struct wire w = wire_of(&sample);
	struct opener_message back;
	struct opener_message hello = { .kind = OPENER_HELLO, .error = -EPERM };
	struct wire h = wire_of(&hello);

	check(decode(&w, &back) == 0 && back.kind == OPENER_NEWS, "a record is taken");
	check(memcmp(&back.event, &sample.event, sizeof(back.event)) == 0,
	      "and is what was sent, to the byte");
	check(decode(&h, &back) == 0 && back.kind == OPENER_HELLO && back.error == -EPERM,
	      "a greeting says how the helper works");
	hello.kind = OPENER_LOOK;
	h = wire_of(&hello);
	check(decode(&h, &back) == 0 && back.kind == OPENER_LOOK, "a request has nothing in it");
}

static void test_refused(void)
{
	struct opener_message back = { .error = 77 };
	struct wire w = wire_of(&sample);

	check(opener_wire_decode(&w, sizeof(w) - 1, now, &back) == -EMSGSIZE &&
		      opener_wire_decode(&w, 0, now, &back) == -EMSGSIZE,
	      "a shorter one is none");
	w.magic++;
	check(decode(&w, &back) == -EPROTO, "another beginning is refused");
	w = wire_of(&sample);
	w.version++;
	check(decode(&w, &back) == -EPROTO, "and so is another version");
#define IMPOSSIBLE(change, sentence)                                                               \
	w = wire_of(&sample);                                                                      \
	change;                                                                                    \
	check(decode(&w, &back) == -EBADMSG, sentence)
	IMPOSSIBLE(w.kind = 9, "no such message");
	IMPOSSIBLE(w.event = 9, "no such event");
	IMPOSSIBLE(w.opener = 9, "no such opener");
	IMPOSSIBLE(w.pid = -1, "no such process");
	IMPOSSIBLE(w.error = 1, "an error is negative");
	IMPOSSIBLE(w.error = INT32_MIN, "and small");
	IMPOSSIBLE(w.at_us = now.v + 2 * USEC_PER_SEC, "a time to come");
	IMPOSSIBLE(w.at_us = INT64_MIN, "a time before all time");
	IMPOSSIBLE(memset(w.comm, 'x', sizeof(w.comm)), "a text without an end");
	IMPOSSIBLE(w.unit[3] = '\n', "a newline");
	IMPOSSIBLE(w.exe[0] = '\x1b', "an escape sequence");
	IMPOSSIBLE(w.container[0] = (char)0xff, "a byte that is no ASCII");
	IMPOSSIBLE((w.event = OPENER_SCANNED, w.began_us = -1),
		   "a look that began before all time");
	check(back.error == 77, "and what is refused changes nothing");
	w = wire_of(&sample);
	w.at_us = now.v + 10;
	check(decode(&w, &back) == 0 && back.event.at.v == now.v,
	      "a record that is quicker than the clock is of now");
	w.comm[10] = 'x'; /* behind the end */
	check(decode(&w, &back) == 0 && back.event.who.comm[10] == '\0',
	      "what is behind the end of a text is not taken");
}

static void test_clean(void)
{
	char text[8];

	opener_clean(text, sizeof(text), "a\nb\x80 c", 6);
	check(strcmp(text, "a?b? c") == 0, "what cannot be printed becomes a question mark");
	opener_clean(text, sizeof(text), "0123456789", 10);
	check(strcmp(text, "0123456") == 0, "what is too long is cut");
	opener_clean(text, sizeof(text), "ab", 99);
	check(strcmp(text, "ab") == 0, "an end comes first");
	opener_clean(text, sizeof(text), "ab", 1);
	check(strcmp(text, "a") == 0, "or the length does");
}

int main(void)
{
	test_there_and_back();
	test_refused();
	test_clean();
	return tap_done();
}
