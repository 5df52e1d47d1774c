/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which observations are samples, and what is taken for a sign of a restart.
 */
#include "model/sampler.c" /* the unit under test */
#include "tests/unit/tap.h"

static int64_t now_s = 1000;

static struct observation command(uint8_t netfn, uint8_t cmd, enum obs_status status)
{
	return (struct observation){ .source = "test",
				     .metric = METRIC_COMMAND,
				     .status = status,
				     .netfn = netfn,
				     .cmd = cmd,
				     .took_us = 4000,
				     .mono = { now_s * USEC_PER_SEC },
				     .wall = { now_s * USEC_PER_SEC } };
}

static bool heartbeat(struct sampler *s, enum obs_status status, struct trend_sample *ret)
{
	const struct observation obs = command(0x06, 0x01, status);

	now_s += 60;
	return sampler_take(s, &obs, ret);
}

static void see(struct sampler *s, enum obs_metric metric, int64_t value)
{
	const struct observation obs = {
		.source = "test", .metric = metric, .value = value, .mono = { now_s * USEC_PER_SEC }
	};
	struct trend_sample sample;

	check(!sampler_take(s, &obs, &sample), "%s is no sample", obs_metric_name(metric));
}

/* The evidence that the next heartbeat carries. */
static uint32_t evidence(struct sampler *s)
{
	struct trend_sample sample = { 0 };

	return heartbeat(s, OBS_OK, &sample) ? sample.evidence : UINT32_MAX;
}

static void test_samples(void)
{
	struct sampler s = sampler_make(false);
	struct trend_sample sample = { 0 };
	struct observation obs;

	check(heartbeat(&s, OBS_OK, &sample) && sample.probe == TREND_CHEAP &&
		      sample.status == TREND_OK && sample.latency_us == 4000,
	      "a heartbeat is a cheap sample, with its latency");
	check(sample.sel_entries == -1 && sample.foreign_per_hour == -1 && sample.firmware == -1 &&
		      !sample.has_others && sample.evidence == 0,
	      "what nobody knows is not known");
	obs = command(0x04, 0x2d, OBS_TIMEOUT);
	check(sampler_take(&s, &obs, &sample) && sample.probe == TREND_COSTLY &&
		      sample.status == TREND_TIMEOUT && sample.latency_us == 0,
	      "a sensor reading is a costly one, here one that timed out");
	check(!sampler_take(&s, &obs, &sample), "the next one is one too many");
	obs.mono.v += 61 * USEC_PER_SEC;
	check(sampler_take(&s, &obs, &sample), "after a minute it is not");
	check(heartbeat(&s, OBS_SLOW, &sample) && sample.status == TREND_OK, "slow is an answer");
	obs = command(0x04, 0x2d, OBS_COMPLETION_CODE);
	check(sampler_take(&s, &obs, &sample) && sample.status == TREND_ERROR,
	      "after a heartbeat, too; and a refusal is an error");
	check(!heartbeat(&s, OBS_LATE, &sample) && !heartbeat(&s, OBS_SKIPPED, &sample) &&
		      !heartbeat(&s, OBS_DRIVER_STUCK, &sample) &&
		      !heartbeat(&s, OBS_INTERFACE_LOST, &sample),
	      "what was counted before, or was never sent, is none");
	obs = command(0x06, 0x04, OBS_OK);
	check(!sampler_take(&s, &obs, &sample), "nor is any other command");
}

static void test_company(void)
{
	struct sampler s = sampler_make(false);
	struct trend_sample sample = { 0 };

	see(&s, METRIC_DRIVER_USERS, 2);
	check(heartbeat(&s, OBS_OK, &sample) && sample.has_others, "a second user may be asking");
	see(&s, METRIC_FOREIGN_PER_HOUR, 0);
	check(heartbeat(&s, OBS_OK, &sample) && !sample.has_others && sample.foreign_per_hour == 0,
	      "not if the driver counts none of his transactions");
	see(&s, METRIC_FOREIGN_PER_HOUR, 240);
	check(heartbeat(&s, OBS_OK, &sample) && sample.has_others && sample.foreign_per_hour == 240,
	      "240 an hour are company");
	now_s += 900;
	see(&s, METRIC_DRIVER_USERS, 1);
	check(heartbeat(&s, OBS_OK, &sample) && !sample.has_others && sample.foreign_per_hour == -1,
	      "an old count is no count");
	see(&s, METRIC_DRIVER_MESSAGES, 3);
	check(heartbeat(&s, OBS_OK, &sample) && sample.has_others, "messages that wait are");
	see(&s, METRIC_SEL_ENTRIES, 512);
	check(heartbeat(&s, OBS_OK, &sample) && sample.sel_entries == 512,
	      "the event log's size goes with it");
}

