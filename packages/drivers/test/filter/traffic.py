"""Traffic of test workloads.

serve           UDP echo and TCP echo on port 7, a TCP stream of numbers on port 19, both families; until killed
flow KIND IP    udp (two-way), tcp (two-way) or push (from the server): one line for each message that came back; until killed
send DEVICE N   puts frames on the wire, all of them N times over: lines of hex on standard input
catch DEVICE    says "ready", takes frames until standard input ends, then prints each as hex
"""

import select
import socket
import sys
import threading
import time

EVERY = 0.02


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def family(ip):
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def push(connection):
    number = 0
    try:
        while True:
            number += 1
            connection.sendall(b"%d\n" % number)
            time.sleep(EVERY)
    except OSError:
        pass


def echo(connection):
    try:
        while data := connection.recv(65536):
            connection.sendall(data)
    except OSError:
        pass


def accept(server, answer):
    while True:
        connection, _ = server.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def serve():
    for port, answer in ((7, echo), (19, push)):
        listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        threading.Thread(target=accept, args=(listener, answer), daemon=True).start()
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", 7))
    say("ready")
    while True:
        data, peer = server.recvfrom(65536)
        try:
            server.sendto(data, peer)
        except OSError:
            pass


def flow(kind, ip, size=16):
    if kind == "udp":
        peer = socket.socket(family(ip), socket.SOCK_DGRAM)
        peer.connect((ip, 7))
    else:
        peer = socket.create_connection((ip, 19 if kind == "push" else 7), timeout=5)
    peer.setblocking(False)
    number = 0
    due = time.monotonic()
    rest = b""
    while True:
        if kind != "push" and time.monotonic() >= due:
            number += 1
            due = max(due + EVERY, time.monotonic())
            try:
                text = b"%d" % number
                peer.send(text.ljust(size, b".") if kind == "udp" else text + b"\n")
            except OSError:
                pass
        patience = 0.05 if kind == "push" else max(0, due - time.monotonic())
        if not select.select([peer], [], [], patience)[0]:
            continue
        try:
            data = peer.recv(65536)
        except OSError:
            continue
        if kind == "udp":
            say(data.decode().rstrip("."))
        elif not data:
            return
        else:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                say(line.decode())


def raw(device):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    wire.bind((device, 0))
    return wire


def send(device, rounds):
    wire = raw(device)
    frames = [bytes.fromhex(line) for line in sys.stdin]
    for _ in range(rounds):
        for frame in frames:
            wire.send(frame)


def catch(device):
    wire = raw(device)
    say("ready")
    while True:
        ready = select.select([wire, sys.stdin], [], [])[0]
        if wire in ready:
            data, (_, _, kind, _, _) = wire.recvfrom(65536)
            if kind != socket.PACKET_OUTGOING:
                say(data.hex())
        elif sys.stdin in ready and not sys.stdin.readline():
            return


{"serve": serve, "flow": flow, "send": send, "catch": catch}[sys.argv[1]](
    *(int(text) if text.isdigit() else text for text in sys.argv[2:])
)
