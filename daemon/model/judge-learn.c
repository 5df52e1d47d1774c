/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an observation to the state of its target. Nothing is decided here but one thing: what goes
 * wrong during maintenance is forgiven, that is, counted apart (Microsoft KB 912596: flashing a
 * BMC gives 100 and more harmless time-outs).
 */
#include "model/judge-state.h"

#define CC_FIRMWARE_UPDATE 0xd1 /* IPMI 2.0 table 5-2 */
#define CC_INITIALISING	   0xd2

static void maintenance_begin(struct maintenance *m, unsigned source, mono_us at, int64_t grace_us)
{
	const bool is_same_episode = m->has_been && mono_since(at, m->ended) < grace_us;

	if (!m->sources && !is_same_episode) {
		m->since = at;
		m->forgiven = 0;
	}
	m->sources |= source;
	m->is_over = false;
}

static void maintenance_end(struct maintenance *m, unsigned source, mono_us at)
{
	if (!m->sources)
		return;
	m->sources &= ~source;
	if (m->sources)
		return;
	m->has_been = true;
	m->is_over = false;
	m->ended = at;
}

/* An episode that has lasted too long is illness, and so is what follows it. */
bool patient_is_forgiving(const struct patient *p, const struct judge_settings *s, mono_us at)
{
	const struct maintenance *m = &p->maintenance;

	if (m->sources)
		return mono_since(at, m->since) <= s->maintenance_max_us;
	return m->has_been && mono_since(at, m->ended) < s->maintenance_grace_us &&
	       mono_since(m->ended, m->since) <= s->maintenance_max_us;
}

/* Whose evidence a command of that status is; FAMILY_MAX: nobody's. */
static enum finding_family family_of(enum obs_status status)
{
	switch (status) {
	case OBS_TIMEOUT:
		return FAMILY_TIMEOUTS;
	case OBS_SLOW:
	case OBS_LATE:
		return FAMILY_SLOW;
	case OBS_BUSY:
		return FAMILY_BUSY;
	case OBS_BAD_REPLY:
		return FAMILY_BAD_REPLIES;
	case OBS_COMPLETION_CODE:
		return FAMILY_ERRORS;
	case OBS_INTERFACE_LOST:
	case OBS_DRIVER_STUCK:
		return FAMILY_INTERFACE;
	case OBS_OK:
	case OBS_SKIPPED:
	case OBS_STATUS_MAX:
		break;
	}
	return FAMILY_MAX;
}

/* Labels hold sensor names, that is, bytes of the BMC. */
static void copy_label(char *label, const char *from)
{
	size_t i = 0;

	for (; from && from[i] && i + 1 < LABEL_MAX; i++)
		label[i] = (char)(from[i] >= ' ' && from[i] <= '~' ? from[i] : '?');
	label[i] = '\0';
}

static void culprit_learn(struct culprit *culprit, const struct observation *obs)
{
	*culprit = (struct culprit){
		.netfn = obs->netfn,
		.cmd = obs->cmd,
		.cc = obs->cc,
		.error = obs->error,
		.took_us = obs->took_us,
	};
	copy_label(culprit->label, obs->detail);
}

static void maintenance_learn(struct patient *p, const struct judge_settings *s,
			      const struct observation *obs)
{
	if (obs->error == 0 && (obs->cc == CC_FIRMWARE_UPDATE || obs->cc == CC_INITIALISING)) {
		maintenance_begin(&p->maintenance, MAINTENANCE_CODE, obs->mono,
				  s->maintenance_grace_us);
		culprit_learn(&p->culprits[FAMILY_MAINTENANCE], obs);
	} else if (obs->status == OBS_OK) {
		p->maintenance.is_over = !p->maintenance.sources;
		maintenance_end(&p->maintenance, MAINTENANCE_CODE, obs->mono);
	}
}

static void interface_back(struct interface_state *i, mono_us at, int64_t lost_after_us)
{
	if (i->is_lost && mono_since(at, i->lost_since) >= lost_after_us)
		i->is_stuck = false; /* that driver has gone; this is another */
	i->is_lost = false;
}

static void interface_learn(struct patient *p, const struct judge_settings *s,
			    const struct observation *obs, bool is_forgiven)
{
	struct interface_state *i = &p->interface;

	if (obs->status == OBS_INTERFACE_LOST) {
		if (!i->is_lost)
			i->lost_since = obs->mono;
		i->is_lost = true;
		return;
	}
	interface_back(i, obs->mono, s->lost_after_us);
	if (obs->status == OBS_DRIVER_STUCK && !is_forgiven)
		i->is_stuck = true;
	if (obs_is_answer(obs->status) && obs->error == 0) {
		i->is_stuck = false;
		i->had_one = true;
	}
}

static void busy_learn(struct streak *busy, const struct observation *obs, bool is_forgiven)
{
	if (!obs_is_answer(obs->status))
		return;
	if (obs->status != OBS_BUSY) {
		busy->is_on = false;
		return;
	}
	if (is_forgiven)
		return;
	if (!busy->is_on)
		*busy = (struct streak){ .is_on = true, .since = obs->mono };
	busy->last = obs->mono;
	busy->answers++;
}

