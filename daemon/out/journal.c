/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings as journal entries. A change is told once and nothing is told per poll; a cap per target
 * bounds what a storm can cost, and what it held back is counted and said.
 */
#include "out/journal.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "model/advice.h"
#include "model/evidence.h"
#include "out/message-ids.h"
#include "out/sentence.h"

#define JOURNAL_TARGETS_MAX 1024
/* Readings in a row before another identity is an update and not a flicker (which is a finding of
 * its own, FINDING_IDENTITY_DRIFT). */
#define IDENTITY_STEADY 3

/* What a target may still say. `tokens` never exceeds journal.burst and grows by journal.per_hour:
 * burst + per_hour is the configured cap, so no hour sees more lines than that. */
struct allowance {
	double tokens;
	mono_us filled;
};

struct held_back {
	uint32_t count; /* changes not told since the last that was */
	enum finding_kind kind;
	enum finding_change change; /* of the newest of them */
};

struct identity_watch {
	struct bmc_identity told, candidate;
	uint32_t seen; /* the candidate, in a row */
	bool has_begun, has_told, has_said;
	mono_us said; /* the last line about it */
};

struct journal_seat { /* of one target */
	struct allowance allowance;
	struct held_back held;
	struct identity_watch identity;
};

struct journal_cap {
	double burst, per_hour;
	double reserve; /* of the burst: only for critical findings that open */
};

struct journal {
	const struct target_table *targets; /* borrowed */
	struct journal_cap cap;		    /* of a target */
	struct journal_cap hosts_cap;	    /* of all Windows hosts together */
	struct allowance hosts;
	struct held_back hosts_held;
	struct journal_seat *seats;
	uint32_t seats_count;
};

static const int priority_of[] = {
	[SEVERITY_OK] = LOG_INFO,
	[SEVERITY_NOTICE] = LOG_NOTICE,
	[SEVERITY_WARNING] = LOG_WARNING,
	[SEVERITY_CRITICAL] = LOG_CRIT,
};

static const char *const change_names[] = {
	[FINDING_OPENED] = "opened",
	[FINDING_CHANGED] = "changed",
	[FINDING_CLOSED] = "closed",
	[FINDING_DROPPED] = "dropped",
};

/* The seat of a target; NULL: no memory, or too many targets. */
static struct journal_seat *journal_seat(struct journal *j, uint32_t target, mono_us now)
{
	struct journal_seat *seats;

	if (target < j->seats_count)
		return &j->seats[target];
	if (target >= JOURNAL_TARGETS_MAX)
		return NULL;
	seats = realloc(j->seats, (target + 1) * sizeof(*seats));
	if (!seats)
		return NULL;
	j->seats = seats;
	while (j->seats_count <= target)
		seats[j->seats_count++] =
			(struct journal_seat){ .allowance = { j->cap.burst, now } };
	return &seats[target];
}

static void allowance_fill(const struct journal_cap *cap, struct allowance *a, mono_us now)
{
	const int64_t passed = mono_since(now, a->filled);

	if (passed <= 0)
		return;
	a->tokens += cap->per_hour * (double)passed / (double)USEC_PER_HOUR;
	if (a->tokens > cap->burst)
		a->tokens = cap->burst;
	a->filled = now;
}

/* Take `lines` if that leaves `reserve`. */
static bool allowance_take(struct allowance *a, double lines, double reserve)
{
	if (a->tokens < lines + reserve)
		return false;
	a->tokens -= lines;
	return true;
}

/* --- the fields ----------------------------------------------------------------------------- */

static void add_identity(struct log_entry *entry, const struct target *target)
{
	const struct bmc_identity *id = &target->identity;
	char firmware[16], guid[2 * sizeof(id->guid) + 1];

	if (!target->has_identity)
		return;
	identity_format_firmware(id, firmware);
	log_field(entry, "BMC_VENDOR", "%s", vendor_name(target->vendor));
	log_field(entry, "BMC_MANUFACTURER", "%" PRIu32, id->manufacturer);
	log_field(entry, "BMC_PRODUCT", "0x%04x", id->product);
	log_field(entry, "BMC_FIRMWARE", "%s", firmware);
	if (!id->has_guid)
		return;
	for (size_t i = 0; i < sizeof(id->guid); i++)
		(void)snprintf(guid + 2 * i, 3, "%02x", id->guid[i]);
	log_field(entry, "BMC_GUID", "%s", guid); /* as sent: vendors differ in the byte order */
}

