/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sensors probe from the first question to the round of readings, with a scripted controller
 * and a folder of the test's own for the cache.
 */
#include "base/fsio.h"
#include "probes/sensors.c"
#include "tests/unit/fake_bmc.h"
#include "tests/unit/sdr_bytes.h"
#include "tests/unit/tap.h"

#define RUN_US	   (15 * USEC_PER_SEC)
#define CHECK_US   USEC_PER_HOUR
#define SENSOR_MAX 40

struct board { /* what the controller has, and how it behaves */
	unsigned sensors;
	uint32_t added;			/* the repository's timestamp */
	enum obs_status status;		/* of Get Sensor Reading */
	enum obs_status storage_status; /* of repository commands */
	uint8_t cc[SENSOR_MAX];		/* of each sensor, by number - 1 */
	bool is_unavailable[SENSOR_MAX];
	unsigned infos, gets, readings;
	bool has_bad_priority;
};

static char dir[] = "/tmp/bmchealthd-sensors-XXXXXX";

static void drop_cache(void)
{
	char path[FS_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/sdr.cache", dir);
	(void)unlink(path);
}

static void play_info(struct fake *fake, struct board *board, struct ipmi_reply *reply)
{
	board->infos++;
	memset(fake->data, 0, 14);
	fake->data[1] = (uint8_t)board->sensors;
	fake->data[5] = (uint8_t)board->added;
	reply->len = 14;
}

static void play_get(struct fake *fake, struct board *board, const struct ipmi_request *req,
		     struct ipmi_reply *reply)
{
	uint8_t record[SDR_RECORD_MAX];
	unsigned id = req->data[2], next;
	char name[16];
	size_t len;

	board->gets++;
	board->has_bad_priority |= req->priority != QUEUE_BULK;
	id = id == 0 ? 1 : id;
	(void)snprintf(name, sizeof(name), "T%u", id);
	len = make_full(record, (uint16_t)id, (uint8_t)id, name);
	next = id < board->sensors ? id + 1 : 0xffff;
	fake->data[0] = (uint8_t)next;
	fake->data[1] = (uint8_t)(next >> 8);
	memcpy(fake->data + 2, record, len);
	reply->len = 2 + len;
}

static void play_reading(struct fake *fake, struct board *board, const struct ipmi_request *req,
			 struct ipmi_reply *reply)
{
	unsigned i = req->data[0] - 1U;

	board->readings++;
	board->has_bad_priority |= req->priority != QUEUE_NORMAL;
	reply->status = board->status;
	reply->cc = board->cc[i];
	fake->data[0] = (uint8_t)(20 + i);
	fake->data[1] = board->is_unavailable[i] ? 0xe0 : 0xc0;
	fake->data[2] = 0x01;
	reply->len = 3;
}

static bool play(struct fake *fake, const struct ipmi_request *req, struct ipmi_reply *reply)
{
	struct board *board = fake->user;

	if (req->netfn == 0x04) {
		play_reading(fake, board, req, reply);
		return true;
	}
	reply->status = board->storage_status;
	if (req->cmd == 0x20) {
		play_info(fake, board, reply);
	} else if (req->cmd == 0x22) {
		fake->data[0] = 1;
		reply->len = 2;
	} else {
		play_get(fake, board, req, reply);
	}
	return true;
}

static void *start(struct fake *fake, struct board *board, unsigned sensors)
{
	void *state = NULL;

	*board = (struct board){ .sensors = sensors, .added = 1 };
	fake->user = board;
	fake->bmc = play;
	fake->env.state_dir = dir;
	fake->span_us = CHECK_US;
	fake->identity = (struct bmc_identity){ .manufacturer = 674, .firmware_major = 4 };
	fake->has_identity = true;
	if (probe_sensors.open(&fake->env, &state) < 0)
		exit(99);
	return state;
}

static void run(struct fake *fake, void *state, unsigned times)
{
	for (; times > 0; times--) {
		(void)probe_sensors.run(state);
		(void)fake_pump(fake, 5000);
		fake->now.v += RUN_US;
	}
}

static void test_first_round(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state = start(fake, &board, 3);
	const struct fake_obs *seen;

	fake->has_identity = false;
	check(probe_sensors.run(state) == 0 && fake->pending_count == 0,
	      "nothing is asked before it is known who it is");
	fake->has_identity = true;
	run(fake, state, 1);
	check(board.infos == 1 && board.gets == 3 && board.readings == 0,
	      "the first run reads the repository");
	run(fake, state, 1);
	check(board.readings == 1 && strcmp(fake->last_label, "Get Sensor Reading T1") == 0,
	      "the second one sensor, by name");
	seen = fake_last(fake, METRIC_SENSOR, 0);
	check(seen && strcmp(seen->detail, "T1") == 0 && seen->obs.value == 20000 &&
		      seen->obs.flags == 1 && seen->obs.took_us == 5000,
	      "and tells what it said");
	run(fake, state, 1);
	check(!fake_last(fake, METRIC_SENSORS_MISSING, 0), "no balance before the round is full");
	run(fake, state, 1);
	seen = fake_last(fake, METRIC_SENSORS_MISSING, 0);
	check(seen && seen->obs.value == 0 && seen->obs.total == 3, "then: none of 3 missing");
	run(fake, state, 1);
	check(strcmp(fake_last(fake, METRIC_SENSOR, 0)->detail, "T1") == 0, "round and round");
	check(!board.has_bad_priority, "the repository as bulk, readings as normal commands");
	probe_sensors.close(state);
}

/* Needs the cache the test before left. */
static void test_restart(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state = start(fake, &board, 3);

	board.is_unavailable[1] = true;
	board.cc[2] = 0xcb;
	run(fake, state, 3);
	check(board.infos == 1 && board.gets == 0 && board.readings == 3,
	      "after a restart one question does instead of the repository");
	check(fake_last(fake, METRIC_SENSORS_MISSING, 0)->obs.value == 2,
	      "and what had a reading before it is remembered");
	check(fake_last(fake, METRIC_SENSOR, 0)->obs.flags == SENSOR_FLAG_UNAVAILABLE &&
		      fake_last(fake, METRIC_SENSOR, 0)->obs.cc == 0xcb,
	      "an absent one is told as unavailable");
	board.cc[2] = 0;
	run(fake, state, 3);
	check(fake_last(fake, METRIC_SENSORS_MISSING, 0)->obs.value == 1, "one came back");
	probe_sensors.close(state);
}

static void test_vanished(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state = start(fake, &board, 3);
	const struct fake_obs *seen;
	unsigned i;

	run(fake, state, 3);
	board.sensors = 1;
	fake->now.v += CHECK_US;
	run(fake, state, 1);
	check(board.infos == 2 && board.gets == 1, "a changed repository is read again");
	run(fake, state, 3);
	seen = fake_last(fake, METRIC_SENSORS_MISSING, 0);
	check(seen->obs.value == 2 && seen->obs.total == 3, "records that vanished are missing");
	check(strcmp(fake->last_label, "Get Sensor Reading T1") == 0, "but not asked any more");
	probe_sensors.close(state);
	state = start(fake, &board, 1);
	run(fake, state, 3);
	seen = fake_last(fake, METRIC_SENSORS_MISSING, 0);
	check(board.gets == 0 && seen->obs.value == 2 && seen->obs.total == 3,
	      "also after a restart");
	for (i = 0; i < SDR_GONE_CHECKS_MAX; i++) {
		fake->now.v += CHECK_US;
		run(fake, state, 1);
	}
	run(fake, state, 2);
	seen = fake_last(fake, METRIC_SENSORS_MISSING, 0);
	check(seen->obs.value == 0 && seen->obs.total == 1, "after many checks they are let go");
	board.sensors = 0;
	fake->now.v += CHECK_US;
	run(fake, state, 3);
	seen = fake_last(fake, METRIC_SENSORS_MISSING, 0);
	check(board.gets == 0 && seen->obs.value == 1 && seen->obs.total == 1,
	      "an empty repository: all missing, nothing to read");
	probe_sensors.close(state);
}

static void test_no_answer(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state;

	drop_cache();
	state = start(fake, &board, 2);
	board.storage_status = OBS_TIMEOUT;
	run(fake, state, 10);
	check(board.infos == 1, "an info that timed out is not asked at every run");
	fake->now.v += 10 * USEC_PER_MINUTE;
	board.storage_status = OBS_OK;
	run(fake, state, 3);
	check(board.infos == 2 && board.readings == 2, "but some minutes later");
	board.status = OBS_TIMEOUT;
	run(fake, state, 2);
	check(board.readings == 4 && fake_count(fake, METRIC_SENSOR) == 2,
	      "a reading that timed out tells no value, and the next sensor is next");
	check(fake_last(fake, METRIC_SENSORS_MISSING, 0)->obs.value == 0,
	      "silence is not a missing sensor");
	board.status = OBS_SKIPPED;
	run(fake, state, 5);
	check(strcmp(fake->last_label, "Get Sensor Reading T1") == 0,
	      "a skipped one is asked again");
	check(fake_count(fake, METRIC_SENSORS_MISSING) == 2, "it is no round");
	board.status = OBS_COMPLETION_CODE;
	board.cc[0] = board.cc[1] = 0xff;
	run(fake, state, 2);
	check(fake_last(fake, METRIC_SENSORS_MISSING, 0)->obs.value == 2,
	      "an error instead of a reading is none");
	probe_sensors.close(state);
}

static void test_resume(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state;
	unsigned i;

	drop_cache();
	state = start(fake, &board, 5);
	(void)probe_sensors.run(state);
	check(fake_pump(fake, 4) == 4 && board.gets == 2, "it is in the middle of the repository");
	check(probe_sensors.run(state) == 0 && board.readings == 0,
	      "a run meanwhile changes nothing");
	board.storage_status = OBS_TIMEOUT;
	(void)fake_pump(fake, 100);
	check(fake->pending_count == 0, "after a time-out it waits");
	board.storage_status = OBS_OK;
	run(fake, state, 1);
	check(board.infos == 1 && board.gets == 6, "the next run goes on where it was");
	probe_sensors.close(state);
	drop_cache();
	state = start(fake, &board, 5);
	(void)probe_sensors.run(state);
	(void)fake_pump(fake, 3);
	board.storage_status = OBS_TIMEOUT;
	for (i = 0; i < 30; i++)
		run(fake, state, 1);
	check(board.gets < 25, "it gives up until the next check");
	check(board.readings > 0, "and lives with what it has");
	probe_sensors.close(state);
	state = start(fake, &board, 5);
	run(fake, state, 1);
	check(board.gets == 5, "which it does not keep for the next start");
	probe_sensors.close(state);
}

static void test_flicker(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state;
	unsigned i;

	drop_cache();
	state = start(fake, &board, 3);
	run(fake, state, 4);
	for (i = 0; i < 400; i++) { /* over a check, too */
		fake->identity.firmware_major = (uint8_t)(i / 8 % 2 ? 9 : 4);
		run(fake, state, 1);
	}
	check(board.gets == 3, "an identity that flickers does not get the repository read");
	check(fake_count(fake, METRIC_SENSOR) > 390, "readings go on");
	fake->identity.firmware_major = 5;
	run(fake, state, 25);
	check(board.gets == 6, "one that lasts does");
	check(fake_last(fake, METRIC_SENSORS_MISSING, 0)->obs.total == 3,
	      "its sensors are its own");
	probe_sensors.close(state);
}

static void test_life(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state;

	drop_cache();
	state = start(fake, &board, 3);
	(void)probe_sensors.run(state);
	probe_sensors.close(state);
	check(fake->cancels == 1 && fake->pending_count == 0, "close cancels the info");
	state = start(fake, &board, 3);
	run(fake, state, 1);
	(void)probe_sensors.run(state);
	check(probe_sensors.run(state) == -EBUSY, "one reading at a time");
	probe_sensors.close(state);
	check(fake->cancels == 2 && fake->pending_count == 0, "close cancels the reading");
	state = start(fake, &board, 3);
	fake->refuse = -EAGAIN;
	check(probe_sensors.run(state) == -EAGAIN, "a refusal is passed on");
	fake->refuse = 0;
	run(fake, state, 2);
	check(board.readings > 0, "and forgotten");
	probe_sensors.close(state);
	probe_sensors.close(NULL);
}

static void test_no_folder(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct board board;
	void *state;

	drop_cache();
	state = start(fake, &board, 3);
	fake->env.state_dir = NULL;
	run(fake, state, 8);
	check(fake_count(fake, METRIC_SENSORS_MISSING) == 2, "it works without a folder");
	probe_sensors.close(state);
	state = start(fake, &board, 3);
	fake->env.state_dir = "/nonexistent";
	run(fake, state, 8);
	check(fake_count(fake, METRIC_SENSORS_MISSING) == 4, "and with one that is not there");
	probe_sensors.close(state);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	test_first_round();
	test_restart();
	test_vanished();
	test_no_answer();
	test_resume();
	test_flicker();
	test_life();
	test_no_folder();
	drop_cache();
	check(rmdir(dir) == 0, "the test leaves nothing behind");
	return tap_done();
}
