# SPDX-License-Identifier: GPL-2.0-or-later
# An admin's file is never overwritten, and only an untouched one is removed.
bmchealthdconfdir = $(sysconfdir)/bmchealthd
# The completion is looked up by the command's name.
completiondir = $(datarootdir)/bash-completion/completions
EXTRA_DIST += conf/bmchealthd.conf conf/completion/bmchealthctl.bash

dist_pkgdata_DATA = conf/openers.bt

catalogdir = $(prefix)/lib/systemd/catalog
dist_catalog_DATA = conf/bmchealthd.catalog

install-data-hook: install-conf
uninstall-hook: uninstall-conf

install-conf:
	$(MKDIR_P) '$(DESTDIR)$(bmchealthdconfdir)/conf.d' '$(DESTDIR)$(completiondir)'
	test -e '$(DESTDIR)$(bmchealthdconfdir)/bmchealthd.conf' || \
		$(INSTALL_DATA) $(srcdir)/conf/bmchealthd.conf '$(DESTDIR)$(bmchealthdconfdir)'
	$(INSTALL_DATA) $(srcdir)/conf/completion/bmchealthctl.bash \
		'$(DESTDIR)$(completiondir)/bmchealthctl'

uninstall-conf:
	rm -f '$(DESTDIR)$(completiondir)/bmchealthctl'
	if cmp -s $(srcdir)/conf/bmchealthd.conf \
		'$(DESTDIR)$(bmchealthdconfdir)/bmchealthd.conf'; then \
		rm -f '$(DESTDIR)$(bmchealthdconfdir)/bmchealthd.conf'; \
	fi
	-rmdir '$(DESTDIR)$(bmchealthdconfdir)/conf.d' '$(DESTDIR)$(bmchealthdconfdir)'
