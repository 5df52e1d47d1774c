# SPDX-License-Identifier: GPL-2.0-or-later
# The table of options in bmchealthd.conf(5) and the sample configuration are committed, so that a
# cross build needs to run nothing. `make update-docs` writes them anew from the option tables;
# tests/lint/10-config-sample and 11-man tell when that is due.
dist_man_MANS = \
	man/bmchealthctl.1 \
	man/bmchealthd.8 \
	man/bmchealthd-openers.8 \
	man/bmchealthd.conf.5

update-docs: bmchealthd
	./bmchealthd --sample-config >conf-sample.new
	mv conf-sample.new $(srcdir)/conf/bmchealthd.conf
	./bmchealthd --man-options >man-options.new
	$(SED) -e '/^\.\\" options begin/r man-options.new' \
		-e '/^\.\\" options begin/,/^\.\\" options end/{/^\.\\" options/!d;}' \
		$(srcdir)/man/bmchealthd.conf.5 >man-page.new
	mv man-page.new $(srcdir)/man/bmchealthd.conf.5
	rm -f man-options.new
.PHONY: update-docs
