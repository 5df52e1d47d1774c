# SPDX-License-Identifier: GPL-2.0-or-later
# An admin's file is never overwritten, and only an untouched one is removed.
bmchealthdconfdir = $(sysconfdir)/bmchealthd
# The completion is looked up by the command's name.
completiondir = $(datarootdir)/bash-completion/completions
EXTRA_DIST += conf/bmchealthd.conf conf/winevt.conf conf/completion/bmchealthctl.bash

dist_zshcompletion_DATA = conf/completion/_bmchealthctl
zshcompletiondir = $(datarootdir)/zsh/site-functions

# A package of a distribution that uses AppArmor puts them into /etc/apparmor.d.
EXTRA_DIST += conf/apparmor/bmchealthd conf/apparmor/bmchealthd-openers \
	conf/apparmor/bmchealthd-winevt

dist_pkgdata_DATA = conf/openers.bt

catalogdir = $(prefix)/lib/systemd/catalog
dist_catalog_DATA = conf/bmchealthd.catalog

if WINEVT
WINEVT_INSTALL = install-winevt-conf install-sysusers
WINEVT_UNINSTALL = uninstall-winevt-conf uninstall-sysusers
else
WINEVT_INSTALL =
WINEVT_UNINSTALL =
endif
install-data-hook: install-conf $(WINEVT_INSTALL)
uninstall-hook: uninstall-conf $(WINEVT_UNINSTALL)

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

install-winevt-conf: install-conf
	$(MKDIR_P) '$(DESTDIR)$(bmchealthdconfdir)/winevt.conf.d'
	test -e '$(DESTDIR)$(bmchealthdconfdir)/winevt.conf' || \
		$(INSTALL_DATA) $(srcdir)/conf/winevt.conf '$(DESTDIR)$(bmchealthdconfdir)'

uninstall-winevt-conf:
	if cmp -s $(srcdir)/conf/winevt.conf '$(DESTDIR)$(bmchealthdconfdir)/winevt.conf'; then \
		rm -f '$(DESTDIR)$(bmchealthdconfdir)/winevt.conf'; \
	fi
	-rmdir '$(DESTDIR)$(bmchealthdconfdir)/winevt.conf.d' '$(DESTDIR)$(bmchealthdconfdir)'
.PHONY: install-conf uninstall-conf install-winevt-conf uninstall-winevt-conf
