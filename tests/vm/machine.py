# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest under QEMU: a Debian kernel of choice, systemd, and a BMC on an interface of choice.

A guest boots once for each kernel and interface; its state at that moment is kept, and every
scenario goes on from there in two seconds, on a disk of its own that is thrown away.

    machine = Machine(image, "6.1", "kcs", folder, bmc_port=9012)
    machine.restore()                       # or boot()
    status, text = machine.run("uname -r")
    machine.stop()"""
import ctypes
import fcntl
import hashlib
import json
import mmap
import os
import select
import shutil
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "sim"))
import bench  # noqa: E402  pylint: disable=wrong-import-position

QEMU = "qemu-system-x86_64"
# name: the devices between the guest and its BMC. @ is the BMC's id.
INTERFACES = {
    "kcs": ("isa-ipmi-kcs,bmc=@",),
    "kcs-noirq": ("isa-ipmi-kcs,bmc=@,irq=0",),
    "bt": ("isa-ipmi-bt,bmc=@",),
    "ssif": ("smbus-ipmi,bmc=@,address=0x10",),
    "pci-kcs": ("pci-ipmi-kcs,bmc=@",),
    "none": (),
}
KERNEL_ARGUMENTS = ("console=ttyS0 quiet loglevel=4 panic=-1 nokaslr mitigations=off "
                    "random.trust_cpu=on tsc=reliable no_timer_check systemd.show_status=false "
                    "net.ifnames=0")


# QEMU's simulator says 0 if it is not told, which no manufacturer has.
IDENTITY = "mfg_id=6653,product_id=258,fwrev1=1"
ACCELERATORS = {"tcg": ("-accel", "tcg,thread=multi,tb-size=256"), "kvm": ("-accel", "kvm")}
LEAPING = ("-accel", "tcg,thread=single,tb-size=256", "-icount", "shift=5,sleep=off")

# As `make install` says (`enable` reloads systemd); nothing starts it but udev, later.
INSTALL = """
tar -C / --keep-directory-symlink -xf /dev/vdb 2>/dev/null || exit 1
journalctl --update-catalog
systemctl enable bmchealthd.service
udevadm control --reload
sync"""


# The driver may still be looking for its BMC when the guest is up. And QEMU's SMBus BMC hands out
# its last answer until the next one is there: on a busy host too late for the driver's probe, which
# then gives up for good.
BOOTED = """
for ((i = 1; i <= 500; i++)); do
	test ! -c /dev/ipmi0 || exec sync
	((i % 100)) || modprobe -r ipmi_ssif ipmi_si
	((i % 100)) || modprobe -a {module}
	sleep 0.1
