#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bmchealthctl exec: a program gets the BMC for itself; and bmc.lock with plain flock(1)."""
import os
import pty
import signal
import subprocess
import sys
import time

import tap
from bench import FAST, Bench, merged
from tap import becomes, check, need, scenario, stays, wait_for

DEVICE_ID = "06:01"


def argv_of(bench, *arguments):
    """The command line of bmchealthctl exec."""
    return [os.path.join(bench.daemon.build, "bmchealthctl"), "--run-dir", bench.daemon.run_dir,
            "exec", *arguments]


def begin(bench, *arguments):
    """bmchealthctl exec, and go on; the process."""
    return subprocess.Popen(argv_of(bench, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.STDOUT)


def hold(bench, *arguments):
    """exec of something that lasts until its input ends; when it has the turn."""
    process = begin(bench, *arguments, "--", "sh", "-c", "echo on; read -r _")
    need(process.stdout.readline() == "on\n", "a program gets its turn")
    return process


def text_of(path):
    """A file's text, "" if there is none."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def well(bench):
    """Until it answers."""
    wait_for("answers", lambda: bench.daemon.target()["hour"]["ok"] > 3, 20)


def is_silent(bench, seconds):
    """Is nothing sent for so long?"""
    bench.faults.mark()
    return stays(lambda: bench.faults.stat()["sends"] == 0, seconds)


def is_watching(bench):
    """Is anything sent?"""
    bench.faults.mark()
    return becomes(lambda: bench.faults.stat()["sends"] > 2)


@scenario()
def quiet():
    """While it runs nothing is sent; then the watch goes on, and the BMC is not blamed."""
    with Bench("driver") as bench:
        well(bench)
        process = hold(bench)
        check(is_silent(bench, 4), "nothing is sent while it runs")
        status = bench.daemon.status()["quiet"]
        check(status["is_quiet"] and status["holder"] == f"sh (process {process.pid})",
              "the status says for whom", status)
        status, text = bench.daemon.ctl("status")
        check(status == 0 and "quiet" in text, "so does bmchealthctl status", text)
        process.communicate("\n")
        check(is_watching(bench), "it goes on when the program ends")
        check(becomes(lambda: not bench.daemon.status()["quiet"]["is_quiet"]), "and says so")
        process = hold(bench)
        process.kill()
        process.wait()
        check(is_watching(bench), "it goes on when the program is killed")
        check(not bench.daemon.findings(), "no finding comes of it", bench.daemon.findings())
        check(bench.daemon.target()["hour"]["timeout"] == 0, "and no time-out")


@scenario(120)
def cost():
    """A long quiet is told once, with what it cost."""
    with Bench("driver") as bench:
        well(bench)
        process = hold(bench)
        wait_for("commands that are left out",
                 lambda: bench.daemon.status()["quiet"]["commands_left_out"] > 0, 75)
        check(not bench.daemon.lines("kept quiet"), "nothing is told before its end")
        process.communicate("\n")
        line = bench.daemon.wait_line("kept quiet for")
        check("for sh (process" in line and "left out" in line, "what it cost is told", line)
        check(is_watching(bench), "the watch goes on")
        check(len(bench.daemon.lines("kept quiet")) == 1, "once", bench.daemon.text())
        check(not bench.daemon.findings(), "no finding comes of it", bench.daemon.findings())


@scenario()
def bounded():
    """No longer than daemon.quiet_max."""
    settings = merged(FAST, {"daemon": {"quiet_max": "2 s"}})
    with Bench("driver", settings) as bench:
        well(bench)
        process = hold(bench)
        line = bench.daemon.wait_line("goes on beside it")
        check(f"sh (process {process.pid})" in line, "who is told", line)
        check(is_watching(bench), "the watch goes on beside it")
        process.communicate("\n")
        # Else it might go on for the tenth of quiet_max that is the daemon's in any case.
        wait_for("the daemon's own turn", lambda: bench.daemon.status()["quiet"]["holder"] is None)
        with hold(bench) as again:
            check(is_silent(bench, 1), "the next is waited for again")
            again.communicate("\n")


@scenario()
def in_a_row():
    """Programs without a gap between them leave the daemon some of the time."""
    settings = merged(FAST, {"daemon": {"quiet_max": "2 s"}})
    with Bench("driver", settings) as bench:
        well(bench)
        row = [hold(bench)]
        row += [begin(bench, "--wait", "60", "--", "sleep", "0.5") for _ in range(12)]
        bench.faults.mark()
        row[0].communicate("\n")
        line = bench.daemon.wait_line("one program after the other has held")
        check("the last one sleep (process" in line, "that they are several is told", line)
        check(becomes(lambda: bench.faults.stat()["sends"] > 0), "commands are sent beside them")
        check([process.wait() for process in row[1:]] == [0] * 12, "each has had its turn")


@scenario()
def in_flight():
    """What the daemon has under way ends first; what is overdue keeps nobody waiting."""
    # Long enough for a slow machine to look in the middle of it.
    slow = {"queue": {"soft_deadline": "6 s", "hard_deadline": "9 s", "stuck_after": "5 min"}}
    with Bench("driver", merged(FAST, slow)) as bench:
        well(bench)
        bench.faults.add("any delay=5000")
        bench.faults.mark()  # one that was sent before may be answered at once
        wait_for("a command in flight", lambda: bench.faults.stat()["sends"] > 0)
        with begin(bench, "--wait", "0", "--", "true") as process:
            text = process.communicate()[0]
        check(process.returncode == 75 and "no turn" in text, "--wait 0 does not wait", text)
        check("bmchealthd (process" in text and "command of its own" in text and "--wait" in text,
              "not even for the daemon, which is named", text)
        process = hold(bench)
        check(not bench.daemon.target()["is_waiting_for_answer"], "else it waits for its end")
        process.communicate("\n")
        bench.faults.clear()
        bench.faults.silence()
        wait_for("a time-out", lambda: bench.daemon.target()["hour"]["timeout"] > 0)
        process = hold(bench)
        check(True, "a BMC that never answers does not keep it waiting")
        process.communicate("\n")


@scenario()
def one_at_a_time():
    """Programs wait for each other, and for flock(1)."""
    with Bench("driver") as bench:
        well(bench)
        first = hold(bench)
        with begin(bench, "--wait", "200ms", "--", "true") as second:
            text = second.communicate()[0]
        check(second.returncode == 75 and f"sh (process {first.pid}) has it" in text,
              "a second one hears who has the turn", text)
        second = begin(bench, "--", "echo", "mine")
        time.sleep(0.3)
        check(second.poll() is None, "or waits")
        first.communicate("\n")
        check(second.communicate()[0] == "mine\n", "until the first has ended")
        lock = os.path.join(bench.daemon.run_dir, "bmc.lock")
        with subprocess.Popen(["flock", lock, "cat"], stdin=subprocess.PIPE) as process:
            wait_for("the quiet", lambda: bench.daemon.status()["quiet"]["is_quiet"])
            check(is_silent(bench, 1), "flock(1) has the same effect")
            process.communicate()
        check(is_watching(bench), "until it ends")


@scenario()
def holds_on():
    """The turn is exec's own: a program cannot drop it, and what it leaves behind has none."""
    with Bench("driver") as bench:
        well(bench)
        closes = "import os; os.closerange(3, 1024); print('on', flush=True); input()"
        process = begin(bench, "--", sys.executable, "-c", closes)
        need(process.stdout.readline() == "on\n", "a program that closes all but the first three")
        with begin(bench, "--wait", "0", "--", "true") as second:
            text = second.communicate()[0]
        check(second.returncode == 75, "keeps its turn", text)
        process.communicate("\n")
        left = os.path.join(bench.folder, "left")
        again = " ".join(argv_of(bench, "--wait", "5", "--", "echo", "late"))
        inner = f"(sleep 1; {again} >{left} 2>&1; echo $? >>{left}) >/dev/null 2>&1 &"
        status, text = bench.daemon.ctl("exec", "--", "sh", "-c", inner)
        check((status, text) == (0, ""), "its end does not wait for what it left behind", text)
        check(becomes(lambda: text_of(left) == "late\n0\n", 20), "which takes a turn of its own",
              text_of(left))
        process = hold(bench)
        environment = dict(os.environ, BMCHEALTHD_EXEC=str(os.getpid()))
        done = subprocess.run(argv_of(bench, "--wait", "0", "--", "true"), env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        check(done.returncode == 75, "nobody else passes for a part of it", done)
        blocked = "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, " \
                  "[signal.SIGALRM]); os.execv(sys.argv[1], sys.argv[1:])"
        done = subprocess.run([sys.executable, "-c", blocked,
                               *argv_of(bench, "--wait", "1", "--", "true")], timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        check(done.returncode == 75, "--wait is kept with SIGALRM blocked", done)
        process.communicate("\n")


def typed(bench, script, key):
    """exec of a script on a terminal of its own: its status and what it said after the key."""
    pid, terminal = pty.fork()
    if pid == 0:
        argv = argv_of(bench, "--", "sh", "-c", script)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job's is ignored
        os.execv(argv[0], argv)
    text = ""
    try:
        while "on" not in text:
            text += os.read(terminal, 1000).decode()
        os.write(terminal, key)
        while "over" not in text:
            text += os.read(terminal, 1000).decode()
    except OSError:
        pass  # it ended
    status = os.waitpid(pid, 0)[1]
    os.close(terminal)
    return status, text


@scenario()
def held_wrong():
    """Options of the program, a folder that is not there, an output that is full."""
    with Bench("driver") as bench:
        well(bench)
        done = subprocess.run(argv_of(bench, "sh", "-c", "exit 42"), timeout=60, check=False)
        check(done.returncode == 42, "options behind the program are the program's", done)
        nowhere = os.path.join(bench.daemon.run_dir, "nowhere")
        argv = [argv_of(bench)[0], "--run-dir", nowhere, "exec", "--", "true"]
        done = subprocess.run(argv, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False, text=True)
        check(done.returncode == 64 and nowhere in done.stdout and not os.path.exists(nowhere),
              "a lock where nobody looks is refused", done)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([*argv_of(bench)[:3], "status"], timeout=60, stdout=full,
                                  stderr=subprocess.PIPE, check=False, text=True)
        check(done.returncode == 74 and "could not be written" in done.stderr,
              "a full disk is told", done)
        status, text = bench.daemon.ctl("advise", "nobody")
        check(status == 3 and "no target named nobody" in text, "advise makes up no target", text)


@scenario()
def at_a_terminal():
    """Ctrl-C reaches the program once, Ctrl-Z stops it and exec."""
    with Bench("driver") as bench:
        well(bench)
        count = "n=0; trap 'n=$((n+1))' INT; echo on; sleep 2; sleep 1; echo $n times, over"
        status, text = typed(bench, count, b"\x03")
        check(status == 0 and "1 times" in text, "Ctrl-C reaches the program once", (status, text))
        status, text = typed(bench, "echo on; sleep 60", b"\x03")
        check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT,
              "and ends it and exec", (status, text))
        words = " ".join(argv_of(bench, "--", "sh", "-c", "'echo on; sleep 1'"))
        shell = f"set -m; {words} & p=$!; sleep 0.5; kill -TSTP -- -$p; sleep 2; " \
                "jobs; kill -CONT -- -$p; wait $p; echo rc $?"
        text = subprocess.run(["bash", "-c", shell], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=60, check=False).stdout
        check("Stopped" in text and "rc 0" in text, "a stop and its end go to both", text)


@scenario()
def passed_on():
    """Exit status, signals, output are the program's; it needs no daemon."""
    with Bench("driver") as bench:
        well(bench)
        status, text = bench.daemon.ctl("exec", "--", "sh", "-c", "echo out; exit 42")
        check((status, text) == (42, "out\n"), "exit status and output", (status, text))
        process = hold(bench)
        process.send_signal(signal.SIGTERM)
        check(process.wait(10) == -signal.SIGTERM, "a signal reaches the program")
        status, text = bench.daemon.ctl("exec", "--", "no-such-program")
        check(status == 127 and "no-such-program" in text, "127: not found", text)
        status, text = bench.daemon.ctl("exec", "--", bench.folder)
        check(status == 126, "126: cannot be run", text)
        status, text = bench.daemon.ctl("exec")
        check(status == 64, "64: no program given", text)
        status, text = bench.daemon.ctl("exec", "--wait", "soon", "--", "true")
        check(status == 64 and "soon" in text, "64: no span", text)
        ctl = os.path.join(bench.daemon.build, "bmchealthctl")
        inner = f"{ctl} --run-dir {bench.daemon.run_dir} exec --wait 0 -- echo inside"
        status, text = bench.daemon.ctl("exec", "--", "sh", "-c", inner)
        check((status, text) == (0, "inside\n"), "a script in exec may use exec", text)
        bench.daemon.stop()
        status, text = bench.daemon.ctl("exec", "--", "echo", "alone")
        check((status, text) == (0, "alone\n"), "it needs no daemon", text)
        bench.daemon.start()


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp", "flock"))
