/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenIPMI's os_handler on sd-event. The contract is in <OpenIPMI/os_handler.h>; where it is
 * silent the comments say what the library was seen to rely on. Functions here return positive
 * errnos, as the library wants them.
 */
#include "ipmi/loop.h"

#include <OpenIPMI/ipmiif.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <syslog.h>
#include <time.h>

#define LOOP_LOG_MAX 512

struct loop_log { /* DEBUG_START/CONT/END come in pieces: put together here */
	loop_log_fn *fn;
	char line[LOOP_LOG_MAX];
	size_t used;
};

struct os_hnd_fd_id_s {
	sd_event_source *source; /* owned */
	int fd;			 /* borrowed: the library closes it */
	os_data_ready_t ready;
	void *data;
	os_fd_data_freed_t freed;
};

struct os_hnd_timer_id_s {
	sd_event_source *source; /* owned */
	os_timed_out_t timed_out;
	void *data;
	bool is_running;
};

static void *loop_alloc(int size)
{
	return size > 0 ? malloc((size_t)size) : NULL;
}

static int on_ready(sd_event_source *source UNUSED, int fd, uint32_t revents UNUSED, void *user)
{
	struct os_hnd_fd_id_s *id = user;

	id->ready(fd, id->data, id);
	return 0;
}

static int loop_add_fd(os_handler_t *loop, int fd, os_data_ready_t ready, void *data,
		       os_fd_data_freed_t freed, os_hnd_fd_id_t **ret)
{
	SCOPED(free_ptr) struct os_hnd_fd_id_s *id = calloc(1, sizeof(*id));
	int r;

	if (!id)
		return ENOMEM;
	/* The library opens /dev/ipmiN without O_CLOEXEC; this is the one place that sees the fd.
	 */
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return errno;
	*id = (struct os_hnd_fd_id_s){ .fd = fd, .ready = ready, .data = data, .freed = freed };
	r = sd_event_add_io(loop->internal_data, &id->source, fd, EPOLLIN, on_ready, id);
	if (r < 0)
		return -r;
	*ret = TAKE(id);
	return 0;
}

static int loop_remove_fd(os_handler_t *loop UNUSED, os_hnd_fd_id_t *id)
{
	id->source = sd_event_source_disable_unref(id->source);
	if (id->freed)
		id->freed(id->fd, id->data);
	free(id);
	return 0;
}

static int on_timer(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct os_hnd_timer_id_s *id = user;

	id->is_running = false; /* first: the callback may start it again, or free it */
	id->timed_out(id->data, id);
	return 0;
}

static int loop_alloc_timer(os_handler_t *loop, os_hnd_timer_id_t **ret)
{
	SCOPED(free_ptr) struct os_hnd_timer_id_s *id = calloc(1, sizeof(*id));
	int r;

	if (!id)
		return ENOMEM;
	r = sd_event_add_time(loop->internal_data, &id->source, CLOCK_MONOTONIC, UINT64_MAX, 1000,
			      on_timer, id);
	if (r >= 0)
		r = sd_event_source_set_enabled(id->source, SD_EVENT_OFF);
	if (r < 0) {
		id->source = sd_event_source_disable_unref(id->source);
		return -r;
	}
	*ret = TAKE(id);
	return 0;
}

static int loop_free_timer(os_handler_t *loop UNUSED, os_hnd_timer_id_t *id)
{
	id->source = sd_event_source_disable_unref(id->source);
	free(id);
	return 0;
}

static int loop_start_timer(os_handler_t *loop UNUSED, os_hnd_timer_id_t *id,
			    struct timeval *timeout, os_timed_out_t timed_out, void *data)
{
	const int64_t us = (int64_t)timeout->tv_sec * 1000000 + timeout->tv_usec;
	int r;

	if (id->is_running)
		return EBUSY;
	id->timed_out = timed_out;
	id->data = data;
	r = sd_event_source_set_time_relative(id->source, us > 0 ? (uint64_t)us : 0);
	if (r >= 0)
		r = sd_event_source_set_enabled(id->source, SD_EVENT_ONESHOT);
	if (r < 0)
		return -r;
	id->is_running = true;
	return 0;
}