static void answer_learn(struct patient *p, const struct observation *obs)
{
	/* With an error it was the kernel that said busy. */
	if (!obs_is_answer(obs->status) || obs->error != 0)
		return;
	if (p->has_answered && mono_since(obs->mono, p->answered_at) < 0)
		return;
	p->has_answered = true;
	p->answered_at = obs->mono;
	p->answered_wall = obs->wall;
}

/* What is said now, and in which order: not for what comes in late. */
static void states_learn(struct patient *p, const struct judge_settings *s,
			 const struct observation *obs, bool is_forgiven)
{
	/* With an error it was the kernel that said busy: no answer, and no silence either. */
	if (obs_is_answer(obs->status) ? obs->error == 0 : !is_forgiven)
		classifier_learn(&p->classifier, obs->status);
	interface_learn(p, s, obs, is_forgiven);
	busy_learn(&p->busy, obs, is_forgiven);
}

static bool is_forgivable(enum obs_status status)
{
	return status != OBS_OK && status != OBS_INTERFACE_LOST && status != OBS_SKIPPED;
}

/* What of it is the controller's own: it served those before us first, one by one. An answer that
 * would have been late without them as well is held against it, another is not. */
static enum obs_status own_status(const struct judge_settings *s, const struct observation *obs)
{
	const bool is_slow = obs->status == OBS_SLOW || obs->status == OBS_LATE;

	if (!is_slow || !obs_is_contended(obs) ||
	    obs->took_us / (min_i64(obs->value, INT32_MAX) + 1) > s->slow_us)
		return obs->status;
	return obs->status == OBS_LATE ? OBS_SKIPPED : OBS_OK;
}

static void count_learn(struct patient *p, const struct judge_settings *s,
			const struct observation *obs)
{
	const enum obs_status status = own_status(s, obs);
	const enum finding_family family = family_of(status);
	const bool is_own = obs->error == 0 && !obs_is_contended(obs);

	if (status != OBS_SKIPPED)
		window_add(&p->window, obs->mono, status, is_own ? obs->took_us : 0);
	if (family != FAMILY_MAX)
		culprit_learn(&p->culprits[family], obs);
}

static void command_learn(struct patient *p, const struct judge_settings *s,
			  const struct observation *obs, bool is_late)
{
	bool is_forgiven;

	if (obs->status == OBS_SKIPPED)
		return;
	answer_learn(p, obs);
	if (!is_late)
		maintenance_learn(p, s, obs);
	is_forgiven = is_forgivable(obs->status) && patient_is_forgiving(p, s, obs->mono);
	if (!is_late)
		states_learn(p, s, obs, is_forgiven);
	if (is_forgiven) {
		/* a late or stuck one's time-out was forgiven before */
		p->maintenance.forgiven +=
			obs->status != OBS_LATE && obs->status != OBS_DRIVER_STUCK;
		return;
	}
	count_learn(p, s, obs);
}

static void self_test_learn(struct self_test *test, int64_t value, bool is_forgiven)
{
	const uint8_t result = (uint8_t)(value >> 8 & 0xff);
	const bool is_ok = result == 0x55 || result == 0x56 || result == 0xff;

	if (value < 0 || value > 0xffff || (is_forgiven && !is_ok))
		return;
	*test = (struct self_test){ .is_known = true,
				    .result = result,
				    .detail = (uint8_t)(value & 0xff) };
}

static void maintenance_set(struct patient *p, const struct judge_settings *s, unsigned source,
			    bool is_on)
{
	if (is_on)
		maintenance_begin(&p->maintenance, source, p->now, s->maintenance_grace_us);
	else
		maintenance_end(&p->maintenance, source, p->now);
}

static void identity_learn(struct patient *p, const struct observation *obs, bool is_forgiven)
{
	if (!obs->identity)
		return;
	if (is_forgiven) /* the boot loader, then the new firmware: as it should be */
		drift_settle(&p->drift, obs->identity);
	else
		drift_learn(&p->drift, obs->identity, obs->mono);
}

static void metric_learn(struct patient *p, const struct judge_settings *s,
			 const struct observation *obs)
{
	const bool is_forgiven = patient_is_forgiving(p, s, obs->mono);

	switch (obs->metric) {
	case METRIC_DEVICE_AVAILABLE:
		maintenance_set(p, s, MAINTENANCE_DEVICE, obs->value == 0);
		break;
	case METRIC_DRIVER_MAINTENANCE:
		maintenance_set(p, s, MAINTENANCE_DRIVER, obs->value != 0);
		break;
	case METRIC_SELF_TEST:
		self_test_learn(&p->self_test, obs->value, is_forgiven);
		break;
	case METRIC_IDENTITY:
		identity_learn(p, obs, is_forgiven);
		break;
	case METRIC_SENSORS_MISSING:
		if (!is_forgiven)
			p->sensors = (struct sensor_loss){ true, max_i64(obs->value, 0),
							   max_i64(obs->total, 0) };
		break;
	case METRIC_FOREIGN_PER_HOUR:
	case METRIC_DRIVER_USERS:
	case METRIC_DRIVER_MESSAGES:
	case METRIC_DRIVER_CPU:
		sharing_learn(&p->sharing, obs);
		if (obs->metric == METRIC_FOREIGN_PER_HOUR)
			contention_load_learn(&p->crowd.contention, obs);
		break;
	case METRIC_COMMAND:
	case METRIC_SENSOR:
	case METRIC_DRIVER_HOSED:
	case METRIC_SEL_CLOCK:
	case METRIC_SEL_ENTRIES:
	case METRIC_WATCHDOG:
	case METRIC_GLOBAL_ENABLES:
	case METRIC_KERNEL_SAW_RESET:
	case METRIC_MAX:
		break;
	}
}

