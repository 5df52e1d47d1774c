/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one door to a BMC: OpenIPMI's plain connection layer. With loop.c the only file with calls
 * into the library.
 *
 * The library has no way to take a command back, and answers whatever is pending from inside
 * close_connection(): so a closing link swallows answers. What it calls back with is a copy of
 * the tag and a pointer to the link, never a request: requests may be gone by then.
 */
#include "ipmi/link.h"

#include <OpenIPMI/ipmi_auth.h>
#include <OpenIPMI/ipmi_conn.h>
#include <OpenIPMI/ipmi_err.h>
#include <OpenIPMI/ipmiif.h>
#include <ctype.h>

#include "base/parse.h"

#define LINK_WORDS_MAX	    24
#define LINK_CONNECTION_MAX 256

struct link {
	ipmi_con_t *con;
	struct link_events events;
	void *host;
	unsigned refs; /* the connection's, and one per command the library has */
	bool is_lan, is_closing;
	int state; /* 0: up; -errno: down; -ENOTCONN: has not been up yet */
};

static void link_unref(struct link *link)
{
	if (--link->refs == 0)
		free(link);
}

struct words { /* a connection string, cut at blanks */
	char text[LINK_CONNECTION_MAX];
	char *word[LINK_WORDS_MAX + 3]; /* -P, the password, NULL */
	int count;
};

static int words_split(struct words *w, const char *connection)
{
	char *rest = w->text;
	char *word;

	w->count = 0;
	if (strlen(connection) >= sizeof(w->text))
		return -E2BIG;
	memcpy(w->text, connection, strlen(connection) + 1);
	while ((word = strsep(&rest, " \t")) != NULL) {
		if (*word == '\0')
			continue;
		if (w->count == LINK_WORDS_MAX)
			return -E2BIG;
		w->word[w->count++] = word;
	}
	return 0;
}

/* "-Pfoo" too; but -p and -p2 are ports. */
static bool words_have_password(const struct words *w)
{
	for (int i = 1; i < w->count; i++) {
		if (w->word[i][0] == '-' && w->word[i][1] == 'P')
			return true;
	}
	return false;
}

/* The last word, and no option, nor the value of one: all but -s have one. */
static bool words_have_host(const struct words *w)
{
	const char *last = w->word[w->count - 1];
	const char *before = w->word[w->count - 2];

	return *last != '-' && (w->count == 2 || *before != '-' || strcmp(before, "-s") == 0);
}

bool link_is_smi(const char *connection, unsigned *ret_number)
{
	const char *end;
	uint64_t number;

	if (strncmp(connection, "smi", 3) != 0 || !isblank((unsigned char)connection[3]))
		return false;
	if (parse_u64(connection + 3, &number, &end) < 0 || *end != '\0' || number > 255)
		return false;
	*ret_number = (unsigned)number;
	return true;
}

bool link_is_same(const char *a, const char *b)
{
	struct words left = { .text = "" }, right = { .text = "" };
	unsigned first, second;

	if (link_is_smi(a, &first) && link_is_smi(b, &second))
		return first == second;
	if (words_split(&left, a) < 0 || words_split(&right, b) < 0 || left.count != right.count)
		return false;
	for (int i = 0; i < left.count; i++) {
		if (strcmp(left.word[i], right.word[i]) != 0)
			return false;
	}
	return true;
}

int link_check(const char *connection, const char **ret_why)
{
	struct words w = { .text = "" };
	unsigned number;

	if (words_split(&w, connection) < 0)
		*ret_why = "is too long";
	else if (w.count > 0 && strcmp(w.word[0], "smi") == 0 && !link_is_smi(connection, &number))
		*ret_why = "should be \"smi N\", N being that of /dev/ipmiN, 0 to 255";
	else if (w.count == 0 || (strcmp(w.word[0], "smi") != 0 && strcmp(w.word[0], "lan") != 0))
		*ret_why = "should start with \"smi\" or \"lan\"";
	else if (words_have_password(&w))
		*ret_why = "has a password in it: password_file or password_credential is for that";
	else if (strcmp(w.word[0], "lan") == 0 && (w.count < 2 || !words_have_host(&w)))
		*ret_why = "lacks a host: \"lan -U user host\"";
	else
		return 0;
	return -EINVAL;
}

/* What a session that does not come up says: IPMI 2.0 table 5-2, §22.16, §22.17. */
static int session_error(unsigned cc)
{
	if (cc == IPMI_TIMEOUT_CC)
		return -ETIMEDOUT; /* the library's own, nobody answered */
	if (cc == IPMI_NODE_BUSY_CC)
		return -EBUSY;
	if ((cc >= 0x81 && cc <= 0x86) || cc == IPMI_INSUFFICIENT_PRIVILEGE_CC)
		return -EACCES; /* no such user, no slot for it, not that privilege */
	return -EPROTO;
}

/* The library's error space: errnos, IPMI completion codes, RMCP+ status codes. */
static int link_error(int library_error)
{
	if (library_error == 0)
		return 0;
	if (IPMI_IS_OS_ERR(library_error))
		return -(int)IPMI_GET_OS_ERR(library_error);
	if (IPMI_IS_IPMI_ERR(library_error))
		return session_error(IPMI_GET_IPMI_ERR(library_error));
	return IPMI_IS_RMCPP_ERR(library_error) ? -EACCES : -EPROTO;
}

