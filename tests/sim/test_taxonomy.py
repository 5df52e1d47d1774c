#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every class of the error taxonomy, end to end, through /dev/ipmi0: what happened (counted at the
controller's side), what was judged (status), what was said (stderr)."""
import tap
from bench import FREQUENT, Bench, merged
from tap import becomes, check, scenario, stays, wait_for

QUICK = {"judge": {"busy_for": "1 s", "lost_after": "1 s"}}
DEVICE_ID = "06:01"


def well(bench):
    """Until it watches in full: repository read, sensors being read, not one failure."""
    wait_for("the first sensor readings",
             lambda: bench.faults.stat()["by"].get("04:2d", 0) > 1, 20)
    check(not bench.daemon.findings(), "a healthy controller has no finding",
          bench.daemon.findings())
    bench.faults.mark()


def counts(bench):
    """Statuses of the last hour's commands."""
    return bench.daemon.target()["hour"]


def counted(bench, times, **wanted):
    """So many faults happened, and so many commands are booked as what they were."""
    def agrees():
        hour = counts(bench)
        return all(hour[status.replace("_", "-")] == n for status, n in wanted.items())
    wait_for(f"{times} faults", lambda: bench.faults.stat()["faults"] >= times, 20)
    text = ", ".join(f"{n} × {status.replace('_', '-')}" for status, n in wanted.items())
    check(becomes(agrees, 10), f"{times} faults at the controller are judged {text}",
          counts(bench))


def said(bench, kind, level, summary):
    """The finding is open and was said once."""
    found = bench.daemon.wait_finding(kind)
    check(found["severity"] == level, f"{kind} is {level}", found)
    lines = [line for line in bench.daemon.lines(f"^{level}: sim: {summary}")
             if "(before: " not in line] or bench.daemon.lines(f"^{level}: sim: {summary}")
    check(len(lines) == 1 and "Next: " in lines[0], f"one line says so: {summary}",
          lines or bench.daemon.text()[-2000:])


def timeouts(rule, driver=(), **wanted):
    """Three time-outs of some kind."""
    with Bench("driver", FREQUENT) as bench:
        well(bench)
        for words in driver:
            bench.faults.driver(words)
        bench.faults.add(f"{DEVICE_ID} {rule} count=3")
        counted(bench, 3, **(wanted or {"timeout": 3, "late": 0}))
        said(bench, "timeouts-frequent", "warning", "time-outs are frequent")
        check(bench.faults.stat()["most_in_flight"] == 1, "one command at a time, ever")


@scenario()
def ok():
    """A healthy controller."""
    with Bench("driver", {"queue": {"soft_deadline": "900ms"}}) as bench:
        well(bench)
        hour = wait_for("20 answers", lambda: counts(bench) if counts(bench)["ok"] > 20 else None)
        check(hour["ok"] == hour["commands"], "every command is judged ok", hour)
        target = bench.daemon.target()
        check(target["severity"] == "ok" and target["verdict"].startswith("healthy"),
              "the verdict is healthy", target)
        check(target["firmware"] == "9.08" and target["guid"].startswith("a1234567"),
              "the controller is known by firmware and GUID", target)
        check(bench.daemon.ctl("status")[0] == 0, "bmchealthctl status exits with 0")
        check(not bench.daemon.lines("^(notice|warning|critical|err|error): sim"),
              "nothing was said of it", bench.daemon.text())


