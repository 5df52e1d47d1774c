/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the text of /proc/PID/…: what comes out is printable and within its room.
 */
#include "openers/proctext.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_text(const char *text, size_t max)
{
	const size_t len = strnlen(text, max);

	if (len == max)
		abort();
	for (size_t i = 0; i < len; i++) {
		if (text[i] < 0x20 || text[i] >= 0x7f)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(free_ptr) char *text = malloc(size + 1);
	char comm[OPENER_COMM_MAX], exe[OPENER_EXE_MAX];
	char unit[OPENER_UNIT_MAX], container[OPENER_CONTAINER_MAX];
	uint64_t start;
	int32_t parent;
	uint32_t uid;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (proctext_stat(text, &parent, &start) == 0 && parent < 0)
		abort();
	if (proctext_uid(text, &uid) == 0 && !strstr(text, "Uid:"))
		abort();
	proctext_comm(text, comm);
	expect_text(comm, sizeof(comm));
	proctext_exe(text, exe);
	expect_text(exe, sizeof(exe));
	proctext_cgroup(text, unit, container);
	expect_text(unit, sizeof(unit));
	expect_text(container, sizeof(container));
	return 0;
}
