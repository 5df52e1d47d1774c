# SPDX-License-Identifier: GPL-2.0-or-later
"""Pipes made-up hosts through `bmchealthctl replay --csv -`, several at a time, and scores them."""
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "corpus"))
import corpus       # noqa: E402
import history      # noqa: E402
import baselines    # noqa: E402
import hours        # noqa: E402
import score        # noqa: E402


class Broken(Exception):
    """replay failed; str() says how."""


def command():
    """[bmchealthctl, replay, --csv, -], or None if there is none that knows replay."""
    places = [os.environ.get("BMC_BUILD"), os.environ.get("BUILD"), os.getcwd(), os.path.join(TOP, "build"), TOP]
    found = [os.path.join(place, "bmchealthctl") for place in places if place]
    found = [path for path in found if os.access(path, os.X_OK)]
    path = found[0] if found else shutil.which("bmchealthctl")
    if not path:
        return None
    text = subprocess.run([path, "--help"], capture_output=True, text=True, check=False).stdout
    return [path, "replay", "--csv", "-"] if "replay" in text else None


def replay(argv, made, with_extra=False):
    """The events `argv` says of a History."""
    rows = b"".join(history.to_csv(made, with_extra))
    done = subprocess.run(argv, input=rows, capture_output=True, check=False)
    if done.returncode != 0:
        raise Broken(f"exit status {done.returncode}: {done.stderr.decode()[-500:]}")
    try:
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    except ValueError as error:
        raise Broken(f"not JSON lines: {error}") from None


def one_host(job):
    """{name of the detector: its score} of one host, and the seconds replay took."""
    argv, (family, cls, seed), options, with_extra, with_baselines = job
    made, label = corpus.make(family, cls, seed, **options)
    by_hour = hours.by_hour(made)
    out, began = {}, time.monotonic()
    if argv:
        said = replay(argv, made, with_extra)
        out["bmchealthd"] = score.score_host(label, said, by_hour.isolated_per_day())
    took = time.monotonic() - began
    for name, baseline in baselines.BASELINES.items() if with_baselines else ():
        out[name] = score.score_host(label, baseline(by_hour))
    return out, took


def run(argv, hosts, options, jobs=None, with_extra=False, with_baselines=False, tell=None):
    """{name of the detector: [score of a host]}, by processes."""
    work = [(argv, host, options, with_extra, with_baselines) for host in hosts]
    results = {}
    with multiprocessing.Pool(jobs or os.cpu_count()) as pool:
        for done, (scores, took) in enumerate(pool.imap(one_host, work), 1):
            for name, host in scores.items():
                results.setdefault(name, []).append(host)
            if tell:
                tell(done, len(work), took)
    return results
