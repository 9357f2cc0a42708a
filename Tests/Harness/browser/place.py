"""A publisher with a catalog, and a host with a server: everything that the browser looks at, for real."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

CLOCK = """#!/bin/sh
echo "this is version $APPHOST_APP_VERSION"
{ready}
while :; do sleep 1; done
"""
READY = 'echo "$APPHOST_APP_VERSION" >"$APPHOST_APP_RUN_DIR/ready"'
IS_READY = """#!/bin/sh
[ "$(cat "$APPHOST_APP_RUN_DIR/ready")" = "$APPHOST_APP_VERSION" ]
"""
WHY = {"data.write": 'Keeps what you set, in "its" data.'}


class Place:
    """A folder with `site/`, a catalog, and `root/`, which a server of its own serves."""

    def __init__(self, program):
        self.program = os.path.abspath(program)
        self.folder = tempfile.mkdtemp(prefix="apphost-browser-")
        # Apps run as another user where this is the superuser's, and have to reach their own directories.
        os.chmod(self.folder, 0o711)
        self.root = self.folder + "/root"
        self.site = self.folder + "/site"
        self.server = None
        self.apphost("key", "new", self.folder + "/clock.key")
        self.apphost("key", "new", self.folder + "/catalog.key")
        self.apphost("catalog", "init", self.site, "--key", self.folder + "/catalog.key")
        self.publish("1.0", ["network.listen"])
        self.apphost("trust", "add", self.folder + "/clock.key.pub", "--name", "clock")
        if os.getuid() == 0:
            self.apphost("settings", "runAs=nobody")

    def apphost(self, *words, status=0):
        """Runs the program, which has to end with a status."""
        ended = subprocess.run(
            [self.program, "--root", self.root, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert ended.returncode == status, "%s: %s\n%s" % (words, ended.returncode, ended.stderr)
        return ended.stdout

    def json(self, *words):
        return json.loads(self.apphost(*words, "--json"))

    @property
    def fingerprint(self):
        with open(self.site + "/metadata/root.json", "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def publish(self, version, permissions, works=True, seconds=4):
        """A version of the app `clock`. One that does not work lives, and never gets ready in so many seconds."""
        bundle = "%s/clock-%s" % (self.folder, version)
        os.makedirs(bundle + "/apphost")
        os.makedirs(bundle + "/bin")
        manifest = {
            "schema": 1, "id": "clock", "name": "Clock", "version": version,
            "summary": "Says <b>what</b> time it is & no more.", "permissions": permissions,
            "permissionRationale": {name: why for name, why in WHY.items() if name in permissions},
            "launch": {"command": ["bin/clock"]},
            "health": [{"kind": "exec", "command": ["bin/is-ready"], "withinSeconds": seconds}],
        }
        with open(bundle + "/apphost/manifest.json", "w") as file:
            json.dump(manifest, file)
        for name, text in (("clock", CLOCK.format(ready=READY if works else ":")), ("is-ready", IS_READY)):
            with open("%s/bin/%s" % (bundle, name), "w") as file:
                file.write(text)
            os.chmod("%s/bin/%s" % (bundle, name), 0o755)
        self.apphost("pack", bundle, "-o", bundle + ".zip", "--key", self.folder + "/clock.key")
        self.apphost(
            "catalog", "publish", self.site, bundle + ".zip", "--key", self.folder + "/catalog.key", "--changelog",
            "What is new in %s." % version)

    def serve(self):
        """Starts the server, and returns its address."""
        self.server = subprocess.Popen(
            [self.program, "--root", self.root, "serve", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
        for line in self.server.stderr:
            found = re.search(r"127\.0\.0\.1:([1-9][0-9]*)", line)
            if found:
                # What it says later is nobody's to read, and may not fill the pipe.
                self.drain = subprocess.Popen(["cat"], stdin=self.server.stderr, stdout=subprocess.DEVNULL)
                return "http://127.0.0.1:" + found.group(1)
        raise RuntimeError("the server does not say where it listens")

    def token(self, name="browser"):
        return self.apphost("token", "new", name).strip()

    def installed(self, app="clock"):
        """What is installed of an app; nothing where it is not."""
        found = [one for one in self.json("list")["apps"] if one["id"] == app]
        return found[0] if found else None

    def history(self, kind, app="clock"):
        """The lines of a kind, each with its outcome."""
        return [one["outcome"] for one in self.json("history", app)["history"] if one["kind"] == kind]

    def close(self):
        try:
            if self.server:
                self.server.terminate()
                self.server.wait(60)
                self.drain.wait(60)
            subprocess.run([self.program, "--root", self.root, "stop", "--all"], capture_output=True)
        finally:
            subprocess.run(["chmod", "-R", "u+w", self.folder])
            shutil.rmtree(self.folder, ignore_errors=True)
