/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two commands are samples, one of each in a minute, as the detector was graded: Get Device ID,
 * which costs a controller nothing, and Get Sensor Reading, which costs it work. Other commands
 * take other times; mixed in, they would be seen as a change. What they prove is kept all the same.
 */
#include "model/sampler.h"

#define NETFN_STORAGE	      0x0a
#define CMD_GET_SDR	      0x23
#define CMD_GET_SEL_ENTRY     0x43
#define CC_RESERVATION	      0xc5 /* IPMI 2.0 table 5-2, as the next two */
#define CC_UPDATING	      0xd1
#define CC_INITIALISING	      0xd2
#define CLOCK_UNSET	      0x20000000 /* below: seconds since the controller started, §37.1 */
#define CLOCK_UNSPECIFIED     0xffffffff
#define CLOCK_SLACK_S	      60
#define CLOCK_DRIFT	      50   /* a fiftieth: more is no drift */
#define ENABLE_EVENT_BUFFER   0x04 /* §22.2; Linux sets it when it loads, and leaves it */
#define WATCHDOG_COUNTDOWN(v) ((v) >> 16)
#define MAINTENANCE_UPDATE    1
#define MAINTENANCE_RESET     2
#define FOREIGN_PER_HOUR      60 /* so many of others' transactions, and the device is shared */
#define FOREIGN_AGE_US	      (10 * USEC_PER_MINUTE)
#define COSTLY_US	      USEC_PER_MINUTE
#define ALONE_AGE_US	      (30 * USEC_PER_MINUTE)
#define FIRMWARE_STEADY	      3 /* readings in a row: fewer are a flicker */

static const struct {
	uint8_t netfn, cmd;
	enum trend_probe probe;
} sampled[] = {
	{ 0x06, 0x01, TREND_CHEAP },  /* Get Device ID */
	{ 0x04, 0x2d, TREND_COSTLY }, /* Get Sensor Reading */
};

struct sampler sampler_make(bool is_remote)
{
	return (struct sampler){ .is_remote = is_remote,
				 .firmware = { .told = -1, .candidate = -1 },
				 .enables = -1,
				 .watchdog = -1,
				 .entries = -1,
				 .foreign = -1,
				 .users = -1,
				 .messages = -1 };
}

static void prove(struct sampler *s, enum trend_evidence evidence)
{
	s->evidence |= 1u << evidence;
}

/* --- what probes say --- */

/* A clock that nobody has set counts from the controller's start. */
static void clock_learn(struct sampler *s, const struct observation *obs)
{
	const struct sampler_clock before = s->clock;
	int64_t passed, off;

	if (obs->value == CLOCK_UNSPECIFIED)
		return;
	s->clock = (struct sampler_clock){ true, obs->value, obs->mono };
	if (!before.is_known)
		return;
	passed = mono_since(obs->mono, before.at) / USEC_PER_SEC;
	off = obs->value - before.seconds - passed;
	if (llabs(off) <= CLOCK_SLACK_S + passed / CLOCK_DRIFT)
		return;
	prove(s,
	      obs->value < CLOCK_UNSET && off < 0 ? TREND_SEL_CLOCK_UNSET : TREND_SEL_CLOCK_JUMP);
}

static void enables_learn(struct sampler *s, const struct observation *obs)
{
	if (obs->mono.v < 0)
		return;
	if (s->enables >= 0 && (s->enables & ~obs->value & ENABLE_EVENT_BUFFER) != 0)
		prove(s, TREND_GLOBAL_ENABLES_RESET);
	s->enables = obs->value;
}

/* Who stops the timer leaves its countdown in place; a restart does not. */
static void watchdog_learn(struct sampler *s, const struct observation *obs)
{
	if (obs->mono.v < 0)
		return;
	if (s->watchdog >= 0 && WATCHDOG_COUNTDOWN(s->watchdog) > 0 && obs->value == 0)
		prove(s, TREND_WATCHDOG_RESET);
	s->watchdog = obs->value;
}