/* With a wrong key the controller's half of the handshake (RAKP 2, IPMI 2.0 §13.21) is one more
 * packet that the library cannot take, and has no better name for. */
static int state_error(int library_error)
{
	const int r = link_error(library_error);

	return r == -EINVAL ? OBS_ERROR_SESSION : r;
}

static int on_answer(ipmi_con_t *con UNUSED, ipmi_msgi_t *item)
{
	struct link *link = item->data1; /* a reference of its own */
	const uint64_t tag = (uint64_t)(uintptr_t)item->data2;
	uint8_t data[IPMI_REPLY_DATA_MAX];
	size_t len = item->msg.data_len;

	if (len > sizeof(data))
		len = sizeof(data);
	memcpy(data, item->msg.data, len);
	if (!link->is_closing)
		link->events.answer(link->host, tag, data, len);
	link_unref(link);
	return IPMI_MSG_ITEM_NOT_USED;
}

static void on_state(ipmi_con_t *con UNUSED, int error, unsigned int port UNUSED, int is_any_up,
		     void *user)
{
	struct link *link = user;
	const int state = is_any_up ? 0 : state_error(error);

	if (link->is_closing || !link->is_lan || state == link->state)
		return; /* it is told twice at start */
	link->state = state;
	link->events.state(link->host, state);
}

static int link_connect(struct link *link, os_handler_t *loop, struct words *w,
			const char *password)
{
	ipmi_args_t *args;
	int at = 0;
	int r;

	if (password) { /* an argv of our own making, never the process's */
		static char flag[] = "-P";

		memmove(w->word + 3, w->word + 1, (size_t)(w->count - 1) * sizeof(w->word[0]));
		w->word[1] = flag;
		w->word[2] = (char *)password; /* the library copies it */
		w->count += 2;
	}
	w->word[w->count] = NULL;
	r = ipmi_parse_args2(&at, w->count, w->word, &args);
	if (r != 0)
		return r == ENOENT || IPMI_IS_OS_ERR(r) ? -EINVAL : link_error(r);
	if (at != w->count) {
		ipmi_free_args(args);
		return -EINVAL;
	}
	r = ipmi_args_setup_con(args, loop, NULL, &link->con);
	ipmi_free_args(args);
	/* Of words it has understood it refuses host and port only, those it cannot resolve. */
	return link->is_lan && r == EINVAL ? OBS_ERROR_ADDRESS : link_error(r);
}

/* A LAN session has to be started; the library then audits it with one Get Device ID each 10 s. */
static int link_start(struct link *link)
{
	int r = link->con->add_con_change_handler(link->con, on_state, link);

	if (r == 0)
		r = link->con->start_con(link->con);
	return link_error(r);
}

int link_open(os_handler_t *loop, const char *connection, const char *password,
	      const struct link_events *events, void *host, struct link **ret)
{
	SCOPED(free_ptr) struct link *link = calloc(1, sizeof(*link));
	const char *why;
	struct words w = { .text = "" };
	int r;

	if (!link)
		return -ENOMEM;
	if (link_check(connection, &why) < 0 || words_split(&w, connection) < 0)
		return -EINVAL;
	*link = (struct link){ .events = *events, .host = host, .refs = 1 };
	link->is_lan = strcmp(w.word[0], "lan") == 0;
	link->state = link->is_lan ? -ENOTCONN : 0;
	r = link_connect(link, loop, &w, link->is_lan ? password : NULL);
	if (r < 0)
		return r;
	r = link->is_lan ? link_start(link) : 0;
	if (r < 0) {
		link_close(TAKE(link));
		return r;
	}
	*ret = TAKE(link);
	return 0;
}

/* On SMI this comes before the callbacks of what was still pending. */
static void on_closed(ipmi_con_t *con UNUSED, void *user)
{
	link_unref(user);
}

void link_close(struct link *link)
{
	if (!link)
		return;
	link->is_closing = true;
	if (link->is_lan)
		(void)link->con->remove_con_change_handler(link->con, on_state, link);
	if (link->con->close_connection_done(link->con, on_closed, link) != 0)
		link_unref(link);
}

int link_send(struct link *link, const struct ipmi_request *req, uint64_t tag)
{
	const ipmi_system_interface_addr_t bmc = {
		.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
		.channel = IPMI_BMC_CHANNEL,
		.lun = req->lun,
	};
	uint8_t data[IPMI_REQUEST_DATA_MAX]; /* the library's message is not const */
	const ipmi_msg_t msg = {
		.netfn = req->netfn, .cmd = req->cmd, .data = data, .data_len = req->data_len
	};
	ipmi_msgi_t *item;
	int r;

	if (link->state < 0)
		return link->state;
	item = ipmi_alloc_msg_item();
	if (!item)
		return -ENOMEM;
	memcpy(data, req->data, req->data_len);
	item->data1 = link;
	item->data2 = (void *)(uintptr_t)tag;
	link->refs++;
	r = link->con->send_command(link->con, (const ipmi_addr_t *)&bmc, sizeof(bmc), &msg,
				    on_answer, item);
	if (r != 0) {
		ipmi_free_msg_item(item);
		link_unref(link); /* never the last one: the connection's is left */
	}
	return link_error(r);
}