static void add_evidence(struct log_entry *entry, const struct evidence *e)
{
	log_field(entry, "BMC_TIMEOUTS", "%" PRIu32, e->timeouts_hour);
	log_field(entry, "BMC_TIMEOUTS_DAY", "%" PRIu32, e->timeouts_day);
	log_field(entry, "BMC_COMMANDS", "%" PRIu32, e->commands_hour);
	log_field(entry, "BMC_COMMANDS_DAY", "%" PRIu32, e->commands_day);
	log_field(entry, "BMC_RATE_PER_HOUR", "%.2f", e->rate_per_hour);
	if (e->latency_us > 0)
		log_field(entry, "BMC_LATENCY_US", "%" PRId64, e->latency_us);
	if (e->netfn || e->cmd) {
		log_field(entry, "BMC_NETFN", "0x%02X", e->netfn);
		log_field(entry, "BMC_CMD", "0x%02X", e->cmd);
	}
	if (e->cc)
		log_field(entry, "BMC_COMPLETION_CODE", "0x%02X", e->cc);
	if (e->error)
		log_field(entry, "BMC_ERRNO", "%d", e->error < 0 ? -e->error : e->error);
	if (*e->text)
		log_field(entry, "BMC_EVIDENCE", "%s", e->text);
}

static void add_restart(struct log_entry *entry, const struct evidence_restart *r, wall_us now)
{
	char text[CLOCK_TEXT_MAX], signs[128];

	if (r->at.v == 0)
		return;
	clock_format_wall(r->at, text);
	trend_evidence_names(r->signs, ",", signs, sizeof(signs));
	log_field(entry, "BMC_EPOCH", "%s", text);
	log_field(entry, "BMC_UPTIME", "%" PRId64, max_i64(now.v - r->at.v, 0) / USEC_PER_SEC);
	log_field(entry, "BMC_UPTIME_SIGNS", "%s", signs);
	log_field(entry, "BMC_UPTIME_SURE", "%u", r->sure);
}

static void add_ramp(struct log_entry *entry, const struct finding *f)
{
	const struct evidence_ramp *ramp = &f->evidence.ramp;

	if (ramp->window_h > 0) {
		log_field(entry, "BMC_RISE", "%.2f", ramp->rise);
		log_field(entry, "BMC_WINDOW", "%" PRIu32, ramp->window_h);
	}
	if (ramp->rise_since > 0)
		log_field(entry, "BMC_RISE_SINCE_EPOCH", "%.2f", ramp->rise_since);
	if (finding_info(f->kind)->family == FAMILY_LEAK || ramp->teeth > 0)
		log_field(entry, "BMC_TEETH", "%" PRIu32, ramp->teeth);
	if (ramp->high_s > 0) {
		log_field(entry, "BMC_TTF_LOW", "%" PRId64, ramp->low_s);
		log_field(entry, "BMC_TTF_HIGH", "%" PRId64, ramp->high_s);
	}
}

static void add_contention(struct log_entry *entry, const struct finding *f)
{
	const struct evidence_contention *c = &f->evidence.contention;

	if (finding_info(f->kind)->family != FAMILY_CONTENTION)
		return;
	if (*c->culprit) {
		log_field(entry, "BMC_CULPRIT", "%s", c->culprit);
		log_field(entry, "BMC_CULPRIT_AGENT", "%s", agent_info(c->agent)->name);
		log_field(entry, "BMC_CULPRIT_COMM", "%s", c->comm);
	}
	if (*c->unit)
		log_field(entry, "BMC_CULPRIT_UNIT", "%s", c->unit);
	if (c->period_s > 0)
		log_field(entry, "BMC_PERIOD", "%" PRIu32, c->period_s);
	log_field(entry, "BMC_HITS", "%" PRIu32, c->hits);
	log_field(entry, "BMC_TROUBLES", "%" PRIu32, c->troubles);
	log_field(entry, "BMC_HITS_BY_CHANCE", "%.2f", c->expected);
	log_field(entry, "BMC_CHANCE", "%.2g", c->chance);
	log_field(entry, "BMC_SURE", "%u", c->sure);
}

static void add_advice(struct log_entry *entry, const struct finding *f,
		       const struct target *target)
{
	const struct advice *advice = advice_of(f->kind, target);
	char next[ADVICE_TEXT_MAX];

	log_field(entry, "BMC_CAUSE", "%s", advice->cause);
	log_field(entry, "BMC_NEXT_STEP", "%s", advice_next_step(f, target, next));
	if (advice->command && !target->is_remote)
		log_field(entry, "BMC_COMMAND", "%s", advice->command);
	if (advice->link)
		log_field(entry, "BMC_LINK", "%s", advice->link);
}

