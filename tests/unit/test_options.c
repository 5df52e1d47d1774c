/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/options: limits across options, the probes' rows, passwords.
 */
#include <fcntl.h>

#include "engine/options.c"
#include "tests/unit/tap.h"

struct told {
	char text[2048];
	unsigned line, count;
};

static char folder[] = "/tmp/bmchealthd-test-XXXXXX";
static char conf_path[64];
static struct option_tables *tables; /* a config borrows from them */

static void on_complaint(void *user, const char *file UNUSED, unsigned line, const char *text)
{
	struct told *told = user;

	(void)snprintf(told->text, sizeof(told->text), "%s", text);
	told->line = line;
	told->count++;
}

static bool put(const char *path, const char *text, mode_t mode)
{
	int r = fs_replace(path, text, strlen(text), mode);

	return r == 0 && chmod(path, mode) == 0;
}

static int load(const char *text, struct told *told, struct config **ret)
{
	*told = (struct told){ 0 };
	if (!put(conf_path, text, 0644))
		return -EIO;
	return options_load(tables, "", conf_path, on_complaint, told, ret);
}

static bool is_refused(const char *text, unsigned line, const char *reason)
{
	struct config *config = NULL;
	struct told told;
	int r = load(text, &told, &config);

	if (r == -EINVAL && told.line == line && strstr(told.text, reason))
		return true;
	printf("# %d, line %u: %s\n", r, told.line, told.text);
	return false;
}

static void test_limits(void)
{
	check(is_refused("queue: {\n hard_deadline = 0.5;\n};\n", 0, "must be below") ||
		      is_refused("queue: {\n hard_deadline = 0.5;\n};\n", 2, "must be below"),
	      "a hard deadline below the soft one is refused");
	check(is_refused("queue: {\n commands_per_minute = 1.0;\n};\n", 2, "commands per minute"),
	      "a plan over the budget is refused where the budget is set");
	check(is_refused("targets = ( { name = \"a\"; }, { name = \"b\"; } );\n", 0,
			 "used by another target") ||
		      is_refused("targets = ( { name = \"a\"; }, { name = \"b\"; } );\n", 1,
				 "used by another target"),
	      "one BMC is not watched twice");
	check(is_refused("winevt: {\n more_events = \"x:1=timeout;y\";\n};\n", 2,
			 "\"y\" is not PROVIDER:ID=MEANING"),
	      "events without a meaning are refused, and it is said which");
	check(is_refused("targets = ( { name = \"a\";\n connection = \"lan -P x host\"; } );\n", 2,
			 "password_file"),
	      "a password in a connection is refused");
	check(is_refused("controller: { interval = \"0.01 s\"; };\n", 1, "0.1"),
	      "a probe's own rows are range-checked");
}

/* Field by field: there is padding. */
static bool is_same_judge(const struct judge_settings *a, const struct judge_settings *b)
{
	const struct thresholds *s = &a->thresholds, *t = &b->thresholds;

	return s->sporadic_per_day == t->sporadic_per_day &&
	       s->frequent_per_hour == t->frequent_per_hour &&
	       s->storm_per_minute == t->storm_per_minute && s->mute_after == t->mute_after &&
	       s->calm_us == t->calm_us && a->slow_share == b->slow_share &&
	       a->bad_per_hour == b->bad_per_hour && a->errors_per_hour == b->errors_per_hour &&
	       a->busy_for_us == b->busy_for_us && a->maintenance_max_us == b->maintenance_max_us &&
	       a->maintenance_grace_us == b->maintenance_grace_us &&
	       a->lost_after_us == b->lost_after_us && a->vanished_share == b->vanished_share &&
	       a->vanished_min == b->vanished_min;
}

static void test_hosts(void)
{
	struct config *config = NULL;
	struct told told;
	struct hosts_settings hosts;
	struct winevents events;

	check(load("winevt: { severity_max = \"warning\"; more_events = \"x:7=gave-up\"; };", &told,
		   &config) == 0,
	      "Windows hosts have a group");
	if (!config)
		return;
	hosts = options_hosts(config);
	events = options_winevents(config);
	check(hosts.severity_max == SEVERITY_WARNING && hosts.max == HOSTS_MAX &&
		      hosts.per_minute == 60 && hosts.thresholds.frequent_per_hour == 3,
	      "with its settings, and the judge's thresholds");
	check(events.count == 1 && events.rows[0].first == 7, "and events of its own");
	config_free(config);
}

