#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is illness and what is not: maintenance, identity, self test, sensors, muteness."""
import signal

import tap
from bench import Bench
from tap import becomes, check, need, scenario, stays, wait_for

DEVICE_ID, SELF_TEST = "06:01", "06:04"
GRACE = {"judge": {"maintenance_grace": "2 s"}}


def well(bench):
    """Until it watches in full."""
    wait_for("the first sensor readings",
             lambda: bench.faults.stat()["by"].get("04:2d", 0) > 1, 20)
    need(not bench.daemon.findings(), "a healthy controller has no finding",
         bench.daemon.findings())
    bench.faults.mark()


@scenario()
def maintenance_is_forgiven():
    """A firmware update: time-outs while it lasts are no illness."""
    with Bench("driver", GRACE) as bench:
        well(bench)
        bench.faults.driver("giveup 1.5 ff hosed")
        bench.faults.add(f"{DEVICE_ID} set=4:89")
        found = bench.daemon.wait_finding("maintenance")
        check(found["severity"] == "notice", "it is a notice", found)
        bench.daemon.wait_line("^notice: sim: the controller is updating or starting up")
        bench.faults.set("any drop count=3", f"{DEVICE_ID} set=4:89")
        bench.faults.mark()
        wait_for("three failures", lambda: bench.faults.stat()["faults"] >= 4, 20)
        check(stays(lambda: set(bench.daemon.findings()) - {"controller-reset"} == {"maintenance"},
                    1),
              "nothing else is found meanwhile", bench.daemon.findings())
        check(bench.daemon.target()["in_maintenance"], "the status says so too")
        check(bench.daemon.ctl("status")[0] == 0, "a monitoring system is not alarmed")
        bench.faults.clear()
        bench.daemon.wait_closed("maintenance")
        hour = bench.daemon.target()["hour"]
        check(hour["timeout"] == 0, "no time-out was booked", hour)


@scenario()
def illness_after_maintenance():
    """When the grace is over, time-outs count again."""
    with Bench("driver", {"judge": {"maintenance_grace": "0 s"}}) as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} set=4:89 count=2")
        bench.daemon.wait_finding("maintenance")
        bench.daemon.wait_closed("maintenance")
        bench.faults.set(f"{DEVICE_ID} cc=c3")
        bench.daemon.wait_ill()
        check(True, "time-outs count again")


@scenario()
def driver_maintenance():
    """Linux 6.18: the driver itself says that the controller is being reset."""
    with Bench("driver", GRACE) as bench:
        well(bench)
        bench.faults.driver("maintenance 2 4000")
        bench.daemon.wait_finding("maintenance")
        check(stays(lambda: "busy" not in bench.daemon.findings(), 1), "EBUSY is forgiven")
        bench.daemon.wait_closed("maintenance", 30)
        check(not bench.daemon.lines("time-out.*are|does not answer"), "no illness was seen",
              bench.daemon.text())


@scenario()
def firmware_flickers():
    """The firmware version goes to and fro."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} every=2 set=4:0a")
        found = bench.daemon.wait_finding("identity-drift", 20)
        check("firmware" in found["evidence"], "the evidence names the field", found)
        bench.daemon.wait_line("^warning: sim: the controller's identity is unsteady")
        check(not bench.daemon.lines("firmware is .* now, it was"), "it is not taken for an update")


@scenario()
def firmware_impossible():
    """A version no controller can have."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} set=5:3f")
        found = bench.daemon.wait_finding("identity-drift")
        check("3f" in found["evidence"] and "impossible" in found["evidence"],
              "the evidence has the impossible byte", found)


