#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure from configure.ac. For a checkout; a release tarball has it already.
set -eu
cd "$(dirname "$0")"
mkdir -p build-aux/m4
exec autoreconf --force --install --warnings=all,no-obsolete
