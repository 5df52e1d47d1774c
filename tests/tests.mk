# SPDX-License-Identifier: GPL-2.0-or-later
# Every test speaks TAP. `make check`: lint, unit, replay, fuzz seeds. The simulation takes its
# time and needs ipmi_sim: `make check-sim`, which ./check runs. The lists are explicit;
# tests/lint/12-lists finds a file that is in none.

UNIT_TESTS = \
	tests/unit/test_accused \
	tests/unit/test_advice \
	tests/unit/test_advising \
	tests/unit/test_agent \
	tests/unit/test_backoff \
	tests/unit/test_base \
	tests/unit/test_buf \
	tests/unit/test_chart \
	tests/unit/test_child \
	tests/unit/test_classify \
	tests/unit/test_client \
	tests/unit/test_comb \
	tests/unit/test_config \
	tests/unit/test_config_files \
	tests/unit/test_contention \
	tests/unit/test_controller \
	tests/unit/test_counters \
	tests/unit/test_csv \
	tests/unit/test_document \
	tests/unit/test_evidence \
	tests/unit/test_finding \
	tests/unit/test_host_trend \
	tests/unit/test_hosts \
	tests/unit/test_hosts_judge \
	tests/unit/test_intake \
	tests/unit/test_journal \
	tests/unit/test_judge \
	tests/unit/test_judge_aging \
	tests/unit/test_judge_crowd \
	tests/unit/test_judge_drift \
	tests/unit/test_judge_learn \
	tests/unit/test_judge_rules \
	tests/unit/test_judging \
	tests/unit/test_kdriver \
	tests/unit/test_kernel_log \
	tests/unit/test_kmsg \
	tests/unit/test_link \
	tests/unit/test_loop \
	tests/unit/test_marks \
	tests/unit/test_message_ids \
	tests/unit/test_notes \
	tests/unit/test_observation \
	tests/unit/test_opener \
	tests/unit/test_opener_save \
	tests/unit/test_opener_wire \
	tests/unit/test_options \
	tests/unit/test_pace \
	tests/unit/test_parse \
	tests/unit/test_past \
	tests/unit/test_plot \
	tests/unit/test_process \
	tests/unit/test_proctext \
	tests/unit/test_queue \
	tests/unit/test_queue_lives \
	tests/unit/test_queue_pace \
	tests/unit/test_readings \
	tests/unit/test_record \
	tests/unit/test_recording \
	tests/unit/test_rows \
	tests/unit/test_sampler \
	tests/unit/test_schedule \
	tests/unit/test_sdr_cache \
	tests/unit/test_sdr_reading \
	tests/unit/test_sdr_record \
	tests/unit/test_sdr_repository \
	tests/unit/test_sdr_table \
	tests/unit/test_sensors \
	tests/unit/test_sentence \
	tests/unit/test_status \
	tests/unit/test_store \
	tests/unit/test_store_hosts \
	tests/unit/test_store_trend \
	tests/unit/test_store_trouble \
	tests/unit/test_target \
	tests/unit/test_taxonomy \
	tests/unit/test_trend \
	tests/unit/test_trend_channels \
	tests/unit/test_trend_epoch \
	tests/unit/test_trend_forecast \
	tests/unit/test_trend_hours \
	tests/unit/test_trend_lives \
	tests/unit/test_trend_load \
	tests/unit/test_trend_names \
	tests/unit/test_trend_noise \
	tests/unit/test_trend_phase \
	tests/unit/test_trend_profile \
	tests/unit/test_trend_ramp \
	tests/unit/test_trend_relief \
	tests/unit/test_trend_rounds \
	tests/unit/test_trend_save \
	tests/unit/test_trend_stalls \
	tests/unit/test_trend_verdict \
	tests/unit/test_trend_warmup \
	tests/unit/test_turn \
	tests/unit/test_view \
	tests/unit/test_who \
	tests/unit/test_window \
	tests/unit/test_winevent \
	tests/unit/test_winevt_import \
	tests/unit/test_winevt_wire
if WINEVT
UNIT_TESTS += \
	tests/unit/test_winevt_decode \
	tests/unit/test_winevt_evtx \
	tests/unit/test_winevt_evtx_chunk \
	tests/unit/test_winevt_evtx_follow \
	tests/unit/test_winevt_evtx_plan \
	tests/unit/test_winevt_evtx_value \
	tests/unit/test_winevt_format \
	tests/unit/test_winevt_frame \
	tests/unit/test_winevt_json \
	tests/unit/test_winevt_record \
	tests/unit/test_winevt_sieve \
	tests/unit/test_winevt_syslog \
	tests/unit/test_winevt_xml \
	tests/unit/test_winevt_zone \
	tests/unit/test_winevtd_state \
	tests/unit/test_winevtd_tail \
	tests/unit/test_winevtd_taker
