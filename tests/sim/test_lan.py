#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same daemon over LAN: sessions of three kinds, faults on the wire, passwords."""
import os
import subprocess

import tap
from bench import PASSWORD, Bench
from tap import becomes, check, need, scenario, wait_for

OPEN = "lan -U open -A none -p PORT 127.0.0.1"
MD5 = "lan -U ipmiusr -A md5 -p PORT 127.0.0.1"
RMCP_PLUS = "lan -U ipmiusr -A rmcp+ -p PORT 127.0.0.1"
# The library repeats an unanswered packet for 7 s and then says so itself.
PATIENT = {"queue": {"stuck_after": "12 s"}}


def well(bench):
    """Until it watches."""
    wait_for("answers", lambda: bench.daemon.target()["hour"]["ok"] > 5, 30)
    need(not bench.daemon.findings(), "a healthy controller has no finding",
         bench.daemon.findings())


def secret_is_kept(bench):
    """The password is nowhere it could be read."""
    with open(f"/proc/{bench.daemon.pid}/cmdline", "rb") as file:
        check(PASSWORD.encode() not in file.read(), "the password is not among the arguments")
    with open(f"/proc/{bench.daemon.pid}/environ", "rb") as file:
        check(PASSWORD.encode() not in file.read(), "nor in the environment")
    check(PASSWORD not in bench.daemon.text(), "nor in the log")
    check(PASSWORD not in str(bench.daemon.status()), "nor in the status")
    kept = False
    for place, _, names in os.walk(bench.daemon.state_dir):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                kept |= PASSWORD.encode() in file.read()
    check(not kept, "nor in the state folder")


@scenario()
def session_open():
    """IPMI 1.5 without authentication: rewritten answers are judged."""
    with Bench("lan", PATIENT, OPEN) as bench:
        well(bench)
        bench.faults.mark()
        bench.faults.add("06:01 short=5 count=4")
        found = bench.daemon.wait_finding("bad-replies", 20)
        check(found["severity"] == "warning", "short answers are found", found)
        bench.faults.set("any delay=300")
        bench.daemon.wait_finding("slow", 30)
        check(True, "slow answers are found")


@scenario()
def session_md5():
    """IPMI 1.5 signed with MD5."""
    with Bench("lan", PATIENT, MD5) as bench:
        well(bench)
        secret_is_kept(bench)
        bench.faults.add("any delay=300")
        bench.daemon.wait_finding("slow", 30)
        check(True, "slow answers are found")


@scenario()
def session_rmcp_plus():
    """RMCP+, encrypted."""
    with Bench("lan", PATIENT, RMCP_PLUS) as bench:
        well(bench)
        secret_is_kept(bench)
        check(bench.faults.stat()["packets"] > 10, "it is opaque on the wire", bench.faults.stat())
        bench.faults.add("any delay=300")
        bench.daemon.wait_finding("slow", 30)
        check(True, "slow answers are found")


@scenario(seconds=90)
def lost_packets():
    """Each third packet is lost: the library repeats it, the judge sees late answers."""
    with Bench("lan", PATIENT, OPEN) as bench:
        well(bench)
        bench.faults.add("any drop every=3")
        check(becomes(lambda: bench.daemon.target()["hour"]["late"] +
                      bench.daemon.target()["hour"]["timeout"] > 2, 30),
              "repeated packets are late answers", bench.daemon.target()["hour"])
        check("mute" not in bench.daemon.findings(), "it is not mute")


@scenario(seconds=90)
def controller_hangs():
    """The controller stops as a whole, and goes on."""
    with Bench("lan", PATIENT, OPEN) as bench:
        well(bench)
        bench.sim.pause(True)
        found = bench.daemon.wait_finding("mute", 60)
        check(found["severity"] == "critical", "it is found mute", found)
        bench.sim.pause(False)
        bench.daemon.wait_closed("mute", 60)
        check(True, "some answers in a row end it")


