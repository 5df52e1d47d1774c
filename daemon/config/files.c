/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From disk to bytes that libconfig may be trusted with: which files there are, their size, and a
 * first look for what libconfig does not limit or does not say well.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fsio.h"
#include "config/load.h"

/* A name or a number, but for its signs. */
#define WORD_BYTES "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS_MAX 9 /* always fit into 32 bits */

static void close_dir(DIR *const *dir)
{
	if (*dir)
		(void)closedir(*dir);
}

void file_list_free(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->paths[i]);
	list->count = 0;
}

static int file_list_add(struct file_list *list, const char *folder, const char *name)
{
	if (list->count == COUNT_OF(list->paths))
		return -E2BIG;
	if (asprintf(&list->paths[list->count], "%s%s", folder, name) < 0)
		return -ENOMEM;
	list->count++;
	return 0;
}

/* Editors' and package managers' leftovers (.x.swp, x.conf~, x.conf.dpkg-new) are no fragments. */
static bool is_fragment(int folder, const char *name)
{
	static const char suffix[] = ".conf";
	size_t len = strlen(name);
	struct stat st;

	if (name[0] == '.' || len < sizeof(suffix) ||
	    strcmp(name + len - strlen(suffix), suffix) != 0)
		return false;
	return fstatat(folder, name, &st, 0) < 0 || S_ISREG(st.st_mode);
}

static int compare_paths(const void *a, const void *b)
{
	const char *left, *right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return strcmp(left, right);
}

static int add_fragments(struct file_list *list, const char *folder)
{
	SCOPED(close_dir) DIR *dir = opendir(folder);
	const struct dirent *entry;
	int r;

	if (!dir)
		return errno == ENOENT ? 0 : neg_errno();
	for (;;) {
		errno = 0;
		entry = readdir(dir); /* cppcheck-suppress readdirCalled; one thread only */
		if (!entry)
			break;
		if (!is_fragment(dirfd(dir), entry->d_name))
			continue;
		r = file_list_add(list, folder, entry->d_name);
		if (r < 0)
			return r;
	}
	if (errno != 0)
		return neg_errno();
	qsort(list->paths + 1, list->count - 1, sizeof(list->paths[0]), compare_paths);
	return 0;
}

int file_list_fill(struct file_list *list, const char *main_file, const char *fragments)
{
	const char *slash = strrchr(main_file, '/');
	char folder[FS_PATH_MAX];
	int n, r;

	r = file_list_add(list, "", main_file);
	if (r < 0)
		return r;
	n = snprintf(folder, sizeof(folder), "%.*s%s/", slash ? (int)(slash + 1 - main_file) : 0,
		     main_file, fragments);
	if (n < 0 || n >= (int)sizeof(folder))
		return -ENAMETOOLONG;
	return add_fragments(list, folder);
}

int file_read(const char *path, char **ret_text)
{
	SCOPED(free_ptr) char *text = malloc(CONFIG_FILE_MAX + 2);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = fs_read("", path, text, CONFIG_FILE_MAX + 1);
	if (n < 0)
		return (int)n;
	if (strlen(text) != (size_t)n)
		return -EBADMSG; /* libconfig would stop there as if the file ended */
	text[n] = '\n';		 /* libconfig 1.5 takes a comment that ends the file for garbage */
	text[n + 1] = '\0';
	*ret_text = TAKE(text);
	return 0;
}

/* --- the first look. Must see comments and strings exactly as lib/scanner.l of libconfig does. */

struct look {
	const char *at;
	unsigned line, depth, entries;
	const char *why; /* not NULL: stop */
	bool is_include;
};

static void skip_line_comment(struct look *look)
{
	look->at += strcspn(look->at, "\n");
}

static void skip_comment(struct look *look)
{
	const char *end = strstr(look->at + 2, "*/");

	if (!end) { /* libconfig would take the rest of the file for a comment */
		look->why = "the comment that starts here is never closed";
		return;
	}
	for (; look->at < end; look->at++)
		look->line += *look->at == '\n';
	look->at = end + 2;
}

static void skip_string(struct look *look)
{
	for (look->at++; *look->at != '"'; look->at++) {
		if (*look->at == '\n' || *look->at == '\0') {
			look->why = "the text that starts here has no closing quote on its line";
			return;
		}
		if (*look->at == '\\' && (look->at[1] == '"' || look->at[1] == '\\'))
			look->at++;
	}
	look->at++;
}

/* libconfig 1.5 cuts a whole number without L down to 32 bits in silence. */
static void skip_word(struct look *look)
{
	size_t len = strspn(look->at, WORD_BYTES), digits = strspn(look->at, "0123456789");

	if (digits == len && digits > DIGITS_MAX)
		look->why = "a whole number of so many digits needs an L behind it";
	look->at += len;
}

static void look_at_sign(struct look *look)
{
	switch (*look->at++) {
	case '\n':
		look->line++;
		break;
	case '{':
	case '(':
	case '[':
		if (++look->depth > CONFIG_NESTING_MAX)
			look->why = "groups and lists are nested too deeply here";
		break;
	case '}':
	case ')':
	case ']':
		look->depth -= look->depth > 0;
		break;
	case '=':
	case ':':
	case ',':
		if (++look->entries > CONFIG_ENTRIES_MAX)
			look->why = "too many settings in one file";
		break;
	case '@': /* an included file would escape every limit above */
		look->why = "@include is not supported";
		look->is_include = true;
		break;
	default:
		break;
	}
}

int file_check(const char *text, unsigned *ret_line, const char **ret_why)
{
	struct look look = { .at = text, .line = 1 };

	while (*look.at && !look.why) {
		if (*look.at == '#' || (look.at[0] == '/' && look.at[1] == '/'))
			skip_line_comment(&look);
		else if (look.at[0] == '/' && look.at[1] == '*')
			skip_comment(&look);
		else if (*look.at == '"')
			skip_string(&look);
		else if (strchr(WORD_BYTES, *look.at))
			skip_word(&look);
		else
			look_at_sign(&look);
	}
	if (!look.why)
		return 0;
	*ret_line = look.line;
	*ret_why = look.why;
	return look.is_include ? -ENOTSUP : -EINVAL;
}
