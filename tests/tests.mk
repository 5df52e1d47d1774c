# SPDX-License-Identifier: GPL-2.0-or-later
# Every test speaks TAP. `make check`: lint, unit, replay, fuzz seeds. The simulation takes its
# time and needs ipmi_sim: `make check-sim`, which ./check runs. The lists are explicit;
# tests/lint/12-lists finds a file that is in none.

UNIT_TESTS = \
	tests/unit/test_backoff

REPLAY_SCENARIOS =

FUZZ_TARGETS =

LINT_TESTS = \
	tests/lint/00-format \
	tests/lint/01-layers \
	tests/lint/02-spdx \
	tests/lint/03-shape \
	tests/lint/04-analyzer \
	tests/lint/05-clang-tidy \
	tests/lint/06-cppcheck \
	tests/lint/07-scripts \
	tests/lint/08-spelling \
	tests/lint/09-catalog \
	tests/lint/10-config-sample \
	tests/lint/11-man \
	tests/lint/12-lists

SIM_TESTS =
# Those whose waits leave room for valgrind's slowness.
SIM_VALGRIND_TESTS =

TESTS += $(LINT_TESTS) $(UNIT_TESTS) $(REPLAY_SCENARIOS) $(FUZZ_TARGETS)
TEST_EXTENSIONS = .scn .py
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SCN_LOG_DRIVER = $(LOG_DRIVER)
SCN_LOG_COMPILER = $(builddir)/tests/replay/replay
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = $(PYTHON)
PYTHON = python3

# A test may rely on these; unit tests on the source tree as their working folder.
AM_TESTS_ENVIRONMENT = \
	TOP='$(abs_top_srcdir)'; BUILD='$(abs_top_builddir)'; CC='$(CC)'; JOBS='$(JOBS)'; \
	LINT_CFLAGS='$(AM_CFLAGS)'; PYTHONDONTWRITEBYTECODE=1; \
	export TOP BUILD CC JOBS LINT_CFLAGS PYTHONDONTWRITEBYTECODE;
JOBS =

# A unit test includes the .c it tests; the rest comes from the archives.
LDADD = $(DAEMON_LIBS) $(JANSSON_LIBS)
check_PROGRAMS += $(UNIT_TESTS)

check-lint: all
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(LINT_TESTS)'
check-unit: $(UNIT_TESTS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(UNIT_TESTS)'
