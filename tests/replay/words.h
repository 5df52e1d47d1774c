/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a line of a scenario.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

#define WORDS_MAX 24

struct words { /* of a line, and how many of them were read */
	char *at[WORDS_MAX];
	size_t count, next;
};

/* `why` has EXPECT_TEXT_MAX bytes. Always -EINVAL. */
int PRINTF_LIKE(2, 3) wrong(char *why, const char *format, ...);
/* "" when there is none left. */
const char *word_peek(const struct words *words);
bool word_take(struct words *words, const char *word);
/* 0, and the word is taken; -EINVAL, and `why` says so. */
int word_span(char *why, struct words *words, int64_t *ret);
int word_number(char *why, struct words *words, uint64_t *ret);
int word_code(char *why, struct words *words, uint8_t *ret); /* "0xc3" */
int word_name(char *why, struct words *words, char *name);   /* WORLD_NAME_MAX bytes */
