/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices and modules, from sysfs.
 */
#include "openers/device.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fsio.h"
#include "base/parse.h"

#define NUMBER_TEXT_MAX 32
#define MODULES_MAX	32

/* "242:0\n" */
static int parse_device(const char *text, dev_t *ret)
{
	uint64_t major_number, minor_number;
	const char *end;

	if (parse_u64(text, &major_number, &end) < 0 || *end != ':' ||
	    parse_u64(end + 1, &minor_number, &end) < 0 || (*end != '\n' && *end != '\0'))
		return -EINVAL;
	if (major_number > UINT32_MAX || minor_number > UINT32_MAX)
		return -EINVAL;
	*ret = makedev((unsigned)major_number, (unsigned)minor_number);
	return 0;
}

static bool is_node(const char *path, dev_t number)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == number;
}

static void find_node(const char *root, struct device *device)
{
	static const char *const folders[] = { "/dev/ipmi", "/dev/ipmi/", "/dev/ipmidev/" };

	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		const int n = snprintf(device->node, sizeof(device->node), "%s%s%u", root,
				       folders[i], device->interface);

		if (n > 0 && (size_t)n < sizeof(device->node) &&
		    is_node(device->node, device->number))
			return;
	}
	device->node[0] = '\0';
}

void device_list_find(const char *root, struct device_list *ret)
{
	char path[64], text[NUMBER_TEXT_MAX];

	*ret = (struct device_list){ 0 };
	for (uint32_t interface = 0; interface < DEVICES_MAX; interface++) {
		struct device *device = &ret->of[ret->count];

		(void)snprintf(path, sizeof(path), "/sys/class/ipmi/ipmi%u/dev", interface);
		if (fs_read(root, path, text, sizeof(text)) < 0 ||
		    parse_device(text, &device->number) < 0)
			continue;
		device->interface = interface;
		find_node(root, device);
		ret->count++;
	}
}

int device_list_add(struct device_list *list, const char *text)
{
	struct device *device = &list->of[list->count];
	const char *end;
	struct stat st;
	uint64_t interface;

	if (list->count == DEVICES_MAX || parse_u64(text, &interface, &end) < 0 || *end != '=' ||
	    interface >= DEVICES_MAX || strlen(end + 1) >= DEVICE_NODE_MAX)
		return -EINVAL;
	if (stat(end + 1, &st) < 0)
		return neg_errno();
	if (!S_ISCHR(st.st_mode))
		return -EINVAL;
	device->interface = (uint32_t)interface;
	device->number = st.st_rdev;
	memcpy(device->node, end + 1, strlen(end + 1) + 1);
	list->count++;
	return 0;
}

int device_list_index(const struct device_list *list, dev_t number)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->of[i].number == number)
			return (int)i;
	}
	return -1;
}

/* Parts of the driver: ways to a controller, and the device itself. */
static bool is_driver(const char *module)
{
	static const char *const parts[] = { "ipmi_si",	 "ipmi_ssif",	 "ipmi_devintf",
					     "ipmb_dev", "ipmi_powernv", "ipmi_ipmb",
					     "ssif_bmc", "ipmi_ls2k" };

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		if (strcmp(parts[i], module) == 0)
			return true;
	}
	return false;
}

/* The driver is part of the kernel: nobody holds it, so look for those we know by name. */
static void modules_by_name(const char *root, device_module_fn *fn, void *user)
{
	static const char *const known[] = { "ipmi_watchdog", "ipmi_poweroff", "acpi_ipmi",
					     "ibmpex", "ibmaem" };
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		const int n = snprintf(path, sizeof(path), "%s/sys/module/%s", root, known[i]);

		if (n > 0 && (size_t)n < sizeof(path) && access(path, F_OK) == 0)
			fn(user, known[i]);
	}
}

void device_modules(const char *root, device_module_fn *fn, void *user)
{
	char path[PATH_MAX];
	const struct dirent *file;
	DIR *folder = NULL;
	int n;

	n = snprintf(path, sizeof(path), "%s/sys/module/ipmi_msghandler/holders", root);
	if (n > 0 && (size_t)n < sizeof(path))
		folder = opendir(path);
	if (!folder) {
		modules_by_name(root, fn, user);
		return;
	}
	n = 0;
	while (n < MODULES_MAX) {
		file = readdir(folder); /* cppcheck-suppress readdirCalled; one thread only */
		if (!file)
			break;
		if (file->d_name[0] == '.' || is_driver(file->d_name))
			continue;
		fn(user, file->d_name);
		n++;
	}
	(void)closedir(folder);
}
