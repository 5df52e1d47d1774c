/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heartbeat against a scripted controller.
 */
#include "probes/controller.c"
#include "tests/unit/fake_bmc.h"
#include "tests/unit/tap.h"

struct script {
	enum obs_status status; /* of everything */
	uint8_t id[DEVICE_ID_FULL];
	size_t id_len;
	uint8_t extra_cc;
	uint8_t guid[GUID_LEN];
	unsigned asked[256]; /* by command */
};

static const uint8_t dell[DEVICE_ID_FULL] = { 0x20, 0x81, 0x04, 0x10, 0x02, 0xbf, 0xa2, 0x02,
					      0x00, 0x00, 0x01, 0x00, 0x0a, 0x0b, 0x0c };

static bool play(struct fake *fake, const struct ipmi_request *req, struct ipmi_reply *reply)
{
	struct script *script = fake->user;

	script->asked[req->cmd]++;
	reply->status = script->status;
	if (req->cmd == 0x01) {
		memcpy(fake->data, script->id, sizeof(script->id));
		reply->len = script->id_len;
		return true;
	}
	reply->cc = script->extra_cc;
	if (reply->cc != 0)
		return true;
	if (req->cmd == 0x04) {
		fake->data[0] = 0x57;
		fake->data[1] = 0x08;
		reply->len = 2;
		return true;
	}
	memcpy(fake->data, script->guid, GUID_LEN);
	reply->len = GUID_LEN;
	return true;
}

static void *start(struct fake *fake, struct script *script)
{
	void *state = NULL;

	memset(script, 0, sizeof(*script));
	memcpy(script->id, dell, sizeof(dell));
	script->id_len = sizeof(dell);
	script->guid[0] = 0x44;
	fake->user = script;
	fake->bmc = play;
	check(probe_controller.open(&fake->env, &state) == 0, "it opens");
	if (!state)
		exit(99);
	return state;
}

static void beat(struct fake *fake, void *state)
{
	(void)probe_controller.run(state);
	(void)fake_pump(fake, 100);
	fake->now.v += USEC_PER_MINUTE;
}

static void test_identity(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct script script;
	void *state = start(fake, &script);
	const struct bmc_identity *id;

	check(probe_controller.run(state) == 0 && fake->pending_count == 1, "one request a run");
	check(fake->pending[0]->priority == QUEUE_HEARTBEAT && fake->pending[0]->min_len == 11,
	      "it is a heartbeat and does without the auxiliary revision");
	check(probe_controller.run(state) == -EBUSY, "one run at a time");
	(void)fake_pump(fake, 1);
	check(fake->seen[0].obs.metric == METRIC_DEVICE_AVAILABLE && fake->seen[0].obs.value == 1,
	      "availability is told first: it operates");
	check(fake->seen[1].obs.metric == METRIC_IDENTITY, "then the identity");
	id = &fake->seen[1].identity;
	check(id->manufacturer == 674 && id->product == 0x0100 && id->device_id == 0x20 &&
		      id->device_revision == 1 && id->firmware_major == 4 &&
		      id->firmware_minor_bcd == 0x10 && id->ipmi_version_bcd == 0x02,
	      "every field is where IPMI 2.0 §20.1 has it");
	check(id->has_aux_firmware && id->aux_firmware[0] == 0x00 && id->aux_firmware[3] == 0x0c,
	      "the auxiliary revision too");
	check(!id->has_guid, "no GUID is known yet");
	(void)fake_pump(fake, 100);
	check(script.asked[0x04] == 1 && script.asked[0x08] == 1, "after it, the two extras once");
	check(fake_last(fake, METRIC_SELF_TEST, 0)->obs.value == 0x5708, "self test: both bytes");
	fake->now.v += USEC_PER_MINUTE;
	beat(fake, state);
	id = &fake_last(fake, METRIC_IDENTITY, 0)->identity;
	check(id->has_guid && id->guid[0] == 0x44, "the GUID joins the identity");
	check(script.asked[0x04] == 1 && script.asked[0x08] == 1, "the extras are not due again");
	fake->now.v += USEC_PER_HOUR;
	beat(fake, state);
	check(script.asked[0x04] == 2 && script.asked[0x08] == 2, "after their interval they are");
	probe_controller.close(state);
}

