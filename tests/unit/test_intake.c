/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/intake: records in, requests out; peers that talk nonsense, flood, stall or go.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "engine/intake.c"
#include "model/opener-wire.h"
#include "tests/unit/tap.h"

struct seen {
	unsigned messages, gone;
	uid_t trusted, asked;
	struct opener_message last;
};

static bool on_test_record(void *user, unsigned peer, const void *data, size_t len)
{
	struct seen *seen = user;
	struct opener_message message;

	if (opener_wire_decode(data, len, clock_mono(), &message) < 0)
		return false;
	seen->messages += peer < INTAKE_PEERS_MAX;
	seen->last = message;
	return true;
}

static bool on_test_trust(void *user, uid_t uid)
{
	struct seen *seen = user;

	seen->asked = uid;
	return uid == seen->trusted;
}

static void on_test_gone(void *user, unsigned peer UNUSED)
{
	struct seen *seen = user;

	seen->gone++;
}

static const struct intake_kind test_kind = {
	.name = "test.sock",
	.mode = 0666,
	.size = OPENER_WIRE_SIZE,
	.per_second = 200,
	.burst = 1000,
	.record = on_test_record,
	.gone = on_test_gone,
	.is_trusted = on_test_trust,
};

static void test_ask(struct intake *intake)
{
	const struct opener_message message = { .kind = OPENER_LOOK };
	char data[OPENER_WIRE_SIZE];

	opener_wire_encode(&message, data);
	intake_send(intake, data, sizeof(data));
}

