/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a line, taken one by one; what is wrong with one is said in a sentence.
 */
#include "tests/replay/words.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/parse.h"
#include "tests/replay/expect.h"
#include "tests/replay/world.h"

int wrong(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, EXPECT_TEXT_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

const char *word_peek(const struct words *words)
{
	return words->next < words->count ? words->at[words->next] : "";
}

bool word_take(struct words *words, const char *word)
{
	if (strcmp(word_peek(words), word) != 0)
		return false;
	words->next++;
	return true;
}

int word_span(char *why, struct words *words, int64_t *ret)
{
	if (parse_duration(word_peek(words), ret) < 0)
		return wrong(why, "'%s' is no time", word_peek(words));
	words->next++;
	return 0;
}

int word_number(char *why, struct words *words, uint64_t *ret)
{
	const char *word = word_peek(words);
	const char *end;

	if (parse_u64(word, ret, &end) < 0 || *end != '\0' || *ret > UINT32_MAX)
		return wrong(why, "'%s' is no number", word);
	words->next++;
	return 0;
}

int word_code(char *why, struct words *words, uint8_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	const char *word = word_peek(words);
	const char *high =
		word[0] == '0' && word[1] == 'x' && word[2] ? strchr(digits, word[2]) : NULL;
	const char *low = high && word[3] ? strchr(digits, word[3]) : NULL;

	if (!low || word[4])
		return wrong(why, "'%s' is no completion code", word);
	*ret = (uint8_t)((high - digits) << 4 | (low - digits));
	words->next++;
	return 0;
}

int word_name(char *why, struct words *words, char *name)
{
	if (strlen(word_peek(words)) == 0 || strlen(word_peek(words)) >= WORLD_NAME_MAX)
		return wrong(why, "'%s' is no name", word_peek(words));
	(void)snprintf(name, WORLD_NAME_MAX, "%s", word_peek(words));
	words->next++;
	return 0;
}