static void test_bits(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct script script;
	void *state = start(fake, &script);
	const struct bmc_identity *id;

	script.id[2] = 0x84;
	script.id[3] = 0xfb;
	script.id[8] = 0xf5;
	script.id_len = DEVICE_ID_LEN;
	memset(script.guid, 0, sizeof(script.guid));
	beat(fake, state);
	check(fake_last(fake, METRIC_DEVICE_AVAILABLE, 0)->obs.value == 0, "bit 7: it is updating");
	id = &fake_last(fake, METRIC_IDENTITY, 0)->identity;
	check(id->firmware_major == 4, "bit 7 is no part of the revision");
	check(id->firmware_minor_bcd == 0xfb, "an impossible minor is passed on as it is");
	check(id->manufacturer == 0x502a2, "the manufacturer has 20 bits");
	check(!id->has_aux_firmware, "eleven bytes have no auxiliary revision");
	beat(fake, state);
	check(!fake_last(fake, METRIC_IDENTITY, 0)->identity.has_guid, "a GUID of zeros is none");
	probe_controller.close(state);
}

static void test_silence(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct script script;
	void *state = start(fake, &script);

	script.status = OBS_TIMEOUT;
	script.id_len = 0;
	beat(fake, state);
	beat(fake, state);
	check(fake->seen_count == 0, "silence says nothing of the identity");
	check(script.asked[0x01] == 2 && script.asked[0x04] == 0, "and nothing more is asked");
	script.status = OBS_OK;
	script.id_len = 10;
	beat(fake, state);
	check(fake->seen_count == 0, "a short reply is not decoded, whatever its status");
	script.status = OBS_SLOW;
	script.id_len = 11;
	beat(fake, state);
	check(fake_count(fake, METRIC_IDENTITY) == 1, "a slow answer is one");
	probe_controller.close(state);
}

static bool play_half(struct fake *fake, const struct ipmi_request *req, struct ipmi_reply *reply)
{
	const struct script *script = fake->user;
	bool good = play(fake, req, reply);

	reply->status = req->cmd == 0x01 ? OBS_OK : script->status;
	return good;
}

static void test_extras(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct script script;
	void *state = start(fake, &script);

	script.extra_cc = 0xc1;
	beat(fake, state);
	beat(fake, state);
	check(script.asked[0x08] == 1 && fake_count(fake, METRIC_SELF_TEST) == 0,
	      "a controller without extras is asked once per interval only");
	fake->bmc = play_half;
	script.extra_cc = 0;
	script.status = OBS_TIMEOUT;
	fake->now.v += USEC_PER_HOUR;
	beat(fake, state);
	beat(fake, state);
	check(script.asked[0x08] == 2, "an extra that timed out is not asked at the next beat");
	fake->now.v += RETRY_US;
	beat(fake, state);
	check(script.asked[0x08] == 3, "but some minutes later");
	script.status = OBS_SKIPPED;
	fake->now.v += RETRY_US;
	beat(fake, state);
	beat(fake, state);
	check(script.asked[0x08] == 5, "one that was skipped, at the next beat");
	probe_controller.close(state);
}

static void test_life(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	struct script script;
	void *state = start(fake, &script);

	fake->refuse = -EAGAIN;
	check(probe_controller.run(state) == -EAGAIN, "a refusal is passed on");
	fake->refuse = 0;
	check(probe_controller.run(state) == 0, "and the next run is none the worse");
	probe_controller.close(state);
	check(fake->cancels == 1 && fake->pending_count == 0, "close cancels the heartbeat");
	state = start(fake, &script);
	(void)probe_controller.run(state);
	(void)fake_pump(fake, 1);
	check(fake->pending_count == 2, "two extras wait");
	probe_controller.close(state);
	check(fake->cancels == 3 && fake->pending_count == 0, "close cancels the extras");
	probe_controller.close(NULL);
}

int main(void)
{
	test_identity();
	test_bits();
	test_silence();
	test_extras();
	test_life();
	return tap_done();
}