static void test_clock(void)
{
	struct sampler s = sampler_make(false);
	const int64_t set = INT64_C(1767225600);

	see(&s, METRIC_SEL_CLOCK, set + now_s);
	check(evidence(&s) == 0, "the first reading proves nothing");
	see(&s, METRIC_SEL_CLOCK, set + now_s);
	check(evidence(&s) == 0, "nor does a clock that goes right");
	see(&s, METRIC_SEL_CLOCK, 40);
	check(evidence(&s) == 1u << TREND_SEL_CLOCK_UNSET, "one that counts from the start does");
	see(&s, METRIC_SEL_CLOCK, 100);
	check(evidence(&s) == 0, "once");
	see(&s, METRIC_SEL_CLOCK, 10);
	check(evidence(&s) == 1u << TREND_SEL_CLOCK_UNSET, "and again when it starts anew");
	see(&s, METRIC_SEL_CLOCK, set + now_s);
	check(evidence(&s) == 1u << TREND_SEL_CLOCK_JUMP, "somebody sets it: a jump, no proof");
	see(&s, METRIC_SEL_CLOCK, 0xffffffff);
	check(evidence(&s) == 0, "unspecified says nothing");
}

static void test_marks(void)
{
	struct sampler s = sampler_make(false);

	see(&s, METRIC_GLOBAL_ENABLES, 0x0f);
	see(&s, METRIC_WATCHDOG, 3000 << 16 | 0x0104);
	check(evidence(&s) == 0, "first readings prove nothing");
	see(&s, METRIC_GLOBAL_ENABLES, 0x0c);
	see(&s, METRIC_WATCHDOG, 3000 << 16 | 0x0004);
	check(evidence(&s) == 0, "interrupts off, timer stopped: that is the host's doing");
	see(&s, METRIC_GLOBAL_ENABLES, 0x08);
	check(evidence(&s) == 1u << TREND_GLOBAL_ENABLES_RESET, "the event buffer is off");
	see(&s, METRIC_WATCHDOG, 0);
	check(evidence(&s) == 1u << TREND_WATCHDOG_RESET, "the watchdog was never set");
	see(&s, METRIC_WATCHDOG, 0);
	check(evidence(&s) == 0, "which is told once");
	see(&s, METRIC_KERNEL_SAW_RESET, 1);
	check(evidence(&s) == 1u << TREND_KERNEL_SAW_RESET, "the kernel has seen it, too");
	sampler_note_reset(&s);
	check(evidence(&s) == 1u << TREND_RESET_LOGGED && evidence(&s) == 0,
	      "what an operator says goes with one sample");
}

static void test_boots(void)
{
	struct sampler s = sampler_make(false);
	struct observation obs = { .metric = METRIC_GLOBAL_ENABLES, .value = 0x0f };
	struct trend_sample sample;

	obs.mono.v = -USEC_PER_SEC;
	(void)sampler_take(&s, &obs, &sample);
	obs.metric = METRIC_WATCHDOG;
	obs.value = 600 << 16;
	(void)sampler_take(&s, &obs, &sample);
	see(&s, METRIC_GLOBAL_ENABLES, 0);
	see(&s, METRIC_WATCHDOG, 0);
	check(evidence(&s) == 0, "what was before the host's boot is not compared with");
}