static void add_finding(struct log_entry *entry, const struct finding *f,
			enum finding_change change, const struct target *target)
{
	char since[CLOCK_TEXT_MAX];

	clock_format_wall(f->since, since);
	log_field(entry, "BMC_TARGET", "%s", target->name);
	log_field(entry, "BMC_FINDING", "%s", finding_info(f->kind)->name);
	log_field(entry, "BMC_CHANGE", "%s", change_names[change]);
	if (f->previous != f->kind)
		log_field(entry, "BMC_PREVIOUS", "%s", finding_info(f->previous)->name);
	log_field(entry, "BMC_SEVERITY", "%s", severity_name(f->severity));
	log_field(entry, "BMC_SINCE", "%s", since);
	add_evidence(entry, &f->evidence);
	add_restart(entry, &f->evidence.restart, f->changed);
	add_ramp(entry, f);
	add_contention(entry, f);
	add_identity(entry, target);
}

/* --- the lines ------------------------------------------------------------------------------ */

static void tell_over(const struct finding *f, enum finding_change change,
		      const struct target *target)
{
	char sentence[SENTENCE_MAX];
	struct log_entry entry;

	sentence_of(f, change, target, sentence, sizeof(sentence));
	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_FINDING_CLOSED)->id);
	add_finding(&entry, f, change, target);
	log_send(&entry, "%s", sentence);
}

static void tell_open(const struct finding *f, enum finding_change change,
		      const struct target *target)
{
	char sentence[SENTENCE_MAX];
	struct log_entry entry;

	sentence_of(f, change, target, sentence, sizeof(sentence));
	log_begin(&entry, priority_of[f->severity], message_info(message_of_finding(f->kind))->id);
	add_finding(&entry, f, change, target);
	add_advice(&entry, f, target);
	log_send(&entry, "%s", sentence);
}

static void tell_held(struct held_back *held, const struct target *target)
{
	struct log_entry entry;

	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_SUPPRESSED)->id);
	log_field(&entry, "BMC_TARGET", "%s", target->name);
	log_field(&entry, "BMC_SUPPRESSED", "%" PRIu32, held->count);
	log_field(&entry, "BMC_FINDING", "%s", finding_info(held->kind)->name);
	log_field(&entry, "BMC_CHANGE", "%s", change_names[held->change]);
	log_send(&entry,
		 "%s: %" PRIu32 " changes of findings were held back by daemon.lines_per_hour, the "
		 "last: \"%s\" %s. Next: see what holds now: bmchealthctl status",
		 target->name, held->count, finding_info(held->kind)->summary,
		 change_names[held->change]);
	*held = (struct held_back){ 0 };
}

/* --- identity ------------------------------------------------------------------------------- */

/* A part that is not known in one of the two does not make them different: the GUID comes later
 * than the rest, or not at all. */
static bool identity_is_same(const struct bmc_identity *a, const struct bmc_identity *b)
{
	struct bmc_identity x = *a;

	if (!a->has_guid || !b->has_guid) {
		x.has_guid = b->has_guid;
		memcpy(x.guid, b->guid, sizeof(x.guid));
	}
	if (!a->has_aux_firmware || !b->has_aux_firmware) {
		x.has_aux_firmware = b->has_aux_firmware;
		memcpy(x.aux_firmware, b->aux_firmware, sizeof(x.aux_firmware));
	}
	return identity_equal(&x, b);
}

static void tell_identity(const struct identity_watch *w, const struct target *target)
{
	struct target now = *target; /* the table may not have heard yet */
	char before[16], after[16];
	struct log_entry entry;

	now.identity = w->candidate;
	now.has_identity = true;
	now.vendor = vendor_of(w->candidate.manufacturer);
	identity_format_firmware(&w->told, before);
	identity_format_firmware(&w->candidate, after);
	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_IDENTITY_CHANGED)->id);
	log_field(&entry, "BMC_TARGET", "%s", target->name);
	log_field(&entry, "BMC_FIRMWARE_BEFORE", "%s", before);
	add_identity(&entry, &now);
	if (strcmp(before, after) != 0) {
		log_send(&entry,
			 "%s: the BMC's firmware is %s now, it was %s (%s). Next: nothing if that "
			 "was planned; compare its findings from before and after",
			 target->name, after, before, vendor_name(now.vendor));
	} else {
		log_send(&entry,
			 "%s: the BMC says it is another one than before (%s, firmware %s as "
			 "before). Next: nothing if board or firmware were changed; else see who "
			 "did",
			 target->name, vendor_name(now.vendor), after);
	}
}