void patient_start(struct patient *p)
{
	window_init(&p->window);
	classifier_init(&p->classifier);
	p->is_known = true;
}

void patient_pass_time(struct patient *p, mono_us now, wall_us wall)
{
	p->wall = wall;
	if (p->has_time) {
		p->now.v = max_i64(p->now.v, now.v);
		return;
	}
	p->has_time = true; /* what was restored before is news of this moment */
	p->now = now;
	p->restored_at = now;
	p->drift.at = now;
}

bool patient_learn(struct patient *p, const struct judge_settings *s, const struct observation *obs)
{
	bool is_late;

	if (!p->is_known)
		patient_start(p);
	if (!p->has_observed)
		p->newest = obs->mono;
	p->has_observed = true;
	if (mono_since(p->newest, obs->mono) > USEC_PER_DAY)
		return false;
	is_late = mono_since(p->newest, obs->mono) > LATE_OBSERVATION_US;
	p->newest.v = max_i64(p->newest.v, obs->mono.v);
	patient_pass_time(p, obs->mono, is_late ? p->wall : obs->wall);
	if (obs->metric == METRIC_COMMAND)
		command_learn(p, s, obs, is_late);
	else if (obs->status == OBS_OK && !is_late)
		metric_learn(p, s, obs);
	return true;
}

static void timeouts_restore(struct classifier *c, enum finding_kind kind,
			     const struct thresholds *t)
{
	static const enum frequency levels[] = {
		[FINDING_TIMEOUTS_SPORADIC] = FREQUENCY_SPORADIC,
		[FINDING_TIMEOUTS_FREQUENT] = FREQUENCY_FREQUENT,
		[FINDING_TIMEOUTS_STORM] = FREQUENCY_STORM,
		[FINDING_MUTE] = FREQUENCY_MUTE,
	};

	if (kind == FINDING_MUTE && c->unanswered < t->mute_after)
		c->unanswered = t->mute_after; /* until MUTE_LEAVE_ANSWERS have come */
	if (levels[kind] > c->level)
		c->level = levels[kind];
}

static void interface_restore(struct interface_state *i, const struct finding *finding)
{
	if (finding->kind == FINDING_DRIVER_STUCK) {
		i->is_stuck = true;
		return;
	}
	if (!i->is_lost)
		i->lost_since = finding->since_mono;
	i->is_lost = true;
	i->had_one |= finding->kind == FINDING_INTERFACE_LOST;
}

static void drift_restore(struct drift *d, const struct finding *finding, mono_us now)
{
	d->is_on = true;
	d->at = now;
	d->is_habit = finding->severity == SEVERITY_NOTICE;
	memcpy(d->text, finding->evidence.text, sizeof(d->text));
	d->text[sizeof(d->text) - 1] = '\0';
}

void patient_restore(struct patient *p, const struct judge_settings *s,
		     const struct finding *finding)
{
	if (!p->is_known)
		patient_start(p);
	p->restored_at = p->now;
	switch (finding_info(finding->kind)->family) {
	case FAMILY_TIMEOUTS:
		timeouts_restore(&p->classifier, finding->kind, &s->thresholds);
		break;
	case FAMILY_BUSY:
		p->busy = (struct streak){ .is_on = true, .since = finding->since_mono };
		break;
	case FAMILY_MAINTENANCE:
		if (!p->maintenance.sources)
			p->maintenance.since = finding->since_mono;
		p->maintenance.sources |= MAINTENANCE_CODE;
		break;
	case FAMILY_IDENTITY:
		drift_restore(&p->drift, finding, p->now);
		break;
	case FAMILY_INTERFACE:
		interface_restore(&p->interface, finding);
		break;
	case FAMILY_RESTART:
		aging_restore(p, finding);
		break;
	case FAMILY_CONTENTION:
		p->crowd.evidence = finding->evidence.contention;
		break;
	case FAMILY_LEAK: /* the trend has a memory of its own */
	case FAMILY_SLOW: /* the finding itself is their memory */
	case FAMILY_BAD_REPLIES:
	case FAMILY_ERRORS:
	case FAMILY_SELF_TEST:
	case FAMILY_SENSORS:
	case FAMILY_SETTINGS: /* of Windows hosts: model/hosts.h */
	case FAMILY_LOG:
	case FAMILY_MAX:
		break;
	}
}
