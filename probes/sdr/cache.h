/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sensors on disk, so that a restart does not cost the controller a few hundred commands. A
 * format of our own: magic, version, key, sensors, CRC-32; what does not fit exactly is not a
 * cache.
 */
#pragma once

#include "model/target.h"
#include "probes/sdr/repository.h"
#include "probes/sdr/table.h"

struct sdr_key { /* whose sensors, and as of when */
	uint32_t manufacturer;
	uint16_t product;
	uint8_t device_id, firmware_major, firmware_minor_bcd;
	struct sdr_info info;
};

void sdr_key_set(struct sdr_key *key, const struct bmc_identity *identity);
/* The same kind of controller with the same firmware: what it has can be compared. */
bool sdr_key_is_same_firmware(const struct sdr_key *a, const struct sdr_key *b);

/* 0; -EBADMSG: not a cache, of another version, or damaged; -ENOMEM. *ret_* only on 0. */
MUST_CHECK int sdr_cache_decode(const uint8_t *data, size_t len, struct sdr_key *ret_key,
				struct sdr_table *ret_table);
/* The bytes are the caller's: free(). 0 or -ENOMEM. */
MUST_CHECK int sdr_cache_encode(const struct sdr_key *key, const struct sdr_table *table,
				uint8_t **ret_data, size_t *ret_len);

/* DIR/sdr.cache. 0, -errno as the above or of the file. */
MUST_CHECK int sdr_cache_load(const char *dir, struct sdr_key *ret_key,
			      struct sdr_table *ret_table);
MUST_CHECK int sdr_cache_store(const char *dir, const struct sdr_key *key,
			       const struct sdr_table *table);
