/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved and loaded between any two samples, a trend tells the same; damaged bytes are refused.
 */
#include "model/trend-save.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

#define CUT_EVERY_MAX 3000 /* minutes */

struct life { /* all that was told, as one number, and how much it was */
	uint64_t hash;
	size_t events;
};

static void remember(struct life *life, struct host *h)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct trend_event *e = &h->events[i];
		const double values[] = { e->kind,  e->channel,	   (double)e->mono.v,  e->rise,
					  e->ttf_s, e->ttf_high_s, e->reset,	       e->evidence,
					  e->teeth, e->window_h,   (double)e->uptime_s };
		uint64_t bits;

		for (size_t v = 0; v < COUNT_OF(values); v++) {
			memcpy(&bits, &values[v], sizeof(bits));
			life->hash = (life->hash ^ bits) * UINT64_C(1099511628211);
		}
		life->events++;
	}
	h->count = 0;
}

static bool swap(struct host *h, uint8_t *bytes)
{
	struct trend *fresh = trend_new(h->t->latency != NULL);
	const ssize_t len = trend_save(h->t, bytes, TREND_BYTES_MAX);
	const bool is_good = len > 0 && trend_load(fresh, bytes, (size_t)len) == 0;

	trend_free(h->t);
	h->t = fresh;
	return is_good;
}

/* Forty days with all that can happen; cut after every so many minutes, at random (0: never). */
static struct life live(bool has_latency, uint64_t seed, int *ret_bad)
{
	static uint8_t bytes[TREND_BYTES_MAX];
	struct host h = host_make(has_latency);
	struct life life = { 0 };
	uint64_t dice = seed;
	int64_t next = 0;

	for (int64_t minute = 0; minute < INT64_C(1440) * 40; minute++) {
		const int64_t day = minute / 1440, of_epoch = day % 13;

		h.factor = pow(1.2, (double)(minute % (1440 * 13)) / 1440);
		h.timeouts_per_day = of_epoch > 7 ? 10.0 * (double)(of_epoch - 6) : 1;
		h.is_dead = of_epoch == 12 && minute % 1440 > 1380;
		h.has_others = day == 20;
		if (of_epoch == 0 && minute % 1440 == 0 && day > 13)
			h.evidence = 1u << TREND_TOLD;
		host_minutes(&h, 1);
		remember(&life, &h);
		if (seed == 0 || minute < next)
			continue;
		*ret_bad += !swap(&h, bytes);
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		next = minute + (int64_t)(dice >> 33) % CUT_EVERY_MAX;
	}
	host_done(&h);
	return life;
}

static void test_cuts(bool has_latency, const char *name)
{
	int bad = 0;
	const struct life whole = live(has_latency, 0, &bad);

	check(whole.events >= (has_latency ? 8 : 3), "%s tells %zu events", name, whole.events);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		const struct life cut = live(has_latency, seed, &bad);

		check(cut.events == whole.events && cut.hash == whole.hash,
		      "%s, cut at random (%d), tells the same to the last bit", name, (int)seed);
	}
	check(bad == 0, "every state is taken");
}

static void test_damage(void)
{
	static uint8_t bytes[TREND_BYTES_MAX], small[16];
	struct host h = host_make(true), remote = host_make(false);
	ssize_t len;
	int taken = 0;

	host_hours(&h, 30);
	len = trend_save(h.t, bytes, sizeof(bytes));
	check(len > 0, "a state takes %zd bytes", len);
	check(trend_save(h.t, small, sizeof(small)) == -ENOSPC, "not fewer");
	check(trend_load(remote.t, bytes, (size_t)len) == -EBADMSG, "the other kind is refused");
	for (ssize_t at = 0; at < len; at += 97) {
		bytes[at] ^= 0x10;
		taken += trend_load(h.t, bytes, (size_t)len) == 0;
		bytes[at] ^= 0x10;
	}
	check(taken == 0, "a bit that has fallen over is seen");
	for (ssize_t cut = 0; cut < len; cut += 501)
		taken += trend_load(h.t, bytes, (size_t)cut) == 0;
	check(taken == 0, "so is a missing end");
	check(h.t->hour == TREND_HOUR_NEVER, "what was refused leaves a new state");
	check(trend_load(h.t, bytes, (size_t)len) == 0 && h.t->hour == 29, "the true one is taken");
	host_done(&h);
	host_done(&remote);
}

/* The stalls came with version 2, at the end. */
static void test_upgrade(void)
{
	static uint8_t bytes[TREND_BYTES_MAX];
	struct host h = host_make(true);
	struct trend *fresh = trend_new(true);
	size_t len;
	uint32_t crc;

	host_hours(&h, 30);
	len = (size_t)trend_save(h.t, bytes, sizeof(bytes)) - sizeof(struct trend_stalls);
	bytes[sizeof(uint32_t)] = 1;
	crc = crc32_of(bytes, len - sizeof(crc));
	for (size_t i = 0; i < sizeof(crc); i++)
		bytes[len - sizeof(crc) + i] = (uint8_t)(crc >> 8 * i);
	check(trend_load(fresh, bytes, len) == 0 && fresh->hour == 29 &&
		      fresh->latency->stalls.answered[3] == 0,
	      "a state of version 1 is taken, and knows of no stalls");
	bytes[sizeof(uint32_t)] = 9;
	check(trend_load(fresh, bytes, len) == -EBADMSG, "one of a later version is refused");
	trend_free(fresh);
	host_done(&h);
}

/* A right checksum does not make a right state. */
static void test_sanity(void)
{
	static uint8_t bytes[TREND_BYTES_MAX];
	struct host h = host_make(true);
	ssize_t len;

	host_hours(&h, 3);
	h.t->latency->count[0] = TREND_HOUR_SAMPLES + 1;
	len = trend_save(h.t, bytes, sizeof(bytes));
	check(trend_load(h.t, bytes, (size_t)len) == -EBADMSG, "too many samples are refused");
	host_hours(&h, 3);
	h.t->alarm.window = TREND_WINDOWS;
	len = trend_save(h.t, bytes, sizeof(bytes));
	check(trend_load(h.t, bytes, (size_t)len) == -EBADMSG, "so is a window that is none");
	h.t->phase[1].cosine[2] = INT32_MIN;
	len = trend_save(h.t, bytes, sizeof(bytes));
	check(trend_load(h.t, bytes, (size_t)len) == -EBADMSG, "so is a sum nothing adds up to");
	h.t->time.now_us = -1;
	len = trend_save(h.t, bytes, sizeof(bytes));
	check(trend_load(h.t, bytes, (size_t)len) == -EBADMSG, "so is a time before all");
	h.t->teeth[2].hour = INT32_MAX;
	len = trend_save(h.t, bytes, sizeof(bytes));
	check(trend_load(h.t, bytes, (size_t)len) == -EBADMSG, "so is a tooth to come");
	host_done(&h);
}

int main(void)
{
	test_cuts(true, "a local target");
	test_cuts(false, "a remote one");
	test_damage();
	test_upgrade();
	test_sanity();
	return tap_done();
}
