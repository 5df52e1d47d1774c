#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of docs/CONTENTION.md: what the bench makes of times that are known."""
import importlib.machinery
import importlib.util
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sim")]
import rivals               # noqa: E402
import tap                  # noqa: E402
from tap import check, scenario    # noqa: E402


def script(name):
    """One without a suffix."""
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(HERE, name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@scenario()
def figures():
    """Quantiles, ratios, rates."""
    values = [number / 100 for number in range(1, 101)]
    check([rivals.quantile(values, share) for share in (0.5, 0.95, 0.99, 1, 0)] ==
          [0.5, 0.95, 0.99, 1.0, 0.01], "quantiles are values that were measured")
    check(rivals.quantile([], 0.5) is None, "of nothing there is none")
    text = rivals.table({"nobody": [0.1, 0.1], "bmchealthd": [0.1, 0.2]}, {"bmchealthd": 6})
    check("| 200 ms | 2.00 |" in text and "| 6.0 |" in text, "a row compares with nobody", text)
    check("–" in rivals.table({"nobody": []}, {}), "a row without a run says so")
    said = rivals.summary({"nobody": [0.1], "bmchealthd": [0.11], "loop": [0.3], "timer": [0.1]})
    check("1.10 times as long beside bmchealthd" in said and "3.00" in said and "loop" in said,
          "the summary names the heaviest", said)
    check(rivals.summary({"nobody": [0.1]}) == "", "and is silent without us")


@scenario()
def parts():
    """What comes out of the guest, and what is the rival's of the commands."""
    module = script("contention")
    check(module.measured("1000\nfailed\n5000\n2000\n") == [0.001, 0.002],
          "a run that failed has no time")
    rates = module.rates({"nobody": [(40, 20), (20, 10)], "loop": [(340, 20)]})
    check(rates == {"nobody": 0, "loop": 300}, "the measuring command's own are taken off", rates)
    names = [rival.name for rival in rivals.RIVALS]
    check(len(set(names)) == len(names) and {"nobody", "bmchealthd"} <= set(names),
          "each rival has a name of its own")


@scenario()
def named():
    """Who is named, from the records of virtual machines."""
    def line(finding, text):
        return {"BMC_FINDING": finding, "MESSAGE": text, "__REALTIME_TIMESTAMP": "1700000012000000"}

    def row(passed, *lines):
        return script("culprits").row({"kernel": "6.12", "passed": passed, "faults": [
            {"title": "x comes", "began": 1700000000.0, "journal": lines}]})
    told = line("contention", "local: another program keeps it from answering: 6 since x (x.service)"
                " came; 90 % sure (unknown BMC, firmware 9.08). Next: Calm it.")
    check(row(True, line("slow", "z"), told) == "| x comes | 6.12 | 12 s | "
          "6 since x (x.service) came; 90 % sure |\n", "the words and how long it took", row(True, told))
    check("| nobody was named |" in row(True, line("slow", "z")), "or that nobody was")
    check("(the run failed)" in row(False, told), "a failed run is no proof")


@scenario()
def halves():
    """Each of the two scripts leaves the other's part of the document alone."""
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "x.md")
        rivals.write(path, "# A\n", rivals.second_part(path))
        check(rivals.read(path) == "# A\n", "there was none yet")
        rivals.write(path, rivals.first_part(path), rivals.NAMED + "b\n")
        rivals.write(path, "# C\n\n", rivals.second_part(path))
        check(rivals.read(path) == "# C\n\n" + rivals.NAMED + "b\n", "both are there",
              rivals.read(path))


if __name__ == "__main__":
    tap.main()