@scenario()
def slow():
    """Answers between the soft and the hard deadline."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add("any delay=300")
        bench.daemon.wait_finding("slow", 40)
        said(bench, "slow", "warning", "the controller answers slowly")
        check(counts(bench)["slow"] >= 6 and counts(bench)["timeout"] == 0, "slow is no time-out",
              counts(bench))
        bench.faults.clear()
        bench.daemon.wait_closed("slow", 40)
        check(bench.daemon.lines('sim: "the controller answers slowly" is over'),
              "recovery is said")


@scenario()
def forgotten_answers():
    """Another program has left its answers unread, which the driver counts as waiting."""
    with Bench("driver") as bench:
        bench.faults.driver("foreign 0 1 8")
        bench.faults.add("any delay=300")
        bench.daemon.wait_finding("slow", 40)
        check(True, "they hide no slow controller")


@scenario()
def late():
    """An answer after the hard deadline: slow, not dead."""
    with Bench("driver", {"judge": {"frequent_per_hour": 1000}}) as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} delay=1500 count=2")
        counted(bench, 2, timeout=2, late=2)
        said(bench, "timeouts-sporadic", "notice", "time-outs happen now and then")
        check(bench.faults.stat()["most_in_flight"] == 1, "nothing is sent while one is unanswered")


@scenario()
def timeout_own_deadline():
    """Silence past our own deadline; the kernel's FF later is no answer."""
    timeouts("drop", driver=["giveup 2 ff hosed"])


@scenario()
def timeout_c3():
    """Completion code C3."""
    timeouts("cc=c3")


@scenario()
def timeout_82():
    """Completion code 82, as Linux 6.18 makes it."""
    timeouts("cc=82")


@scenario()
def timeout_d5():
    """Completion code D5 without cause, as Linux 6.2 to 6.17 makes it."""
    timeouts("cc=d5")


@scenario()
def timeout_ff_hosed():
    """FF with a rise of hosed_count is the kernel's word for a dead controller."""
    timeouts("drop", driver=["giveup 0.4 ff hosed"])


@scenario()
def ff_of_the_controller():
    """FF without one is the controller's own."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} cc=ff count=3")
        counted(bench, 3, completion_code=3, timeout=0)
        said(bench, "errors", "notice", "the controller refuses commands unexpectedly")


@scenario()
def timeout_eio():
    """EIO at send: Linux 6.18 holds the controller for dead."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.driver("send EIO 3")
        check(becomes(lambda: counts(bench)["timeout"] == 3), "EIO is judged a time-out",
              counts(bench))
        stat = bench.faults.stat()
        check(stat["send_errors"] == 3, "three sends failed", stat)
        check(becomes(lambda: bench.daemon.target()["link"] == "up"), "the link stays")
        bench.daemon.wait_line("sim: (time-outs |the controller does not answer)")


def busy(rule=None, driver=None):
    """Nothing but "busy" for a while."""
    with Bench("driver", QUICK) as bench:
        well(bench)
        if rule:
            bench.faults.add(rule)
        if driver:
            bench.faults.driver(driver)
        said(bench, "busy", "warning", "the controller keeps saying it is busy")
        check(counts(bench)["busy"] >= 2 and counts(bench)["timeout"] == 0, "busy is no time-out",
              counts(bench))
        bench.faults.clear()
        bench.faults.driver("send ok")
        bench.daemon.wait_closed("busy")


@scenario()
def busy_c0():
    """Completion code C0, node busy."""
    busy("any cc=c0")


@scenario()
def busy_ebusy():
    """EBUSY at send: Linux 6.18 after anybody's reset command."""
    busy(driver="send EBUSY")


def maintenance_code(code):
    """The controller says it is updating or starting: maintenance, not illness."""
    with Bench("driver", merged(QUICK, {"judge": {"maintenance_grace": "1 s"}})) as bench:
        well(bench)
        bench.faults.add(f"any cc={code}")
        said(bench, "maintenance", "notice", "the controller is updating or starting up")
        check(stays(lambda: list(bench.daemon.findings()) == ["maintenance"], 2),
              "and nothing else is found", bench.daemon.findings())
        bench.faults.clear()
        bench.daemon.wait_closed("maintenance")


@scenario()
def busy_d1():
    """Completion code D1, firmware update."""
    maintenance_code("d1")


@scenario()
def busy_d2():
    """Completion code D2, initialising."""
    maintenance_code("d2")


