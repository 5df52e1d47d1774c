# SPDX-License-Identifier: GPL-2.0-or-later
# systemd reads all of these below /usr/lib and /usr/local/lib alike, so they follow the prefix.
dist_udevrules_DATA = units/60-bmchealthd.rules
udevrulesdir = $(prefix)/lib/udev/rules.d

systemdsystemunit_DATA = units/bmchealthd.service
EXTRA_DIST += units/bmchealthd.service.in
CLEANFILES += units/bmchealthd.service

units/bmchealthd.service: units/bmchealthd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/$@.in >$@.new && mv $@.new $@
