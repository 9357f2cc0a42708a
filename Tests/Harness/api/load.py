#!/usr/bin/env python3
"""Measures the API under load, and beside the smallest server of the same framework.

    load.py [--seconds N] PROGRAM HELLO

- 64 clients read while an app is updated again and again: no error, and no answer that is of two states.
- 150 connections that are slow, in three ways: how long a good client waits meanwhile.
- Bodies that are no strict JSON: how long their refusal takes.
- Reads per second, by wrk, in turns with HELLO, which answers 'hello, world' with Hummingbird.

The server listens at loopback and is asked with a token. A goal that is missed makes the exit status 1.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from host import AtSocket, Host, ask

CLIENTS = 64
SLOW = 150


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("program")
    parser.add_argument("hello")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("bench: wrk is missing; 'make setup-bench' installs it")
    with tempfile.TemporaryDirectory(prefix="apphost-load-") as work:
        load = Load(options, work)
        try:
            load.run()
        finally:
            load.end()
            # What is installed is not writable, not even for its owner.
            subprocess.run(["chmod", "-R", "u+w", work], check=True)
    load.finish()


class Load:
    def __init__(self, options, work):
        self.seconds = options.seconds
        self.failed = []
        self.host = Host(options.program, work)
        self.host.prepare()
        for version in ["1.0.0", "1.1.0"]:
            self.host.pack("big", version, files=200)
        self.host.must("install", "./big-1.0.0.zip")
        self.headers = {"Authorization": f"Bearer {self.host.token('load')}"}
        self.host.serve()
        self.hello = subprocess.Popen([os.path.abspath(options.hello)], stdout=subprocess.PIPE, text=True)
        self.hello_port = int(self.hello.stdout.readline())

    def run(self):
        self.reading_while_updating()
        self.good_among_slow()
        self.hostile_bodies()
        self.reads_per_second()

    def end(self):
        self.hello.terminate()
        self.hello.wait(60)
        status = self.host.stop()
        if status != 0:
            self.failed.append(f"the server ended with {status}")

    # 64 clients, and updates

    def reading_while_updating(self):
        """Readers of three kinds, while `big` goes from one version to the other and back."""
        stop = threading.Event()
        readers = [Reader(self, number, stop) for number in range(CLIENTS)]
        for reader in readers:
            reader.start()
        operator = AtSocket(self.host.socket)
        updates = 0
        end = time.monotonic() + self.seconds
        while time.monotonic() < end or updates < 4:
            version = ["1.1.0", "1.0.0"][updates % 2]
            status, answer = ask(operator, "POST", "/api/v1/apps/big/update?wait=60", {
                "source": self.host.path(f"big-{version}.zip"), "accept": ["downgrade", "known-bad"]})
            if status != 200 or answer["operation"]["state"] != "done":
                self.failed.append(f"an update: {status} {json.dumps(answer)}")
                break
            updates += 1
        stop.set()
        for reader in readers:
            reader.join()
        reads = sum(reader.reads for reader in readers)
        wrong = [sentence for reader in readers for sentence in reader.wrong]
        print(f"\n{CLIENTS} clients read while an app of 200 files is updated")
        self.figure("updates", updates, None, "")
        self.figure("reads", reads, None, "")
        self.figure("errors and torn answers", len(wrong), 0, "")
        for sentence in wrong[:5]:
            print(f"        {sentence}")

    # 150 slow connections

    def good_among_slow(self):
        """One client that means well, asked for how long it waits, alone and then beside those who do not."""
        alone = self.waits(2)
        stop = threading.Event()
        slow = Slow(self.host.port, stop)
        slow.start()
        slow.ready.wait()
        beside = self.waits(self.seconds)
        stop.set()
        slow.join()
        print(f"\none client that means well, beside {SLOW} slow connections")
        self.figure("p99 alone", percentile(alone, 99), None, "ms")
        self.figure("p50", percentile(beside, 50), None, "ms")
        self.figure("p99", percentile(beside, 99), 200, "ms")

    def waits(self, seconds):
        """Milliseconds of each request, one after the other on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        waits = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.perf_counter()
            status, _ = ask(connection, "GET", "/api/v1/apps", headers=self.headers)
            waits.append((time.perf_counter() - begin) * 1000)
            if status != 200:
                self.failed.append(f"a good client got {status}")
        return waits

    # Bodies that are no strict JSON

    def hostile_bodies(self):
        bodies = {
            "100,000 levels": b"[" * 100_000, "60,000 keys": dictionary(60_000), "1e999": b'{"for":1e999}',
            "a million digits": b'{"for":' + b"9" * 1_000_000 + b"}",
            "a long text": b'{"for":"' + b"x" * 1_000_000 + b'"}',
            "escapes": b'{"for":"' + b"\\u0041" * 150_000 + b'"}', "no UTF-8": b'{"for":"\xff"}',
        }
        print("\nbodies that are no request")
        operator = AtSocket(self.host.socket)
        for name, body in bodies.items():
            waits = []
            for _ in range(9):
                begin = time.perf_counter()
                operator.request("POST", "/api/v1/apps/notes/hold", body, {"Content-Type": "application/json"})
                answer = operator.getresponse()
                answer.read()
                waits.append((time.perf_counter() - begin) * 1000)
                if answer.status != 400:
                    self.failed.append(f"{name}: {answer.status}")
            self.figure(name, statistics.median(waits), 50, "ms")

    # Reads per second

    def reads_per_second(self):
        """In turns, so that what else the machine does falls on both alike."""
        bearer = f"Authorization: {self.headers['Authorization']}"
        sides = {
            "hello": [f"http://127.0.0.1:{self.hello_port}/hello"],
            "apps": ["-H", bearer, f"http://127.0.0.1:{self.host.port}/api/v1/apps"],
            "app": ["-H", bearer, f"http://127.0.0.1:{self.host.port}/api/v1/apps/notes"],
            "operations": ["-H", bearer, f"http://127.0.0.1:{self.host.port}/api/v1/operations"],
        }
        rates = {side: [] for side in sides}
        for _ in range(3):
            for side, words in sides.items():
                rates[side].append(self.wrk(words))
        rate = {side: statistics.median(values) for side, values in rates.items()}
        print(f"\nreads per second, {CLIENTS} connections, median of three turns")
        self.figure("hello world of Hummingbird", rate["hello"], None, "/s")
        self.figure("GET /api/v1/apps", rate["apps"], None, "/s")
        self.figure("GET /api/v1/apps/notes", rate["app"], None, "/s")
        self.figure("GET /api/v1/operations, which reads tokens alone", rate["operations"], None, "/s")
        share = statistics.median(apps / hello for apps, hello in zip(rates["apps"], rates["hello"]))
        self.figure("GET /api/v1/apps as a share of hello world", share, 0.5, "", least=True)

    def wrk(self, words):
        said = subprocess.run(["wrk", "-t1", f"-c{CLIENTS}", f"-d{max(2, self.seconds // 2)}s", *words],
                              capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            self.failed.append(f"wrk {words[-1]}: {said}")
        return float(re.search(r"Requests/sec:\s+([0-9.]+)", said).group(1))

    # Reporting

    def figure(self, name, value, goal, unit, least=False):
        met = goal is None or (value >= goal if least else value <= goal)
        if not met:
            self.failed.append(name)
        word = "at least" if least else "at most"
        verdict = "" if goal is None else f"  ({word} {goal}: {'met' if met else 'MISSED'})"
        text = f"{value:.2f}" if isinstance(value, float) else f"{value}"
        print(f"    {name}: {text} {unit}".rstrip() + verdict, flush=True)

    def finish(self):
        print(f"\nbench: {len(self.failed)} goals missed" + "".join(f"\n  {name}" for name in self.failed))
        sys.exit(1 if self.failed else 0)


class Reader(threading.Thread):
    """Reads until it is told to stop, and looks whether what it reads is of one state."""

    PATHS = ["/api/v1/apps", "/api/v1/apps/big", "/api/v1/apps/big/history", "/api/v1/runtime"]

    def __init__(self, load, number, stop):
        super().__init__(daemon=True)
        self.load, self.number, self.stopped = load, number, stop
        self.reads, self.wrong = 0, []
        # Of each version, as it was seen first.
        self.digests = {}

    def run(self):
        at_port = self.number % 2 == 0
        host = self.load.host
        connection = (http.client.HTTPConnection("127.0.0.1", host.port, timeout=60) if at_port
                      else AtSocket(host.socket))
        headers = self.load.headers if at_port else {}
        while not self.stopped.is_set():
            path = self.PATHS[(self.number + self.reads) % len(self.PATHS)]
            try:
                status, answer = ask(connection, "GET", path, headers=headers)
                self.reads += 1
                self.judge(path, status, answer)
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                self.wrong.append(f"{path}: {type(error).__name__}: {error}")
                connection.close()

    def judge(self, path, status, answer):
        if status != 200:
            self.wrong.append(f"{path}: {status} {answer}")
        elif answer.get("warnings"):
            self.wrong.append(f"{path}: {answer['warnings']}")
        elif path == "/api/v1/apps":
            if [app["id"] for app in answer["apps"]] != ["big", "notes", "wiki"]:
                self.wrong.append(f"{path}: {answer}")
            else:
                self.same(path, answer["apps"][0])
        elif path == "/api/v1/apps/big":
            self.same(path, answer)

    def same(self, path, app):
        """One version has one digest, and what can be rolled back to is the other one."""
        known = self.digests.setdefault(app["version"], app["digest"])
        back = app["rollback"] and app["rollback"]["version"]
        if app["digest"] != known or back == app["version"]:
            self.wrong.append(f"{path}: {app['version']}, {app['digest']}, back to {back}")


class Slow(threading.Thread):
    """Connections that send a header each second, or a byte of a body, or read a byte of a long answer."""

    def __init__(self, port, stop):
        super().__init__(daemon=True)
        self.port, self.stopped, self.ready = port, stop, threading.Event()

    def run(self):
        ways = [self.head, self.body, self.reader]
        open_now = [(number, self.connected(ways[number % 3])) for number in range(SLOW)]
        self.ready.set()
        while not self.stopped.wait(1):
            # Who was cut off comes again.
            open_now = [(number, self.trickle(connection, ways[number % 3])) for number, connection in open_now]
        for _, connection in open_now:
            connection.close()

    def connected(self, way):
        connection = socket.socket()
        # Who reads slowly leaves the server with most of what it sends.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", self.port))
        connection.setblocking(False)
        connection.send(way(self.port))
        return connection

    def trickle(self, connection, way):
        try:
            if way == self.reader:
                is_open = connection.recv(1) != b""
            else:
                is_open = connection.send(b"X-Slow: 1\r\n" if way == self.head else b"x") > 0
        except BlockingIOError:
            is_open = True
        except OSError:
            is_open = False
        if is_open:
            return connection
        connection.close()
        return self.connected(way)

    @staticmethod
    def head(port):
        return f"GET /api/v1/apps HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode()

    @staticmethod
    def body(port):
        return (f"POST /api/v1/apps/notes/hold HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                "Content-Length: 1000000\r\n\r\n").encode()

    @staticmethod
    def reader(port):
        return f"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() * 10


def dictionary(count):
    return ("{" + ",".join(f'"k{number}":0' for number in range(count)) + "}").encode()


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


if __name__ == "__main__":
    main()
