/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD: a /dev/ipmi0 where the kernel has none. open() and ioctl() of it go to the driver
 * that faultdriver.py plays, at the socket SHIM_IPMI0 names; everything else passes. Stateless:
 * the "device" is a socket whose inode number tells the driver who sends. Answers arrive on it,
 * so poll() works as on the device; an open or a send is acknowledged with an errno.
 *
 * And a journald where none may be disturbed: what is sent to its socket goes to SHIM_JOURNAL.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define DEVICE	   "/dev/ipmi"
#define JOURNAL	   "/run/systemd/journal/socket"
#define PACKET_MAX 512

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

struct __attribute__((packed)) open_packet {
	char what;
	uint8_t number;
	uint64_t inode;
};

struct __attribute__((packed)) send_packet {
	char what;
	uint64_t inode;
	int64_t msgid;
	uint8_t lun, netfn, cmd;
	uint8_t data[PACKET_MAX];
};

struct __attribute__((packed)) answer_packet {
	int64_t msgid;
	uint8_t type, netfn, cmd;
	uint8_t data[PACKET_MAX];
};

/* Which /dev/ipmiN; -1: another file, or nobody plays the driver. */
static int shim_number(const char *path)
{
	size_t n = strlen(DEVICE);

	if (!getenv("SHIM_IPMI0") || strncmp(path, DEVICE, n) != 0)
		return -1;
	return path[n] >= '0' && path[n] <= '9' && !path[n + 1] ? path[n] - '0' : -1;
}