@scenario(seconds=180)
def quiet():
    """What happens to the session while somebody has the turn is no news; what lasts is."""
    with Bench("lan", PATIENT, OPEN) as bench:
        well(bench)
        argv = [os.path.join(bench.daemon.build, "bmchealthctl"), "--run-dir",
                bench.daemon.run_dir, "exec", "--", "sh", "-c", "echo on; read -r _"]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as process:
            need(process.stdout.readline() == "on\n", "a program gets its turn")
            bench.faults.silence()
            check(becomes(lambda: bench.daemon.target()["link"] != "up", 60),
                  "the session goes down meanwhile", bench.daemon.target())
            check(not bench.daemon.findings(), "which is not held against the controller",
                  bench.daemon.findings())
            process.communicate("\n")
        check(becomes(lambda: bench.daemon.status()["quiet"]["holder"] is None, 20),
              "the quiet ends with the program, though nothing can be sent")
        found = wait_for("a finding", bench.daemon.findings, 120)
        check("driver" not in str(found), "what is still so then is, with advice for a network",
              found)
        bench.faults.clear()
        wait_for("recovery", lambda: not bench.daemon.findings(), 90)
        check(True, "it is watched when it comes")


@scenario(seconds=90)
def nobody_there():
    """Nothing listens at the address."""
    with Bench("lan", dict(PATIENT, judge={"lost_after": "1 s"}), OPEN, daemon=False) as bench:
        bench.faults.silence()
        bench.add_daemon()
        found = wait_for("a finding", bench.daemon.findings, 70)
        check(set(found) <= {"no-device", "mute"}, "nobody there is no-device or mute", found)
        bench.faults.clear()
        wait_for("recovery", lambda: not bench.daemon.findings(), 60)
        check(True, "it is watched when it comes")


def refused(session, kind):
    """The words of a session that the controller does not want."""
    with Bench("lan", dict(PATIENT, judge={"lost_after": "1 s"}), session,
               password="wrong") as bench:
        found = wait_for("a finding", bench.daemon.findings, 80)
        text = str(found) + bench.daemon.text()
        check("password" in text.lower(), "the words say password", text)
        check(set(found) == {kind}, f"it is {kind}, and not mute", found)


@scenario(seconds=120)
def wrong_password():
    """A wrong password is said clearly: IPMI 1.5, whose controller does not answer then."""
    refused(MD5, "no-device")


@scenario(seconds=120)
def wrong_password_rmcp_plus():
    """A wrong password is said clearly: RMCP+."""
    refused(RMCP_PLUS, "no-access")


@scenario(seconds=120)
def wrong_password_negotiated():
    """A wrong password is said clearly: whatever session the two agree upon."""
    refused("lan -U ipmiusr -p PORT 127.0.0.1", "no-access")


@scenario()
def password_file_open_to_all():
    """A password file others can read is refused."""
    with Bench("lan", PATIENT, MD5, daemon=False) as bench:
        target = bench.target()
        os.chmod(target["password_file"], 0o644)
        bench.target = lambda: target
        bench.add_daemon()
        line = bench.daemon.wait_line("chmod 600")
        check(target["password_file"] in line, "the line names the file and the cure", line)
        check(bench.faults.stat()["requests"] == 0, "no session was tried")
        check("password" in bench.daemon.target()["link_error"], "the status says what it is",
              bench.daemon.target())
        status, text = bench.daemon.ctl("check-config")
        check(status == 78 and "chmod 600" in text, "check-config finds it", text)
        os.chmod(target["password_file"], 0o600)
        check(becomes(lambda: bench.daemon.target()["hour"]["ok"] > 2, 40),
              "once it is closed, the controller is watched")


@scenario()
def host_unknown():
    """A host name nobody knows."""
    with Bench("lan", PATIENT, "lan -U open -A none -p PORT bmc.invalid") as bench:
        check(becomes(lambda: "host name" in bench.daemon.target().get("link_error", "")),
              "the status says that it is the name", bench.daemon.target())


@scenario()
def password_in_connection():
    """A password in `connection` is refused: argv and config are for everybody to read."""
    with Bench("lan", PATIENT, OPEN, daemon=False) as bench:
        bench.connection = f"lan -U ipmiusr -P {PASSWORD} -A md5 -p PORT 127.0.0.1"
        try:
            bench.add_daemon()
            check(False, "the daemon does not start")
        except tap.Failed:
            check(bench.daemon.process.wait(10) == 78, "it ends with status 78")
        check(bench.daemon.lines(r"bmchealthd.conf:\d+: .*password_file"),
              "the line says where and what instead", bench.daemon.text())
        check(PASSWORD not in bench.daemon.text(), "and does not repeat the password",
              bench.daemon.text())


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
