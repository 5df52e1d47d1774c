/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/status: one document per connection, a limit on clients, stale sockets, two daemons.
 */
#include <sys/stat.h>

#include "engine/status.c"
#include "tests/unit/tap.h"

static char *render(void *user, bool is_full UNUSED)
{
	int *rendered = user;

	(*rendered)++;
	return strdup("{\"hello\":1}\n");
}

static char *render_big(void *user UNUSED, bool is_full UNUSED)
{
	char *text = malloc(STATUS_DOCUMENT_MAX);

	if (text) {
		memset(text, 'x', STATUS_DOCUMENT_MAX - 1);
		text[STATUS_DOCUMENT_MAX - 1] = '\0';
	}
	return text;
}

static int join(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void turn(sd_event *event, int times)
{
	while (times-- > 0)
		(void)sd_event_run(event, 0);
}

/* Everything until the end of the stream; -1: the stream did not end. */
static ssize_t drain(sd_event *event, int fd)
{
	char text[8192];
	ssize_t total = 0;

	for (int i = 0; i < 1000; i++) {
		ssize_t n = recv(fd, text, sizeof(text), 0);

		if (n == 0)
			return total;
		if (n > 0)
			total += n;
		turn(event, 2);
	}
	return -1;
}

static void test_clients(sd_event *event, const char *folder, const char *path)
{
	int fds[STATUS_CLIENTS_MAX + 1];
	struct status *status = NULL;
	struct status *second = NULL;
	int rendered = 0;
	int fd;

	check(status_new(event, folder, "status.sock", render, &rendered, &status) == 0,
	      "a socket is opened");
	fd = join(path);
	turn(event, 4);
	check(fd >= 0 && drain(event, fd) == 12 && rendered == 1,
	      "a client gets the document and the end of the stream");
	close(fd);
	fd = join(path);
	check(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL) == 18, "a client may talk");
	turn(event, 4);
	check(drain(event, fd) >= -1 && status->clients[0].text == NULL,
	      "nobody listens, and its place is free again");
	close(fd);
	check(status_new(event, folder, "status.sock", render, &rendered, &second) == -EADDRINUSE,
	      "a second daemon is told");
	check(access(path, F_OK) == 0, "and leaves the first one's socket alone");
	for (size_t i = 0; i <= STATUS_CLIENTS_MAX; i++)
		fds[i] = join(path);
	turn(event, 4 * STATUS_CLIENTS_MAX);
	for (size_t i = 0; i <= STATUS_CLIENTS_MAX; i++)
		close(fds[i]);
	turn(event, 4 * STATUS_CLIENTS_MAX);
	fd = join(path);
	turn(event, 4);
	check(drain(event, fd) == 12, "a crowd does not break it");
	close(fd);
	status_free(status);
	check(access(path, F_OK) != 0, "the socket goes with its owner");
}

static char *render_rights(void *user UNUSED, bool is_full)
{
	return strdup(is_full ? "all of it\n" : "less\n");
}

static ssize_t length_for(sd_event *event, const char *path, uid_t uid)
{
	ssize_t n;
	int fd;

	if (seteuid(uid) < 0)
		return -2;
	fd = join(path);
	if (seteuid(0) < 0)
		return -2;
	turn(event, 4);
	n = drain(event, fd);
	close(fd);
	return n;
}

static void test_rights(sd_event *event, const char *folder, const char *path)
{
	struct status *status = NULL;
	int fd;

	check(status_new(event, folder, "status.sock", render_rights, NULL, &status) == 0,
	      "a document with more and less");
	fd = join(path);
	turn(event, 4);
	check(drain(event, fd) == 10, "who runs the daemon is told all");
	close(fd);
	if (geteuid() != 0 || chmod(folder, 0755) < 0) {
		printf("# not root: other users are not tried\n");
	} else {
		check(length_for(event, path, 65534) == 5, "another user is told less");
		check(length_for(event, path, 0) == 10, "root all, in the same moment");
		check(length_for(event, path, 65534) == 5, "and no document serves both");
	}
	status_free(status);
}

static void test_slow_client(sd_event *event, const char *folder, const char *path)
{
	struct status *status = NULL;
	int fds[STATUS_CLIENTS_MAX];
	int fd, stale;

	stale = socket(AF_UNIX, SOCK_STREAM, 0);
	check(status_new(event, folder, "status.sock", render_big, NULL, &status) == 0,
	      "a big document");
	for (size_t i = 0; i < STATUS_CLIENTS_MAX; i++)
		fds[i] = join(path);
	turn(event, 4 * STATUS_CLIENTS_MAX);
	fd = join(path);
	turn(event, 4);
	check(drain(event, fd) == 0, "with all places taken by slow readers one is turned away");
	close(fd);
	check(drain(event, fds[0]) == STATUS_DOCUMENT_MAX - 1,
	      "a slow reader gets all of it in the end");
	for (size_t i = 0; i < STATUS_CLIENTS_MAX; i++)
		close(fds[i]);
	status_free(status);
	close(stale);
}

static void test_stale_socket(sd_event *event, const char *folder, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct status *status = NULL;
	int rendered = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	check(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
	      "a dead daemon's socket");
	close(fd);
	check(status_new(event, folder, "status.sock", render, &rendered, &status) == 0,
	      "is replaced");
	status_free(status);
}

int main(void)
{
	char folder[] = "/tmp/bmchealthd-test-XXXXXX";
	sd_event *event = NULL;
	char path[64];

	if (!mkdtemp(folder) || sd_event_new(&event) < 0)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/status.sock", folder);
	test_clients(event, folder, path);
	test_rights(event, folder, path);
	test_slow_client(event, folder, path);
	test_stale_socket(event, folder, path);
	sd_event_unref(event);
	(void)rmdir(folder);
	return tap_done();
}
