# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench: ipmi_sim, the fault injector and the daemon, each a process of ours on 127.0.0.1 with
ports of its own, all of them gone when the bench ends, however it ends.

    with Bench("driver") as bench:              # or "lan"
        bench.faults.add("06:01 delay=300")
        bench.daemon.wait_finding("slow")

Environment: BMC_BUILD (make's tests: BUILD), where bmchealthd is; BMC_WRAPPER, e.g. "valgrind -q"; BMC_KEEP=1 keeps the
folder."""
import ctypes
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import tap
from bmc import sdr

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PASSWORD = "Sesam-4711"

# So fast that a scenario takes seconds; the proportions are the real ones.
FAST = {
    "queue": {"soft_deadline": "200ms", "hard_deadline": "1 s", "stuck_after": "4 s",
              "commands_per_minute": 600.0, "bulk_per_minute": 3000.0, "min_gap": "20ms",
              "max_gap": "1 s", "duty_cycle": 100.0},
    "controller": {"interval": "1 s"},
    "sensors": {"interval": "1 s"},
    "kdriver": {"interval": "1 s"},
    "kmsg": {"enabled": False},     # this machine's kernel is none of the simulation's business
}
# For a scenario that needs time-outs to be called frequent: how near a storm or muteness they are
# is a matter of how fast the machine is.
FREQUENT = {"judge": {"storm_per_minute": 1000.0, "mute_after": 100}}


def die_with_parent():
    """In a child before exec: no orphans."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def start(argv, log, env=None, stdin=subprocess.DEVNULL):
    """A child whose output goes to the file `log`."""
    with open(log, "ab") as file:
        return subprocess.Popen(argv, stdin=stdin, stdout=file, stderr=file, env=env,
                                preexec_fn=die_with_parent)


def end(process, seconds=5):
    """SIGTERM, then SIGKILL; the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds * tap.PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def free_port(kind):
    """One that is free now; whoever uses it must be ready to find it taken."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def build_dir():
    """Where bmchealthd was built; Skip: nowhere, or not where BMC_BUILD says."""
    places = [os.environ.get("BUILD"), os.getcwd(), os.path.join(TOP, "build"), TOP]
    if os.environ.get("BMC_BUILD"):
        places = [os.environ["BMC_BUILD"]]
    for place in places:
        if place and os.access(os.path.join(place, "bmchealthd"), os.X_OK):
            return os.path.abspath(place)
    raise tap.Skip("bmchealthd is not built (or say where: BMC_BUILD=…)")


def shim():
    """Path of shim_ipmi0.so, compiled once per run of a test file."""
    ready = os.environ.get("BMC_SHIM")
    if ready:
        return ready
    source = os.path.join(HERE, "shim_ipmi0.c")
    place = os.environ.get("BMC_CACHE") or tempfile.mkdtemp(prefix="bmc-cache-")
    target = os.path.join(place, "shim_ipmi0.so")
    if not os.path.exists(target):
        compiler = shutil.which(os.environ.get("CC", "cc").split()[0])
        if not compiler:
            raise tap.Skip("no C compiler for shim_ipmi0.c")
        part = f"{target}.{os.getpid()}"
        subprocess.run([compiler, "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared",
                        source, "-o", part, "-ldl"], check=True)
        os.replace(part, target)
    return target


class Sim:
    """ipmi_sim with one controller."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "bmc")
        self.log = os.path.join(folder, "ipmi_sim.log")
        self.process = None
        self.lan_port = self.serial_port = self.console_port = 0
        if not shutil.which("ipmi_sim"):
            raise tap.Skip("ipmi_sim is not installed (Debian: openipmi)")

    def start(self):
        """Until it answers; a port somebody else was faster to take costs another try."""
        state = os.path.join(self.folder, "ipmi_sim", "testbmc")
        os.makedirs(state, exist_ok=True)
        source = os.path.join(self.folder, "bmc.sdrs")
        _write(source, sdr.sdr_source())
        for number, raw in sdr.readings().items():
            _write(f"{self.folder}/reading-{number}", f"{raw}\n")
        subprocess.run(["sdrcomp", "-o", os.path.join(state, "sdr.20.main"), source], check=True)
        for _ in range(5):
            self._configure()
            self.process = start(["ipmi_sim", "-n", "-c", self.folder + "/lan.conf", "-f",
                                  self.folder + "/bmc.emu", "-s", self.folder], self.log)
            if tap.becomes(lambda: self.process.poll() is not None or self._answers(), 10) and \
                    self.process.poll() is None:
                return
            end(self.process)
        raise tap.Failed("ipmi_sim does not start: " + _read(self.log))

    def _configure(self):
        self.lan_port = free_port(socket.SOCK_DGRAM)
        self.serial_port = free_port(socket.SOCK_STREAM)
        self.console_port = free_port(socket.SOCK_STREAM)
        values = {"LAN_PORT": self.lan_port, "SERIAL_PORT": self.serial_port,
                  "CONSOLE_PORT": self.console_port, "PASSWORD": PASSWORD,
                  "SENSORS": sdr.emu_sensors(self.folder)}
        for name in ("lan.conf", "bmc.emu"):
            text = _read(os.path.join(HERE, "bmc", name + ".in"))
            for key, value in values.items():
                text = text.replace(f"@{key}@", str(value))
            _write(os.path.join(self.folder, name), text)

    def _answers(self):
        """Get Channel Authentication Capabilities, IPMI 2.0 §22.13, needs no session."""
        request = bytes.fromhex("0600ff07 00 00000000 00000000 09 2018c8 81 00 38 0e 04 35")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.1)
            try:
                sock.connect(("127.0.0.1", self.lan_port))
                sock.send(request)
                return bool(sock.recv(512))
            except OSError:
                time.sleep(0.02)
                return False

    def console(self, *commands):
        """Runs emulation commands, e.g. mc_disable 0x20."""
        with socket.create_connection(("127.0.0.1", self.console_port), 5) as sock:
            sock.settimeout(2)
            text = ""
            for command in ("",) + commands:
                sock.sendall(command.encode() + b"\n")
                text += sock.recv(4096).decode(errors="replace")
            return text

    def pause(self, is_paused):
        """A controller that hangs as a whole."""
        self.process.send_signal(signal.SIGSTOP if is_paused else signal.SIGCONT)

    def stop(self):
        """Ends it."""
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            end(self.process)


class Faults:
    """faults.py, and its control socket."""

    def __init__(self, folder, sim, front):
        self.folder, self.sim, self.front = folder, sim, front
        self.log = os.path.join(folder, "faults.log")
        self.ctl_path = os.path.join(folder, "ctl")
        self.driver_path = os.path.join(folder, "driver")
        self.root = os.path.join(folder, "root")
        self.lan_port = self.serial_port = 0
        self.process = self.sock = self.file = None

    def start(self):
        """Until the control socket is there."""
        os.makedirs(self.root, exist_ok=True)
        for _ in range(3):
            argv = [sys.executable, os.path.join(HERE, "faults.py"), "--ctl", self.ctl_path]
            if self.front == "driver":
                argv += ["--driver", self.driver_path, "--root", self.root,
                         "--sim-serial", str(self.sim.serial_port)]
            elif self.front == "serial":
                self.serial_port = free_port(socket.SOCK_STREAM)
                argv += ["--serial", str(self.serial_port),
                         "--sim-serial", str(self.sim.serial_port)]
            else:
                self.lan_port = free_port(socket.SOCK_DGRAM)
                argv += ["--lan", str(self.lan_port), "--sim-lan", str(self.sim.lan_port)]
            self.process = start(argv, self.log)
            if tap.becomes(lambda: self.process.poll() is not None or self._connect(), 10) and \
                    self.process.poll() is None:
                return
            end(self.process)
        raise tap.Failed("faults.py does not start: " + _read(self.log))

    def _connect(self):
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(self.ctl_path)
        except OSError:
            sock.close()
            return False
        sock.settimeout(5 * tap.PATIENCE)
        self.sock, self.file = sock, sock.makefile("rw")
        return True

    def ctl(self, line):
        """One control line; its answer."""
        self.file.write(line + "\n")
        self.file.flush()
        answer = self.file.readline().strip()
        if not answer or answer.startswith("error"):
            raise tap.Failed(f"faults.py: {line}: {answer}")
        return answer

    def add(self, *rules):
        """Rules, in order."""
        for rule in rules:
            self.ctl("add " + rule)

    def set(self, *rules):
        """These and no others."""
        self.ctl("clear")
        self.add(*rules)

    def clear(self):
        """All is well again."""
        self.ctl("clear")

    def silence(self, is_on=True):
        """Nothing passes."""
        self.ctl("silence " + ("on" if is_on else "off"))

    def driver(self, words):
        """See faultdriver.py."""
        self.ctl("driver " + words)

    def mark(self):
        """Counters from 0."""
        self.ctl("mark")

    def stat(self):
        """What the controller's side has seen since mark()."""
        return json.loads(self.ctl("stat"))

    def stop(self):
        """Ends it."""
        if self.sock:
            self.file.close()
            self.sock.close()
        if self.process:
            end(self.process)


def config_text(settings, targets):
    """libconfig's syntax."""
    def value(thing):
        if isinstance(thing, bool):
            return "true" if thing else "false"
        return json.dumps(thing, ensure_ascii=False)

    def group(pairs):
        return " ".join(f"{key} = {value(thing)};" for key, thing in pairs.items())
    lines = ["targets = ("]
    lines.append(",\n".join("  { " + group(target) + " }" for target in targets))
    lines.append(");")
    lines += [f"{name}: {{ {group(pairs)} }};" for name, pairs in settings.items()]
    return "\n".join(lines) + "\n"


def merged(*settings):
    """Later groups' keys win."""
    result = {}
    for part in settings:
        for name, pairs in part.items():
            result.setdefault(name, {}).update(pairs)
    return result


class Daemon:
    """bmchealthd."""

    def __init__(self, folder, settings, targets, faults=None):
        self.folder, self.settings, self.targets = folder, settings, targets
        self.faults = faults
        self.config = os.path.join(folder, "bmchealthd.conf")
        self.state_dir = os.path.join(folder, "state")
        self.run_dir = os.path.join(folder, "run")
        self.root = faults.root if faults else folder
        self.log = os.path.join(folder, "bmchealthd.log")
        self.process = None
        self.log_target = "stderr"
        self.manager = None  # a socket of the service manager's
        self.build = build_dir()
        for place in (self.state_dir, self.run_dir):
            if not os.path.exists(place):
                os.mkdir(place)

    def write_config(self, settings=None, targets=None):
        """The file; SIGHUP makes it count."""
        _write(self.config, config_text(settings or self.settings, targets or self.targets))

    def arguments(self):
        """Without the program."""
        return ["--config", self.config, "--state-dir", self.state_dir, "--run-dir", self.run_dir,
                "--root", self.root, "--log-target", self.log_target]

    def environment(self):
        """With the shim in front of the C library, when the driver is ours."""
        env = dict(os.environ)
        options = env.get("ASAN_OPTIONS", "")
        env["ASAN_OPTIONS"] = ":".join(filter(None, (options, "verify_asan_link_order=0")))
        env.pop("NOTIFY_SOCKET", None)
        if self.manager:
            env["NOTIFY_SOCKET"] = self.manager
        if self.faults and self.faults.front == "driver":
            env["SHIM_IPMI0"] = self.faults.driver_path
            env["LD_PRELOAD"] = shim()
        return env

    def start(self, is_ready=True):
        """Until it serves its status."""
        if not os.path.exists(self.config):
            self.write_config()
        program = os.path.join(self.build, "bmchealthd")
        wrapper = shlex.split(os.environ.get("BMC_WRAPPER", ""))
        self.process = start(wrapper + [program] + self.arguments(), self.log,
                             self.environment())
        if is_ready:
            ready = tap.becomes(lambda: self.process.poll() is not None or self.status(), 15)
            if not ready or self.process.poll() is not None:
                raise tap.Failed("bmchealthd does not start: " + self.text())

    @property
    def pid(self):
        """Of the running daemon."""
        return self.process.pid

    def status(self):
        """The document of status.sock; None: nobody serves it."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5 * tap.PATIENCE)
            try:
                sock.connect(os.path.join(self.run_dir, "status.sock"))
                text = b""
                while True:
                    part = sock.recv(65536)
                    if not part:
                        break
                    text += part
            except OSError:
                return None
        return json.loads(text) if text else None

    def target(self, name="sim"):
        """One target of the status."""
        status = self.status() or {"targets": []}
        found = [entry for entry in status["targets"] if entry["name"] == name]
        return found[0] if found else {}

    def findings(self, name="sim"):
        """kind -> finding."""
        return {entry["kind"]: entry for entry in self.target(name).get("findings", [])}

    def wait_finding(self, kind, seconds=15, name="sim"):
        """Until it is open; the finding."""
        return tap.wait_for(f"finding {kind}", lambda: self.findings(name).get(kind), seconds)

    def wait_ill(self, seconds=15):
        """Until there is a finding of time-outs; it. Which of them depends on the machine's pace:
        if few other commands pass between two that time out, it is muteness."""
        def found():
            return [entry for kind, entry in self.findings().items()
                    if kind == "mute" or kind.startswith("timeouts-")]
        return tap.wait_for("a finding of time-outs, whichever", found, seconds)[0]

    def wait_closed(self, kind, seconds=15, name="sim"):
        """Until it is not."""
        tap.wait_for(f"{kind} to be closed", lambda: kind not in self.findings(name), seconds)

    def text(self):
        """Everything it said."""
        return _read(self.log)

    def lines(self, pattern):
        """The lines of its log in which the pattern is found."""
        return [line for line in self.text().splitlines() if re.search(pattern, line)]

    def wait_line(self, pattern, seconds=15):
        """Until there is one; the first of them."""
        return tap.wait_for(f"a line with {pattern!r}", lambda: self.lines(pattern), seconds)[0]

    def signal(self, number):
        """To the daemon."""
        self.process.send_signal(number)

    def fds(self):
        """How many files it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def ctl(self, *arguments):
        """bmchealthctl; (exit status, output)."""
        program = os.path.join(self.build, "bmchealthctl")
        done = subprocess.run([program, "--run-dir", self.run_dir, "--config", self.config, "--root",
                               self.root, *arguments], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, env=self.environment(),
                              timeout=30 * tap.PATIENCE)
        return done.returncode, done.stdout

    def stop(self):
        """SIGTERM; exit status; how long it took, in seconds."""
        began = time.monotonic()
        status = end(self.process)
        return status, time.monotonic() - began

    def kill(self):
        """As a crash would."""
        self.process.kill()
        self.process.wait()

    def complaints(self):
        """What a sanitizer or valgrind had to say."""
        return self.lines(r"Sanitizer|runtime error:|^==\d+== (Invalid|Conditional|.*lost: [1-9])")


class Bench:
    """All of it. `front`: "driver" (through the shim), "lan", or "serial" (without a daemon)."""

    def __init__(self, front="driver", settings=None, connection=None, password=True,
                 daemon=True):
        self.front = front
        self.settings = merged(FAST, settings or {})
        self.connection, self.password, self.has_daemon = connection, password, daemon
        self.folder = tempfile.mkdtemp(prefix="bmc-")
        self.sim = Sim(self.folder)
        self.faults = Faults(self.folder, self.sim, front)
        self.daemon = None
        self.log_target = "stderr"

    def target(self):
        """The daemon's only target."""
        entry = {"name": "sim"}
        if self.front == "driver":
            entry["connection"] = self.connection or "smi 0"
            return entry
        words = self.connection or "lan -U open -A none -p PORT 127.0.0.1"
        entry["connection"] = words.replace("PORT", str(self.faults.lan_port))
        if self.password and "-A none" not in words:
            path = os.path.join(self.folder, "password")
            _write(path, PASSWORD if self.password is True else self.password)
            os.chmod(path, 0o600)
            entry["password_file"] = path
        return entry

    def add_daemon(self):
        """Starts it; __init__(daemon=False) leaves that to the scenario."""
        self.daemon = Daemon(self.folder, self.settings, [self.target()], self.faults)
        self.daemon.log_target = self.log_target
        self.daemon.start()

    def start(self):
        """All of it; close() also ends what was started half."""
        self.sim.start()
        self.faults.start()
        if self.has_daemon:
            self.add_daemon()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if self.daemon and self.daemon.process:
            if self.daemon.process.poll() is None:
                status, _ = self.daemon.stop()
                tap.check(status == 0, "the daemon ends with status 0", status)
            tap.check(not self.daemon.complaints(), "no complaint from a sanitizer",
                      "\n".join(self.daemon.complaints()))
            if kind and kind is not tap.Skip:
                tap.note("what the daemon said:\n" + self.daemon.text()[-6000:])
        self.close()

    def close(self):
        """Everything ends; the daemon first, ipmi_sim last: its TCP ports have no SO_REUSEADDR."""
        if self.daemon and self.daemon.process:
            end(self.daemon.process)
        self.faults.stop()
        self.sim.stop()
        if not os.environ.get("BMC_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def tool(self, *argv, seconds=30):
        """ipmitool and the like, through the shim if the front is the driver; (status, text)."""
        env = dict(os.environ)
        if self.front == "driver":
            env.update(SHIM_IPMI0=self.faults.driver_path, LD_PRELOAD=shim())
        done = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, text=True, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
        return done.returncode, done.stdout


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
