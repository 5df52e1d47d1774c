/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command in flight, ever. Priorities, a minimum gap, a budget per minute; deadlines of our
 * own, because neither OpenIPMI nor the kernel has one for the local BMC. No clock (`now` comes
 * in) and no I/O (the host sends), so it is replayed in virtual time.
 *
 * A request that misses the hard deadline is answered with OBS_TIMEOUT and lives on as a zombie:
 * a copy of it, owned by the queue. Nothing else is sent until the zombie's answer comes (OBS_LATE:
 * the BMC is slow, not dead) or stuck_us have passed (OBS_DRIVER_STUCK: the host closes the link).
 * Messages handed to the kernel cannot be withdrawn; sending more into a hung driver only makes
 * every other user's queue longer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmi/backoff.h"
#include "ipmi/pace.h"
#include "model/observation.h"

#define IPMI_REQUEST_DATA_MAX 36
#define IPMI_REPLY_DATA_MAX   272 /* as IPMI_MAX_MSG_LENGTH of <linux/ipmi.h> */
#define QUEUE_WAITING_MAX     32

enum queue_priority {
	QUEUE_HEARTBEAT, /* is it alive? Goes first, but not twice in a row while others wait */
	QUEUE_NORMAL,
	QUEUE_BULK, /* one-off reading of a repository: its own budget, and only while the BMC is
		       well */
	QUEUE_PRIORITY_MAX,
};

struct ipmi_reply {
	enum obs_status status;
	int error;	     /* -errno of a failed send; 0 else */
	uint8_t cc;	     /* 0 if there was no answer */
	const uint8_t *data; /* after the completion code; valid during the call */
	size_t len;	     /* of data */
	int64_t took_us;     /* send to answer */
	mono_us now;
};

struct ipmi_request {
	/* The owner's; unchanged from submit until done. */
	const char *source; /* the probe's name */
	const char *label;  /* "Get Device ID" */
	uint8_t netfn, lun, cmd;
	uint8_t data[IPMI_REQUEST_DATA_MAX], data_len;
	uint8_t min_len;      /* fewest data bytes a good reply has, completion code not counted */
	uint8_t tolerated[4]; /* completion codes that are a normal answer here; 0 ends */
	enum queue_priority priority;
	int64_t max_wait_us; /* unsent so long: done with OBS_SKIPPED; 0: 60 s */
	/* Exactly once for every request that queue_submit() took, also on cancel (never from
	 * inside queue_submit()). The request is the owner's again when it is called. */
	void (*done)(struct ipmi_request *req, const struct ipmi_reply *reply);
	void *user;
	/* The queue's. */
	struct ipmi_request *next;
	mono_us submitted;
	bool is_queued;
};

struct queue_ops { /* how the queue reaches the world */
	/* Is it our turn, or does somebody else ask the BMC undisturbed? Asked before each send,
	 * and again a moment later; NULL: always. */
	bool (*may_send)(void *host);
	/* 0, or -errno at once; never calls back synchronously. `tag` comes back with the reply. */
	int (*send)(void *host, const struct ipmi_request *req, uint64_t tag);
	/* Has the driver given up the command by itself? Tells a kernel-made 0xFF or 0xC0 from the
	 * BMC's own. */
	bool (*has_hosed)(void *host);
	/* Every outcome, before `done`; also OBS_LATE and OBS_DRIVER_STUCK of zombies. */
	void (*observe)(void *host, const struct ipmi_request *req, const struct ipmi_reply *reply);
	/* The driver is stuck: close the link. queue_link_down() follows or not, both are fine. */
	void (*stuck)(void *host);
};

struct queue_settings {
	int64_t soft_us, hard_us, stuck_us;
	double per_minute;	/* budget, heartbeat and normal together */
	double bulk_per_minute; /* budget of QUEUE_BULK */
	double duty;		/* the share of its time that the BMC may work for us */
	struct backoff_settings backoff;
	uint64_t seed; /* of the jitter; the same seed, the same run */
};

struct queue_counters {
	uint64_t sent; /* handed to the driver successfully */
	uint64_t of[OBS_STATUS_MAX];
};

struct queue;

/* NULL: no memory. `ops` and `host` are borrowed. */
struct queue *queue_new(const struct queue_settings *settings, const struct queue_ops *ops,
			void *host);
/* Every waiting and flying request is done with OBS_SKIPPED first. */
void queue_free(struct queue *q);

/* Other settings from now on; what was learned, spent and sent stays. */
void queue_configure(struct queue *q, const struct queue_settings *settings);
/* We ourselves stood still so long (suspended, stopped, starved, a slow disk): that is not held
 * against the command that flies. */
void queue_forgive(struct queue *q, int64_t stall_us);

/* Lends `req` to the queue. 0; -EAGAIN: QUEUE_WAITING_MAX requests wait already; -EALREADY: this
 * one does; -EINVAL: its data is too long. */
MUST_CHECK int queue_submit(struct queue *q, struct ipmi_request *req, mono_us now);
/* Done with OBS_SKIPPED (nothing if it was not queued). A flying one's command goes on without it:
 * an answer in time is not told to anybody, a missed deadline, a late answer and a stuck driver
 * still are. */
void queue_cancel(struct queue *q, struct ipmi_request *req, mono_us now);
/* Check deadlines, send what may be sent. */
void queue_pump(struct queue *q, mono_us now);
/* When queue_pump() has something to do next; INT64_MAX: nothing is waiting. */
mono_us queue_next(const struct queue *q, mono_us now);
/* The link's answer: `data` starts with the completion code; len 0 counts as a bad reply. Unknown
 * tags are ignored. */
void queue_answer(struct queue *q, uint64_t tag, const uint8_t *data, size_t len, mono_us now);
/* The link is gone: whatever flew will never be answered. A flying request is done with the
 * status of `error` (ipmi/taxonomy.h), with OBS_SKIPPED if it is 0 (we closed the link ourselves);
 * a zombie is forgotten. */
void queue_link_down(struct queue *q, int error, mono_us now);

bool queue_has_flying(const struct queue *q); /* also a zombie */
bool queue_has_zombie(const struct queue *q);
const struct queue_counters *queue_counters(const struct queue *q);
int64_t queue_gap_us(const struct queue *q);	/* that is kept now, without jitter */
struct backoff *queue_backoff(struct queue *q); /* for backoff_learn() of what probes saw */
/* For its pace_learn(), which the host does with what it makes of observe(), and so on. */
struct pace *queue_pace(struct queue *q);
