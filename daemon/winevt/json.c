/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jansson over what the sieve let through. Nesting is looked at before, because jansson recurses;
 * a key that comes twice is refused: which of the two would be true?
 */
#include "winevt/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "winevt/xml.h"

#define DEPTH_MAX   32
#define KEY_MAX	    32
#define EXACT_MAX   9007199254740992.0 /* 2^53: whole numbers a double has exactly */
#define NUMBER_MAX  24
#define NUMBERS_MAX 4 /* parts that may be numbers */

/* Where a shipper puts what; keys of objects in objects with dots between. NULL: nowhere. */
static const struct shape {
	const char *provider, *event_id, *host, *channel, *record_id, *time, *level, *qualifiers;
} shapes[] = {
	/* Winlogbeat 7 and 8; agent.name and host.name are the collector's where events are
	 * forwarded */
	{ "winlog.provider_name", "winlog.event_id", "winlog.computer_name", "winlog.channel",
	  "winlog.record_id", "@timestamp", "log.level", NULL },
	/* Winlogbeat up to 6 */
	{ "source_name", "event_id", "computer_name", "log_name", "record_number", "@timestamp",
	  "level", NULL },
	/* OpenWEC's Json */
	{ "System.Provider.Name", "System.EventID", "System.Computer", "System.Channel",
	  "System.EventRecordID", "System.TimeCreated", "System.Level",
	  "System.EventIDQualifiers" },
	/* NXLog (CE: local time without a zone), OpenWEC's Nxlog */
	{ "SourceName", "EventID", "Hostname", "Channel", "RecordNumber", "EventTime", "EventType",
	  NULL },
	/* Fluent Bit's winevtlog, Fluentd's windows_eventlog2 */
	{ "ProviderName", "EventID", "Computer", "Channel", "EventRecordID", "TimeCreated", "Level",
	  "Qualifiers" },
	/* Wazuh: its alerts and what it archives, from 3.8 on and before */
	{ "data.win.system.providerName", "data.win.system.eventID", "data.win.system.computer",
	  "data.win.system.channel", "data.win.system.eventRecordID", "data.win.system.systemTime",
	  "data.win.system.level", NULL },
	{ "win.system.providerName", "win.system.eventID", "win.system.computer",
	  "win.system.channel", "win.system.eventRecordID", "win.system.systemTime",
	  "win.system.level", NULL },
	{ "data.WinEvtChannel.System.ProviderName", "data.WinEvtChannel.System.EventID",
	  "data.WinEvtChannel.System.Computer", "data.WinEvtChannel.System.Channel",
	  "data.WinEvtChannel.System.EventRecordID", "data.WinEvtChannel.System.SystemTime",
	  "data.WinEvtChannel.System.Level", NULL },
	{ "WinEvtChannel.System.ProviderName", "WinEvtChannel.System.EventID",
	  "WinEvtChannel.System.Computer", "WinEvtChannel.System.Channel",
	  "WinEvtChannel.System.EventRecordID", "WinEvtChannel.System.SystemTime",
	  "WinEvtChannel.System.Level", NULL },
	{ "win.System.ProviderName", "win.System.EventID", "win.System.Computer",
	  "win.System.Channel", "win.System.EventRecordID", "win.System.SystemTime",
	  "win.System.Level", NULL },
};

/* Who passes XML on: OpenWEC's RawJson, Fluent Bit with render_event_as_xml, Wazuh's agent. */
static const char *const xml_keys[] = { "data", "System", "Event" };

/* Numbers as text again: other shippers write them as text. */
struct numbers {
	char texts[NUMBERS_MAX][NUMBER_MAX];
	size_t count;
};

static void free_json(json_t **slot)
{
	json_decref(*slot);
}

