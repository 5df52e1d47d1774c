/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl note reset: an operator says that the controller was reset, and when.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "cli/command.h"
#include "cli/record.h"
#include "engine/notes.h"

#define PATIENCE_S 30 /* weeks of samples may be judged again */

/* What the daemon answers: 0 or -errno; another -errno if it cannot be asked. */
static int ask(const char *run_dir, const struct note *note)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	SCOPED(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int32_t answer = 0;
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/note.sock", run_dir);

	if (fd < 0)
		return neg_errno();
	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == ENOENT ? -ECONNREFUSED : neg_errno(); /* no socket, no daemon */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    send(fd, note, sizeof(*note), MSG_NOSIGNAL) < 0)
		return neg_errno();
	if (recv(fd, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer))
		return -ECONNREFUSED;
	return answer;
}

static int explain(int error)
{
	static const struct {
		int error, code;
		const char *text;
	} answers[] = {
		{ -ENOENT, CODE_USAGE, "no such target is watched" },
		{ -EDESTADDRREQ, CODE_USAGE,
		  "there are several targets: which? Add --target NAME" },
		{ -ERANGE, CODE_USAGE, "--at is in the future" },
		{ -EINVAL, CODE_USAGE, "the text has control characters, or is no UTF-8" },
		{ -EIO, CODE_UNKNOWN,
		  "it is known and told, but the history cannot be written now, so the next start "
		  "of the daemon will not know it" },
		{ -EACCES, CODE_NO_PERMISSION, "not permitted. Next: try as root" },
		{ -EPERM, CODE_NO_PERMISSION, "not permitted. Next: try as root" },
	};

	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		if (answers[i].error != error)
			continue;
		(void)fprintf(stderr, "bmchealthctl: note: %s\n", answers[i].text);
		return answers[i].code;
	}
	(void)fprintf(stderr,
		      "bmchealthctl: note: no daemon answers (%s). Next: `systemctl status "
		      "bmchealthd`\n",
		      strerror(-error));
	return CODE_UNKNOWN;
}

/* False: said. */
static bool fill(const struct command_env *env, const char *text, struct note *note)
{
	wall_us at = { 0 };

	if (env->at && (record_since(env->at, clock_wall(), &at) < 0 || at.v <= 0)) {
		(void)fprintf(stderr,
			      "bmchealthctl: --at %s: as 20min, 2h or 2026-11-22T17:05:00Z\n",
			      env->at);
		return false;
	}
	*note = (struct note){ .version = NOTE_VERSION, .kind = NOTE_RESET, .at_us = at.v };
	if (snprintf(note->target, sizeof(note->target), "%s", env->target ? env->target : "") >=
		    (int)sizeof(note->target) ||
	    snprintf(note->text, sizeof(note->text), "%s", text) >= (int)sizeof(note->text)) {
		(void)fprintf(stderr, "bmchealthctl: note: at most %d bytes of text\n",
			      NOTE_TEXT_MAX - 1);
		return false;
	}
	return true;
}

/* Words that were not quoted are a text as well. What finds no room is too long for a note. */
static void join(int argc, char **argv, char *text, size_t max)
{
	size_t len = 0;

	*text = '\0';
	for (int i = 0; i < argc && len < max; i++)
		len += (size_t)snprintf(text + len, max - len, "%s%s", i > 0 ? " " : "", argv[i]);
}

static int note_run(const struct command_env *env, int argc, char **argv)
{
	char text[NOTE_TEXT_MAX + 1];
	struct note note;
	int r;

	if (argc == 0 || strcmp(argv[0], "reset") != 0) {
		(void)fprintf(stderr, "bmchealthctl: note: of what? Try `bmchealthctl help "
				      "note`.\n");
		return CODE_USAGE;
	}
	join(argc - 1, argv + 1, text, sizeof(text));
	if (!fill(env, text, &note))
		return CODE_USAGE;
	r = ask(env->run_dir, &note);
	if (r < 0)
		return explain(r);
	printf("noted\n");
	return CODE_OK;
}

const struct command command_note = {
	.name = "note",
	.arguments = "reset [TEXT...]",
	.summary = "say that you have reset the controller",
	.help = "Its uptime counts from there, and what grows is compared with what grew before.\n"
		"Kept in the history with TEXT, told in the journal. --at WHEN: it was so long ago "
		"(20min)\n"
		"or then (2026-11-22T17:05:00Z). --target NAME: if several are watched. Resets\n"
		"nothing. Needs root. Exit status: 0 noted, 3 no daemon, 64 wrong usage, 77 not "
		"permitted.\n",
	.max_arguments = NOTE_TEXT_MAX,
	.run = note_run,
};
