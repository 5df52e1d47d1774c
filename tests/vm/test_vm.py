#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/vm/run for automake, whose harness has rules for names with a suffix only."""
import os
import sys

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run")
os.execv(RUN, [RUN, *sys.argv[1:]])