static void maintenance_learn(struct sampler *s, int64_t mode)
{
	if (mode == MAINTENANCE_RESET)
		prove(s, TREND_DRIVER_MAINTENANCE);
	else if (mode == MAINTENANCE_UPDATE)
		prove(s, TREND_UPDATING);
}

/* Revision and build; who leaves the build out now and then has not changed it. */
static int64_t firmware_of(const struct bmc_identity *id, int64_t before)
{
	int64_t build = before >= 0 ? before & UINT32_MAX : 0;

	if (id->has_aux_firmware) {
		build = 0;
		for (size_t i = 0; i < sizeof(id->aux_firmware); i++)
			build = build << 8 | id->aux_firmware[i];
	}
	return (int64_t)id->firmware_major << 40 | (int64_t)id->firmware_minor_bcd << 32 | build;
}

static void firmware_learn(struct sampler_firmware *f, const struct bmc_identity *id)
{
	int64_t seen;

	if (!id || !identity_is_possible(id))
		return;
	seen = firmware_of(id, f->told);
	f->seen = seen == f->candidate ? f->seen + 1 : 1;
	f->candidate = seen;
	if (f->seen < FIRMWARE_STEADY)
		return;
	f->seen = FIRMWARE_STEADY;
	f->told = seen;
}

static void metric_learn(struct sampler *s, const struct observation *obs)
{
	switch (obs->metric) {
	case METRIC_DEVICE_AVAILABLE:
		if (obs->value == 0)
			prove(s, TREND_DEVICE_UNAVAILABLE);
		break;
	case METRIC_IDENTITY:
		firmware_learn(&s->firmware, obs->identity);
		break;
	case METRIC_FOREIGN_PER_HOUR:
		s->foreign = obs->value;
		s->foreign_at = obs->mono;
		break;
	case METRIC_DRIVER_USERS:
		s->users = obs->value;
		break;
	case METRIC_DRIVER_MESSAGES:
		s->messages = obs->value;
		break;
	case METRIC_DRIVER_MAINTENANCE:
		maintenance_learn(s, obs->value);
		break;
	case METRIC_SEL_CLOCK:
		clock_learn(s, obs);
		break;
	case METRIC_SEL_ENTRIES:
		s->entries = obs->value;
		break;
	case METRIC_WATCHDOG:
		watchdog_learn(s, obs);
		break;
	case METRIC_GLOBAL_ENABLES:
		enables_learn(s, obs);
		break;
	case METRIC_KERNEL_SAW_RESET:
		if (obs->value > 0)
			prove(s, TREND_KERNEL_SAW_RESET);
		break;
	case METRIC_COMMAND:
	case METRIC_SELF_TEST:
	case METRIC_SENSOR:
	case METRIC_SENSORS_MISSING:
	case METRIC_DRIVER_HOSED:
	case METRIC_DRIVER_CPU:
	case METRIC_MAX:
		break;
	}
}

/* --- what becomes of commands --- */

static void reservation_learn(struct sampler *s, const struct observation *obs)
{
	if (obs->netfn != NETFN_STORAGE || obs->cc != CC_RESERVATION)
		return;
	if (obs->cmd == CMD_GET_SDR)
		prove(s, TREND_SDR_RESERVATION_LOST);
	else if (obs->cmd == CMD_GET_SEL_ENTRY)
		prove(s, TREND_SEL_RESERVATION_LOST);
}

static void code_learn(struct sampler *s, const struct observation *obs)
{
	if (obs->status == OBS_INTERFACE_LOST && s->is_remote)
		prove(s, TREND_SESSION_LOST);
	/* Linux 6.18 and later: for 30 s after anybody's reset command. */
	if (obs->error == -EBUSY)
		prove(s, TREND_DRIVER_MAINTENANCE);
	if (obs->error != 0)
		return;
	if (obs->cc == CC_UPDATING)
		prove(s, TREND_UPDATING);
	else if (obs->cc == CC_INITIALISING)
		prove(s, TREND_INITIALISING);
	reservation_learn(s, obs);
}