@scenario()
def bad_reply_short():
    """Answers that are too short."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} short=5 count=3")
        counted(bench, 3, bad_reply=3, timeout=0)
        said(bench, "bad-replies", "warning", "the controller sends impossible replies")


@scenario()
def bad_reply_netfn():
    """An answer to another command: the kernel makes FF of it."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} badnetfn count=3")
        counted(bench, 3, completion_code=3, timeout=0)
        said(bench, "errors", "notice", "the controller refuses commands unexpectedly")


@scenario()
def bad_reply_garbage():
    """Noise, but for the bit that says "in operation": who is another one each time is not well."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} garbage set=4:09 count=6")
        found = bench.daemon.wait_finding("identity-drift")
        check(found["severity"] == "warning", "identity-drift is warning", found)
        wait_for("all noise", lambda: bench.faults.stat()["faults"] == 6)
        bench.daemon.wait_line("^warning: sim: the controller's identity is unsteady")


@scenario()
def completion_code():
    """An error nobody expected."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} cc=d4 count=3")
        counted(bench, 3, completion_code=3, timeout=0)
        said(bench, "errors", "notice", "the controller refuses commands unexpectedly")
        check("0xd4" in bench.daemon.findings()["errors"]["evidence"].lower(),
              "the evidence names the code", bench.daemon.findings())


@scenario()
def interface_lost():
    """The device vanishes under us (rmmod) and returns."""
    with Bench("driver", QUICK) as bench:
        well(bench)
        bench.faults.driver("gone")
        said(bench, "interface-lost", "critical", "the IPMI interface has gone away")
        check(counts(bench)["interface-lost"] > 0 and counts(bench)["timeout"] == 0,
              "a lost interface is no time-out", counts(bench))
        check(bench.daemon.ctl("status")[0] == 2, "bmchealthctl status exits with 2")
        bench.faults.driver("back")
        bench.daemon.wait_closed("interface-lost", 40)
        bench.faults.mark()
        check(becomes(lambda: bench.faults.stat()["by"].get(DEVICE_ID)),
              "the controller is asked again")


@scenario()
def no_device():
    """There is no device when we start; it appears."""
    with Bench("driver", QUICK, daemon=False) as bench:
        bench.faults.driver("gone")
        bench.add_daemon()
        said(bench, "no-device", "warning", "there is no IPMI interface")
        check(bench.faults.stat()["requests"] == 0, "nothing reached the controller")
        bench.faults.driver("back")
        bench.daemon.wait_closed("no-device", 40)
        check(becomes(lambda: counts(bench)["ok"] > 3), "the controller is watched")


@scenario()
def open_refused():
    """open() says EACCES, then EBUSY: no access, and the reason is told."""
    with Bench("driver", QUICK, daemon=False) as bench:
        bench.faults.driver("open EACCES")
        bench.add_daemon()
        found = bench.daemon.wait_finding("no-access")
        check("Permission denied" in found["evidence"], "the evidence has the reason", found)
        bench.faults.driver("open EBUSY")
        wait_for("the next try", lambda: bench.faults.stat()["open_errors"] > 3, 30)
        bench.faults.driver("open ok")
        wait_for("recovery", lambda: not bench.daemon.findings(), 60)


@scenario(seconds=90)
def driver_stuck():
    """The driver takes a message and never answers, not even with an error."""
    with Bench("driver", QUICK) as bench:
        well(bench)
        bench.faults.driver("stuck on")
        said(bench, "driver-stuck", "critical", "the IPMI driver hangs")
        check(bench.faults.stat()["send_errors"] == 0 and bench.daemon.target()["link"] == "stuck",
              "the device is closed", bench.daemon.target())
        sends = bench.faults.stat()["sends"]
        check(stays(lambda: bench.faults.stat()["sends"] == sends, 3),
              "nothing more is put into a driver that hangs")
        bench.faults.driver("stuck off")
        bench.daemon.ctl("release")
        bench.daemon.ctl("resume")
        bench.daemon.wait_closed("driver-stuck", 20)


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