static void test_codes(void)
{
	struct sampler s = sampler_make(false);
	struct sampler remote = sampler_make(true);
	struct observation obs = command(0x0a, 0x23, OBS_OK);
	struct trend_sample sample;

	obs.cc = 0xc5;
	check(!sampler_take(&s, &obs, &sample) && evidence(&s) == 1u << TREND_SDR_RESERVATION_LOST,
	      "a lost SDR reservation");
	obs.cmd = 0x43;
	check(!sampler_take(&s, &obs, &sample) && evidence(&s) == 1u << TREND_SEL_RESERVATION_LOST,
	      "a lost SEL reservation");
	obs = command(0x06, 0x01, OBS_BUSY);
	obs.cc = 0xd2;
	check(sampler_take(&s, &obs, &sample) && sample.status == TREND_ERROR &&
		      sample.evidence == 1u << TREND_INITIALISING,
	      "0xD2 goes with the sample that says it");
	obs.cc = 0xd1;
	check(sampler_take(&s, &obs, &sample) && sample.evidence == 1u << TREND_UPDATING,
	      "so does 0xD1");
	obs.cc = 0;
	obs.error = -EBUSY;
	check(sampler_take(&s, &obs, &sample) && sample.evidence == 1u << TREND_DRIVER_MAINTENANCE,
	      "a driver that knows of a reset says busy");
	see(&s, METRIC_DRIVER_MAINTENANCE, 2);
	check(evidence(&s) == 1u << TREND_DRIVER_MAINTENANCE, "or its mode does");
	see(&s, METRIC_DEVICE_AVAILABLE, 0);
	see(&s, METRIC_DRIVER_MAINTENANCE, 1);
	check(evidence(&s) == (1u << TREND_DEVICE_UNAVAILABLE | 1u << TREND_UPDATING),
	      "two signs go together");
	obs = command(0, 0, OBS_INTERFACE_LOST);
	(void)sampler_take(&s, &obs, &sample);
	check(evidence(&s) == 0, "a local interface that goes is the driver's matter");
	(void)sampler_take(&remote, &obs, &sample);
	check(evidence(&remote) == 1u << TREND_SESSION_LOST, "a LAN session's end is a sign");
	see(&s, METRIC_DEVICE_AVAILABLE, 0);
	sampler_settle(&s);
	check(evidence(&s) == 0, "what is settled is forgotten");
}

static void tell_firmware(struct sampler *s, uint8_t major, uint8_t build, bool has_build)
{
	const struct bmc_identity id = { .manufacturer = 674,
					 .firmware_major = major,
					 .aux_firmware = { 0, 0, 0, build },
					 .has_aux_firmware = has_build };
	const struct observation obs = { .metric = METRIC_IDENTITY, .identity = &id };
	struct trend_sample sample;

	(void)sampler_take(s, &obs, &sample);
}

static int64_t firmware(struct sampler *s)
{
	struct trend_sample sample = { .firmware = -2 };

	(void)heartbeat(s, OBS_OK, &sample);
	return sample.firmware;
}

static void test_firmware(void)
{
	struct sampler s = sampler_make(false);
	int64_t first;

	tell_firmware(&s, 4, 7, true);
	tell_firmware(&s, 4, 7, true);
	check(firmware(&s) == -1, "two readings are not yet known");
	tell_firmware(&s, 4, 7, true);
	first = firmware(&s);
	check(first >= 0, "three are");
	tell_firmware(&s, 0x7f, 7, true);
	tell_firmware(&s, 4, 7, true);
	check(firmware(&s) == first, "a flicker is no update");
	for (int i = 0; i < 4; i++)
		tell_firmware(&s, 4, 0, false);
	check(firmware(&s) == first, "nor is a build that is left out");
	for (int i = 0; i < 3; i++)
		tell_firmware(&s, 4, 8, true);
	check(firmware(&s) != first, "another build is one");
}

static bool contended(struct sampler *s, int64_t waiting)
{
	struct observation obs = command(0x06, 0x01, OBS_OK);
	struct trend_sample sample = { 0 };

	now_s += 60;
	obs.value = waiting;
	return sampler_take(s, &obs, &sample) && sample.is_contended && sample.latency_us == 4000;
}

static void test_contended(void)
{
	struct sampler s = sampler_make(false);

	check(!contended(&s, 2), "where no answer came without others, this is all there is");
	check(!contended(&s, 0), "nobody waits: the time is the controller's own");
	check(contended(&s, 1), "one that had to wait says less");
	for (int i = 0; i < 27; i++)
		(void)contended(&s, 3);
	check(contended(&s, 3), "so it is for half an hour");
	check(!contended(&s, 3), "and with others always there, what there is must do");
}

int main(void)
{
	test_samples();
	test_company();
	test_clock();
	test_marks();
	test_boots();
	test_codes();
	test_firmware();
	test_contended();
	return tap_done();
}
