/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of an event.
 */
#include "winevtd/taker.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <strings.h>

#include "model/hosts.h"
#include "model/target.h"
#include "model/winevt-wire.h"

#define LEVEL_MAX      5
#define QUALIFIERS_MAX 0xffff

struct winevt_wanted taker_wanted(const struct winevents *more,
				  struct winevt_pair pairs[TAKER_PAIRS])
{
	struct winevt_wanted wanted = { .pairs = pairs, .count = 1 };

	pairs[0] = (struct winevt_pair){ .provider = "IPMIDRV", .first = 1000, .last = 1007 };
	for (size_t i = 0; more && i < more->count; i++) {
		struct winevt_pair *pair = &pairs[wanted.count++];

		*pair = (struct winevt_pair){ .first = more->rows[i].first,
					      .last = more->rows[i].last };
		(void)snprintf(pair->provider, sizeof(pair->provider), "%s",
			       more->rows[i].provider);
	}
	return wanted;
}

/* --- known again --- */

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) /* FNV-1a */
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++) {
		const char c = (char)tolower((unsigned char)*text);

		hash = hash_bytes(hash, &c, 1);
	}
	return hash_bytes(hash, "", 1);
}

uint64_t taker_hash(const struct winevt_record *r, uint64_t seed)
{
	/* the driver's channel, whatever a collector or a shipper made of it */
	const bool is_its_own = *r->channel && strcasecmp(r->channel, "ForwardedEvents") != 0;
	const char *channel = is_its_own ? r->channel : "System";
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;

	hash = hash_text(hash, r->host);
	hash = hash_text(hash, channel);
	if (r->has_record_id)
		return hash_bytes(hash, &r->record_id, sizeof(r->record_id));
	hash = hash_text(hash, r->provider);
	hash = hash_bytes(hash, &r->event_id, sizeof(r->event_id));
	return hash_bytes(hash, &r->time.nanos, sizeof(r->time.nanos));
}

/* --- too many --- */

static bool is_too_many(struct taker *t, const struct winevt_record *r)
{
	const int64_t minute = r->time.seconds / 60;
	uint64_t key;
	size_t at;

	if (!t->settings || !t->caps)
		return false;
	key = hash_text(hash_text(UINT64_C(0xcbf29ce484222325), t->settings->name), r->host);
	key = hash_bytes(key, &minute, sizeof(minute));
	at = (size_t)((key ^ key >> 32) % TAKER_CAPS);
	if (t->caps->slots[at].key != key) {
		t->caps->slots[at].key = key;
		t->caps->slots[at].count = 0;
	}
	return ++t->caps->slots[at].count > t->settings->per_minute;
}

/* --- in --- */

static void write_message(const struct winevt_record *r, struct winevt_message *m)
{
	*m = (struct winevt_message){
		.kind = WINEVT_EVENT,
		.event_id = r->event_id,
		.qualifiers = r->qualifiers <= QUALIFIERS_MAX ? r->qualifiers : -1,
		.level = r->level <= LEVEL_MAX ? r->level : -1,
		.has_record_id = r->has_record_id,
		.record_id = r->record_id,
		.time = { r->time.seconds * USEC_PER_SEC + r->time.nanos / 1000 },
	};
	(void)snprintf(m->host, sizeof(m->host), "%s", r->host);
	(void)snprintf(m->provider, sizeof(m->provider), "%.*s", (int)sizeof(m->provider) - 1,
		       r->provider);
}

/* As hosts_intern() has it. */
bool taker_is_host(const char *name)
{
	return *name != '.' && target_is_name(name);
}

const char *taker_unfit_text(enum taker_unfit why)
{
	static const char *const texts[TAKER_UNFIT_KINDS] = {
		[TAKER_NO_NAME] = "no computer's name",
		[TAKER_MISNAMED] = "a name no computer has: up to 127 of a-z 0-9 . _ : -",
		[TAKER_FUTURE] =
			"more than 5 minutes in the future: a wrong timezone, or the host's clock",
		[TAKER_IMPOSSIBLE] = "an impossible provider or time",
	};

	_Static_assert(HOSTS_AHEAD_US / USEC_PER_MINUTE == 5, "the text says so");
	return texts[why];
}

/* TAKER_UNFIT_KINDS: it is fit. */
static enum taker_unfit unfit_of(const struct winevt_record *r)
{
	if (!*r->host)
		return TAKER_NO_NAME;
	if (!*r->provider || strlen(r->provider) >= WINEVENT_PROVIDER_MAX || r->time.seconds < 0)
		return TAKER_IMPOSSIBLE;
	if (!taker_is_host(r->host))
		return TAKER_MISNAMED;
	if (r->time.seconds > (clock_wall().v + HOSTS_AHEAD_US) / USEC_PER_SEC)
		return TAKER_FUTURE;
	return TAKER_UNFIT_KINDS;
}

/* As the daemon will look at it: what it refuses must never wait for it. */
static bool is_wire(const char data[WINEVT_WIRE_SIZE])
{
	struct winevt_message message;

	return winevt_wire_decode(data, WINEVT_WIRE_SIZE, &message) == 0;
}

/* 1: it is new here and not too much; 0: it is not, which is counted; -errno. */
static int admit(struct taker *t, const struct winevt_record *r)
{
	const uint64_t hash = taker_hash(r, (uint64_t)state_source(t->state));
	const int found = state_see(t->state, r->time.seconds, hash);

	if (found <= 0) { /* a known one is not held against its host */
		t->counts.repeated += found == 0;
		return found;
	}
	if (!is_too_many(t, r))
		return 1;
	t->counts.capped++; /* the daemon does not have it: an import may bring it yet */
	return state_unsee(t->state, r->time.seconds, hash);
}

/* 1: it waits now; 0: it does not, which is counted; -errno. */
static int take(struct taker *t, const struct winevt_record *r)
{
	const enum taker_unfit unfit = unfit_of(r);
	struct winevt_message message;
	char data[WINEVT_WIRE_SIZE];
	int found;

	if (unfit != TAKER_UNFIT_KINDS) {
		t->counts.unfit[unfit]++;
		return 0;
	}
	if (t->settings && fnmatch(t->settings->hosts, r->host, FNM_CASEFOLD) != 0) {
		t->counts.others++;
		return 0;
	}
	write_message(r, &message);
	winevt_wire_encode(&message, data);
	if (!is_wire(data)) {
		t->counts.unfit[TAKER_IMPOSSIBLE]++;
		return 0;
	}
	found = admit(t, r);
	if (found <= 0)
		return found;
	found = state_waiting_add(t->state, data, sizeof(data));
	t->counts.taken += found == 0;
	return found < 0 ? found : 1;
}

int taker_take(void *user, const struct winevt_record *record)
{
	struct winevt_record renamed;
	struct taker *t = user;
	int r;

	if (t->error < 0)
		return 0;
	if (t->host) {
		renamed = *record;
		(void)snprintf(renamed.host, sizeof(renamed.host), "%s", t->host);
		record = &renamed;
	}
	r = take(t, record);
	if (r < 0)
		t->error = r;
	return 0;
}
