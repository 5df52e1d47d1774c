/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value of an event log, a number of some width or text, as a field of a record.
 */
#include <stdio.h>

#include "winevt/evtx-internal.h"

#define FILETIME_1970 INT64_C(11644473600) /* seconds since 1601 */
#define FILETIME_HZ   10000000u
#define YEAR_10000    INT64_C(253402300800)

static bool is_surrogate(uint16_t unit, uint16_t first)
{
	return (unit & 0xfc00) == first;
}

void evtx_text(char *ret, const uint8_t *utf16, size_t size)
{
	uint16_t last = 0;
	size_t n = 0;

	for (size_t i = 0; i + 1 < size && n < WINEVT_TEXT_MAX - 1; i += 2) {
		const uint16_t unit = evtx_u16(utf16 + i);
		const bool is_second = is_surrogate(last, 0xd800) && is_surrogate(unit, 0xdc00);

		last = unit;
		if (unit == 0)
			break;
		if (!is_second)
			ret[n++] = (char)(unit >= ' ' && unit <= '~' ? unit : '?');
	}
	ret[n] = '\0';
}

/* Digits only. */
static int text_number(const struct evtx_value *value, uint64_t *ret)
{
	uint64_t number = 0;

	if (value->size < 2 || value->size > 2 * 20)
		return -EBADMSG;
	for (uint32_t i = 0; i + 1 < value->size; i += 2) {
		const unsigned digit = (unsigned)evtx_u16(value->bytes + i) - '0';

		if (digit > 9 || __builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return -EBADMSG;
	}
	*ret = number;
	return 0;
}

static int value_number(const struct evtx_value *value, uint64_t most, uint64_t *ret)
{
	uint64_t number = 0;

	if (value->type == EVTX_TYPE_STRING) {
		if (text_number(value, &number) < 0)
			return -EBADMSG;
	} else if (value->type == EVTX_TYPE_U8 && value->size == 1) {
		number = value->bytes[0];
	} else if (value->type == EVTX_TYPE_U16 && value->size == 2) {
		number = evtx_u16(value->bytes);
	} else if (value->type == EVTX_TYPE_U32 && value->size == 4) {
		number = evtx_u32(value->bytes);
	} else if (value->type == EVTX_TYPE_U64 && value->size == 8) {
		number = evtx_u64(value->bytes);
	} else {
		return -EBADMSG;
	}
	if (number > most)
		return -EBADMSG;
	*ret = number;
	return 0;
}

/* -1 where there is none. */
static int value_small(const struct evtx_value *value, uint64_t most, int32_t *ret)
{
	uint64_t number;

	if (value->type == 0) {
		*ret = -1;
		return 0;
	}
	if (value_number(value, most, &number) < 0)
		return -EBADMSG;
	*ret = (int32_t)number;
	return 0;
}

static int value_text(const struct evtx_value *value, char *ret)
{
	if (value->type == 0) {
		ret[0] = '\0';
		return 0;
	}
	if (value->type != EVTX_TYPE_STRING || value->size % 2 != 0)
		return -EBADMSG;
	evtx_text(ret, value->bytes, value->size);
	return 0;
}

static int value_record_id(const struct evtx_value *value, struct winevt_record *record)
{
	uint64_t number = 0;

	if (value->type != 0 && value_number(value, INT64_MAX, &number) < 0)
		return -EBADMSG;
	record->has_record_id = value->type != 0;
	record->record_id = number;
	return 0;
}

static int filetime(const uint8_t *bytes, struct winevt_time *ret)
{
	const uint64_t ticks = evtx_u64(bytes);
	const int64_t seconds = (int64_t)(ticks / FILETIME_HZ) - FILETIME_1970;

	if (seconds >= YEAR_10000)
		return -EBADMSG;
	ret->seconds = seconds;
	ret->nanos = (uint32_t)(ticks % FILETIME_HZ) * 100;
	ret->digits = 7;
	return 0;
}

/* Year, month, day of the week, day, hour, minute, second, millisecond. */
static int systemtime(const uint8_t *bytes, struct winevt_time *ret)
{
	char text[sizeof("65535-65535-65535T65535:65535:65535.65535Z")];
	const int n =
		snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", evtx_u16(bytes),
			 evtx_u16(bytes + 2), evtx_u16(bytes + 6), evtx_u16(bytes + 8),
			 evtx_u16(bytes + 10), evtx_u16(bytes + 12), evtx_u16(bytes + 14));

	return n > 0 && winevt_time_parse(text, (size_t)n, ret) == 0 ? 0 : -EBADMSG;
}

static int value_time(const struct evtx_value *value, struct winevt_time *ret)
{
	char text[WINEVT_TEXT_MAX];

	if (value->type == EVTX_TYPE_FILETIME && value->size == 8)
		return filetime(value->bytes, ret);
	if (value->type == EVTX_TYPE_SYSTEMTIME && value->size == 16)
		return systemtime(value->bytes, ret);
	if (value->type == 0 || value_text(value, text) < 0 ||
	    winevt_time_parse(text, strlen(text), ret) < 0)
		return -EBADMSG;
	return 0;
}

int evtx_value_read(enum evtx_field field, const struct evtx_value *value,
		    struct winevt_record *record)
{
	uint64_t number;

	switch (field) {
	case EVTX_PROVIDER:
		return value_text(value, record->provider);
	case EVTX_CHANNEL:
		return value_text(value, record->channel);
	case EVTX_COMPUTER:
		return value_text(value, record->host);
	case EVTX_QUALIFIERS:
		return value_small(value, UINT16_MAX, &record->qualifiers);
	case EVTX_LEVEL:
		return value_small(value, UINT8_MAX, &record->level);
	case EVTX_TIME:
		return value_time(value, &record->time);
	case EVTX_EVENT_ID:
		if (value_number(value, UINT32_MAX, &number) < 0)
			return -EBADMSG;
		record->event_id = (uint32_t)number;
		return 0;
	case EVTX_RECORD_ID:
		return value_record_id(value, record);
	case EVTX_FIELDS:
		break;
	}
	return -EBADMSG;
}
