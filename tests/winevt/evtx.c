/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evtx [--provider NAME]… FILE: what the reader of event logs makes of it, one object a line,
 * then the counts. Exit code 1: it is none.
 */
#include "winevt/evtx.h"

#include <fcntl.h>
#include <stdio.h>

#define PROVIDERS_MAX 64

static int print(void *user, const struct winevt_record *record)
{
	struct buf b = buf_make(4096);
	SCOPED(free_ptr) char *text = NULL;

	(void)user;
	winevt_record_json(&b, record);
	text = buf_take(&b, NULL);
	return text && puts(text) >= 0 ? 0 : -EIO;
}

static void add(struct winevt_pair *pair, const char *provider, uint32_t first, uint32_t last)
{
	(void)snprintf(pair->provider, sizeof(pair->provider), "%s", provider);
	pair->first = first;
	pair->last = last;
}

int main(int argc, char **argv)
{
	static struct winevt_pair pairs[PROVIDERS_MAX];
	struct winevt_wanted wanted = { pairs, 0 };
	struct winevt_counts counts = { .events = 0 };
	SCOPED(close_fd) int fd = -1;
	int i = 1, r;

	for (; i + 1 < argc && strcmp(argv[i], "--provider") == 0 && wanted.count < PROVIDERS_MAX;
	     i += 2)
		add(&pairs[wanted.count++], argv[i + 1], 0, UINT32_MAX);
	if (wanted.count == 0)
		add(&pairs[wanted.count++], "IPMIDRV", 1000, 1007);
	fd = i < argc ? open(argv[i], O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return 2;
	r = winevt_evtx_read(fd, &wanted, print, NULL, &counts);
	(void)printf("{\"events\":%llu,\"wanted\":%llu,\"bad\":%llu}\n",
		     (unsigned long long)counts.events, (unsigned long long)counts.wanted,
		     (unsigned long long)counts.bad);
	return r == 0 ? 0 : 1;
}
