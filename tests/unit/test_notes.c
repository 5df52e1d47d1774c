/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/notes: one packet, one answer; what is none is refused; who says nothing is no burden.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "engine/notes.c" /* the unit under test */
#include "tests/unit/tap.h"

static struct note heard;
static int heard_count;

static int on_note(void *user UNUSED, const struct note *note)
{
	heard = *note;
	heard_count++;
	return note->text[0] == '!' ? -ERANGE : 0;
}

static int join(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void turn(sd_event *event)
{
	for (int i = 0; i < 8; i++)
		(void)sd_event_run(event, 0);
}

/* The answer; 1: none came. */
static int ask(sd_event *event, const char *path, const void *packet, size_t len)
{
	SCOPED(close_fd) int fd = join(path);
	int32_t answer = 1;

	turn(event);
	if (fd < 0 || send(fd, packet, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 1;
	turn(event);
	if (recv(fd, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer))
		return 1;
	return answer;
}

static struct note good(void)
{
	return (struct note){ .version = NOTE_VERSION, .target = "local", .text = "by hand" };
}

static void test_packets(sd_event *event, const char *path)
{
	struct note note = good();
	char big[2 * sizeof(note)] = { 1 };

	check(ask(event, path, &note, sizeof(note)) == 0 && heard_count == 1 &&
		      strcmp(heard.text, "by hand") == 0,
	      "a note is heard and answered");
	note.text[0] = '!';
	check(ask(event, path, &note, sizeof(note)) == -ERANGE, "the answer is the engine's");
	heard_count = 0;
	check(ask(event, path, &note, sizeof(note) - 1) == -EINVAL &&
		      ask(event, path, "x", 1) == -EINVAL,
	      "what is too short is none");
	memcpy(big, &note, sizeof(note));
	check(ask(event, path, big, sizeof(big)) == -EINVAL, "nor what is too long");
	note = good();
	note.version = NOTE_VERSION + 1;
	check(ask(event, path, &note, sizeof(note)) == -EINVAL, "nor one of another version");
	note = good();
	note.kind = NOTE_KIND_MAX;
	check(ask(event, path, &note, sizeof(note)) == -EINVAL, "nor of an unknown kind");
	note = good();
	note.at_us = -1;
	check(ask(event, path, &note, sizeof(note)) == -EINVAL, "nor of before 1970");
	note = good();
	memset(note.text, 'x', sizeof(note.text));
	check(ask(event, path, &note, sizeof(note)) == -EINVAL, "nor text without an end");
	note = good();
	memcpy(note.text,
	       "\xc2\x9b"
	       "31m",
	       6);
	check(ask(event, path, &note, sizeof(note)) == -EINVAL, "nor what moves a cursor");
	memcpy(note.text, "\xff\xfe", 3);
	check(ask(event, path, &note, sizeof(note)) == -EINVAL, "nor what is no UTF-8");
	note = good();
	note.target[2] = '\n';
	check(ask(event, path, &note, sizeof(note)) == -EINVAL && heard_count == 0,
	      "nor text of two lines; the engine hears of none");
}

static void test_crowd(sd_event *event, const char *path)
{
	struct note note = good();
	int fds[NOTE_CLIENTS_MAX];

	for (size_t i = 0; i < NOTE_CLIENTS_MAX; i++)
		fds[i] = join(path);
	turn(event);
	check(ask(event, path, &note, sizeof(note)) == 1, "who comes after %d others is sent away",
	      NOTE_CLIENTS_MAX);
	for (size_t i = 0; i < NOTE_CLIENTS_MAX; i++)
		close_fd(&fds[i]);
	turn(event);
	check(ask(event, path, &note, sizeof(note)) == 0, "when they have gone there is room");
}

int main(void)
{
	char dir[] = "/tmp/bmchealthd-notes-XXXXXX", path[64];
	struct notes *notes = NULL, *other = NULL;
	sd_event *event = NULL;
	struct stat st = { 0 };

	if (!mkdtemp(dir) || sd_event_new(&event) < 0)
		exit(99);
	(void)snprintf(path, sizeof(path), "%s/note.sock", dir);
	check(notes_new(event, "/nonexistent/folder", on_note, NULL, &other) < 0 && !other,
	      "where there can be no folder there is no socket");
	check(notes_new(event, dir, on_note, NULL, &notes) == 0, "it listens");
	if (!notes)
		exit(99);
	check(notes_new(event, dir, on_note, NULL, &other) == -EADDRINUSE, "alone");
	turn(event);
	check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "to its owner alone");
	test_packets(event, path);
	test_crowd(event, path);
	notes_free(notes);
	notes_free(NULL);
	check(access(path, F_OK) < 0, "it leaves nothing behind");
	(void)rmdir(dir);
	(void)sd_event_unref(event);
	return tap_done();
}
