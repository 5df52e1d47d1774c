# SPDX-License-Identifier: GPL-2.0-or-later
# The table of options in bmchealthd.conf(5) and the sample configuration are committed, so that a
# cross build needs to run nothing. `make update-docs` writes them anew from the option tables;
# tests/lint/10-config-sample and 11-man tell when that is due. man/tables does the same for the lists
# of names in bmchealthd(7) and docs/GUIDE.md.
dist_man_MANS = \
	man/bmchealthctl.1 \
	man/bmchealthd.7 \
	man/bmchealthd.8 \
	man/bmchealthd-openers.8 \
	man/bmchealthd.conf.5
EXTRA_DIST += man/tables
if WINEVT
man_MANS = man/bmchealthd-winevt.8
endif
EXTRA_DIST += man/bmchealthd-winevt.8

if WINEVT
WINEVT_DOCS = update-winevt-docs
else
WINEVT_DOCS =
endif
update-docs: bmchealthd $(WINEVT_DOCS)
	./bmchealthd --sample-config >conf-sample.new
	mv conf-sample.new $(srcdir)/conf/bmchealthd.conf
	./bmchealthd --man-options >man-options.new
	$(SED) -e '/^\.\\" options begin/r man-options.new' \
		-e '/^\.\\" options begin/,/^\.\\" options end/{/^\.\\" options/!d;}' \
		$(srcdir)/man/bmchealthd.conf.5 >man-page.new
	mv man-page.new $(srcdir)/man/bmchealthd.conf.5
	rm -f man-options.new
	$(PYTHON) $(srcdir)/man/tables update man/bmchealthd.7 docs/GUIDE.md
update-winevt-docs: bmchealthd-winevt
	./bmchealthd-winevt --sample-config >winevt-sample.new
	mv winevt-sample.new $(srcdir)/conf/winevt.conf
	./bmchealthd-winevt --man-options >winevt-options.new
	$(SED) -e '/^\.\\" options begin/r winevt-options.new' \
		-e '/^\.\\" options begin/,/^\.\\" options end/{/^\.\\" options/!d;}' \
		$(srcdir)/man/bmchealthd-winevt.8 >winevt-page.new
	mv winevt-page.new $(srcdir)/man/bmchealthd-winevt.8
	rm -f winevt-options.new
.PHONY: update-winevt-docs
.PHONY: update-docs
