/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's status document. Parsed with jansson: small, maintained, in Debian and EPEL, and
 * it checks UTF-8 and nesting itself.
 */
#include "cli/client.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "base/clock.h"
#include "base/parse.h"

#define DOCUMENT_MAX   (9 << 20) /* the list of all Windows hosts has up to 8 MiB */
#define PATIENCE_S     5
#define PATH_ROOM      512
#define INTERFACES_MAX 64

static void explain(const char *path, int error)
{
	if (error == -ENOENT || error == -ECONNREFUSED) {
		(void)fprintf(stderr,
			      "bmchealthctl: no daemon answers on %s. Next: `systemctl status "
			      "bmchealthd`, or `bmchealthctl once` for a check without it\n",
			      path);
	} else {
		(void)fprintf(stderr, "bmchealthctl: %s: %s\n", path, strerror(-error));
	}
}

static int client_connect(const char *path)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	SCOPED(close_fd) int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return neg_errno();
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return neg_errno();
	return take_fd(&fd);
}

static int client_read(int fd, char *text, size_t max, size_t *ret_len)
{
	size_t len = 0;

	while (len < max) {
		ssize_t n = recv(fd, text + len, max - len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : neg_errno();
		if (n == 0) {
			*ret_len = len;
			return 0;
		}
		len += (size_t)n;
	}
	return -EFBIG;
}

static int client_get(const char *path, json_t **ret)
{
	SCOPED(free_ptr) char *text = malloc(DOCUMENT_MAX);
	SCOPED(close_fd) int fd = -1;
	json_t *document;
	size_t len = 0;
	int r;

	if (!text)
		return -ENOMEM;
	fd = client_connect(path);
	if (fd < 0)
		return fd;
	r = client_read(fd, text, DOCUMENT_MAX, &len);
	if (r < 0)
		return r;
	document = json_loadb(text, len, 0, NULL);
	if (!json_is_object(document)) {
		json_decref(document);
		return -EBADMSG;
	}
	*ret = document;
	return 0;
}

static void socket_path(const char *run_dir, const char *name, char *path, size_t max)
{
	(void)snprintf(path, max, "%s/%s", run_dir, name); /* too long for a socket if cut */
}

int client_daemon(const char *run_dir, pid_t *ret_pid)
{
	SCOPED(close_fd) int fd = -1;
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	char path[PATH_ROOM];

	socket_path(run_dir, "status.sock", path, sizeof(path));
	fd = client_connect(path);
	if (fd < 0) {
		explain(path, fd);
		return -ESRCH;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return neg_errno();
	if (peer.pid <= 1) /* 0: of another PID namespace */
		return -ESRCH;
	*ret_pid = peer.pid;
	return 0;
}

int client_fetch_from(const char *run_dir, const char *name, json_t **ret)
{
	char path[PATH_ROOM];
	int r;

	socket_path(run_dir, name, path, sizeof(path));
	r = client_get(path, ret);
	if (r < 0)
		explain(path, r);
	return r;
}

int client_fetch(const char *run_dir, json_t **ret)
{
	return client_fetch_from(run_dir, "status.sock", ret);
}

const char *client_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

double client_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

bool client_flag(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

#define SMI "smi " /* and the number; else "lan …" */

bool client_is_local(const json_t *target)
{
	return strncmp(client_text(target, "connection"), SMI, strlen(SMI)) == 0;
}

unsigned client_interface(const json_t *target)
{
	const char *end;
	uint64_t number;

	if (parse_u64(client_text(target, "connection") + strlen(SMI), &number, &end) < 0 ||
	    number >= INTERFACES_MAX)
		return 0;
	return (unsigned)number;
}

static int parse_time(const char *text, int64_t *ret_us)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end != '\0')
		return -EINVAL;
	*ret_us = (int64_t)timegm(&tm) * USEC_PER_SEC;
	return 0;
}

void client_age(const json_t *document, const char *since, char *text)
{
	int64_t now_us, since_us;

	text[0] = '\0';
	if (parse_time(client_text(document, "now"), &now_us) == 0 &&
	    parse_time(since, &since_us) == 0)
		clock_format_span(max_i64(USEC_PER_SEC, now_us - since_us), text);
}

int client_code(const char *severity)
{
	static const struct {
		const char *severity;
		int code;
	} codes[] = { { "ok", CODE_OK },
		      { "notice", CODE_OK },
		      { "warning", CODE_WARNING },
		      { "critical", CODE_CRITICAL } };

	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		if (strcmp(codes[i].severity, severity) == 0)
			return codes[i].code;
	}
	return CODE_UNKNOWN;
}

void client_print_json(const json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_INDENT(2));
	printf("\n");
}

void client_print(const char *text)
{
	for (; *text; text++)
		(void)putchar((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}