static int join(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void turn(sd_event *event, int times)
{
	while (times-- > 0)
		(void)sd_event_run(event, 0);
}

static bool tell(int fd, const char *comm)
{
	struct opener_message message = { .kind = OPENER_NEWS, .event = { .at = clock_mono() } };
	char data[OPENER_WIRE_SIZE];

	(void)snprintf(message.event.who.comm, OPENER_COMM_MAX, "%s", comm);
	opener_wire_encode(&message, data);
	return send(fd, data, sizeof(data), MSG_NOSIGNAL) == sizeof(data);
}

static void test_talk(sd_event *event, struct intake *intake, struct seen *seen)
{
	char data[OPENER_WIRE_SIZE + 1];
	struct opener_message message;
	const unsigned gone = seen->gone; /* the second daemon looked whether one is there */
	int fd = join(intake->path);

	turn(event, 3);
	check(fd >= 0 && intake_counters(intake).peers == 1, "a helper is let in");
	check(tell(fd, "ipmitool"), "it hands in a record");
	turn(event, 3);
	check(seen->messages == 1 && strcmp(seen->last.event.who.comm, "ipmitool") == 0,
	      "which is heard");
	test_ask(intake);
	check(recv(fd, data, sizeof(data), 0) == OPENER_WIRE_SIZE &&
		      opener_wire_decode(data, OPENER_WIRE_SIZE, clock_mono(), &message) == 0 &&
		      message.kind == OPENER_LOOK,
	      "and is asked to look");
	close(fd);
	turn(event, 3);
	check(seen->gone == gone + 1 && intake_counters(intake).peers == 0,
	      "when it goes, that is told");
}

static void test_nonsense(sd_event *event, struct intake *intake, struct seen *seen)
{
	const char *const texts[] = { "x", "GET / HTTP/1.0\r\n\r\n" };
	const unsigned before = seen->messages;
	char big[4 * OPENER_WIRE_SIZE] = "";
	int fd = join(intake->path);

	turn(event, 2);
	for (int i = 0; i < INTAKE_BAD_MAX - 1; i++)
		(void)send(fd, texts[i % 2], strlen(texts[i % 2]), 0);
	turn(event, 5);
	check(intake_counters(intake).bad == INTAKE_BAD_MAX - 1 &&
		      intake_counters(intake).peers == 1 && seen->messages == before,
	      "what is no record is counted and dropped");
	check(tell(fd, "x"), "a good one is taken after that");
	turn(event, 3);
	check(seen->messages == before + 1, "and heard");
	(void)send(fd, big, sizeof(big), 0);
	turn(event, 3);
	check(intake_counters(intake).peers == 0, "one more, too long, and it is sent away");
	close(fd);
}

static void test_many(sd_event *event, struct intake *intake)
{
	int fds[INTAKE_PEERS_MAX + 2];

	for (size_t i = 0; i < COUNT_OF(fds); i++)
		fds[i] = join(intake->path);
	turn(event, 20);
	check(intake_counters(intake).peers == INTAKE_PEERS_MAX &&
		      intake_counters(intake).refused == 2,
	      "so many are let in and no more");
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		close(fds[i]);
	turn(event, 20);
	check(intake_counters(intake).peers == 0, "all of them go");
}

/* Nobody reads faster than the rate: what a peer cannot get rid of is its own trouble. */
static void test_flood(sd_event *event, struct intake *intake, struct seen *seen)
{
	const unsigned before = seen->messages;
	const mono_us began = clock_mono();
	int64_t allowed;
	int fd = join(intake->path);
	unsigned refused = 0;

	turn(event, 2);
	for (int i = 0; i < 20000; i++) {
		refused += !tell(fd, "flood");
		if (i % 10 == 0)
			turn(event, 1);
	}
	allowed = test_kind.burst +
		  mono_since(clock_mono(), began) * test_kind.per_second / USEC_PER_SEC + 1;
	check(seen->messages - before <= allowed, "%u of 20000 records were read, %lld allowed",
	      seen->messages - before, (long long)allowed);
	check(refused > 0, "the sender notices");
	test_ask(intake);
	close(fd);
	intake->tokens = test_kind.burst;
	peers_listen(intake, true);
	turn(event, 1000);
	check(intake_counters(intake).peers == 0, "and when it goes, it is gone");
}

static void test_stall(sd_event *event, struct intake *intake)
{
	int fd = join(intake->path);

	turn(event, 2);
	for (int i = 0; i < 10000; i++)
		test_ask(intake);
	check(intake_counters(intake).peers == 1, "who never reads does no harm");
	close(fd);
	turn(event, 3);
}

/* Another user: one who is trusted is let in, others are not. Needs root. */
static bool stranger_is_heard(sd_event *event, struct intake *intake, uid_t uid)
{
	const uint64_t refused = intake_counters(intake).refused;
	int fd;

	if (seteuid(uid) < 0)
		return false;
	fd = join(intake->path);
	if (seteuid(0) < 0 || fd < 0)
		return false;
	turn(event, 3);
	close(fd);
	turn(event, 3);
	return intake_counters(intake).refused == refused;
}

static void test_trust(sd_event *event, struct intake *intake, struct seen *seen, const char *dir)
{
	if (geteuid() != 0 || chmod(dir, 0755) < 0) {
		check(true, "who is trusted is let in # SKIP needs root");
		return;
	}
	seen->trusted = 4711;
	check(stranger_is_heard(event, intake, 4711), "a user who is trusted is let in");
	check(!stranger_is_heard(event, intake, 4712) && seen->asked == 4712, "another is not");
}

int main(void)
{
	char dir[] = "/tmp/bmc-intake-XXXXXX";
	struct intake *intake = NULL, *second = NULL;
	struct seen seen = { 0 };
	sd_event *event = NULL;

	if (!mkdtemp(dir) || sd_event_new(&event) < 0)
		return 99;
	check(intake_new(event, dir, &test_kind, &seen, &intake) == 0, "it listens");
	check(intake_new(event, dir, &test_kind, &seen, &second) == -EADDRINUSE,
	      "a second daemon does not");
	turn(event, 5);
	test_talk(event, intake, &seen);
	test_nonsense(event, intake, &seen);
	test_many(event, intake);
	test_flood(event, intake, &seen);
	test_stall(event, intake);
	test_trust(event, intake, &seen, dir);
	intake_free(intake);
	check(rmdir(dir) == 0, "nothing is left behind");
	(void)sd_event_unref(event);
	return tap_done();
}
