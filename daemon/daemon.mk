# SPDX-License-Identifier: GPL-2.0-or-later
noinst_LIBRARIES += libbase.a libmodel.a libconfigure.a libipmi.a libout.a libengine.a libopeners.a

libbase_a_SOURCES = \
	daemon/base/buf.c daemon/base/buf.h \
	daemon/base/clock.c daemon/base/clock.h \
	daemon/base/fsio.c daemon/base/fsio.h \
	daemon/base/listen.c daemon/base/listen.h \
	daemon/base/log.c daemon/base/log.h \
	daemon/base/parse.c daemon/base/parse.h \
	daemon/base/turn.c daemon/base/turn.h \
	daemon/base/util.h

libmodel_a_SOURCES = \
	daemon/model/advice.c daemon/model/advice.h \
	daemon/model/agent.c daemon/model/agent.h \
	daemon/model/chance.c daemon/model/chance.h \
	daemon/model/classify.c daemon/model/classify.h \
	daemon/model/comb.c daemon/model/comb.h \
	daemon/model/contention.c daemon/model/contention.h \
	daemon/model/contention-state.h daemon/model/contention-step.c \
	daemon/model/evidence.c daemon/model/evidence.h \
	daemon/model/finding.c daemon/model/finding.h \
	daemon/model/host-trend.c daemon/model/host-trend.h \
	daemon/model/hosts.c daemon/model/hosts.h \
	daemon/model/hosts-judge.c daemon/model/hosts-state.h \
	daemon/model/judge.c daemon/model/judge.h \
	daemon/model/judge-aging.c \
	daemon/model/judge-crowd.c daemon/model/judge-drift.c \
	daemon/model/judge-learn.c \
	daemon/model/judge-rules.c daemon/model/judge-state.h \
	daemon/model/observation.c daemon/model/observation.h \
	daemon/model/opener.c daemon/model/opener.h \
	daemon/model/opener-save.c daemon/model/opener-state.h \
	daemon/model/opener-wire.c daemon/model/opener-wire.h \
	daemon/model/recording.c daemon/model/recording.h \
	daemon/model/sampler.c daemon/model/sampler.h \
	daemon/model/target.c daemon/model/target.h \
	daemon/model/trend.c daemon/model/trend.h \
	daemon/model/trend-channels.c daemon/model/trend-epoch.c \
	daemon/model/trend-forecast.c daemon/model/trend-hours.c \
	daemon/model/trend-lives.c daemon/model/trend-load.c \
	daemon/model/trend-names.c daemon/model/trend-noise.c \
	daemon/model/trend-phase.c daemon/model/trend-profile.c \
	daemon/model/trend-ramp.c daemon/model/trend-relief.c \
	daemon/model/trend-rounds.c \
	daemon/model/trend-save.c daemon/model/trend-stalls.c \
	daemon/model/trend-state.h \
	daemon/model/trend-verdict.c daemon/model/trend-warmup.c \
	daemon/model/window.c daemon/model/window.h \
	daemon/model/winevent.c daemon/model/winevent.h \
	daemon/model/winevt-import.h \
	daemon/model/winevt-wire.c daemon/model/winevt-wire.h

libconfigure_a_SOURCES = \
	daemon/config/config.h \
	daemon/config/dump.c \
	daemon/config/files.c \
	daemon/config/load.c daemon/config/load.h \
	daemon/config/schema.c \
	daemon/config/settings.c \
	daemon/config/text.c \
	daemon/config/value.c

libipmi_a_SOURCES = \
	daemon/ipmi/backoff.c daemon/ipmi/backoff.h \
	daemon/ipmi/pace.c daemon/ipmi/pace.h \
	daemon/ipmi/counters.c daemon/ipmi/counters.h \
	daemon/ipmi/link.c daemon/ipmi/link.h \
	daemon/ipmi/loop.c daemon/ipmi/loop.h \
	daemon/ipmi/queue.c daemon/ipmi/queue.h \
	daemon/ipmi/taxonomy.c daemon/ipmi/taxonomy.h

