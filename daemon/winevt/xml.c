/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expat over one event after another. All are children of one document that never ends, so that
 * the parser keeps its tables; one that is not what it should be ends the document, and so do many,
 * because the tables grow with each new name. There can be no document type, so no entity; nesting
 * is bounded, so are the texts that are kept.
 */
#include "winevt/xml.h"

#include <ctype.h>
#include <expat.h>
#include <sys/random.h>

#define ROOT	     "<Events>"
#define EVENT	     "<Event"
#define EVENT_OVER   "</Event>"
#define SYSTEM_OVER  "</System>"
#define DEPTH_MAX    16
#define DOCUMENT_MAX (1u << 20)		     /* bytes in one document */
#define FIELD_MAX    (4ul * WINEVT_TEXT_MAX) /* bytes of as many characters */

enum field {
	FIELD_PROVIDER,
	FIELD_EVENT_ID,
	FIELD_QUALIFIERS,
	FIELD_LEVEL,
	FIELD_TIME,
	FIELD_RECORD_ID,
	FIELD_CHANNEL,
	FIELD_HOST,
	FIELD_COUNT, /* none */
};

/* What is read of <System>: an element's text, one attribute, or both. */
static const struct element {
	const char *name, *attribute; /* NULL: none */
	enum field text, attribute_text;
} elements[] = {
	{ "Provider", "Name", FIELD_COUNT, FIELD_PROVIDER },
	{ "EventID", "Qualifiers", FIELD_EVENT_ID, FIELD_QUALIFIERS },
	{ "Level", NULL, FIELD_LEVEL, FIELD_COUNT },
	{ "TimeCreated", "SystemTime", FIELD_COUNT, FIELD_TIME },
	{ "EventRecordID", NULL, FIELD_RECORD_ID, FIELD_COUNT },
	{ "Channel", NULL, FIELD_CHANNEL, FIELD_COUNT },
	{ "Computer", NULL, FIELD_HOST, FIELD_COUNT },
};

struct winevt_xml {
	XML_Parser parser;
	unsigned long salt; /* of expat's tables; its own would be a system call for each event */
	size_t parsed;	    /* bytes of this document; 0: begin a new one */
	unsigned depth;
	bool is_in_system, is_over, is_refused;
	uint32_t seen;	       /* bits of enum field */
	enum field collecting; /* FIELD_COUNT: nothing */
	size_t lens[FIELD_COUNT];
	char texts[FIELD_COUNT][FIELD_MAX];
};

static void refuse(struct winevt_xml *xml)
{
	xml->is_refused = true;
	(void)XML_StopParser(xml->parser, XML_FALSE);
}

static void append(struct winevt_xml *xml, enum field field, const char *text, size_t len)
{
	if (len > FIELD_MAX - xml->lens[field]) {
		refuse(xml);
		return;
	}
	memcpy(xml->texts[field] + xml->lens[field], text, len);
	xml->lens[field] += len;
}

/* What an event says twice is refused: which of the two would be true? */
static void open_field(struct winevt_xml *xml, enum field field)
{
	if (field == FIELD_COUNT)
		return;
	if (xml->seen & 1u << field)
		refuse(xml);
	xml->seen |= 1u << field;
}

static void open_element(struct winevt_xml *xml, const struct element *element, const char **pairs)
{
	open_field(xml, element->text);
	xml->collecting = element->text;
	for (; element->attribute && pairs[0]; pairs += 2) {
		if (strcmp(pairs[0], element->attribute) != 0)
			continue;
		open_field(xml, element->attribute_text);
		append(xml, element->attribute_text, pairs[1], strlen(pairs[1]));
	}
}

static void on_start(void *user, const char *name, const char **pairs)
{
	struct winevt_xml *xml = user;
	const unsigned depth = xml->depth++;

	if (depth >= DEPTH_MAX || (depth == 0 && strcmp(name, "Event") != 0)) {
		refuse(xml);
		return;
	}
	xml->collecting = FIELD_COUNT;
	if (depth == 1)
		xml->is_in_system = strcmp(name, "System") == 0;
	if (depth != 2 || !xml->is_in_system)
		return;
	for (size_t i = 0; i < COUNT_OF(elements); i++) {
		if (strcmp(name, elements[i].name) == 0)
			open_element(xml, &elements[i], pairs);
	}
}

static void on_end(void *user, const char *name UNUSED)
{
	struct winevt_xml *xml = user;

	xml->collecting = FIELD_COUNT;
	if (xml->depth == 0)
		refuse(xml); /* of the document */
	else if (--xml->depth == 1 && xml->is_in_system)
		xml->is_over = true;
}

static void on_text(void *user, const char *text, int len)
{
	struct winevt_xml *xml = user;

	if (xml->collecting != FIELD_COUNT)
		append(xml, xml->collecting, text, (size_t)len);
}

