# SPDX-License-Identifier: GPL-2.0-or-later
# A new probe: its file here, its row in registry.c.
noinst_LIBRARIES += libprobes.a
libprobes_a_SOURCES = \
	probes/controller.c \
	probes/inventory.c probes/inventory.h \
	probes/kdriver.c \
	probes/kipmi.c probes/kipmi.h \
	probes/kernel-log.c probes/kernel-log.h \
	probes/kmsg.c \
	probes/marks.c \
	probes/probe.h \
	probes/registry.c \
	probes/sdr/cache.c probes/sdr/cache.h \
	probes/sdr/reading.c probes/sdr/reading.h \
	probes/sdr/record.c probes/sdr/record.h \
	probes/sdr/repository.c probes/sdr/repository.h \
	probes/sdr/table.c probes/sdr/table.h \
	probes/sensors.c
