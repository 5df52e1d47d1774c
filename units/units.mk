# SPDX-License-Identifier: GPL-2.0-or-later
# systemd reads all of these below /usr/lib and /usr/local/lib alike, so they follow the prefix.
dist_udevrules_DATA = units/60-bmchealthd.rules
udevrulesdir = $(prefix)/lib/udev/rules.d

# For distributions that ask presets what to enable.
dist_preset_DATA = units/80-bmchealthd.preset
presetdir = $(prefix)/lib/systemd/system-preset

UNITS = units/bmchealthd.service units/bmchealthd-openers.service
if WINEVT
UNITS += units/bmchealthd-winevt.service
dist_preset_DATA += units/80-bmchealthd-winevt.preset
# Beside the units, wherever these are; systemd-sysusers makes the user of it.
sysusersdir = $(prefix)/lib/sysusers.d
endif
systemdsystemunit_DATA = $(UNITS)
EXTRA_DIST += units/bmchealthd-winevt.service.in units/bmchealthd-winevt.sysusers
EXTRA_DIST += units/bmchealthd.service.in units/bmchealthd-openers.service.in
CLEANFILES += $(UNITS)

$(UNITS): %.service: %.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@libexecdir[@]|$(libexecdir)|g' \
		$(srcdir)/$@.in >$@.new && mv $@.new $@

install-sysusers:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/units/bmchealthd-winevt.sysusers \
		'$(DESTDIR)$(sysusersdir)/bmchealthd-winevt.conf'
uninstall-sysusers:
	rm -f '$(DESTDIR)$(sysusersdir)/bmchealthd-winevt.conf'
.PHONY: install-sysusers uninstall-sysusers
