/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl winevt import: the file is opened here, with the caller's rights, and read by
 * bmchealthd-winevt, which has none (model/winevt-import.h). So its events pass the same sieve as
 * those that come by other ways, and what was heard already is not counted twice.
 */
#include "model/winevt-import.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/parse.h"
#include "cli/winevt.h"
#include "model/target.h"

#define NUMBERS_MAX 3
#define PATIENCE_MS 10000 /* without a word */

static int reader_connect(const struct command_env *env)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	SCOPED(close_fd) int fd = -1;
	const int n = snprintf(address.sun_path, sizeof(address.sun_path),
			       "%s" WINEVT_IMPORT_SUFFIX "/" WINEVT_IMPORT_SOCKET, env->run_dir);
	int r = 0;

	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = neg_errno();
	if (r == 0)
		return take_fd(&fd);
	(void)fprintf(stderr, "bmchealthctl: winevt: %s: %s%s\n", address.sun_path, strerror(-r),
		      r == -EACCES || r == -EPERM
			      ? ". Next: try as root"
			      : ". Next: `systemctl status bmchealthd-winevt` (package "
				"bmchealthd-winevt)");
	return r;
}

static int fill(char *room, size_t max, const char *text)
{
	const int n = snprintf(room, max, "%s", text ? text : "");

	return n < 0 || (size_t)n >= max ? -ENAMETOOLONG : 0;
}

static int ask(int fd, const struct command_env *env, int file)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct winevt_import request = { .format = "auto" };
	struct iovec data = { &request, sizeof(request) };
	struct msghdr header = { .msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };

	memcpy(request.magic, WINEVT_IMPORT_MAGIC, sizeof(request.magic));
	if ((env->format && fill(request.format, sizeof(request.format), env->format) < 0) ||
	    fill(request.timezone, sizeof(request.timezone), env->zone) < 0 ||
	    fill(request.host, sizeof(request.host), env->host) < 0)
		return -EINVAL;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(file));
	memcpy(CMSG_DATA(&control.header), &file, sizeof(file));
	return sendmsg(fd, &header, MSG_NOSIGNAL) < 0 ? neg_errno() : 0;
}

/* "WORD 1 2 3": what is not there is 0. */
static void read_numbers(const char *text, uint64_t ret[NUMBERS_MAX])
{
	memset(ret, 0, NUMBERS_MAX * sizeof(*ret));
	text += strcspn(text, " ");
	for (size_t i = 0; i < NUMBERS_MAX && *text == ' '; i++) {
		if (parse_u64(text + 1, &ret[i], &text) < 0)
			return;
	}
}

static void show_progress(const char *path, const char *text)
{
	uint64_t n[NUMBERS_MAX];

	if (!isatty(STDERR_FILENO))
		return;
	read_numbers(text, n);
	(void)fprintf(stderr, "\r%s: %" PRIu64 " of %" PRIu64 " MiB", path, n[0] >> 20, n[1] >> 20);
}

static bool is_word(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

static void show_skipped(const char *path, const char *text)
{
	const char *why = strchr(text + strlen("skipped "), ' ');
	uint64_t n[NUMBERS_MAX];

	read_numbers(text, n);
	(void)fprintf(stderr, "%s: %" PRIu64 " skipped: %s\n", path, n[0], why ? why + 1 : "");
}

static int show_done(const char *path, const char *text)
{
	uint64_t n[NUMBERS_MAX];

	read_numbers(text, n);
	printf("%s: %" PRIu64 " events are in the history now, %" PRIu64 " were known before\n",
	       path, n[0], n[1]);
	if (n[0] == 0 && n[1] == 0 && n[2] == 0) /* perhaps the wrong file */
		(void)fprintf(stderr, "%s: no event of IPMIDRV in it\n", path);
	return n[2] > 0 ? CODE_DATA : CODE_OK;
}

static int show_refusal(const char *path, const char *text)
{
	if (is_word(text, "usage ")) {
		(void)fprintf(stderr, "bmchealthctl: winevt: %s\n", text + strlen("usage "));
		return CODE_USAGE;
	}
	(void)fprintf(stderr, "bmchealthctl: winevt: %s: %s\n", path,
		      is_word(text, "error ") ? text + strlen("error ") : text);
	return strstr(text, "does not listen") ? CODE_UNKNOWN : CODE_DATA;
}

/* -1: go on; else the exit code. */
static int take_answer(const char *path, const char *text)
{
	if (is_word(text, "progress ")) {
		show_progress(path, text);
		return -1;
	}
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r\033[K");
	if (is_word(text, "skipped ")) {
		show_skipped(path, text);
		return -1;
	}
	return is_word(text, "done ") ? show_done(path, text) : show_refusal(path, text);
}

/* The reader parses what anybody wrote, and this may be root's terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static bool is_silent(int fd, int patience_ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, patience_ms) == 0;
}

static void tell_silence(const char *path)
{
	(void)fprintf(stderr,
		      "%sbmchealthctl: winevt: %s: waiting for bmchealthd-winevt, which has said "
		      "nothing for %d s: it, or the daemon it hands the events to, may hang. Next: "
		      "`systemctl status bmchealthd-winevt bmchealthd`; Ctrl-C loses nothing\n",
		      isatty(STDERR_FILENO) ? "\r\033[K" : "", path, PATIENCE_MS / 1000);
}

static int hear(int fd, const char *path, int patience_ms)
{
	char text[WINEVT_IMPORT_ANSWER + 1];
	bool is_told = false;
	int code = -1;

	while (code < 0) {
		ssize_t n;

		if (!is_told && is_silent(fd, patience_ms)) {
			tell_silence(path);
			is_told = true;
		}
		n = recv(fd, text, sizeof(text) - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			(void)fprintf(stderr,
				      "bmchealthctl: winevt: %s: bmchealthd-winevt ended. "
				      "Next: import it again, nothing is counted twice\n",
				      path);
			return CODE_UNKNOWN;
		}
		text[n] = '\0';
		make_printable(text);
		code = take_answer(path, text);
	}
	return code;
}

static int import_one(const struct command_env *env, const char *path)
{
	SCOPED(close_fd) int file = winevt_open(path, false);
	SCOPED(close_fd) int fd = -1;
	int r;

	if (file < 0)
		return CODE_NO_INPUT;
	fd = reader_connect(env);
	if (fd < 0)
		return fd == -EACCES || fd == -EPERM ? CODE_NO_PERMISSION : CODE_UNKNOWN;
	r = ask(fd, env, file);
	if (r == 0)
		return hear(fd, path, PATIENCE_MS);
	(void)fprintf(stderr, "bmchealthctl: winevt: %s\n",
		      r == -EINVAL ? "--format, --timezone or --host is too long" : strerror(-r));
	return r == -EINVAL ? CODE_USAGE : CODE_UNKNOWN;
}

/* The daemon takes no other. */
static bool is_host(const char *name)
{
	return *name != '.' && target_is_name(name);
}

int winevt_import(const struct command_env *env, int count, char **paths)
{
	int worst = CODE_OK;

	if (env->host && !is_host(env->host)) {
		(void)fprintf(stderr,
			      "bmchealthctl: winevt: --host \"%s\" is no computer's name: 1 to 127 "
			      "letters, digits and . _ : - with no . in front\n",
			      env->host);
		return CODE_USAGE;
	}
	for (int i = 0; i < count; i++) {
		const int code = import_one(env, paths[i]);

		if (code > worst)
			worst = code;
		if (code == CODE_NO_PERMISSION || code == CODE_UNKNOWN || code == CODE_USAGE)
			break;
	}
	return worst;
}
