#!/usr/bin/env python3
"""Measures for how long nobody answers while a running app of 18,000 files is updated.

Both sides stop a server and start one: 'restart' the same program, with no swap between, and 'apply --restart' the
version that was staged before. The time is that from the end of the old process to the first connection that the new
one takes; one process sees both. What is held against the goal is the median of the differences of each round, whose
two sides run one after the other, first the one and then the other.

    downtime.py [--rounds N] PROGRAM FOLDER

FOLDER keeps what was fetched and unpacked, so that a second run starts sooner. Run by the superuser, the server runs as
'nobody', or as 'root' where there is no /usr/bin/python3.
"""

import argparse
import json
import os
import random
import select
import socket
import statistics
import subprocess
import sys
import time

from bench import Bench, fetch, run, unpack

APP = "ansible"
VERSIONS = ["9.1.0", "9.2.0"]

# Starts fast and evenly: no site, no package, and of sockets only what is written in C.
SERVER = """#!{python} -IS
import _socket

listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", {port}))
listener.listen(64)
while True:
    connection, _ = listener._accept()
    _socket.close(connection)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("program")
    parser.add_argument("folder")
    options = parser.parse_args()
    bench = Downtime(os.path.abspath(options.program), os.path.abspath(options.folder), options.rounds)
    try:
        bench.start()
        rows = [bench.round(number) for number in range(options.rounds)]
    finally:
        bench.stop()
    bench.report(rows)
    bench.finish()


class Downtime(Bench):
    def __init__(self, program, folder, rounds):
        super().__init__(program, folder, rounds)
        self.root = os.path.join(self.work, "root")
        self.port = free_port()
        # Whoever it runs as has to reach it: one in somebody's home is the superuser's alone.
        self.python = "/usr/bin/python3"
        self.user = "nobody"
        if not os.path.exists(self.python):
            self.python, self.user = os.path.realpath(sys.executable), "root"
        self.trees = [self.tree(version) for version in VERSIONS]

    # What is compared

    def tree(self, version):
        """The wheel as a bundle that serves, unpacked by an earlier run or now."""
        tree = os.path.join(self.folder, f"downtime-{version}")
        manifest = os.path.join(tree, "apphost", "manifest.json")
        if not os.path.exists(manifest):
            print(f"preparing {APP} {version}", file=sys.stderr)
            unpack(fetch(self.folder, APP, version), tree)
            os.makedirs(os.path.dirname(manifest))
        server = os.path.join(tree, "serve")
        with open(server, "w") as file:
            file.write(SERVER.format(python=self.python, port=self.port))
        os.chmod(server, 0o755)
        with open(manifest, "w") as file:
            json.dump({"schema": 1, "id": APP, "name": APP, "version": version, "launch": {"command": ["serve"]},
                       "health": [{"kind": "tcp", "host": "127.0.0.1", "port": self.port}]}, file)
        run(self.program, "sign", tree, "--key", self.key)
        return tree

    def start(self):
        self.apphost(self.root, "trust", "add", self.key + ".pub", "--name", "bench")
        if os.geteuid() == 0:
            self.apphost(self.root, "settings", f"runAs={self.user}")
        self.apphost(self.root, "install", self.trees[0])
        self.apphost(self.root, "start", APP)
        self.wait_for_server()

    def round(self, number):
        """Seconds of each side. Which of them goes first changes from round to round."""
        candidate = (number + 1) % 2
        self.apphost(self.root, "update", APP, "--from", self.trees[candidate], "--stage", "--accept", "downgrade")
        sides = {"restart": ["restart", APP], "apply": ["apply", APP, "--restart"]}
        row = {side: self.gap(*sides[side]) for side in (list(sides) if number % 2 else reversed(sides))}
        if self.status()["version"] != VERSIONS[candidate]:
            sys.exit(f"bench: what was staged does not run: {self.status()}")
        return row

    def gap(self, *words):
        """Seconds from the end of the process that serves to the first connection that the next one takes."""
        os.sync()
        old = os.pidfd_open(self.status()["pid"])
        ended = select.poll()
        ended.register(old, select.POLLIN)
        command = subprocess.Popen([self.program, "--root", self.root, "--quiet", *words], stdout=subprocess.DEVNULL)
        if not ended.poll(120_000):
            sys.exit(f"bench: {words} did not stop the server")
        gone = time.monotonic()
        self.wait_for_server()
        served = time.monotonic()
        os.close(old)
        if command.wait() != 0:
            sys.exit(f"bench: {words} ended with {command.returncode}")
        return served - gone

    # The server

    def status(self):
        words = [self.program, "--root", self.root, "--json", "status", APP]
        return json.loads(subprocess.check_output(words))["apps"][0]

    def wait_for_server(self):
        end = time.monotonic() + 60
        while not accepts(self.port):
            if time.monotonic() > end:
                sys.exit(f"bench: nobody serves on port {self.port}")
            # Short beside what is measured, and leaves the processor to those who are measured.
            time.sleep(0.0002)

    def stop(self):
        """Also of a run that failed: else the server would outlive it."""
        if os.path.isdir(self.root):
            self.apphost(self.root, "stop", "--all")

    # Reporting

    def report(self, rows):
        milliseconds = lambda values: 1000 * statistics.median(values)
        print(f"\ndowntime of {APP} {VERSIONS[0]} and {VERSIONS[1]} in turn, medians of {len(rows)} rounds")
        self.figure("restart, with no swap between", milliseconds(row["restart"] for row in rows), None, "ms")
        self.figure("apply --restart of what is staged", milliseconds(row["apply"] for row in rows), None, "ms")
        self.figure("difference of a round", milliseconds(row["apply"] - row["restart"] for row in rows), 20, "ms")


def free_port():
    """One that is not given to whoever asks for any port, so that it stays free between two servers."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) != 0:
                return port


def accepts(port):
    with socket.socket() as attempt:
        if attempt.connect_ex(("127.0.0.1", port)) != 0:
            return False
        # Where a host gives this port to whoever asks for any, a socket may meet itself.
        return attempt.getsockname() != attempt.getpeername()


if __name__ == "__main__":
    main()