endif

REPLAY_SCENARIOS = \
	tests/replay/contention-arrival.scn \
	tests/replay/contention-hidden.scn \
	tests/replay/contention-none.scn \
	tests/replay/contention-restart.scn \
	tests/replay/contention-timer.scn \
	tests/replay/bad-replies.scn \
	tests/replay/pace.scn \
	tests/replay/pace-slot.scn \
	tests/replay/budget.scn \
	tests/replay/bulk.scn \
	tests/replay/busy.scn \
	tests/replay/driver-stuck.scn \
	tests/replay/firmware-flash.scn \
	tests/replay/flapping-mute.scn \
	tests/replay/flapping.scn \
	tests/replay/flash-that-hangs.scn \
	tests/replay/frequent.scn \
	tests/replay/healthy-week.scn \
	tests/replay/interface-lost.scn \
	tests/replay/leak.scn \
	tests/replay/mute-and-recovery.scn \
	tests/replay/no-device.scn \
	tests/replay/others-waiting.scn \
	tests/replay/refusals.scn \
	tests/replay/reset-linux-7.2.scn \
	tests/replay/restart-healthy.scn \
	tests/replay/restart.scn \
	tests/replay/self-test.scn \
	tests/replay/silent-driver.scn \
	tests/replay/slow-not-dead.scn \
	tests/replay/sporadic-at-threshold.scn \
	tests/replay/sporadic.scn \
	tests/replay/storm.scn \
	tests/replay/tolerated.scn \
	tests/replay/wedge-linux-6.1.scn \
	tests/replay/wedge-linux-6.6.scn \
	tests/replay/wedge-linux-7.2.scn \
	tests/replay/windows-backfill.scn \
	tests/replay/windows-flash.scn \
	tests/replay/windows-gave-up.scn \
	tests/replay/windows-late.scn \
	tests/replay/windows-sporadic.scn \
	tests/replay/windows-storm.scn

FUZZ_TARGETS = \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_controller \
	tests/fuzz/fuzz_csv \
	tests/fuzz/fuzz_kipmi \
	tests/fuzz/fuzz_opener_wire \
	tests/fuzz/fuzz_proctext \
	tests/fuzz/fuzz_recording \
	tests/fuzz/fuzz_sdr_cache \
	tests/fuzz/fuzz_sdr_record \
	tests/fuzz/fuzz_sdr_repository \
	tests/fuzz/fuzz_sensor_reading \
	tests/fuzz/fuzz_sensors \
	tests/fuzz/fuzz_trend \
	tests/fuzz/fuzz_winevt_wire
if WINEVT
FUZZ_TARGETS += \
	tests/fuzz/fuzz_winevt_evtx \
	tests/fuzz/fuzz_winevt_json \
	tests/fuzz/fuzz_winevt_syslog \
	tests/fuzz/fuzz_winevt_xml
endif

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
	tests/lint/12-lists \
	tests/lint/13-units \
	tests/lint/14-release

SIM_TESTS = \
	tests/sim/test_advise.py \
	tests/sim/test_bench.py \
	tests/sim/test_demo.py \
	tests/sim/test_exec.py \
	tests/sim/test_journal.py \
	tests/sim/test_journald.py \
	tests/sim/test_judgement.py \
	tests/sim/test_lan.py \
	tests/sim/test_life.py \
	tests/sim/test_month.py \
	tests/sim/test_openers.py \
	tests/sim/test_reload.py \
	tests/sim/test_sensors.py \
	tests/sim/test_taxonomy.py \
	tests/sim/test_trend.py \
	tests/sim/test_winevt.py
if WINEVT
SIM_TESTS += \
	tests/sim/test_reader.py \
	tests/winevt/test_evtx.py
endif
# Those whose waits leave room for valgrind's slowness.
SIM_VALGRIND_TESTS = tests/sim/test_life.py tests/sim/test_judgement.py

# The leak detector against histories that were made up, and what makes and scores them.
TREND_TESTS = \
	tests/bench/test_contention.py \
	tests/bench/test_score.py \
	tests/bench/test_trend.py \
	tests/corpus/test_corpus.py

# Packages and clean roots: long, each in roots of its own.
PACKAGE_TESTS = \
	tests/pkg/deb \
	tests/pkg/machine.py \
	tests/pkg/rpm \
	tests/pkg/clean \
	tests/pkg/cross \
	tests/pkg/matrix

