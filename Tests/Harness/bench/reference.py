#!/usr/bin/env python3
"""The reference implementation of TUF, python-tuf, on both sides of catalog.py: it publishes, and it is the peer.

    reference.py serve FOLDER                 a catalog of 10,000 entries on loopback; orders on standard input:
                                              'count' and 'release', each answered with one line of JSON
    reference.py refresh URL ROOT FOLDER      what its client does; one path in each bin on standard input

Both are processes of their own: a child's peak memory is never less than that of the process that started it, so
catalog.py has to stay small.
"""

import argparse
import datetime
import hashlib
import json
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp)
from tuf.ngclient import Updater

APPS = 1000
VERSIONS = 10

# After a release a client fetches timestamp, snapshot and one bin. Snapshot has 130 bytes for each bin, and a bin is its
# share of 12.7 MB, so the sum is least with √(12,700,000 / 130) ≈ 310 bins. 256 is the power of 16 next to it: with
# one, each bin is one prefix of the hexadecimal digits of a path's hash. 16 bins would be 6 %, 4,096 almost 4 %.
PREFIX_DIGITS = 2
BINS = 16 ** PREFIX_DIGITS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve").add_argument("folder")
    peer = verbs.add_parser("refresh")
    for name in ("url", "root", "folder"):
        peer.add_argument(name)
    options = parser.parse_args()
    if options.verb == "serve":
        serve(options.folder)
    else:
        refresh(options.url, options.root, options.folder)


# The client

def refresh(url, root, folder):
    """Brings a folder up to date. The seconds are without starting Python and importing the library."""
    paths = sys.stdin.read().split()
    with open(root, "rb") as file:
        trusted = file.read()
    start = time.monotonic()
    updater = Updater(folder, url + "metadata/", bootstrap=trusted)
    updater.refresh()
    missing = [path for path in paths if updater.get_targetinfo(path) is None]
    answer(seconds=time.monotonic() - start, missing=missing)


# The server

def serve(folder):
    catalog = Catalog()
    server = Server(catalog.files)
    root = os.path.join(folder, "1.root.json")
    with open(root, "wb") as file:
        file.write(catalog.files["1.root.json"])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer(url=f"http://127.0.0.1:{server.server_port}/", root=root, entries=APPS * VERSIONS, bins=BINS,
           bytes=catalog.size(), paths=catalog.path_of_each_bin(), ids=[app_id(app) for app in range(APPS)])
    for order in sys.stdin:
        match order.strip():
            case "count":
                answer(**server.counted())
            case "release":
                answer(**catalog.release(), bytes=catalog.size())


def answer(**values):
    print(json.dumps(values), flush=True)


