"""A host that is served: a managed root in a folder of its own, two apps, a catalog, and `apphost serve`."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

ACCEPTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "TestBundles", "accepted")


class Host:
    """`notes` 1.0.0 from the catalog `demo`, which lists 1.1.0 too, and `wiki` from a file. The scheduler is off."""

    def __init__(self, program, work):
        self.program, self.work = os.path.abspath(program), work
        self.environment = {"PATH": os.environ["PATH"], "HOME": work, "LANG": "C.UTF-8",
                            "APPHOST_ROOT": os.path.join(work, "root"), "SWIFT_BACKTRACE": "enable=no"}
        self.socket = os.path.join(work, "root", "apphost.sock")
        self.server = None

    def prepare(self):
        self.must("key", "new", "notes.key")
        self.must("key", "new", "spare.key")
        self.must("trust", "add", "notes.key.pub", "--name", "notes")
        self.must("trust", "add", "spare.key.pub", "--name", "spare")
        for version in ["1.0", "1.1"]:
            self.must("pack", os.path.join(ACCEPTED, f"notes-{version}"), "-o", f"notes-{version}.zip",
                      "--key", "notes.key")
        for version in ["1.0.0", "1.1.0"]:
            self.pack("wiki", version)
        os.makedirs(self.path("shop"))
        self.must("catalog", "init", "shop", "--key", "notes.key")
        self.must("catalog", "publish", "shop", "notes-1.0.zip", "--key", "notes.key")
        self.must("catalog", "add", "demo", "./shop", "--root", "shop/metadata/root.json")
        self.must("install", "notes")
        self.must("catalog", "publish", "shop", "notes-1.1.zip", "--key", "notes.key")
        self.must("catalog", "refresh")
        self.must("install", "./wiki-1.0.0.zip")
        self.must("settings", "scheduler.enabled=false")

    def pack(self, app, version, files=0):
        """Packs a bundle of files alone, as APP-VERSION.zip."""
        source = self.path(f"source-{app}-{version}")
        os.makedirs(os.path.join(source, "apphost"))
        with open(os.path.join(source, "apphost", "manifest.json"), "w") as file:
            json.dump({"schema": 1, "id": app, "name": app, "version": version, "permissions": ["network.listen"],
                       "environment": [{"name": "NOTES_TOKEN", "secret": True}, {"name": "NOTES_THEME"}]}, file)
        with open(os.path.join(source, "index.html"), "w") as file:
            file.write(f"<h1>{app} {version}</h1>\n")
        for number in range(files):
            with open(os.path.join(source, f"{number}.txt"), "w") as file:
                file.write(f"{app} {version} {number}\n" * 50)
        self.must("pack", source, "-o", f"{app}-{version}.zip", "--key", "notes.key")

    # Commands

    def path(self, name):
        return os.path.join(self.work, name)

    def run(self, *words):
        return subprocess.run([self.program, *words], cwd=self.work, env=self.environment, capture_output=True,
                              text=True, check=False)

    def must(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def token(self, name):
        return json.loads(self.must("token", "new", name, "--json"))["token"]["text"]

    # The server

    def serve(self, *options):
        self.log = open(self.path("server.log"), "wb+")
        self.server = subprocess.Popen([self.program, "serve", "--listen", "127.0.0.1:0", *options], cwd=self.work,
                                       env=self.environment, stderr=self.log)
        end = time.monotonic() + 60
        while True:
            found = re.search(r"listening.*127\.0\.0\.1:([0-9]+)", self.said())
            if found:
                self.port = int(found.group(1))
                return
            if self.server.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"the server does not listen: {self.said()}")
            time.sleep(0.01)

    def said(self):
        """What the server has logged."""
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        """Asks the server to end; returns its exit status. Also of a run that failed."""
        if self.server is None:
            return None
        server, self.server = self.server, None
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        try:
            return server.wait(120)
        except subprocess.TimeoutExpired:
            server.kill()
            return server.wait()


class AtSocket(http.client.HTTPConnection):
    """A connection to the socket of a root, as the operator."""

    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(connection, method, path, body=None, headers=None):
    """One request on a connection that is kept.

    Returns: the status, and the answer's object."""
    data = None if body is None else json.dumps(body)
    given = dict(headers or {})
    if data is not None:
        given["Content-Type"] = "application/json"
    connection.request(method, path, data, given)
    answer = connection.getresponse()
    content = answer.read()
    return answer.status, json.loads(content)