/* Brackets outside of texts; whether they fit is for jansson to say. */
static bool is_too_deep(const char *text, size_t len)
{
	bool is_in_text = false;
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_in_text && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			is_in_text = !is_in_text;
		else if (!is_in_text && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!is_in_text && depth > 0 && (text[i] == '}' || text[i] == ']'))
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

/* NULL: none there. */
static const json_t *look_up(const json_t *object, const char *path)
{
	char key[KEY_MAX];

	while (path && object) {
		const char *dot = strchrnul(path, '.');
		const size_t len = (size_t)(dot - path);

		if (len >= sizeof(key))
			return NULL;
		memcpy(key, path, len);
		key[len] = '\0';
		object = json_object_get(object, key);
		path = *dot ? dot + 1 : NULL;
	}
	return object;
}

static struct winevt_span number_span(struct numbers *numbers, const json_t *value)
{
	const double real = json_number_value(value);
	char *text;

	if (json_is_real(value) && !(real >= 0 && real <= EXACT_MAX && trunc(real) == real))
		return winevt_span("?");
	if (numbers->count == NUMBERS_MAX)
		return winevt_span("?");
	text = numbers->texts[numbers->count++];
	if (json_is_integer(value)) {
		(void)snprintf(text, NUMBER_MAX, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
	} else {
		(void)snprintf(text, NUMBER_MAX, "%.0f", real);
	}
	return winevt_span(text);
}

static struct winevt_span span_of(const json_t *root, const char *path, struct numbers *numbers)
{
	const json_t *value = path ? look_up(root, path) : NULL;

	if (!value || json_is_null(value))
		return (struct winevt_span){ NULL, 0 };
	if (json_is_string(value))
		return (struct winevt_span){ json_string_value(value), json_string_length(value) };
	if (json_is_number(value))
		return number_span(numbers, value);
	return winevt_span("?"); /* no number, no time, no word that is known */
}

static int decode_shape(struct winevt_decoder *d, const json_t *root, const struct shape *shape)
{
	struct numbers numbers = { .count = 0 };
	struct winevt_parts parts = {
		.event_id = span_of(root, shape->event_id, &numbers),
		.record_id = span_of(root, shape->record_id, &numbers),
		.level = span_of(root, shape->level, &numbers),
		.qualifiers = span_of(root, shape->qualifiers, &numbers),
		.host = span_of(root, shape->host, &numbers),
		.provider = span_of(root, shape->provider, &numbers),
		.channel = span_of(root, shape->channel, &numbers),
		.time = span_of(root, shape->time, &numbers),
	};

	return winevt_decoder_take(d, &parts);
}

static int decode_root(struct winevt_decoder *d, const json_t *root)
{
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		const json_t *provider = look_up(root, shapes[i].provider);

		if (json_is_string(provider) && look_up(root, shapes[i].event_id))
			return decode_shape(d, root, &shapes[i]);
	}
	for (size_t i = 0; i < COUNT_OF(xml_keys); i++) {
		const json_t *value = json_object_get(root, xml_keys[i]);

		if (json_is_string(value) && strchr(json_string_value(value), '<'))
			return winevt_xml_decode(d, json_string_value(value),
						 json_string_length(value));
	}
	winevt_decoder_bad(d, WINEVT_BAD_SHAPE, 1);
	return 0;
}

int winevt_json_decode(struct winevt_decoder *d, const char *text, size_t len)
{
	static const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
	SCOPED(free_json) json_t *root = NULL;
	const json_t *source;

	if (!winevt_sieve_passes(&d->sieve, text, len))
		return 0;
	if (!is_too_deep(text, len)) {
		root = json_loadb(text, len, flags, NULL);
		if (!root) /* keywords of 64 bits, say, are no int64_t */
			root = json_loadb(text, len, flags | JSON_DECODE_INT_AS_REAL, NULL);
	}
	if (!json_is_object(root)) {
		winevt_decoder_bad(d, WINEVT_BAD_SYNTAX, 1);
		return 0;
	}
	/* what was exported of Elasticsearch has the shipper's object inside */
	source = json_object_get(root, "_source");
	return decode_root(d, json_is_object(source) ? source : root);
}
