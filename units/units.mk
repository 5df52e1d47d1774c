# SPDX-License-Identifier: GPL-2.0-or-later
# systemd reads all of these below /usr/lib and /usr/local/lib alike, so they follow the prefix.
dist_udevrules_DATA = units/60-bmchealthd.rules
udevrulesdir = $(prefix)/lib/udev/rules.d

UNITS = units/bmchealthd.service units/bmchealthd-openers.service
systemdsystemunit_DATA = $(UNITS)
EXTRA_DIST += units/bmchealthd.service.in units/bmchealthd-openers.service.in
CLEANFILES += $(UNITS)

$(UNITS): %.service: %.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@libexecdir[@]|$(libexecdir)|g' \
		$(srcdir)/$@.in >$@.new && mv $@.new $@