/* ESRCH and nothing else says "not running, or firing right now". */
static int loop_stop_timer(os_handler_t *loop UNUSED, os_hnd_timer_id_t *id)
{
	if (!id->is_running)
		return ESRCH;
	(void)sd_event_source_set_enabled(id->source, SD_EVENT_OFF);
	id->is_running = false;
	return 0;
}

static int loop_random(os_handler_t *loop UNUSED, void *data, unsigned int len)
{
	return getrandom(data, len, 0) == (ssize_t)len ? 0 : EIO;
}

static int loop_clock(clockid_t id, struct timeval *tv)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		return errno;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

static int loop_monotonic(os_handler_t *loop UNUSED, struct timeval *tv)
{
	return loop_clock(CLOCK_MONOTONIC, tv);
}

static int loop_real(os_handler_t *loop UNUSED, struct timeval *tv)
{
	return loop_clock(CLOCK_REALTIME, tv);
}

static int log_level(enum ipmi_log_type_e type)
{
	static const int levels[] = {
		[IPMI_LOG_INFO] = LOG_INFO,	  [IPMI_LOG_WARNING] = LOG_WARNING,
		[IPMI_LOG_SEVERE] = LOG_ERR,	  [IPMI_LOG_FATAL] = LOG_ERR,
		[IPMI_LOG_ERR_INFO] = LOG_NOTICE, [IPMI_LOG_DEBUG] = LOG_DEBUG,
	};

	return (size_t)type < COUNT_OF(levels) ? levels[type] : LOG_DEBUG;
}

__attribute__((format(printf, 3, 0))) static void
loop_vlog(os_handler_t *loop, enum ipmi_log_type_e type, const char *format, va_list ap)
{
	struct loop_log *log = loop->user_data;
	const size_t room = sizeof(log->line) - log->used;
	int n;

	n = vsnprintf(log->line + log->used, room, format, ap);
	if (n > 0)
		log->used += min_i64(n, (int64_t)room - 1);
	if (type == IPMI_LOG_DEBUG_START || type == IPMI_LOG_DEBUG_CONT)
		return;
	log->fn(log_level(type), log->line);
	log->used = 0;
}

__attribute__((format(printf, 3, 4))) static void
loop_log(os_handler_t *loop, enum ipmi_log_type_e type, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	loop_vlog(loop, type, format, ap);
	va_end(ap);
}

static void loop_fill(os_handler_t *loop, sd_event *event, struct loop_log *log)
{
	loop->mem_alloc = loop_alloc;
	loop->mem_free = free;
	loop->add_fd_to_wait_for = loop_add_fd;
	loop->remove_fd_to_wait_for = loop_remove_fd;
	loop->alloc_timer = loop_alloc_timer;
	loop->free_timer = loop_free_timer;
	loop->start_timer = loop_start_timer;
	loop->stop_timer = loop_stop_timer;
	loop->get_random = loop_random;
	loop->get_monotonic_time = loop_monotonic;
	loop->get_real_time = loop_real;
	loop->log = loop_log;
	loop->vlog = loop_vlog;
	loop->user_data = log;
	loop->internal_data = sd_event_ref(event);
}

int loop_new(sd_event *event, loop_log_fn *fn, os_handler_t **ret)
{
	/* Not ipmi_alloc_os_handler(): in 2.0.33 it crashes when called before ipmi_init(). The
	 * slack is for members a newer library may have. */
	SCOPED(free_ptr) os_handler_t *loop = calloc(1, sizeof(*loop) + 256);
	SCOPED(free_ptr) struct loop_log *log = calloc(1, sizeof(*log));
	int r;

	if (!loop || !log)
		return -ENOMEM;
	log->fn = fn;
	loop_fill(loop, event, log);
	r = ipmi_init(loop);
	if (r != 0) {
		sd_event_unref(event);
		return r > 0 ? -r : -EIO;
	}
	(void)TAKE(log); /* loop->user_data */
	*ret = TAKE(loop);
	return 0;
}

void loop_free(os_handler_t *loop)
{
	if (!loop)
		return;
	ipmi_shutdown();
	sd_event_unref(loop->internal_data);
	free(loop->user_data);
	free(loop); /* not ipmi_free_os_handler(): it was not allocated by its twin */
}