libout_a_SOURCES = \
	daemon/out/history.c daemon/out/history.h \
	daemon/out/journal.c daemon/out/journal.h \
	daemon/out/message-ids.c daemon/out/message-ids.h \
	daemon/out/metrics-hosts.c \
	daemon/out/metrics.c daemon/out/metrics.h daemon/out/metrics-controller.c \
	daemon/out/readings.c daemon/out/readings.h \
	daemon/out/registry.c \
	daemon/out/sentence.c daemon/out/sentence.h \
	daemon/out/sink.h \
	daemon/out/store.c daemon/out/store.h \
	daemon/out/store-db.c daemon/out/store-db.h \
	daemon/out/store-file.c daemon/out/store-internal.h \
	daemon/out/store-hosts.c \
	daemon/out/store-keep.c \
	daemon/out/store-note.c \
	daemon/out/store-read.c \
	daemon/out/store-schema.c \
	daemon/out/store-series.c daemon/out/store-series.h \
	daemon/out/store-trend.c \
	daemon/out/store-write.c \
	daemon/out/textfile.c daemon/out/textfile.h

libengine_a_SOURCES = \
	daemon/engine/control.c \
	daemon/engine/document.c daemon/engine/document.h \
	daemon/engine/document-opener.c \
	daemon/engine/engine.c daemon/engine/engine.h \
	daemon/engine/intake.c daemon/engine/intake.h \
	daemon/engine/internal.h \
	daemon/engine/listener.c daemon/engine/listener.h \
	daemon/engine/note.c \
	daemon/engine/notes.c daemon/engine/notes.h \
	daemon/engine/notify.c daemon/engine/notify.h \
	daemon/engine/openers.c \
	daemon/engine/pacing.c \
	daemon/engine/options.c daemon/engine/options.h \
	daemon/engine/quiet.c daemon/engine/quiet.h \
	daemon/engine/render.c \
	daemon/engine/restore.c \
	daemon/engine/schedule.c daemon/engine/schedule.h \
	daemon/engine/sensors.c \
	daemon/engine/show.c \
	daemon/engine/station-internal.h \
	daemon/engine/station-probes.c \
	daemon/engine/station.c daemon/engine/station.h \
	daemon/engine/status.c daemon/engine/status.h \
	daemon/engine/trends.c \
	daemon/engine/turns.c \
	daemon/engine/winevt.c \
	daemon/engine/winevt-document.c \
	daemon/engine/winevt-trend.c

# The helper's: no IPMI, no engine.
libopeners_a_SOURCES = \
	daemon/openers/device.c daemon/openers/device.h \
	daemon/openers/feed.c daemon/openers/feed.h \
	daemon/openers/helper.c daemon/openers/helper.h \
	daemon/openers/process.c daemon/openers/process.h \
	daemon/openers/proctext.c daemon/openers/proctext.h \
	daemon/openers/scan.c daemon/openers/scan.h \
	daemon/openers/watch.c daemon/openers/watch.h

# Decoders of what Windows hosts wrote: bytes in, records out; no engine, no IPMI.
if WINEVT
noinst_LIBRARIES += libwinevt.a libwinevtd.a
WINEVT_LIBS = libwinevtd.a libwinevt.a libconfigure.a libmodel.a libbase.a $(SYSTEMD_LIBS) \
	$(LIBCONFIG_LIBS) $(SQLITE_LIBS) $(EXPAT_LIBS) $(DEFLATE_LIBS) $(JANSSON_LIBS)
else
WINEVT_LIBS =
endif
libwinevt_a_SOURCES = \
	daemon/winevt/decode.c daemon/winevt/decode.h \
	daemon/winevt/evtx.c daemon/winevt/evtx.h \
	daemon/winevt/evtx-chunk.c daemon/winevt/evtx-internal.h \
	daemon/winevt/evtx-follow.c \
	daemon/winevt/evtx-plan.c \
	daemon/winevt/evtx-value.c \
	daemon/winevt/format.c daemon/winevt/format.h \
	daemon/winevt/frame.c daemon/winevt/frame.h \
	daemon/winevt/json.c daemon/winevt/json.h \
	daemon/winevt/record.c daemon/winevt/record.h \
	daemon/winevt/sieve.c daemon/winevt/sieve.h \
	daemon/winevt/syslog.c daemon/winevt/syslog.h \
	daemon/winevt/xml.c daemon/winevt/xml.h \
	daemon/winevt/zone.c daemon/winevt/zone.h
