# SPDX-License-Identifier: GPL-2.0-or-later
"""Import before numpy in a test: goes on with Debian's interpreter when the one in PATH has no
numpy, and says in TAP that all is skipped when none has."""
import importlib.util
import os
import sys

SYSTEM = "/usr/bin/python3"

if importlib.util.find_spec("numpy") is None:
    if os.path.realpath(sys.executable) != os.path.realpath(SYSTEM) and os.access(SYSTEM, os.X_OK):
        os.execv(SYSTEM, [SYSTEM, *sys.argv])
    print("1..0 # SKIP python3-numpy is not installed")
    sys.exit(0)