void winevt_xml_free(struct winevt_xml *xml)
{
	if (!xml)
		return;
	if (xml->parser)
		XML_ParserFree(xml->parser);
	free(xml);
}

static void free_xml(struct winevt_xml **slot)
{
	winevt_xml_free(*slot);
}

static struct winevt_xml *new_xml(void)
{
	SCOPED(free_xml) struct winevt_xml *xml = calloc(1, sizeof(*xml));

	if (!xml)
		return NULL;
	xml->parser = XML_ParserCreate("UTF-8");
	if (!xml->parser)
		return NULL;
	if (getrandom(&xml->salt, sizeof(xml->salt), GRND_NONBLOCK) < 0)
		xml->salt = 0; /* then expat makes its own */
	return TAKE(xml);
}

/* A new document. */
static bool reset(struct winevt_xml *xml)
{
	if (!XML_ParserReset(xml->parser, "UTF-8"))
		return false;
	if (xml->salt)
		(void)XML_SetHashSalt(xml->parser, xml->salt);
	if (XML_Parse(xml->parser, ROOT, (int)strlen(ROOT), XML_FALSE) != XML_STATUS_OK)
		return false;
	XML_SetUserData(xml->parser, xml);
	XML_SetElementHandler(xml->parser, on_start, on_end);
	XML_SetCharacterDataHandler(xml->parser, on_text);
	xml->parsed = 1;
	return true;
}

/* Ready for the next event; false: no memory. */
static bool begin(struct winevt_xml *xml)
{
	xml->depth = 0;
	xml->is_in_system = xml->is_over = xml->is_refused = false;
	xml->seen = 0;
	xml->collecting = FIELD_COUNT;
	memset(xml->lens, 0, sizeof(xml->lens));
	return xml->parsed > 0 || reset(xml);
}

/* An event up to where its System ends; what follows is never parsed. */
static bool parse(struct winevt_xml *xml, const char *text, size_t len)
{
	const char *over = memmem(text, len, SYSTEM_OVER, strlen(SYSTEM_OVER));
	bool is_good;

	if (!over || len > INT32_MAX)
		return false;
	len = (size_t)(over - text) + strlen(SYSTEM_OVER);
	is_good = XML_Parse(xml->parser, text, (int)len, XML_FALSE) == XML_STATUS_OK &&
		  XML_Parse(xml->parser, EVENT_OVER, (int)strlen(EVENT_OVER), XML_FALSE) ==
			  XML_STATUS_OK &&
		  xml->depth == 0 && xml->is_over && !xml->is_refused;
	xml->parsed += len;
	if (!is_good || xml->parsed > DOCUMENT_MAX)
		xml->parsed = 0;
	return is_good;
}

static const char *find_behind(const char *text, const char *end)
{
	while (text < end && isspace((unsigned char)*text))
		text++;
	if ((size_t)(end - text) < strlen(EVENT) || memcmp(text, EVENT, strlen(EVENT)) != 0)
		return NULL;
	return text;
}

/* Behind blanks and <?xml …?>, which others put before what they pass on; NULL: no event there. */
static const char *find_event(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end && isspace((unsigned char)*text))
		text++;
	if (end - text > 2 && memcmp(text, "<?", 2) == 0) {
		text = memmem(text, (size_t)(end - text), "?>", 2);
		return text ? find_behind(text + 2, end) : NULL;
	}
	return find_behind(text, end);
}

static struct winevt_span span_of(const struct winevt_xml *xml, enum field field)
{
	return (struct winevt_span){ xml->texts[field], xml->lens[field] };
}

int winevt_xml_decode(struct winevt_decoder *d, const char *text, size_t len)
{
	const char *event = find_event(text, len);
	struct winevt_parts parts;

	if (!winevt_sieve_passes(&d->sieve, text, len))
		return 0;
	if (!d->xml)
		d->xml = new_xml();
	if (!d->xml || !begin(d->xml))
		return -ENOMEM;
	if (!event || !parse(d->xml, event, len - (size_t)(event - text))) {
		winevt_decoder_bad(d, WINEVT_BAD_SYNTAX, 1);
		return 0;
	}
	parts = (struct winevt_parts){
		.host = span_of(d->xml, FIELD_HOST),
		.provider = span_of(d->xml, FIELD_PROVIDER),
		.channel = span_of(d->xml, FIELD_CHANNEL),
		.event_id = span_of(d->xml, FIELD_EVENT_ID),
		.qualifiers = span_of(d->xml, FIELD_QUALIFIERS),
		.record_id = span_of(d->xml, FIELD_RECORD_ID),
		.level = span_of(d->xml, FIELD_LEVEL),
		.time = span_of(d->xml, FIELD_TIME),
	};
	return winevt_decoder_take(d, &parts);
}