/* False: it says nothing of the controller, or was counted before. */
static bool status_of(enum obs_status status, enum trend_status *ret)
{
	switch (status) {
	case OBS_OK:
	case OBS_SLOW:
		*ret = TREND_OK;
		return true;
	case OBS_TIMEOUT:
		*ret = TREND_TIMEOUT;
		return true;
	case OBS_BUSY:
	case OBS_BAD_REPLY:
	case OBS_COMPLETION_CODE:
		*ret = TREND_ERROR;
		return true;
	case OBS_LATE: /* its time-out came before, as that of the stuck one */
	case OBS_DRIVER_STUCK:
	case OBS_INTERFACE_LOST: /* no way to the controller */
	case OBS_SKIPPED:
	case OBS_STATUS_MAX:
		break;
	}
	return false;
}

/* Many sensor readings for one heartbeat would weigh more than what the limits were graded on. */
static bool is_due(struct sampler *s, enum trend_probe probe, mono_us now)
{
	if (probe == TREND_CHEAP) {
		s->has_costly = false;
		return true;
	}
	if (s->has_costly && mono_since(now, s->costly_at) < COSTLY_US)
		return false;
	s->has_costly = true;
	s->costly_at = now;
	return true;
}

static bool probe_of(struct sampler *s, const struct observation *obs, enum trend_probe *ret)
{
	for (size_t i = 0; i < COUNT_OF(sampled); i++) {
		if (sampled[i].netfn != obs->netfn || sampled[i].cmd != obs->cmd)
			continue;
		*ret = sampled[i].probe;
		return is_due(s, *ret, obs->mono);
	}
	return false;
}

/* An open device that nobody uses disturbs nobody: acpi_ipmi holds it for ever. */
static bool has_others(const struct sampler *s, int64_t foreign)
{
	return s->messages > 1 || (foreign >= 0 ? foreign >= FOREIGN_PER_HOUR : s->users > 1);
}

/* The time it took is the others' as well. Where all answers are so, it is all there is. */
static bool is_contended(struct sampler *s, const struct observation *obs)
{
	if (!obs_is_contended(obs)) {
		s->has_alone = true;
		s->alone_at = obs->mono;
		return false;
	}
	return s->has_alone && mono_since(obs->mono, s->alone_at) < ALONE_AGE_US;
}

static bool command_take(struct sampler *s, const struct observation *obs, struct trend_sample *ret)
{
	const bool is_fresh = mono_since(obs->mono, s->foreign_at) < FOREIGN_AGE_US;
	const int64_t foreign = s->foreign >= 0 && is_fresh ? s->foreign : -1;
	struct trend_sample sample = {
		.mono = obs->mono,
		.wall = obs->wall,
		.has_others = has_others(s, foreign),
		.sel_entries = (int32_t)min_i64(s->entries, INT32_MAX),
		.foreign_per_hour = (int32_t)min_i64(foreign, INT32_MAX),
		.firmware = s->firmware.told,
	};

	code_learn(s, obs);
	if (!status_of(obs->status, &sample.status) || !probe_of(s, obs, &sample.probe))
		return false;
	if (sample.status == TREND_OK) {
		sample.latency_us = (uint32_t)min_i64(max_i64(obs->took_us, 0), UINT32_MAX);
		sample.is_contended = is_contended(s, obs);
	}
	sample.evidence = s->evidence;
	s->evidence = 0;
	*ret = sample;
	return true;
}

bool sampler_take(struct sampler *s, const struct observation *obs, struct trend_sample *ret)
{
	if (obs->metric == METRIC_COMMAND)
		return command_take(s, obs, ret);
	if (obs->status == OBS_OK)
		metric_learn(s, obs);
	return false;
}

void sampler_note_reset(struct sampler *s)
{
	prove(s, TREND_RESET_LOGGED);
}

void sampler_settle(struct sampler *s)
{
	s->evidence = 0;
	s->has_costly = false;
}
