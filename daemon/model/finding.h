/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A finding: something an admin should know about one controller, open from one moment until
 * another. Kinds of one family exclude each other: a target has at most one open finding per
 * family, and going from one kind to another of the family is a change, not a new finding.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/opener.h"
#include "model/target.h"

enum severity { SEVERITY_OK, SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_CRITICAL };

enum finding_kind {
	FINDING_TIMEOUTS_SPORADIC, /* a few a day */
	FINDING_TIMEOUTS_FREQUENT, /* per hour */
	FINDING_TIMEOUTS_STORM,	   /* several per minute */
	FINDING_MUTE,		   /* no answer at all */
	FINDING_SLOW,		   /* answers, but past the soft deadline */
	FINDING_BUSY,		   /* says "busy" for longer than a reset takes */
	FINDING_BAD_REPLIES,
	FINDING_ERRORS,		/* unexpected completion codes */
	FINDING_MAINTENANCE,	/* firmware update or self-initialisation: not illness */
	FINDING_SELF_TEST,	/* the controller's own self test fails */
	FINDING_IDENTITY_DRIFT, /* firmware, GUID or manufacturer flicker or are impossible */
	FINDING_SENSORS_VANISHED,
	FINDING_NO_DEVICE,	/* there has been no interface since we started */
	FINDING_INTERFACE_LOST, /* there was one, it is gone */
	FINDING_NO_ACCESS,	/* it is there, but we are refused: rights, user or password */
	FINDING_DRIVER_STUCK,
	FINDING_LEAK_SUSPECTED, /* a ramp by the softer limits */
	FINDING_LEAK,		/* leak-like: a ramp that a leak would make */
	FINDING_LEAK_RETURNED,	/* ... as at least once before */
	FINDING_FAILURE_IMMINENT,
	FINDING_CONTROLLER_RESET, /* it has restarted, of itself or by somebody */
	FINDING_CURED,		  /* ... and a leak-like ramp has gone with that */
	FINDING_NOT_CURED,	  /* ... and one has not */
	FINDING_CONTENTION,	  /* its trouble is another program's doing */
	FINDING_DRIVER_SETTINGS,  /* Windows: the driver was given a value it cannot use */
	FINDING_LOG_UNREAD,	  /* Windows: the driver fails to read the event log */
	FINDING_KIND_MAX,
};

enum finding_family {
	FAMILY_TIMEOUTS, /* sporadic, frequent, storm, mute */
	FAMILY_SLOW,
	FAMILY_BUSY,
	FAMILY_BAD_REPLIES,
	FAMILY_ERRORS,
	FAMILY_MAINTENANCE,
	FAMILY_SELF_TEST,
	FAMILY_IDENTITY,
	FAMILY_SENSORS,
	FAMILY_INTERFACE, /* no device, lost, no access, stuck */
	FAMILY_LEAK,	  /* suspected, leak, returned, imminent */
	FAMILY_RESTART,	  /* reset, cured, not cured */
	FAMILY_SETTINGS,
	FAMILY_LOG,
	FAMILY_CONTENTION,
	FAMILY_MAX,
};

#define EVIDENCE_TEXT_MAX 256

struct evidence_restart { /* the controller's last one, as far as anybody knows */
	wall_us at;	  /* 0: none was seen */
	uint32_t signs;	  /* bits of enum trend_evidence */
	uint8_t sure;	  /* per cent */
};

struct evidence_ramp {	   /* FAMILY_LEAK */
	double rise;	   /* factor over the window; 0: none */
	double rise_since; /* the restart; 0: nobody knows. Not in the store */
	uint32_t window_h;
	uint32_t teeth;	       /* earlier ramps that are gone, mostly by a restart */
	int64_t low_s, high_s; /* until it fails, from `changed` on; 0: nobody knows */
};

#define CULPRIT_NAME_MAX 64

struct evidence_contention { /* FAMILY_CONTENTION */
	enum agent agent;
	char culprit[CULPRIT_NAME_MAX]; /* for people; "": nobody knows */
	char comm[OPENER_COMM_MAX];
	char unit[OPENER_UNIT_MAX];
	uint32_t hits, troubles; /* time-outs and slow answers: at its visits, of all */
	double expected;	 /* of them by chance */
	double chance;		 /* of it all */
	uint32_t period_s;	 /* 0: none is known */
	uint8_t sure;		 /* per cent */
};

struct evidence { /* what the judgement rests on, at the last change */
	uint32_t timeouts_hour, timeouts_day, commands_hour, commands_day;
	double rate_per_hour; /* time-outs per hour; see model/classify.h for how it is made */
	int64_t latency_us;   /* median of the recent answers; 0: none */
	uint8_t netfn, cmd, cc;
	int error;
	struct evidence_restart restart;
	struct evidence_ramp ramp;
	struct evidence_contention contention;
	char text[EVIDENCE_TEXT_MAX]; /* one clause for people: "7 of 12 commands in the last
					 hour timed out" */
};

struct finding {
	enum finding_kind kind;
	enum finding_kind previous; /* before the last change within the family; == kind if none */
	enum severity severity;
	uint32_t target;
	wall_us since, changed;
	mono_us since_mono;
	struct evidence evidence;
};

enum finding_change {
	FINDING_OPENED,
	FINDING_CHANGED,
	FINDING_CLOSED,
	FINDING_DROPPED, /* no longer watched: neither cured nor open */
};

static inline bool finding_is_over(enum finding_change change)
{
	return change == FINDING_CLOSED || change == FINDING_DROPPED;
}

/* The finding is valid during the call. */
typedef void finding_fn(void *user, const struct finding *finding, enum finding_change change);

struct finding_kind_info {
	const char *name;    /* "timeouts-frequent": journal, store, CLI, .scn */
	const char *summary; /* "time-outs are frequent": one clause, lower case */
	enum finding_family family;
	enum severity severity;
};

const struct finding_kind_info *finding_info(enum finding_kind kind);
MUST_CHECK int finding_kind_parse(const char *name, enum finding_kind *ret);
const char *severity_name(enum severity severity); /* "ok", "notice", "warning", "critical" */