/* Keep the candidate; true: it has been steady for long enough to be told. */
static bool identity_learn(struct identity_watch *w, const struct bmc_identity *identity)
{
	if (!identity_is_possible(identity))
		return false;
	if (w->seen > 0 && identity_is_same(&w->candidate, identity))
		w->seen++;
	else
		w->seen = 1;
	w->candidate = *identity;
	if (w->seen < IDENTITY_STEADY)
		return false;
	w->seen = IDENTITY_STEADY;
	if (w->has_told && !identity_is_same(&w->told, identity))
		return true;
	w->told = *identity; /* the first one, or the same with more known */
	w->has_told = true;
	return false;
}

/* Whatever comes first of a target, its first command, finds in the table what the store knew of
 * it: so an update while the daemon was away is noticed. */
static void identity_remember(struct identity_watch *w, const struct target *target)
{
	if (w->has_begun)
		return;
	w->has_begun = true;
	w->told = target->identity;
	w->has_told = target->has_identity;
}

static void journal_identity(struct journal *j, const struct observation *obs, mono_us now)
{
	const struct target *target = target_get(j->targets, obs->target);
	struct journal_seat *seat = journal_seat(j, obs->target, now);
	struct identity_watch *w;

	if (!target || !seat)
		return;
	w = &seat->identity;
	identity_remember(w, target);
	if (obs->metric != METRIC_IDENTITY || !obs->identity || !identity_learn(w, obs->identity))
		return;
	if (w->has_said && mono_since(now, w->said) < USEC_PER_HOUR)
		return;
	allowance_fill(&j->cap, &seat->allowance, now);
	if (!allowance_take(&seat->allowance, 1, j->cap.reserve))
		return; /* steady as it is, the next reading tries again */
	tell_identity(w, target);
	w->told = w->candidate;
	w->said = now;
	w->has_said = true;
}

/* --- the sink ------------------------------------------------------------------------------- */

/* Tell what was held back once there is room for that and, where the cap allows, one line more;
 * false: not yet. */
static bool journal_catch_up(const struct journal *j, struct journal_seat *seat,
			     const struct target *target)
{
	const double room = 2 + j->cap.reserve < j->cap.burst ? 2 + j->cap.reserve : j->cap.burst;

	if (seat->held.count == 0)
		return true;
	if (seat->allowance.tokens < room)
		return false;
	seat->allowance.tokens -= 1;
	tell_held(&seat->held, target);
	return true;
}

/* Only what is urgent may use the reserve and overtake what is held back. */
static bool journal_may_tell(const struct journal *j, struct journal_seat *seat,
			     const struct target *target, bool is_urgent)
{
	if (!journal_catch_up(j, seat, target) && !is_urgent)
		return false;
	return allowance_take(&seat->allowance, 1, is_urgent ? 0 : j->cap.reserve);
}

static void tell_change(const struct finding *f, enum finding_change change,
			const struct target *target)
{
	if (finding_is_over(change))
		tell_over(f, change, target);
	else
		tell_open(f, change, target);
}

/* As with a target's: what was held back is said before anything else. */
static bool hosts_catch_up(struct journal *j, mono_us now)
{
	struct log_entry entry;

	allowance_fill(&j->hosts_cap, &j->hosts, now);
	if (j->hosts_held.count == 0)
		return true;
	if (!allowance_take(&j->hosts, 1, 0))
		return false;
	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_SUPPRESSED)->id);
	log_field(&entry, "BMC_SUPPRESSED", "%" PRIu32, j->hosts_held.count);
	log_send(&entry,
		 "%" PRIu32 " changes of findings of Windows hosts were held back by "
		 "winevt.lines_per_hour. Next: see what holds now: bmchealthctl status",
		 j->hosts_held.count);
	j->hosts_held = (struct held_back){ 0 };
	return true;
}

static void journal_host_finding(struct journal *j, const struct finding *f,
				 enum finding_change change, const struct target *target,
				 mono_us now)
{
	if (hosts_catch_up(j, now) && allowance_take(&j->hosts, 1, 0))
		tell_change(f, change, target);
	else
		j->hosts_held.count++;
}

