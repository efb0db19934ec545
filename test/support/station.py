"""A workload's traffic, driven by lines of JSON on standard input and answered on standard output.

Requests: {"id": n, "op": name, ...}; answers: {"id": n, "result": ...} or {"id": n, "error": text}. Times are
CLOCK_MONOTONIC nanoseconds, the same clock in every namespace and in Node's process.hrtime.

Records of a flow are 16 bytes, its number and the record's own number, padded to "size"; frames sent raw carry the
mark b"netloom" and a byte that says which they are, or are known as a whole.
"""
import json
import socket
import struct
import sys
import threading
import time

MARK = b"netloom"
RECORD = struct.Struct("!QQ")
OUTGOING = 4
lock = threading.Lock()
flows = {}
seen = {}
marks = {}
served = set()
watched = set()
expected = {}


class Flow:
    def __init__(self, request):
        self.number = request["flow"]
        self.interval = request["intervalMs"] / 1000
        self.size = request.get("size", RECORD.size)
        self.sent = []
        self.got = []
        self.error = None
        self.running = True
        self.sockets = []

    def records(self):
        """The next record whenever one is due."""
        due = time.monotonic()
        number = 0
        while self.running:
            yield number, RECORD.pack(self.number, number).ljust(self.size, b".")
            number += 1
            due = max(due + self.interval, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        self.running = False
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def background(work, *arguments):
    threading.Thread(target=work, args=arguments, daemon=True).start()


def log_record(data):
    if len(data) < RECORD.size:
        return
    number, record = RECORD.unpack_from(data)
    with lock:
        seen.setdefault(number, []).append((record, time.monotonic_ns()))


def serve(protocol, port):
    """Asking again changes nothing."""
    if (protocol, port) not in served:
        served.add((protocol, port))
        (serve_udp if protocol == "udp" else serve_tcp)(port)


def serve_udp(port):
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    # To answer from the address that was asked, whichever of several.
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    server.bind(("::", port))

    def loop():
        while True:
            data, about, _, sender = server.recvmsg(65535, 64)
            log_record(data)
            try:
                server.sendmsg([data], about, 0, sender)
            except OSError:
                pass

    background(loop)


def serve_tcp(port):
    """A client's first record tells what it wants: interval in ms of records from here, 0 for sending its own."""
    server = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)

    def one(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number, interval = RECORD.unpack(connection.recv(RECORD.size, socket.MSG_WAITALL))
        try:
            if interval == 0:
                while data := connection.recv(RECORD.size, socket.MSG_WAITALL):
                    log_record(data)
                return
            record = 0
            while True:
                connection.sendall(RECORD.pack(number, record))
                record += 1
                time.sleep(interval / 1000)
        except OSError:
            pass

    def loop():
        while True:
            background(one, server.accept()[0])

    background(loop)


def udp_flow(flow, request):
    each = socket.socket(family_of(request["to"]), socket.SOCK_DGRAM)
    each.bind((request.get("from", ""), request.get("fromPort", 0)))
    flow.sockets.append(each)

    def listen():
        while flow.running:
            try:
                data = each.recv(65535)
            except ConnectionError:
                continue
            except OSError:
                return
            flow.got.append((RECORD.unpack_from(data)[1], time.monotonic_ns()))

    background(listen)
    for number, record in flow.records():
        flow.sent.append((number, time.monotonic_ns()))
        try:
            each.sendto(record, (request["to"], request["port"]))
        except OSError:
            pass


def fresh_flow(flow, request):
    """Each record from a port of its own, so that each opens a flow that nothing knows yet."""
    open_sockets = []
    for number, record in flow.records():
        each = socket.socket(family_of(request["to"]), socket.SOCK_DGRAM)
        each.setblocking(False)
        flow.sent.append((number, time.monotonic_ns()))
        try:
            each.sendto(record, (request["to"], request["port"]))
        except OSError:
            pass
        open_sockets.append(each)
        for one in list(open_sockets):
            try:
                flow.got.append((RECORD.unpack_from(one.recv(65535))[1], time.monotonic_ns()))
            except BlockingIOError:
                continue
            except OSError:
                pass
            open_sockets.remove(one)
            one.close()
        while len(open_sockets) > 64:
            open_sockets.pop(0).close()


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def icmp_flow(flow, request):
    """Echo requests that all have one identifier, as those of some systems do: one flow for ever."""
    six = ":" in request["to"]
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    each = socket.socket(family_of(request["to"]), socket.SOCK_RAW, protocol)
    flow.sockets.append(each)
    kind, reply = (128, 129) if six else (8, 0)

    def listen():
        while flow.running:
            try:
                data = each.recv(65535)
            except OSError:
                return
            body = data if six else data[(data[0] & 15) * 4:]
            if body[0] == reply and len(body) >= 8 + RECORD.size:
                number, record = RECORD.unpack_from(body, 8)
                if number == flow.number:
                    flow.got.append((record, time.monotonic_ns()))

    background(listen)
    for number, record in flow.records():
        head = struct.pack("!BBHHH", kind, 0, 0, flow.number & 0xFFFF, number & 0xFFFF)
        sum16 = 0 if six else checksum(head + record)
        head = struct.pack("!BBHHH", kind, 0, sum16, flow.number & 0xFFFF, number & 0xFFFF)
        flow.sent.append((number, time.monotonic_ns()))
        try:
            each.sendto(head + record, (request["to"], 0))
        except OSError:
            pass


def tcp_flow(flow, request):
    pull = request["kind"] == "tcp-pull"
    each = socket.socket(family_of(request["to"]), socket.SOCK_STREAM)
    flow.sockets.append(each)
    each.settimeout(10)
    each.bind((request.get("from", ""), request.get("fromPort", 0)))
    each.connect((request["to"], request["port"]))
    each.settimeout(None)
    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    each.sendall(RECORD.pack(flow.number, request["intervalMs"] if pull else 0))
    if pull:
        while data := each.recv(RECORD.size, socket.MSG_WAITALL):
            flow.got.append((RECORD.unpack(data)[1], time.monotonic_ns()))
        return
    flow.size = RECORD.size
    for number, record in flow.records():
        flow.sent.append((number, time.monotonic_ns()))
        each.sendall(record)


KINDS = {"udp": udp_flow, "udp-fresh": fresh_flow, "icmp": icmp_flow, "tcp-pull": tcp_flow, "tcp-push": tcp_flow}


def start_flow(request):
    flow = Flow(request)
    flows[flow.number] = flow

    def work():
        try:
            KINDS[request["kind"]](flow, request)
        except OSError as error:
            flow.error = str(error)

    background(work)


def read_flow(request):
    flow, since = flows[request["flow"]], request.get("since", 0)
    return {
        "sent": [one for one in list(flow.sent) if one[1] >= since],
        "got": [one for one in list(flow.got) if one[1] >= since],
        "error": flow.error,
    }


def count_marks(device):
    """Asking again changes nothing."""
    with lock:
        if device in watched:
            return
        watched.add(device)
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    # 33: SO_RCVBUFFORCE. Frames come in bursts.
    tap.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
    tap.bind((device, 0))

    def loop():
        while True:
            try:
                data, sender = tap.recvfrom(65535)
            except OSError:
                return
            which = expected.get(data)
            at = data.find(MARK)
            if which is None and 0 <= at < len(data) - len(MARK):
                which = data[at + len(MARK)]
            if sender[2] != OUTGOING and which is not None:
                with lock:
                    marks[which] = marks.get(which, 0) + 1

    background(loop)


def send_raw(request):
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((request["device"], 0))
    frames = [bytes.fromhex(frame) for frame in request["frames"]]
    sent = 0
    for _ in range(request["count"]):
        for frame in frames:
            try:
                out.send(frame)
                sent += 1
            except OSError:
                pass
        time.sleep(request["intervalMs"] / 1000)
    return sent


def many_flows(request):
    """One datagram each from many source ports: as many entries in the connection tracking of the host."""
    out = socket.socket(family_of(request["to"]), socket.SOCK_RAW, socket.IPPROTO_UDP)
    for port in range(request["firstPort"], request["firstPort"] + request["ports"]):
        for target in range(request["targetPort"], request["targetPort"] + request["targets"]):
            # Of the checksum 0 means none (RFC 768).
            try:
                out.sendto(struct.pack("!HHHH", port, target, 8, 0), (request["to"], 0))
            except OSError:
                pass


def answer(request):
    op = request["op"]
    if op == "serve":
        with lock:
            return serve(request["protocol"], request["port"])
    if op == "start":
        return start_flow(request)
    if op == "read":
        return read_flow(request)
    if op == "seen":
        with lock:
            return [one for one in seen.get(request["flow"], []) if one[1] >= request.get("since", 0)]
    if op == "stop":
        return flows[request["flow"]].stop()
    if op == "watch":
        return count_marks(request["device"])
    if op == "expect":
        return expected.update((bytes.fromhex(frame), which) for which, frame in enumerate(request["frames"]))
    if op == "marks":
        with lock:
            return {str(which): count for which, count in marks.items()}
    if op == "raw":
        return send_raw(request)
    if op == "many":
        return many_flows(request)
    raise ValueError(op)


output = threading.Lock()


def respond(request):
    try:
        response = {"id": request["id"], "result": answer(request)}
    except Exception as error:
        response = {"id": request["id"], "error": repr(error)}
    with output:
        sys.stdout.write(json.dumps(response) + "\n")
        sys.stdout.flush()


for line in sys.stdin:
    background(respond, json.loads(line))