/* A connection to the driver, or -1: there is none. */
static int shim_connect(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 5 };
	const char *path = getenv("SHIM_IPMI0");
	int fd;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path ? path : "");
	fd = socket(AF_UNIX, type, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static uint64_t shim_inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

/* 0, or the errno the driver answers. */
static int shim_ask(int fd, const void *packet, size_t n)
{
	int32_t code;
	ssize_t got;

	if (send(fd, packet, n, MSG_NOSIGNAL) != (ssize_t)n)
		return ENODEV;
	do /* with a time-out, SIGSTOP and SIGCONT interrupt it: signal(7) */
		got = recv(fd, &code, sizeof(code), 0);
	while (got < 0 && errno == EINTR);
	return got == sizeof(code) ? code : ENODEV;
}

static int shim_open(int number, int flags)
{
	struct open_packet packet = { .what = 'O', .number = (uint8_t)number };
	int fd, code;

	fd = shim_connect(SOCK_SEQPACKET | ((flags & O_CLOEXEC) ? SOCK_CLOEXEC : 0));
	packet.inode = fd < 0 ? 0 : shim_inode(fd);
	code = fd < 0 ? ENOENT : shim_ask(fd, &packet, sizeof(packet));
	if (code == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	errno = code;
	return -1;
}

static int shim_send(int fd, const struct ipmi_req *req)
{
	const struct ipmi_system_interface_addr *to = (const void *)req->addr;
	struct send_packet packet = { .what = 'S', .inode = shim_inode(fd), .msgid = req->msgid };
	int door, code;

	if (req->msg.data_len > IPMI_MAX_MSG_LENGTH) {
		errno = EMSGSIZE;
		return -1;
	}
	packet.lun = to->lun;
	packet.netfn = req->msg.netfn;
	packet.cmd = req->msg.cmd;
	if (req->msg.data_len > 0)
		memcpy(packet.data, req->msg.data, req->msg.data_len);
	door = shim_connect(SOCK_SEQPACKET | SOCK_CLOEXEC);
	code = door < 0 ? ENODEV
			: shim_ask(door, &packet,
				   sizeof(packet) - sizeof(packet.data) + req->msg.data_len);
	if (door >= 0)
		(void)close(door);
	errno = code;
	return code ? -1 : 0;
}

static int shim_receive(int fd, struct ipmi_recv *ret, bool truncate)
{
	const struct ipmi_system_interface_addr from = {
		.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
		.channel = IPMI_BMC_CHANNEL,
	};
	struct answer_packet packet;
	ssize_t n = recv(fd, &packet, sizeof(packet), MSG_DONTWAIT | (truncate ? 0 : MSG_PEEK));
	size_t head = sizeof(packet) - sizeof(packet.data), len;

	if (n < (ssize_t)head) {
		errno = EAGAIN;
		return -1;
	}
	len = (size_t)n - head;
	ret->recv_type = packet.type;
	ret->msgid = (long)packet.msgid;
	ret->msg.netfn = packet.netfn;
	ret->msg.cmd = packet.cmd;
	memcpy(ret->addr, &from, sizeof(from));
	ret->addr_len = sizeof(from);
	if (len > ret->msg.data_len && !truncate) {
		errno = EMSGSIZE;
		return -1;
	}
	if (!truncate)
		(void)recv(fd, &packet, sizeof(packet), MSG_DONTWAIT);
	memcpy(ret->msg.data, packet.data, len > ret->msg.data_len ? ret->msg.data_len : len);
	if (len <= ret->msg.data_len) {
		ret->msg.data_len = (unsigned short)len;
		return 0;
	}
	errno = EMSGSIZE;
	return -1;
}

static int shim_ioctl(int fd, unsigned long request, void *argument)
{
	const struct ipmi_req_settime *timed = argument;
	unsigned int *number = argument;

	switch (request) {
	case IPMICTL_SEND_COMMAND:
		return shim_send(fd, argument);
	case IPMICTL_SEND_COMMAND_SETTIME:
		return shim_send(fd, &timed->req);
	case IPMICTL_RECEIVE_MSG:
		return shim_receive(fd, argument, false);
	case IPMICTL_RECEIVE_MSG_TRUNC:
		return shim_receive(fd, argument, true);
	case IPMICTL_GET_MY_ADDRESS_CMD:
		*number = IPMI_BMC_SLAVE_ADDR;
		return 0;
	default:
		return 0;
	}
}

/* The next library's function of that name. */
static void *shim_real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int shim_any_open(const char *name, const char *path, int flags, mode_t mode)
{
	int (*real)(const char *path, int flags, ...);
	void *symbol;
	int number = shim_number(path);

	if (number >= 0)
		return shim_open(number, flags);
	symbol = shim_real(name);
	memcpy(&real, &symbol, sizeof(real));
	return real(path, flags, mode);
}

static mode_t shim_mode(int flags, va_list arguments)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t)
								     : 0;
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = shim_mode(flags, arguments);
	va_end(arguments);
	return shim_any_open("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = shim_mode(flags, arguments);
	va_end(arguments);
	return shim_any_open("open64", path, flags, mode);
}

int __open_2(const char *path, int flags)
{
	return shim_any_open("open", path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return shim_any_open("open64", path, flags, 0);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int fd, unsigned long request, ...);
	va_list arguments;
	void *argument, *symbol;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (_IOC_TYPE(request) == IPMI_IOC_MAGIC && shim_inode(fd))
		return shim_ioctl(fd, request, argument);
	symbol = shim_real("ioctl");
	memcpy(&real, &symbol, sizeof(real));
	return real(fd, request, argument);
}

static bool is_to_journal(const struct msghdr *message)
{
	const struct sockaddr_un *to = message->msg_name;

	return to && message->msg_namelen > sizeof(to->sun_family) && to->sun_family == AF_UNIX &&
	       strncmp(to->sun_path, JOURNAL, sizeof(JOURNAL)) == 0;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct sockaddr_un elsewhere = { .sun_family = AF_UNIX };
	ssize_t (*real)(int fd, const struct msghdr *message, int flags);
	const char *path = getenv("SHIM_JOURNAL");
	struct msghdr redirected = *message;
	void *symbol = shim_real("sendmsg");

	memcpy(&real, &symbol, sizeof(real));
	if (!path || !is_to_journal(message))
		return real(fd, message, flags);
	(void)snprintf(elsewhere.sun_path, sizeof(elsewhere.sun_path), "%s", path);
	redirected.msg_name = &elsewhere;
	redirected.msg_namelen = sizeof(elsewhere);
	return real(fd, &redirected, flags);
}