done
dmesg | grep -i ipmi
exit 1"""


RDTSC = bytes.fromhex("0f31 48c1e220 4809d0 c3")  # rdtsc; shl rdx,32; or rax,rdx; ret


class Broken(Exception):
    """The bench itself does not work: no verdict on the daemon."""


class Qmp:
    """QEMU's monitor."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(path)
        self.file = self.sock.makefile("rw")
        self.file.readline()
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            if not line:
                raise Broken(f"QEMU went away at {command}")
            answer = json.loads(line)
            if "error" in answer:
                raise Broken(f"QEMU: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def close(self):
        """No more of it."""
        self.file.close()
        self.sock.close()


class Port:
    """The host's end of guest/usr/local/sbin/guest-agent."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.data = b""

    def line(self, seconds):
        """The next line; None: not in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.data:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                return None
            part = self.sock.recv(65536)
            if not part:
                raise Broken("the guest is gone")
            self.data += part
        line, _, self.data = self.data.partition(b"\n")
        return line.decode()

    def send(self, line):
        """One line."""
        self.sock.sendall(line.encode() + b"\n")

    def close(self):
        """Hangs up."""
        self.sock.close()


def host_tsc_khz():
    """What rdtsc counts here, and so in a guest under TCG; None: not to be had."""
    try:
        code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return None
    code.write(RDTSC)
    read = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    ticks, began = read(), time.monotonic_ns()
    time.sleep(0.2)
    return (read() - ticks) * 1000000 // (time.monotonic_ns() - began)


def kernel_arguments(accelerator):
    """On a busy host a kernel measures its emulated processor's clock wrongly now and then, and an
    hour passes in minutes; so it is told."""
    khz = host_tsc_khz() if accelerator is ACCELERATORS["tcg"] and is_x86() else None
    return KERNEL_ARGUMENTS + (f" tsc_early_khz={khz}" if khz else "")


def is_x86():
    """This machine."""
    return os.uname().machine == "x86_64"


def qemu_version():
    """None: there is no QEMU."""
    if not shutil.which(QEMU):
        return None
    return subprocess.run([QEMU, "--version"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.splitlines()[0]


def forget_old(folder, minutes=30):
    """Saved states of the same kind that nobody has used for so long: a new build leaves its
    forerunner's behind, several hundred megabytes in all."""
    for entry in os.scandir(folder):
        if entry.is_dir() and entry.stat().st_mtime < time.time() - minutes * 60:
            shutil.rmtree(entry.path, ignore_errors=True)


class Machine:
    """One guest. `interface`: a key of INTERFACES; `bmc_port`: where ipmi_sim's VM serial protocol
    is to be had, None: QEMU's own ipmi-bmc-sim. `second`: another interface with an ipmi-bmc-sim of
    its own. `leaps`: its clock leaps over idle time. All files of a run lie in `folder`."""

    def __init__(self, image, kernel, interface, folder, bmc_port=None, second=None, leaps=False):
        self.image, self.kernel, self.interface = image, kernel, interface
        self.folder, self.bmc_port, self.second = folder, bmc_port, second
        self.accelerator = LEAPING if leaps else ACCELERATORS[os.environ.get("BMC_VM_ACCEL", "tcg")]
        self.process = self.qmp = self.port = None
        self.console = os.path.join(folder, "console.log")

    def _bmcs(self):
        """The devices."""
        arguments = []
        if self.interface != "none":
            if self.bmc_port:
                arguments += ["-chardev",
                              f"socket,id=bmc,host=127.0.0.1,port={self.bmc_port},reconnect=1",
                              "-device", "ipmi-bmc-extern,id=bmc0,chardev=bmc"]
            else:
                arguments += ["-device", "ipmi-bmc-sim,id=bmc0," + IDENTITY]
            for device in INTERFACES[self.interface]:
                arguments += ["-device", device.replace("@", "bmc0")]
        if self.second:
            arguments += ["-device", "ipmi-bmc-sim,id=bmc1," + IDENTITY]
            for device in INTERFACES[self.second]:
                arguments += ["-device", device.replace("@", "bmc1")]
        return arguments

    def _arguments(self, disk):
        """Of QEMU. One emulated processor is faster than two."""
        boot = os.path.join(self.image, self.kernel)
        return [QEMU, "-machine", "pc", *self.accelerator, "-cpu", "max",
                "-smp", "1", "-m", "512", "-nodefaults", "-no-user-config", "-display", "none",
                "-kernel", boot + "/vmlinuz", "-initrd", boot + "/initrd.img",
                "-append", kernel_arguments(self.accelerator),
                "-serial", "file:" + self.console,
                "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
                "-drive", disk + ",if=none,id=root,cache=unsafe",
                "-device", "virtio-blk-pci,drive=root",
                "-drive", f"file={self.folder}/install.tar,format=raw,if=none,id=tar,readonly=on",
                "-device", "virtio-blk-pci,drive=tar",
                "-device", "virtio-serial-pci",
                "-chardev", f"socket,id=port,path={self.folder}/port,server=on,wait=off",
                "-device", "virtserialport,chardev=port,name=bmchealthd.test",
                "-chardev", f"socket,id=console,path={self.folder}/console,server=on,wait=off",
                "-device", "virtconsole,chardev=console",
                "-device", "virtio-rng-pci"] + self._bmcs()

    def _start(self, disk, *more):
        tar = os.path.join(self.folder, "install.tar")
        if not os.path.exists(tar):
            with open(tar, "wb") as file:
                file.truncate(10240)
        with open(tar, "r+b") as file:  # so that the device's size is always the same
            file.truncate(64 << 20)
        for name in ("qmp", "port", "console"):
            path = os.path.join(self.folder, name)
            if os.path.exists(path):
                os.unlink(path)
        log = os.path.join(self.folder, "qemu.log")
        self.process = bench.start(self._arguments(disk) + list(more), log)
        deadline = time.monotonic() + 30
        while not self.qmp:
            try:
                self.qmp = Qmp(self.folder + "/qmp")
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    with open(log, encoding="utf-8", errors="replace") as file:
                        raise Broken("QEMU does not start: " + file.read()[-800:]) from error
                time.sleep(0.02)
        self.port = Port(self.folder + "/port")

    def boot(self, disk=None, seconds=240):
        """From the kernel on, until systemd has reached multi-user.target."""
        self._start(disk or f"file={self.image}/rootfs.ext4,format=raw,snapshot=on")
        self.wait_ready(seconds)

    def wait_ready(self, seconds=240):
        """Until the agent says it is there."""
        while True:
            line = self.port.line(seconds)
            if line is None:
                raise Broken(f"the guest is not up after {seconds} s: " + self.console_tail())
            if line.startswith("ready"):
                return

    def _stages(self):
        """What is done to get to the state that scenarios start from: name, script in the guest,
        what else decides the outcome; and for each the folder where its result is kept."""
        with open(os.path.abspath(__file__), "rb") as file:
            key = file.read()
        kind = "-".join((self.kernel, self.interface, "extern" if self.bmc_port else "qemu",
                         self.second or "one", "leaps" if self.accelerator is LEAPING else "runs"))
        key += "\0".join((qemu_version(), kind, *self.accelerator)).encode()
        module = "ipmi_ssif" if self.interface == "ssif" else "ipmi_si"
        booted = "sync" if self.interface == "none" else BOOTED.format(module=module)
        for name, script, more in (("booted", booted, b""), ("installed", INSTALL, self.package())):
            key = hashlib.sha256(key + script.encode() + more).digest()
            place = os.path.join(self.image, name, kind, key.hex()[:16])
            yield script, place
            # What comes next goes on from this very state, not from another made in the same way.
            with open(place + "/id", "rb") as file:
                key += file.read()

    def package(self):
        """What is to be installed."""
        try:
            with open(os.path.join(self.folder, "install.tar"), "rb") as file:
                return file.read().rstrip(b"\0")
        except FileNotFoundError:
            return b""

    def _save(self, place):
        """The running guest, to go on from later; ends it."""
        self.qmp("stop")
        self.qmp("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self.qmp("migrate",
                 uri=f"exec:cat >'{place}/state.part' && mv '{place}/state.part' '{place}/state'")
        while not os.path.exists(place + "/state"):  # QEMU is ready before the last byte is there
            if self.qmp("query-migrate").get("status") in ("failed", "cancelled"):
                raise Broken("QEMU cannot save the guest")
            time.sleep(0.05)
        self.stop()

    def _resume(self, below, disk):
        """Goes on from a saved state, on that disk."""
        self._start(disk, "-incoming", f"exec:cat '{below}/state'")
        deadline = time.monotonic() + 60
        while self.qmp("query-status")["status"] != "running":
            if time.monotonic() > deadline:
                raise Broken("QEMU does not restore the guest")
            if self.qmp("query-status")["status"] in ("paused", "postmigrate"):
                self.qmp("cont")
            time.sleep(0.05)
        self.must(f"date -s @{time.time():.3f}")

    def _make(self, place, below, script):
        """One stage, on top of the one below."""
        disk = f"{place}/disk.qcow2"
        base = f"{below}/disk.qcow2" if below else self.image + "/rootfs.ext4"
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        # The path is relative to the disk, so that a build folder can be moved.
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F",
                        "qcow2" if below else "raw", "-b", os.path.relpath(base, place), disk],
                       check=True)
        if below:
            self._resume(below, f"file={disk},format=qcow2")
        else:
            self.boot(f"file={disk},format=qcow2")
        self.must(script, 300)
        with open(place + "/id", "wb") as file:
            file.write(os.urandom(16))
        self._save(place)

    def restore(self):
        """Booted, and what is in install.tar installed; both are made on first use."""
        below = None
        os.makedirs(self.image, exist_ok=True)
        for script, place in self._stages():
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place + ".lock", "w", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not os.path.exists(place + "/state"):
                    forget_old(os.path.dirname(place))
                    self._make(place, below, script)
                os.utime(place)
            below = place
        self._resume(below, f"file={below}/disk.qcow2,format=qcow2,snapshot=on")

    def must(self, script, seconds=60):
        """run(), and it has to succeed; what it printed."""
        status, text = self.run(script, seconds)
        if status:
            raise Broken(f"in the guest: {script}: status {status}: {text[-800:]}")
        return text

    def run(self, script, seconds=60):
        """Runs it with bash in the guest; (exit status, what it printed)."""
        self.port.send(f"{seconds} {script.encode().hex()}")
        line = self.port.line(seconds + 30)
        if line is None:
            raise Broken(f"the guest does not answer within {seconds + 30} s: {script!r}")
        status, _, text = line.partition(" ")
        return int(status), bytes.fromhex(text).decode(errors="replace")

    def reboot(self, seconds=240):
        """In an orderly way, until it is up again."""
        self.port.send("5 " + b"systemctl reboot".hex())
        self.wait_ready(seconds)

    def pause(self, seconds):
        """No time passes in the guest, as when a hypervisor stops it."""
        self.qmp("stop")
        time.sleep(seconds)
        self.qmp("cont")

    def console_tail(self):
        """The last the kernel said."""
        try:
            with open(self.console, encoding="utf-8", errors="replace") as file:
                return file.read()[-1500:]
        except FileNotFoundError:
            return ""

    def stop(self):
        """Pulls the plug."""
        for thing in (self.port, self.qmp):
            if thing:
                thing.close()
        self.port = self.qmp = None
        if self.process:
            bench.end(self.process)
            self.process = None