libwinevt_a_CFLAGS = $(AM_CFLAGS) $(EXPAT_CFLAGS)
# The program that uses them: no IPMI, no engine, no device.
libwinevtd_a_SOURCES = \
	daemon/winevtd/decode-file.c daemon/winevtd/decode-file.h \
	daemon/winevtd/feed.c daemon/winevtd/feed.h \
	daemon/winevtd/helper.c daemon/winevtd/helper.h \
	daemon/winevtd/imports.c daemon/winevtd/imports.h \
	daemon/winevtd/input.c daemon/winevtd/input.h \
	daemon/winevtd/input-file.c \
	daemon/winevtd/input-folder.c \
	daemon/winevtd/input-journal.c \
	daemon/winevtd/input-socket.c \
	daemon/winevtd/input-stdin.c \
	daemon/winevtd/rights.c daemon/winevtd/rights.h \
	daemon/winevtd/options.c daemon/winevtd/options.h \
	daemon/winevtd/state.c daemon/winevtd/state.h \
	daemon/winevtd/tail.c daemon/winevtd/tail.h \
	daemon/winevtd/taker.c daemon/winevtd/taker.h

DAEMON_LIBS = libengine.a libout.a libprobes.a libipmi.a libconfigure.a libmodel.a libbase.a \
	$(OPENIPMI_LIBS) $(SYSTEMD_LIBS) $(LIBCONFIG_LIBS) $(SQLITE_LIBS) -lm

sbin_PROGRAMS += bmchealthd
bmchealthd_SOURCES = daemon/main.c
bmchealthd_LDADD = $(DAEMON_LIBS)

libexec_PROGRAMS += bmchealthd-openers
bmchealthd_openers_SOURCES = daemon/openers/main.c
bmchealthd_openers_LDADD = libopeners.a libmodel.a libbase.a $(SYSTEMD_LIBS)

if WINEVT
libexec_PROGRAMS += bmchealthd-winevt
endif
bmchealthd_winevt_SOURCES = daemon/winevtd/main.c
bmchealthd_winevt_LDADD = $(WINEVT_LIBS) -lm

bin_PROGRAMS += bmchealthctl
bmchealthctl_SOURCES = \
	daemon/cli/bmchealthctl.c daemon/cli/command.h \
	daemon/cli/advising.c daemon/cli/advising.h \
	daemon/cli/cmd-advise.c \
	daemon/cli/cmd-check-config.c \
	daemon/cli/cmd-exec.c \
	daemon/cli/cmd-export.c \
	daemon/cli/chart.c daemon/cli/chart.h \
	daemon/cli/child.c daemon/cli/child.h \
	daemon/cli/cmd-findings.c \
	daemon/cli/cmd-history.c \
	daemon/cli/cmd-note.c \
	daemon/cli/cmd-once.c \
	daemon/cli/cmd-release.c \
	daemon/cli/cmd-replay.c \
	daemon/cli/cmd-sensors.c \
	daemon/cli/cmd-status.c \
	daemon/cli/cmd-trace.c \
	daemon/cli/cmd-who.c \
	daemon/cli/cmd-winevt.c daemon/cli/winevt.h \
	daemon/cli/winevt-import.c \
	daemon/cli/client.c daemon/cli/client.h \
	daemon/cli/csv.c daemon/cli/csv.h \
	daemon/cli/host.c daemon/cli/host.h \
	daemon/cli/judging.c daemon/cli/judging.h \
	daemon/cli/opener.c daemon/cli/opener.h \
	daemon/cli/past.c daemon/cli/past.h \
	daemon/cli/plot.c daemon/cli/plot.h \
	daemon/cli/record.c daemon/cli/record.h \
	daemon/cli/rows.c daemon/cli/rows.h \
	daemon/cli/view.c daemon/cli/view.h
bmchealthctl_LDADD = $(DAEMON_LIBS) $(JANSSON_LIBS)
