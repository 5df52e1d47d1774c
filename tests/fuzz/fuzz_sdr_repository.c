/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any replies to the reader of the SDR repository; when the bytes end, the last reply is given
 * for ever: it must end all the same.
 */
#include "probes/sdr/repository.h"
#include "tests/fuzz/replies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void read_repository(struct sdr_reader *reader, struct replies *replies)
{
	enum sdr_progress progress = SDR_MORE;
	struct ipmi_request req = { 0 };
	struct ipmi_reply reply = { .status = OBS_TIMEOUT };
	uint8_t bytes[IPMI_REPLY_DATA_MAX];
	unsigned turns = 0;

	while (progress == SDR_MORE || progress == SDR_LATER) {
		sdr_reader_ask(reader, &req);
		expect(req.data_len <= IPMI_REQUEST_DATA_MAX);
		(void)replies_next(replies, &req, bytes, &reply);
		/* Skipped says nothing and goes on for ever, without a command. */
		if (replies->left == 0 &&
		    (reply.status == OBS_SKIPPED || reply.status == OBS_INTERFACE_LOST))
			return;
		progress = sdr_reader_answer(reader, &reply);
		expect(++turns < 20 * SDR_COMMANDS_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replies replies = { data, size };
	const struct sdr_info info = { .records = replies_byte(&replies) };
	struct sdr_reader *reader = sdr_reader_new(&info);
	struct sdr_table table;

	expect(reader != NULL);
	read_repository(reader, &replies);
	table = sdr_reader_take(reader);
	expect(table.count <= SDR_SENSORS_MAX);
	sdr_table_done(&table);
	sdr_reader_free(reader);
	return 0;
}