@scenario()
def firmware_updated():
    """One lasting change is an update."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} set=4:0a,5:21")
        bench.daemon.wait_line("^notice: sim: the BMC's firmware is 10.21 now, it was 9.08", 20)
        check(True, "the change is told with both versions")
        check(not bench.daemon.findings(), "it is no finding", bench.daemon.findings())


@scenario()
def self_test():
    """The controller's own self test fails. It is asked for at the start, then every hour."""
    with Bench("driver", daemon=False) as bench:
        bench.faults.add(f"{SELF_TEST} answer=005780")
        bench.add_daemon()
        found = bench.daemon.wait_finding("self-test")
        check(found["severity"] == "warning" and "SEL" in found["evidence"],
              "a corrupt part is a warning that names it", found)
        bench.faults.set(f"{SELF_TEST} answer=005801")
        bench.daemon.signal(signal.SIGHUP)
        check(becomes(lambda: bench.daemon.findings()["self-test"]["severity"] == "critical"),
              "fatal is critical", bench.daemon.findings())
        bench.faults.clear()
        bench.daemon.signal(signal.SIGHUP)
        bench.daemon.wait_closed("self-test")


@scenario()
def sensors_vanish():
    """Sensors lose their readings: the controller forgets its board."""
    with Bench("driver") as bench:
        well(bench)
        wait_for("every sensor", lambda: bench.faults.stat()["by"].get("04:2d", 0) > 9, 30)
        bench.faults.add("04:2d/03 set=3:e0", "04:2d/04 set=3:e0", "04:2d/05 cc=cb")
        found = bench.daemon.wait_finding("sensors-vanished", 40)
        check(found["severity"] == "warning", "it is a warning", found)
        bench.daemon.wait_line("^warning: sim: sensors have lost their readings")
        bench.faults.clear()
        bench.daemon.wait_closed("sensors-vanished", 40)


@scenario()
def slow_sensor_is_named():
    """One slow sensor does not make the controller mute."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add("04:2d/01 delay=400")
        check(becomes(lambda: bench.daemon.target()["hour"]["slow"] >= 2, 40),
              "its readings are slow", bench.daemon.target()["hour"])
        check("mute" not in bench.daemon.findings(), "nothing worse")


@scenario()
def mute_and_back():
    """No answer at all: found after two commands, closed by three answers in a row."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.driver("giveup 1.5 ff hosed")
        bench.faults.silence()
        found = bench.daemon.wait_finding("mute")
        check(found["severity"] == "critical", "it is critical", found)
        line = bench.daemon.wait_line("^critical: sim: the controller does not answer at all")
        check("2 commands in a row had no answer" in line, "after two commands", line)
        check(becomes(lambda: bench.faults.stat()["requests"] <= 4), "two polls were enough",
              bench.faults.stat())
        check(bench.daemon.ctl("status")[0] == 2, "bmchealthctl status exits with 2")
        bench.faults.clear()
        bench.daemon.wait_closed("mute")
        check(True, "some answers in a row end it")


@scenario()
def mute_from_the_start():
    """A controller that has never answered."""
    with Bench("driver", daemon=False) as bench:
        bench.faults.driver("giveup 1.5 ff hosed")
        bench.faults.silence()
        bench.add_daemon()
        found = bench.daemon.wait_finding("mute")
        check("none was answered" in found["evidence"], "the evidence says never", found)


@scenario()
def storm():
    """Several time-outs a minute, and what it does to our own pace."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add("any every=2 cc=c3")
        found = bench.daemon.wait_finding("timeouts-storm", 45)
        check(found["severity"] == "critical" and found["is_reboot_risky"],
              "it is critical and warns of a reboot", found)
        bench.daemon.wait_line("^critical: sim: time-outs come several a minute")
        spacing = bench.daemon.target()["spacing_seconds"]
        check(spacing > 0.1, "commands are spaced out while it suffers", spacing)
        bench.faults.clear()
        check(becomes(lambda: bench.daemon.target()["spacing_seconds"] < spacing / 2, 30),
              "and come closer when it answers again")


@scenario()
def others_hold_it():
    """Other users of the interface: our pace yields."""
    with Bench("driver") as bench:
        well(bench)
        before = bench.daemon.target()["spacing_seconds"]
        bench.faults.driver("foreign 500 3 5")
        check(becomes(lambda: bench.daemon.target()["spacing_seconds"] > before, 10),
              "commands are spaced out while others wait")
        check(not bench.daemon.findings(), "contention alone is no illness",
              bench.daemon.findings())


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
