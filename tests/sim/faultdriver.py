# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays the kernel's IPMI driver (ipmi_devintf, ipmi_msghandler, ipmi_si) for shim_ipmi0.so: this
machine has no /dev/ipmi0, ipmi_sim behind us is the controller. As in the kernel, one message is
under way, the others of all users wait; a queued message cannot be withdrawn; an answer with a
wrong header becomes completion code FF; sysfs has the counters, and device/bmc/* blocks who reads
it (here: a FIFO).

Rules change what the controller answers. These control words change what the driver does:
  driver open ERRNO|ok             ENOENT, EBUSY, EPERM …: open(2) fails
  driver send ERRNO|ok [COUNT]     EIO (hosed, Linux 7), EBUSY (reset, too much), ENODEV
  driver stuck on|off              takes messages and answers none of them
  driver held MS                   a send returns to its caller only after so long
  driver giveup SECONDS CC [hosed] after so long without answer, CC is answered; `hosed` also
                                   raises hosed_count. At first: 55 ff hosed, as KCS of Linux 6.1
  driver gone | back               the interface vanishes as with rmmod: nobody is told; returns
  driver maintenance STATE MS      1 firmware, 2 reset (then sends fail with EBUSY), 0 none
  driver foreign COUNT [USERS MSGS]  others' transactions; others who hold or wait"""
import asyncio
import collections
import errno
import os
import random
import shutil
import socket
import struct

from faultserial import COMMAND, Deframer, framed

USERS_MAX, MESSAGES_MAX = 30, 100
RESPONSE = 1  # IPMI_RESPONSE_RECV_TYPE
SYSFS_COUNTERS = ("complete_transactions", "hosed_count", "idles", "interrupts", "long_timeouts",
                  "short_timeouts", "flag_fetches", "attentions", "events", "incoming_messages",
                  "watchdog_pretimeouts")


class Sysfs:
    """ROOT/sys/class/ipmi/ipmi0/device/… as the kernel lays it out."""

    def __init__(self, root):
        self.link = os.path.join(root, "sys/class/ipmi/ipmi0")
        self.folder = os.path.join(root, "sys/devices/platform/IPI0001:00")
        self.values = {name: "0" for name in SYSFS_COUNTERS}
        self.values.update({"type": "kcs", "params": "kcs,i/o,0xca2,rsp=1,rsi=1,rsh=0,irq=5,ipmb=32",
                            "interrupts_enabled": "1", "nr_users": "0", "nr_msgs": "0",
                            "maintenance_mode": "0 0"})

    def appear(self):
        """The interface is there."""
        os.makedirs(os.path.join(self.folder, "bmc"), exist_ok=True)
        os.makedirs(self.link, exist_ok=True)
        target = os.path.join(self.link, "device")
        if not os.path.islink(target):
            os.symlink("../../../devices/platform/IPI0001:00", target)
        trap = os.path.join(self.folder, "bmc", "firmware_revision")
        if not os.path.exists(trap):
            os.mkfifo(trap)
        for name, value in self.values.items():
            self.write(name, value)

    def vanish(self):
        """The interface is gone."""
        shutil.rmtree(self.link, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, value):
        """One attribute; a reader sees the old or the new value."""
        self.values[name] = str(value)
        if not os.path.isdir(self.folder):
            return
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(f"{value}\n")
        os.replace(path + ".new", path)


class User:
    """One open file description of /dev/ipmi0."""

    def __init__(self, sock):
        self.sock, self.is_dead, self.waiting = sock, False, 0


Message = collections.namedtuple("Message", "user msgid lun netfn cmd data")


class Driver:
    """The driver."""

    def __init__(self, engine, path, sim_port, root):
        self.engine, self.path, self.sim_port = engine, path, sim_port
        self.sysfs = Sysfs(root or os.path.dirname(path))
        self.users, self.queue = {}, collections.deque()
        self.current = self.sim = self.listener = self.timer = None
        self.rule = None
        self.seq = 0
        self.errors = {"open": [0, -1], "send": [0, -1]}  # errno, how often still
        self.is_stuck = self.is_gone = False
        self.held_s = 0
        self.giveup_s, self.giveup_cc, self.giveup_hosed = 55.0, 0xff, True
        self.foreign_users = self.foreign_messages = 0
        engine.commands["driver"] = self.command

    async def start(self):
        """Connects to ipmi_sim and listens."""
        for _ in range(100):
            try:
                reader, self.sim = await asyncio.open_connection("127.0.0.1", self.sim_port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        else:
            raise OSError("no ipmi_sim")
        self.pump = asyncio.ensure_future(self.answers(reader))
        self.sysfs.appear()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(16)
        self.listener.setblocking(False)
        asyncio.get_running_loop().add_reader(self.listener.fileno(), self.accept)

    def stop(self):
        """Goes away."""
        self.pump.cancel()
        self.sim.close()
        self.listener.close()

    # ---- the control socket

    def command(self, words):
        """A `driver …` line."""
        word, rest = words[0], words[1:]
        if word in ("open", "send"):
            code = 0 if rest[0] == "ok" else getattr(errno, rest[0])
            self.errors[word] = [code, int(rest[1]) if len(rest) > 1 else -1]
        elif word == "stuck":
            self.is_stuck = rest[0] == "on"
            self.next()
        elif word == "held":
            self.held_s = float(rest[0]) / 1000
        elif word == "giveup":
            self.giveup_s, self.giveup_cc = float(rest[0]), int(rest[1], 16)
            self.giveup_hosed = "hosed" in rest
        elif word == "gone":
            self.vanish()
        elif word == "back":
            self.is_gone = False
            self.sysfs.appear()
            self.count_users()
        elif word == "maintenance":
            self.maintain(int(rest[0]), int(rest[1]))
        elif word == "foreign":
            self.add("complete_transactions", int(rest[0]))
            if len(rest) > 2:
                self.foreign_users, self.foreign_messages = int(rest[1]), int(rest[2])
            self.count_users()
        else:
            return "error no driver command " + word
        return "ok"

    def maintain(self, state, milliseconds):
        """Linux 6.18: state and remaining time."""
        self.sysfs.write("maintenance_mode", f"{state} {milliseconds}")
        self.errors["send"] = [errno.EBUSY if state == 2 else 0, -1]
        if state:
            asyncio.get_running_loop().call_later(milliseconds / 1000, self.maintain, 0, 0)

    def vanish(self):
        """ipmi_unregister_smi() destroys the users before it fails their messages: no answer, no
        POLLHUP, only ENODEV at the next send."""
        self.is_gone = True
        for user in self.users.values():
            user.is_dead = True
        self.queue.clear()
        self.finish()
        self.sysfs.vanish()

    def add(self, name, count):
        """Raises a counter."""
        self.sysfs.write(name, (int(self.sysfs.values[name]) + count) & 0xffffffff)

    def count_users(self):
        """nr_users and nr_msgs."""
        alive = [user for user in self.users.values() if not user.is_dead]
        self.sysfs.write("nr_users", len(alive) + self.foreign_users)
        waiting = sum(user.waiting for user in alive)
        self.sysfs.write("nr_msgs", waiting + self.foreign_messages)

    # ---- the shim

    def accept(self):
        """A new connection: an open, or a send."""
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        sock.setblocking(False)
        asyncio.get_running_loop().add_reader(sock.fileno(), self.readable, sock)

    def readable(self, sock):
        """A packet, or the end."""
        try:
            packet = sock.recv(1024)
        except OSError:
            packet = b""
        if not packet:
            self.hang_up(sock)
            return
        if packet[:1] == b"O":
            self.acknowledge(sock, self.open(sock, packet))
        elif self.held_s:
            asyncio.get_running_loop().call_later(self.held_s, self.acknowledge, sock,
                                                  self.send(packet))
        else:
            self.acknowledge(sock, self.send(packet))

    def acknowledge(self, sock, code):
        """What open(2) or the send returns."""
        try:
            sock.send(struct.pack("<i", code))
        except OSError:
            self.hang_up(sock)

    def hang_up(self, sock):
        """close(2): what waits is still carried out, its answer then dropped."""
        asyncio.get_running_loop().remove_reader(sock.fileno())
        sock.close()
        for inode, user in list(self.users.items()):
            if user.sock is sock:
                del self.users[inode]
                self.count_users()

    def fails(self, what):
        """errno that is due for an open or a send, or 0."""
        code, left = self.errors[what]
        if not code or left == 0:
            return 0
        self.errors[what][1] -= left > 0
        self.engine.count[what + "_errors"] += 1
        return code

    def open(self, sock, packet):
        """open(2); errno."""
        self.engine.count["opens"] += 1
        number, inode = struct.unpack_from("<BQ", packet, 1)
        if self.is_gone or number != 0:
            return errno.ENOENT
        code = self.fails("open")
        if code:
            return code
        if len(self.users) >= USERS_MAX:
            return errno.EBUSY
        self.users[inode] = User(sock)
        self.count_users()
        return 0

    def send(self, packet):
        """IPMICTL_SEND_COMMAND; errno."""
        inode, msgid, lun, netfn, cmd = struct.unpack_from("<QqBBB", packet, 1)
        user = self.users.get(inode)
        self.engine.count["sends"] += 1
        if user is None or user.is_dead:
            self.engine.count["send_errors"] += 1
            return errno.ENODEV
        code = self.fails("send")
        if code:
            return code
        if user.waiting >= MESSAGES_MAX:
            return errno.EBUSY
        user.waiting += 1
        self.engine.flying(+1)
        self.count_users()
        self.queue.append(Message(user, msgid, lun, netfn, cmd, packet[20:]))
        self.next()
        return 0

    # ---- the controller

    def next(self):
        """Starts the next message if none is under way."""
        if self.current or not self.queue or self.is_stuck:
            return
        self.current = message = self.queue.popleft()
        self.seq = self.seq + 1 & 0xff
        self.timer = asyncio.get_running_loop().call_later(self.giveup_s, self.give_up)
        self.rule = rule = self.engine.request(message.netfn, message.cmd, message.data)
        if self.engine.is_silent or (rule and "drop" in rule.flags):
            self.seq = self.seq + 1 & 0xff  # whatever comes is for a message long gone
        elif rule and "cc" in rule.options:
            self.answered_in(rule.delay_s(), self.seq, rule.rewrite(b"\0"))
        else:
            self.sim.write(framed(self.seq, message.netfn, message.lun, message.cmd,
                                  message.data))

    def give_up(self):
        """The state machine has had enough."""
        if self.giveup_hosed:
            self.add("hosed_count", 1)
        self.answer(self.current.netfn | 1, self.current.cmd, bytes((self.giveup_cc,)))

    async def answers(self, reader):
        """Everything ipmi_sim says."""
        frames = Deframer()
        while True:
            data = await reader.read(4096)
            if not data:
                break
            for kind, body in frames.feed(data):
                if kind != COMMAND and len(body) >= 5:
                    self.from_sim(body)

    def from_sim(self, body):
        """An answer, or a stale one."""
        self.engine.count["replies"] += 1
        if self.engine.is_silent or not self.current or body[0] != self.seq:
            return
        reply, rule = body[3:-1], self.rule
        if rule is None:
            self.answered_in(0, self.seq, reply)
            return
        if rule.flags & {"badnetfn", "badcmd"}:
            reply = b"\xff"  # "BMC returned incorrect response, expected netfn …"
        else:
            if "garbage" in rule.flags:
                reply = reply[:1] + bytes(random.randrange(256) for _ in reply[1:])
            reply = rule.rewrite(reply) or b"\xff"  # "BMC returned too small a message"
        self.answered_in(rule.delay_s(), self.seq, reply)

    def answered_in(self, seconds, seq, reply):
        """Now or later, unless it is given up by then."""
        if seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self.answered_in, 0, seq, reply)
        elif self.current and seq == self.seq and not self.engine.is_silent:
            self.add("complete_transactions", 1)
            self.answer(self.current.netfn | 1, self.current.cmd, reply)

    def answer(self, netfn, cmd, reply):
        """To the user, if he is still there."""
        message = self.current
        if message.user.sock.fileno() >= 0 and not message.user.is_dead:
            packet = struct.pack("<qBBB", message.msgid, RESPONSE, netfn, cmd) + reply
            try:
                message.user.sock.send(packet)
            except OSError:
                pass
        self.finish()
        self.next()

    def finish(self):
        """Nothing is under way."""
        if self.timer:
            self.timer.cancel()
        if self.current:
            self.current.user.waiting -= 1
        self.current = self.timer = None
        self.engine.flying(-1)
        self.count_users()