TESTS += $(LINT_TESTS) $(UNIT_TESTS) $(REPLAY_SCENARIOS) $(FUZZ_TARGETS)
TEST_EXTENSIONS = .scn .py
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SCN_LOG_DRIVER = $(LOG_DRIVER)
SCN_LOG_COMPILER = $(CHECK_WRAPPER) $(builddir)/tests/replay/replay
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = $(PYTHON)
LOG_COMPILER = $(CHECK_WRAPPER)
PYTHON = python3
CHECK_WRAPPER =
JOBS =

# What a test may rely on. ASAN_OPTIONS: the simulation preloads its /dev/ipmi0.
AM_TESTS_ENVIRONMENT = \
	TOP='$(abs_top_srcdir)'; BUILD='$(abs_top_builddir)'; CC='$(CC)'; JOBS='$(JOBS)'; \
	LINT_CFLAGS='$(AM_CFLAGS)'; PYTHONDONTWRITEBYTECODE=1; \
	ASAN_OPTIONS=verify_asan_link_order=0; \
	export TOP BUILD CC JOBS LINT_CFLAGS PYTHONDONTWRITEBYTECODE ASAN_OPTIONS;

# A unit test includes the .c it tests; the rest comes from the archives.
LDADD = $(WINEVT_LIBS) libopeners.a $(DAEMON_LIBS) $(JANSSON_LIBS)
check_PROGRAMS += $(UNIT_TESTS) $(FUZZ_TARGETS) tests/replay/replay tests/sim/journald/tell
if WINEVT
check_PROGRAMS += tests/winevt/evtx
EXTRA_PROGRAMS += tests/bench/winevt-evtx tests/bench/winevt-text
endif

tests_replay_replay_SOURCES = \
	tests/replay/agents.c tests/replay/agents.h \
	tests/replay/expect.c tests/replay/expect.h \
	tests/replay/windows.c tests/replay/windows.h \
	tests/replay/words.c tests/replay/words.h \
	tests/replay/replay.c \
	tests/replay/world.c tests/replay/world.h

EXTRA_DIST += $(LINT_TESTS) $(REPLAY_SCENARIOS) $(PACKAGE_TESTS) tests/pkg/lib.sh tests/lint/catalog tests/lint/cppcheck.h tests/lint/lib.sh \
	tests/lint/plant tests/lint/words

# Whole folders that only tests read, what tests include, and ./check, which as a prerequisite would
# be the target of that name.
dist-hook:
	cp '$(srcdir)/check' '$(distdir)'
	cp '$(srcdir)'/tests/unit/*.h '$(distdir)/tests/unit'
	cp '$(srcdir)'/tests/fuzz/*.h '$(distdir)/tests/fuzz'
	cp '$(srcdir)'/tests/replay/README* '$(distdir)/tests/replay'
	for folder in debian docs tests/bench tests/corpus tests/fixture tests/fuzz/seeds tests/sim tests/vm tests/winevt; do \
		$(MKDIR_P) '$(distdir)'/$$folder && \
		cp -R '$(srcdir)'/$$folder/. '$(distdir)'/$$folder || exit 1; \
	done
	for left in .debhelper bmchealthd bmchealthd-winevt tmp files; do rm -rf '$(distdir)'/debian/$$left; done
	rm -f '$(distdir)'/debian/*.log '$(distdir)'/debian/*.substvars '$(distdir)'/debian/*.debhelper \
		'$(distdir)'/debian/*-stamp
	find '$(distdir)/tests' -name __pycache__ -prune -exec rm -rf {} +

if FUZZERS
# CFLAGS have -fsanitize=fuzzer-no-link; the targets bring libFuzzer's main().
FUZZ_MAIN =
FUZZ_LINK = -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay_seeds.c
FUZZ_LINK =
endif

# fuzz sources: each target and its main()
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_controller_SOURCES = tests/fuzz/fuzz_controller.c $(FUZZ_MAIN)
tests_fuzz_fuzz_controller_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(FUZZ_MAIN)
tests_fuzz_fuzz_csv_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_kipmi_SOURCES = tests/fuzz/fuzz_kipmi.c $(FUZZ_MAIN)
tests_fuzz_fuzz_kipmi_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_opener_wire_SOURCES = tests/fuzz/fuzz_opener_wire.c $(FUZZ_MAIN)
tests_fuzz_fuzz_opener_wire_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_proctext_SOURCES = tests/fuzz/fuzz_proctext.c $(FUZZ_MAIN)
tests_fuzz_fuzz_proctext_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_recording_SOURCES = tests/fuzz/fuzz_recording.c $(FUZZ_MAIN)
tests_fuzz_fuzz_recording_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_sdr_cache_SOURCES = tests/fuzz/fuzz_sdr_cache.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sdr_cache_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_sdr_record_SOURCES = tests/fuzz/fuzz_sdr_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sdr_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_sdr_repository_SOURCES = tests/fuzz/fuzz_sdr_repository.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sdr_repository_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_sensor_reading_SOURCES = tests/fuzz/fuzz_sensor_reading.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sensor_reading_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_sensors_SOURCES = tests/fuzz/fuzz_sensors.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sensors_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_trend_SOURCES = tests/fuzz/fuzz_trend.c $(FUZZ_MAIN)
tests_fuzz_fuzz_trend_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_winevt_evtx_SOURCES = tests/fuzz/fuzz_winevt_evtx.c $(FUZZ_MAIN)
tests_fuzz_fuzz_winevt_evtx_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_winevt_json_SOURCES = tests/fuzz/fuzz_winevt_json.c $(FUZZ_MAIN)
tests_fuzz_fuzz_winevt_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_winevt_syslog_SOURCES = tests/fuzz/fuzz_winevt_syslog.c $(FUZZ_MAIN)
tests_fuzz_fuzz_winevt_syslog_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_winevt_xml_SOURCES = tests/fuzz/fuzz_winevt_xml.c $(FUZZ_MAIN)
tests_fuzz_fuzz_winevt_xml_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)
tests_fuzz_fuzz_winevt_wire_SOURCES = tests/fuzz/fuzz_winevt_wire.c $(FUZZ_MAIN)
tests_fuzz_fuzz_winevt_wire_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LINK)

FUZZ_SECONDS = 60
fuzz: $(FUZZ_TARGETS)
	for target in $(FUZZ_TARGETS); do \
		name=$${target##*/fuzz_}; \
		$(MKDIR_P) tests/fuzz/corpus/$$name && \
		./$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 \
			-artifact_prefix=tests/fuzz/$$name- \
			tests/fuzz/corpus/$$name $(srcdir)/tests/fuzz/seeds/$$name || exit 1; \
	done

