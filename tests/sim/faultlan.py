# SPDX-License-Identifier: GPL-2.0-or-later
"""LAN front end of faults.py: UDP between a client and ipmi_sim.

IPMI 1.5 with authentication type none is taken apart and put together again (RMCP header, session
header, both checksums; IPMI 2.0 §13.6, §13.8). Signed IPMI 1.5 is read, hence counted by command,
but not rewritten; RMCP+ is opaque. What cannot be rewritten can still be delayed, dropped, doubled
or replaced by noise."""
import asyncio
import random

RMCP_IPMI = 0x07
AUTH_NONE, AUTH_RMCP_PLUS = 0, 6


def checksum(data):
    """Two's complement, IPMI 2.0 §13.8."""
    return -sum(data) & 0xff


class Packet:
    """An IPMI 1.5 packet whose message can be read; see parse()."""

    def __init__(self, head, message, auth):
        self.head, self.message, self.auth = head, message, auth
        self.netfn, self.seq, self.cmd = message[1] >> 2, message[4] >> 2, message[5]
        self.data = message[6:-1]

    def rebuilt(self, rule):
        """The packet after the rule has had its way with it."""
        body = rule.rewrite(self.data)
        netfn_lun, cmd = self.message[1], self.cmd
        if "badnetfn" in rule.flags:
            netfn_lun ^= 0x08
        if "badcmd" in rule.flags:
            cmd ^= 0x01
        first = bytes((self.message[0], netfn_lun))
        rest = bytes((self.message[3], self.message[4], cmd)) + body
        message = first + bytes((checksum(first),)) + rest + bytes((checksum(rest),))
        return self.head + bytes((len(message),)) + message


def parse(data):
    """A Packet, or None if the message in it cannot be read."""
    if len(data) < 14 or data[0] != 6 or data[3] & 0x1f != RMCP_IPMI:
        return None
    auth = data[4]
    if auth == AUTH_RMCP_PLUS:
        return None
    at = 13 if auth == AUTH_NONE else 29  # after the authentication code
    if len(data) <= at or len(data) < at + 1 + data[at] or data[at] < 7:
        return None
    return Packet(data[:at], data[at + 1:at + 1 + data[at]], auth)


class Client(asyncio.DatagramProtocol):
    """The socket towards ipmi_sim that stands for one client."""

    def __init__(self, proxy, address):
        self.proxy, self.address = proxy, address
        self.transport = None
        self.rules = {}  # (seq, cmd) -> rule, until its answer is on its way
        self.opaque = None

    def connection_made(self, transport):
        self.transport = transport

    def error_received(self, exc):
        pass  # ipmi_sim is gone: silence is what a client would see

    def from_client(self, data):
        """A request."""
        engine = self.proxy.engine
        packet = parse(data)
        if engine.is_silent:
            return
        if packet is None:
            self.opaque = engine.packet()
            rule = self.opaque
        else:
            rule = self.decide(packet)
        if rule is None or "drop" not in rule.flags:
            self.transport.sendto(data)

    def decide(self, packet):
        """A packet the library repeats because its answer is delayed is the same request."""
        key = (packet.seq, packet.cmd)
        rule = self.rules.get(key)
        if rule is None or "drop" in rule.flags:
            rule = self.rules[key] = self.proxy.engine.request(packet.netfn, packet.cmd,
                                                               packet.data)
        return rule

    def answer(self, key, data):
        """Its time has come."""
        self.rules.pop(key, None)
        self.proxy.answer(data, self.address)

    def datagram_received(self, data, addr):
        """An answer."""
        engine = self.proxy.engine
        if engine.is_silent:
            return
        packet = parse(data)
        key = packet and (packet.seq, packet.cmd)
        if packet is None:
            rule, self.opaque = self.opaque, None
        else:
            engine.count["replies"] += 1
            rule = self.rules.get(key)
        if rule is None:
            self.answer(key, data)
            return
        if "garbage" in rule.flags:
            data = bytes(random.randrange(256) for _ in range(40))
        elif packet is not None and packet.auth == AUTH_NONE:
            data = packet.rebuilt(rule)
        for _ in range(2 if "dupe" in rule.flags else 1):
            asyncio.get_running_loop().call_later(rule.delay_s(), self.answer, key, data)


class LanProxy(asyncio.DatagramProtocol):
    """The socket clients talk to."""

    def __init__(self, engine, port, sim_port):
        self.engine, self.port, self.sim_port = engine, port, sim_port
        self.transport = None
        self.clients = {}

    async def start(self):
        """Binds."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))

    def stop(self):
        """Closes all sockets."""
        for client in self.clients.values():
            if client.transport:
                client.transport.close()
        self.transport.close()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        client = self.clients.get(addr)
        if client is None:
            client = self.clients[addr] = Client(self, addr)
            asyncio.ensure_future(self.connect(client, data))
        elif client.transport is not None:
            client.from_client(data)

    async def connect(self, client, first):
        """Opens a new client's socket, then delivers what it said."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: client,
                                            remote_addr=("127.0.0.1", self.sim_port))
        client.from_client(first)

    def answer(self, data, address):
        """To the client, unless all is silent by now."""
        if not self.engine.is_silent:
            self.transport.sendto(data, address)