static void journal_finding(struct journal *j, const struct finding *f, enum finding_change change,
			    mono_us now)
{
	const struct target *target = target_get(j->targets, f->target);
	const bool is_urgent = !finding_is_over(change) && f->severity == SEVERITY_CRITICAL;
	struct journal_seat *seat;

	if (target && target->is_host) {
		journal_host_finding(j, f, change, target, now);
		return;
	}
	seat = journal_seat(j, f->target, now);
	if (!target || !seat)
		return;
	allowance_fill(&j->cap, &seat->allowance, now);
	if (!journal_may_tell(j, seat, target, is_urgent)) {
		seat->held.count++;
		seat->held.kind = f->kind;
		seat->held.change = change;
		return;
	}
	tell_change(f, change, target);
}

static void journal_tick(struct journal *j, mono_us now)
{
	(void)hosts_catch_up(j, now);
	for (uint32_t i = 0; i < j->seats_count; i++) {
		const struct target *target = target_get(j->targets, i);

		allowance_fill(&j->cap, &j->seats[i].allowance, now);
		if (target)
			(void)journal_catch_up(j, &j->seats[i], target);
	}
}

static struct journal_cap cap_of(int64_t lines_per_hour)
{
	const double lines = (double)max_i64(lines_per_hour, 1);
	const double burst = lines > 2 ? lines / 2 : 1;

	return (struct journal_cap){ .burst = burst,
				     .per_hour = lines > 1 ? lines - burst : 0.5,
				     .reserve = burst >= 8 ? 4 : burst / 2 - 0.5 };
}

static int journal_open(const struct sink_env *env, void **ret_state)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->targets = env->targets;
	j->cap = cap_of(config_int(env->config, "daemon", "lines_per_hour"));
	j->hosts_cap = cap_of(config_int(env->config, "winevt", "lines_per_hour"));
	j->hosts = (struct allowance){ j->hosts_cap.burst, clock_mono() };
	*ret_state = j;
	return 0;
}

/* What was said stays said: a reload must not buy lines. */
static void journal_cap_anew(struct journal *j, int64_t lines_per_hour, mono_us now)
{
	for (uint32_t i = 0; i < j->seats_count; i++)
		allowance_fill(&j->cap, &j->seats[i].allowance, now); /* at the old rate so far */
	j->cap = cap_of(lines_per_hour);
	for (uint32_t i = 0; i < j->seats_count; i++) {
		if (j->seats[i].allowance.tokens > j->cap.burst)
			j->seats[i].allowance.tokens = j->cap.burst;
	}
}

static void journal_empty_seat(struct journal *j, uint32_t index, mono_us now)
{
	const struct target *target = target_get(j->targets, index);

	if (index >= j->seats_count)
		return;
	if (target && j->seats[index].held.count > 0)
		tell_held(&j->seats[index].held, target);
	j->seats[index] = (struct journal_seat){ .allowance = { j->cap.burst, now } };
}

static void journal_reload(void *state, const struct sink_env *env)
{
	struct journal *j = state;

	journal_cap_anew(j, config_int(env->config, "daemon", "lines_per_hour"), clock_mono());
	allowance_fill(&j->hosts_cap, &j->hosts, clock_mono());
	j->hosts_cap = cap_of(config_int(env->config, "winevt", "lines_per_hour"));
}

static void journal_forget(void *state, uint32_t target)
{
	journal_empty_seat(state, target, clock_mono());
}

static void journal_on_observation(void *state, const struct observation *obs)
{
	journal_identity(state, obs, clock_mono());
}

static void journal_on_finding(void *state, const struct finding *f, enum finding_change change)
{
	journal_finding(state, f, change, clock_mono());
}

static void journal_flush(void *state, wall_us now UNUSED)
{
	journal_tick(state, clock_mono());
}

static void journal_close(void *state)
{
	struct journal *j = state;

	for (uint32_t i = 0; i < j->seats_count; i++) {
		const struct target *target = target_get(j->targets, i);

		if (target && j->seats[i].held.count > 0)
			tell_held(&j->seats[i].held, target); /* now or never, cap or not */
	}
	free(j->seats);
	free(j);
}

const struct sink_ops sink_journal = {
	.name = "journal",
	.open = journal_open,
	.on_observation = journal_on_observation,
	.on_finding = journal_on_finding,
	.flush = journal_flush,
	.close = journal_close,
	.reload = journal_reload,
	.forget = journal_forget,
};
