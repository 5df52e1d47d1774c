/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fuzzer's bytes as replies of a controller, one after the other: status, completion code,
 * length, data. As from the queue: an answer without an error has the length it should have, or
 * is a bad one.
 */
#pragma once

#define FAKE_OBS_MAX 4 /* nobody looks at what is emitted */
#include "tests/unit/fake_bmc.h"

struct replies {
	const uint8_t *data;
	size_t left;
};

static inline uint8_t replies_byte(struct replies *replies)
{
	if (replies->left == 0)
		return 0;
	replies->left--;
	return *replies->data++;
}

/* false: no more bytes. */
static inline bool replies_next(struct replies *replies, const struct ipmi_request *req,
				uint8_t *data, struct ipmi_reply *reply)
{
	size_t len, i;

	if (replies->left == 0)
		return false;
	reply->status = (enum obs_status)(replies_byte(replies) % OBS_STATUS_MAX);
	reply->cc = replies_byte(replies);
	len = replies_byte(replies);
	for (i = 0; i < len && replies->left > 0; i++)
		data[i] = replies_byte(replies);
	reply->data = i > 0 ? data : NULL;
	reply->len = i;
	if (reply->status == OBS_LATE || reply->status == OBS_DRIVER_STUCK) /* of zombies only */
		reply->status = OBS_TIMEOUT;
	if ((reply->status == OBS_OK || reply->status == OBS_SLOW) && reply->cc == 0 &&
	    reply->len < req->min_len)
		reply->status = OBS_BAD_REPLY;
	return true;
}

static inline bool replies_bmc(struct fake *fake, const struct ipmi_request *req,
			       struct ipmi_reply *reply)
{
	return replies_next(fake->user, req, fake->data, reply);
}

/* A whole life of a probe, until the bytes end. */
static inline void replies_play(const struct probe_ops *probe, const uint8_t *data, size_t size)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct replies replies = { data, size };
	void *state = NULL;
	unsigned i;

	fake->bmc = replies_bmc;
	fake->user = &replies;
	fake->has_identity = true;
	if (probe->open(&fake->env, &state) < 0)
		return;
	for (i = 0; i < 2000 && replies.left > 0; i++) {
		(void)probe->run(state);
		(void)fake_pump(fake, 20000);
		fake->now.v += USEC_PER_MINUTE;
		fake->identity.firmware_major = (uint8_t)(i / 50);
	}
	(void)probe->run(state);
	probe->close(state);
}