class Server(ThreadingHTTPServer):
    """Serves files from memory, and counts."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.lock = threading.Lock()
        self.count = {"requests": 0, "bytes": 0}

    def add(self, size):
        with self.lock:
            self.count["requests"] += 1
            self.count["bytes"] += size

    def counted(self):
        """Since it was asked last. The bytes are those of the files, without headers."""
        with self.lock:
            count, self.count = self.count, {"requests": 0, "bytes": 0}
        return count


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise the second segment of an answer waits 40 ms for the client's acknowledgement of the first.
    disable_nagle_algorithm = True
    wbufsize = 64 << 10

    def do_GET(self):
        content = self.server.files.get(self.path.removeprefix("/metadata/"))
        body = content or b""
        # Before the client can have it, so that it is counted when the client ends.
        self.server.add(len(body))
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# The catalog

class Catalog:
    """10,000 entries in hashed bins with consistent snapshots. The bins share a key, as where a service signs them."""

    def __init__(self):
        self.files = {}
        self.random = random.Random(1)
        self.published = [0] * APPS
        self.expires = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(365)
        self.signers = {role: CryptoSigner.generate_ed25519() for role in
                        ("root", "targets", "snapshot", "timestamp", "bins")}
        self.bins = [Targets(expires=self.expires) for _ in range(BINS)]
        for app in range(APPS):
            for _ in range(VERSIONS):
                self.add(app)
        self.write_root()
        key = self.signers["bins"].public_key
        roles = {name(bin): DelegatedRole(name(bin), [key.keyid], 1, False, path_hash_prefixes=[prefix(bin)])
                 for bin in range(BINS)}
        targets = Targets(expires=self.expires, delegations=Delegations({key.keyid: key}, roles))
        self.snapshot = Snapshot(expires=self.expires)
        self.timestamp = Timestamp(expires=self.expires)
        self.snapshot.meta["targets.json"] = self.write("targets", targets)
        for bin in range(BINS):
            self.snapshot.meta[name(bin) + ".json"] = self.write(name(bin), self.bins[bin])
        self.write_online()

    def size(self):
        """Bytes of what a client without anything fetches."""
        names = {f"{self.snapshot.version}.snapshot.json", "timestamp.json"}
        names |= {f"{file.version}.{role}" for role, file in self.snapshot.meta.items()}
        return sum(len(self.files[name]) for name in names)

    def path_of_each_bin(self):
        return [min(bin.targets) for bin in self.bins]

    def release(self):
        """Publishes the next version of an app, another one each time."""
        app = self.random.randrange(APPS)
        path, version = self.add(app)
        bin = bin_of(path)
        self.bins[bin].version += 1
        self.snapshot.meta[name(bin) + ".json"] = self.write(name(bin), self.bins[bin])
        self.snapshot.version += 1
        self.timestamp.version += 1
        self.write_online()
        return {"id": app_id(app), "version": version, "path": path}

    def add(self, app):
        version = f"1.{self.published[app]}.0"
        self.published[app] += 1
        path = f"apps/{app_id(app)}/{version}/{app_id(app)}-{version}.tar.zst"
        file = TargetFile(self.random.randrange(1 << 16, 1 << 28), {"sha256": self.digest()}, path,
                          {"custom": {"apphost": self.entry(app, version)}})
        self.bins[bin_of(path)].targets[path] = file
        return path, version

    def entry(self, app, version):
        """About a kilobyte, as `apphost catalog publish` writes one of a small server."""
        words = app_words(app)
        return {
            "schema": 1, "id": app_id(app), "name": " ".join(words).title(), "version": version,
            "digest": self.digest(),
            "summary": f"A {words[0]} {words[1]} that listens on this host and keeps its own data.",
            "channel": "stable", "publishedAt": f"2026-{self.random.randrange(1, 13):02}-01T10:00:00Z",
            "permissions": ["network.listen", "data.write"],
            "permissionRationale": {
                "network.listen": f"Serves the pages of the {words[1]} on loopback.",
                "data.write": "Keeps what people enter."},
            "environment": [
                {"name": "SYNC_TOKEN", "description": "Token for the service it synchronises with", "required": True,
                 "secret": True},
                {"name": "THEME", "description": "light or dark", "required": False, "secret": False,
                 "default": "light"}],
            "transport": "http", "permissionProfile": "network",
            "changelog": {"summary": f"Faster start, fewer wake-ups, and {self.random.randrange(2, 40)} corrections.",
                          "url": f"https://apps.example.org/{app_id(app)}/{version}"},
            "requires": {"apphost": "1.0.0", "arch": ["x86_64"]},
            "review": {"status": "reviewed", "note": "Read by two people; see the changelog."}, "receipts": [],
            "deprecation": {"status": "none"}, "advisories": [],
        }

    def digest(self):
        return self.random.randbytes(32).hex()

    def write_root(self):
        root = Root(expires=self.expires)
        for role in ("root", "targets", "snapshot", "timestamp"):
            root.add_key(self.signers[role].public_key, role)
        self.write("root", root)

    def write_online(self):
        self.timestamp.snapshot_meta = self.write("snapshot", self.snapshot)
        self.write("timestamp", self.timestamp)

    def write(self, role, signed):
        """Gives what the role above says of it: version, length and hash, as `apphost catalog publish` does."""
        metadata = Metadata(signed)
        metadata.sign(self.signers.get(role, self.signers["bins"]))
        content = metadata.to_bytes()
        self.files["timestamp.json" if role == "timestamp" else f"{signed.version}.{role}.json"] = content
        return MetaFile(signed.version, len(content), {"sha256": hashlib.sha256(content).hexdigest()})


FIRST = ["quiet", "small", "brisk", "plain", "shared", "local", "steady", "modest", "careful", "open"]
SECOND = ["calendar", "notebook", "wiki", "gallery", "inbox", "ledger", "planner", "recipe", "library", "tracker"]


def app_words(app):
    return FIRST[app // 10 % 10], SECOND[app % 10], str(app)


def app_id(app):
    return "-".join(app_words(app))


def name(bin):
    return f"bin-{prefix(bin)}"


def prefix(bin):
    return f"{bin:0{PREFIX_DIGITS}x}"


def bin_of(path):
    return int(hashlib.sha256(path.encode()).hexdigest()[:PREFIX_DIGITS], 16)


if __name__ == "__main__":
    main()