static void test_settings(void)
{
	struct config *config = NULL;
	struct told told;
	struct queue_settings queue;
	struct judge_settings judge, usual = judge_settings_default();

	check(load("", &told, &config) == 0, "an empty file is every default");
	if (!config)
		return;
	check(options_planned_per_minute(config) > 0 &&
		      options_planned_per_minute(config) <=
			      config_real(config, "queue", "commands_per_minute"),
	      "the default plan is inside the default budget");
	queue = options_queue(config, 1);
	check(queue.soft_us == USEC_PER_SEC && queue.hard_us == 5 * USEC_PER_SEC &&
		      queue.stuck_us == 90 * USEC_PER_SEC && queue.per_minute <= 6,
	      "the deadlines and the budget are the documented ones");
	judge = options_judge(config);
	check(is_same_judge(&judge, &usual), "the option table's defaults are the judge's");
	check(options_log_level(config) == LOG_INFO, "the log level is info");
	config_free(config);
}

static int password(const char *extra, char **ret, char *why)
{
	struct config *config = NULL;
	char text[512];
	struct told told;
	int r;

	(void)snprintf(text, sizeof(text),
		       "targets = ( { name = \"a\"; connection = \"lan host\"; %s } );\n", extra);
	*ret = NULL;
	why[0] = '\0';
	if (load(text, &told, &config) < 0)
		return -EINVAL;
	r = options_password(config, 0, ret, why);
	config_free(config);
	return r;
}

static int complaints(const char *extra, struct told *told)
{
	struct config *config;
	char text[512];
	int r;

	(void)snprintf(text, sizeof(text),
		       "targets = ({ name = \"a\"; connection = \"lan -U u h\";\n%s });\n", extra);
	if (load(text, told, &config) < 0)
		return -EIO;
	r = options_check_passwords(config, on_complaint, told);
	config_free(config);
	return r;
}

static void test_password_check(void)
{
	char path[64], extra[128];
	struct told told;

	(void)snprintf(path, sizeof(path), "%s/secret", folder);
	(void)snprintf(extra, sizeof(extra), "password_file = \"%s\";", path);
	check(complaints(extra, &told) == -EINVAL && told.line == 2 && strstr(told.text, path),
	      "a check finds the password file that is missing: %s", told.text);
	check(put(path, "x", 0644) && complaints(extra, &told) == -EINVAL &&
		      strstr(told.text, "chmod"),
	      "and the one that is open to all");
	check(put(path, "x", 0600) && complaints(extra, &told) == 0 && told.count == 0,
	      "a good one is fine");
	(void)unlink(path);
	(void)snprintf(extra, sizeof(extra), "enabled = false; password_file = \"%s\";", path);
	check(complaints(extra, &told) == 0, "a target that is off needs none");
	check(complaints("password_credential = \"secret\";", &told) == 0,
	      "a credential is for systemd to bring");
}

static void test_passwords(void)
{
	char path[64], extra[128], why[OPTIONS_WHY_MAX];
	char *secret;

	(void)snprintf(path, sizeof(path), "%s/secret", folder);
	(void)snprintf(extra, sizeof(extra), "password_file = \"%s\";", path);
	check(password("", &secret, why) == 0 && !secret, "none configured, none there");
	check(password(extra, &secret, why) == -ENOENT && strstr(why, path),
	      "a missing file is named");
	check(put(path, "hunter2\n", 0600) && password(extra, &secret, why) == 0 && secret &&
		      strcmp(secret, "hunter2") == 0,
	      "a password is read without its newline");
	free(secret);
	check(put(path, "hunter2\n", 0604) && password(extra, &secret, why) == -EPERM &&
		      strstr(why, "chmod"),
	      "a file everybody can read is refused, with the cure");
	(void)setenv("CREDENTIALS_DIRECTORY", folder, 1);
	check(put(path, "pass word", 0600) &&
		      password("password_credential = \"secret\";", &secret, why) == 0 && secret &&
		      strcmp(secret, "pass word") == 0,
	      "a systemd credential is one too");
	free(secret);
	check(password("password_credential = \"../secret\";", &secret, why) == -ENOENT,
	      "it cannot leave its folder");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	check(password("password_credential = \"secret\";", &secret, why) == -ENOENT &&
		      strstr(why, "LoadCredential="),
	      "one that systemd did not pass is told, with the line to add");
	(void)unlink(path);
}

int main(void)
{
	tables = option_tables_new();
	if (!tables || !mkdtemp(folder))
		return 1;
	(void)snprintf(conf_path, sizeof(conf_path), "%s/test.conf", folder);
	test_limits();
	test_hosts();
	test_settings();
	test_passwords();
	test_password_check();
	(void)unlink(conf_path);
	(void)rmdir(folder);
	option_tables_free(tables);
	return tap_done();
}
