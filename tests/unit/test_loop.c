/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipmi/loop: what the library relies on: errnos of timers, freeing inside callbacks, close-on-exec,
 * log lines that come in pieces.
 */
#include "ipmi/loop.c"
#include "tests/unit/tap.h"

struct fired {
	os_handler_t *loop;
	int count;
	bool wants_free, wants_again;
	int stop_result;
};

static char logged[256];
static int logged_level, logged_count;

static void keep_log(int level, const char *text)
{
	(void)snprintf(logged, sizeof(logged), "%s", text);
	logged_level = level;
	logged_count++;
}

static void on_timed_out(void *data, os_hnd_timer_id_t *id)
{
	struct timeval soon = { 0, 1000 };
	struct fired *fired = data;

	fired->count++;
	fired->stop_result = fired->loop->stop_timer(fired->loop, id);
	if (fired->wants_again) {
		fired->wants_again = false;
		(void)fired->loop->start_timer(fired->loop, id, &soon, on_timed_out, fired);
	} else if (fired->wants_free) {
		(void)fired->loop->free_timer(fired->loop, id);
	}
}

static void turn_until(sd_event *event, const int *count, int wanted)
{
	for (int i = 0; i < 1000 && *count < wanted; i++)
		(void)sd_event_run(event, 10000);
}

static void test_timers(os_handler_t *loop, sd_event *event)
{
	struct fired fired = { .loop = loop, .wants_again = true, .wants_free = true };
	struct timeval soon = { 0, 1000 }, later = { 3600, 0 };
	os_hnd_timer_id_t *id = NULL;

	check(loop->alloc_timer(loop, &id) == 0, "a timer is made");
	if (!id)
		return;
	check(loop->stop_timer(loop, id) == ESRCH, "stopping one that does not run is ESRCH");
	check(loop->start_timer(loop, id, &later, on_timed_out, &fired) == 0, "it is started");
	check(loop->start_timer(loop, id, &later, on_timed_out, &fired) == EBUSY,
	      "starting a running one is EBUSY");
	check(loop->stop_timer(loop, id) == 0 && fired.count == 0, "it is stopped before its time");
	check(loop->start_timer(loop, id, &soon, on_timed_out, &fired) == 0, "and started again");
	turn_until(event, &fired.count, 1);
	check(fired.count == 1 && fired.stop_result == ESRCH,
	      "inside its own callback it does not run any more");
	turn_until(event, &fired.count, 2);
	check(fired.count == 2, "started from its callback it fires again, freed there it is gone");
}

static void on_data(int fd, void *data, os_hnd_fd_id_t *id UNUSED)
{
	int *count = data;
	char byte;

	if (read(fd, &byte, 1) == 1)
		(*count)++;
}

static void on_freed(int fd UNUSED, void *data)
{
	int *count = data;

	*count += 100;
}

static void test_fds(os_handler_t *loop, sd_event *event)
{
	os_hnd_fd_id_t *id = NULL;
	int count = 0;
	int pipe_fds[2];

	if (pipe(pipe_fds) < 0)
		return;
	check(loop->add_fd_to_wait_for(loop, pipe_fds[0], on_data, &count, on_freed, &id) == 0,
	      "an fd is watched");
	check(fcntl(pipe_fds[0], F_GETFD) == FD_CLOEXEC, "no child inherits it");
	check(write(pipe_fds[1], "x", 1) == 1, "something comes");
	turn_until(event, &count, 1);
	check(count == 1, "the library is told");
	check(loop->remove_fd_to_wait_for(loop, id) == 0 && count == 101,
	      "the library hears when its fd is let go");
	check(loop->add_fd_to_wait_for(loop, -1, on_data, &count, NULL, &id) == EBADF,
	      "a bad fd is an errno");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void test_log(os_handler_t *loop)
{
	char big[2 * LOOP_LOG_MAX];

	loop->log(loop, IPMI_LOG_WARNING, "%s %d", "answer", 42);
	check(strcmp(logged, "answer 42") == 0 && logged_level == LOG_WARNING,
	      "a line is passed on");
	logged_count = 0;
	loop->log(loop, IPMI_LOG_DEBUG_START, "one ");
	loop->log(loop, IPMI_LOG_DEBUG_CONT, "two ");
	loop->log(loop, IPMI_LOG_DEBUG_END, "three");
	check(logged_count == 1 && strcmp(logged, "one two three") == 0 &&
		      logged_level == LOG_DEBUG,
	      "pieces become one line");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	loop->log(loop, IPMI_LOG_DEBUG_START, "%s", big);
	loop->log(loop, IPMI_LOG_DEBUG_END, "%s", big);
	check(logged_count == 2, "endless pieces are cut");
}

int main(void)
{
	os_handler_t *loop = NULL;
	unsigned char random[16] = { 0 }, none[16] = { 0 };
	sd_event *event = NULL;
	struct timeval tv = { 0 };

	if (sd_event_new(&event) < 0 || loop_new(event, keep_log, &loop) < 0)
		return 1;
	test_timers(loop, event);
	test_fds(loop, event);
	test_log(loop);
	check(loop->get_random(loop, random, sizeof(random)) == 0 &&
		      memcmp(random, none, sizeof(none)) != 0,
	      "random bytes are some");
	check(loop->get_monotonic_time(loop, &tv) == 0 && loop->get_real_time(loop, &tv) == 0 &&
		      tv.tv_sec > 1000000000,
	      "both clocks go");
	check(loop->mem_alloc(-1) == NULL, "a negative size is no memory");
	loop_free(loop);
	loop_free(NULL);
	sd_event_unref(event);
	return tap_done();
}