clean-local:
	rm -rf lint-cache results tests/fuzz/corpus

# One set at a time, through the same harness.
QUICK_TESTS = $(UNIT_TESTS) $(REPLAY_SCENARIOS) $(FUZZ_TARGETS)
VALGRIND = valgrind -q --leak-check=full --show-leak-kinds=definite,indirect,possible \
	--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99

if WINEVT
AM_DISTCHECK_CONFIGURE_FLAGS = --enable-winevt
endif

check-lint: all
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(LINT_TESTS)'
check-lint-long: all
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS=tests/lint/05-clang-tidy
check-unit: $(UNIT_TESTS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(UNIT_TESTS)'
check-replay: tests/replay/replay
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(REPLAY_SCENARIOS)'
check-fuzz: $(FUZZ_TARGETS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(FUZZ_TARGETS)'
check-sim: all
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(SIM_TESTS)'
check-trend: all
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(TREND_TESTS)'
check-quick: $(check_PROGRAMS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(QUICK_TESTS)'
check-quick-sim: all $(check_PROGRAMS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(QUICK_TESTS) $(SIM_TESTS)'
# Half a minute and more each under valgrind, the longest first.
LONG_TESTS = tests/unit/test_store tests/unit/test_accused tests/unit/test_store_trouble \
	tests/unit/test_trend tests/unit/test_config_files tests/unit/test_store_trend
if WINEVT
LONG_TESTS += tests/unit/test_winevt_format
endif
check-valgrind: $(check_PROGRAMS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS CHECK_WRAPPER='$(VALGRIND)' \
		TESTS='$(filter-out $(LONG_TESTS),$(UNIT_TESTS))'
check-valgrind-long: $(check_PROGRAMS)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS CHECK_WRAPPER='$(VALGRIND)' \
		TESTS='$(LONG_TESTS) $(REPLAY_SCENARIOS)'
check-valgrind-sim: all
	BMC_WRAPPER='$(VALGRIND)' BMC_SLOWNESS=5 $(MAKE) $(AM_MAKEFLAGS) check-TESTS \
		TESTS='$(SIM_VALGRIND_TESTS)'
# One program, which runs its scenarios side by side; make's -j is not for it.
check-vm: all
	BMC_VM_ARGUMENTS='$(VM_ARGUMENTS)' $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS=tests/vm/test_vm.py
# One after another: each takes all processors.
check-package:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS -j1 TESTS='$(PACKAGE_TESTS)'

.PHONY: check-lint check-lint-long check-unit check-replay check-fuzz check-sim check-trend check-quick \
	check-quick-sim check-valgrind check-valgrind-long check-valgrind-sim check-vm check-package fuzz
