/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the controller know who it is? One lasting change is a firmware update; a change and
 * another one within a day, or an identity that cannot be, is a controller that sends garbage.
 */
#include <stdio.h>

#include "model/judge-state.h"

#define FIELD_TEXT_MAX 40

static void format_firmware(const struct bmc_identity *id, char *text)
{
	identity_format_firmware(id, text);
}

static void format_manufacturer(const struct bmc_identity *id, char *text)
{
	(void)snprintf(text, FIELD_TEXT_MAX, "%u", id->manufacturer);
}

static void format_product(const struct bmc_identity *id, char *text)
{
	(void)snprintf(text, FIELD_TEXT_MAX, "0x%04x", id->product);
}

static void format_device(const struct bmc_identity *id, char *text)
{
	(void)snprintf(text, FIELD_TEXT_MAX, "0x%02x/0x%02x", id->device_id, id->device_revision);
}

static void format_ipmi_version(const struct bmc_identity *id, char *text)
{
	(void)snprintf(text, FIELD_TEXT_MAX, "0x%02x", id->ipmi_version_bcd);
}

static void format_bytes(const uint8_t *bytes, size_t count, char *text)
{
	for (size_t i = 0; i < count; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static void format_aux_firmware(const struct bmc_identity *id, char *text)
{
	if (id->has_aux_firmware)
		format_bytes(id->aux_firmware, sizeof(id->aux_firmware), text);
}

static void format_guid(const struct bmc_identity *id, char *text)
{
	if (id->has_guid)
		format_bytes(id->guid, sizeof(id->guid), text);
}

enum {
	FIELD_FIRMWARE,
	FIELD_MANUFACTURER,
	FIELD_GUID,
	FIELD_PRODUCT,
	FIELD_DEVICE,
	FIELD_IPMI_VERSION,
	FIELD_AUX_FIRMWARE,
	FIELD_MAX,
};

static const struct identity_field {
	const char *name;
	void (*format)(const struct bmc_identity *id, char *text); /* leaves "" if absent */
} fields[FIELD_MAX] = {
	[FIELD_FIRMWARE] = { "firmware", format_firmware },
	[FIELD_MANUFACTURER] = { "manufacturer", format_manufacturer },
	[FIELD_GUID] = { "GUID", format_guid },
	[FIELD_PRODUCT] = { "product", format_product },
	[FIELD_DEVICE] = { "device id", format_device },
	[FIELD_IPMI_VERSION] = { "IPMI version", format_ipmi_version },
	[FIELD_AUX_FIRMWARE] = { "auxiliary firmware", format_aux_firmware },
};

struct change {
	const char *field;
	char from[FIELD_TEXT_MAX], to[FIELD_TEXT_MAX];
};

/* A field that one of them lacks has not changed: Get Device GUID may have timed out. */
static bool find_change(const struct bmc_identity *from, const struct bmc_identity *to,
			struct change *ret)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		struct change change = { .field = fields[i].name };

		fields[i].format(from, change.from);
		fields[i].format(to, change.to);
		if (change.from[0] && change.to[0] && strcmp(change.from, change.to) != 0) {
			*ret = change;
			return true;
		}
	}
	return false;
}

static void remember(struct drift *d, const struct bmc_identity *seen)
{
	const struct bmc_identity old = d->identity;

	d->identity = *seen;
	if (!seen->has_guid && old.has_guid) {
		memcpy(d->identity.guid, old.guid, sizeof(old.guid));
		d->identity.has_guid = true;
	}
	if (!seen->has_aux_firmware && old.has_aux_firmware) {
		memcpy(d->identity.aux_firmware, old.aux_firmware, sizeof(old.aux_firmware));
		d->identity.has_aux_firmware = true;
	}
	d->has_identity = true;
}

static void set_evidence(struct drift *d, mono_us at)
{
	d->is_on = true;
	d->at = at;
}

static size_t impossible_field(const struct bmc_identity *id)
{
	struct bmc_identity other = *id;

	if (id->manufacturer == 0)
		return FIELD_MANUFACTURER;
	other.ipmi_version_bcd = 0;
	return identity_is_possible(&other) ? FIELD_IPMI_VERSION : FIELD_FIRMWARE;
}

static void say_impossible(struct drift *d, const struct bmc_identity *before,
			   const struct bmc_identity *seen)
{
	const struct identity_field *field = &fields[impossible_field(seen)];
	char was[FIELD_TEXT_MAX] = "";
	char is[FIELD_TEXT_MAX] = "";

	field->format(seen, is);
	if (d->has_identity)
		field->format(before, was);
	if (d->is_habit) {
		(void)snprintf(d->text, sizeof(d->text),
			       "%s %s is impossible, as it has been all along", field->name, is);
	} else if (strcmp(was, is) != 0) {
		(void)snprintf(d->text, sizeof(d->text),
			       "%s changed from %s to %s, which is impossible", field->name, was,
			       is);
	} else {
		(void)snprintf(d->text, sizeof(d->text), "%s %s is impossible", field->name, is);
	}
}

static void learn_change(struct drift *d, const struct change *change, mono_us at)
{
	if (d->has_changed && mono_since(at, d->changed_at) < USEC_PER_DAY) {
		(void)snprintf(d->text, sizeof(d->text),
			       "%s changed from %s to %s, the second change within a day",
			       change->field, change->from, change->to);
		set_evidence(d, at);
	}
	d->has_changed = true;
	d->changed_at = at;
}

void drift_learn(struct drift *d, const struct bmc_identity *seen, mono_us at)
{
	const bool is_possible = identity_is_possible(seen);
	struct change change;

	if (!d->has_identity) {
		d->is_habit = !is_possible;
	} else if (find_change(&d->identity, seen, &change)) {
		d->is_habit = false;
		learn_change(d, &change, at);
	}
	if (!is_possible) {
		say_impossible(d, &d->identity, seen);
		set_evidence(d, at);
	}
	remember(d, seen);
}

void drift_settle(struct drift *d, const struct bmc_identity *seen)
{
	remember(d, seen);
	d->has_changed = false;
	d->is_habit = false;
}

bool drift_is_recent(const struct drift *d, mono_us now)
{
	return d->is_on && mono_since(now, d->at) < USEC_PER_DAY;
}
