/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which devices are controllers', by number, as the driver says in /sys/class/ipmi; a name in /dev
 * proves nothing. And the kernel's own users of the driver.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

#define DEVICES_MAX	8
#define DEVICE_NODE_MAX 128

struct device {
	uint32_t interface; /* N of ipmiN */
	dev_t number;
	char node[DEVICE_NODE_MAX]; /* "": none was found */
};

struct device_list {
	struct device of[DEVICES_MAX];
	size_t count;
};

/* What is below `root` ("" on a real host) now. */
void device_list_find(const char *root, struct device_list *ret);
/* "N=PATH": that character device is interface N's; for tests. 0; -EINVAL; -errno. */
MUST_CHECK int device_list_add(struct device_list *list, const char *text);
/* Index, or -1. */
int device_list_index(const struct device_list *list, dev_t number);

typedef void device_module_fn(void *user, const char *module);
/* Modules that use the driver and are not part of it. */
void device_modules(const char *root, device_module_fn *fn, void *user);
