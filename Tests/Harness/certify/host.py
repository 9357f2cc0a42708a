"""What a proof works with: the real program in a directory of its own, a publisher there, and an operator.

Every command that is run and every fact that is looked at becomes a step of the evidence. Commands run in that
directory and are given relative paths, so that no step holds a path of the machine.
"""

import datetime
import hashlib
import json
import os
import shutil
import stat
import subprocess

APP = "notes"
CATALOG = "demo"
TIMEOUT = 120
LONG_AGO = "2020-01-01T00:00:00Z"
# Nobody listens there: whoever asks anything beyond this host, which takes no proxy, is refused.
DEAD_END = "http://127.0.0.1:9"


class Failed(Exception):
    """Something is not as it has to be."""


class WrongMode(Exception):
    """What was run is not what is to be certified."""


class Answer:
    def __init__(self, status, output, error):
        self.status = status
        self.output = output
        self.failure = error

    @property
    def code(self):
        return self.failure["code"] if self.failure else None

    @property
    def state(self):
        return self.failure["state"] if self.failure else None


class Host:
    def __init__(self, program, place):
        self.program = program
        self.place = place
        self.root = os.path.join(place, "root")
        self.steps = []

    # ---- Commands

    def start(self, *words, limit=None):
        """The program with `--json`. With `limit`, no file that it writes gets longer than so many half kibibytes."""
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": self.place, "LANG": "C.UTF-8", "TMPDIR": self.place,
            "APPHOST_ROOT": self.root, "http_proxy": DEAD_END, "https_proxy": DEAD_END, "all_proxy": DEAD_END,
            "SWIFT_BACKTRACE": "enable=no"}
        command = [self.program, "--json", *words]
        if limit is not None:
            # An ignored signal stays ignored: a write that is too long fails instead of killing.
            command = ["sh", "-c", f"trap '' XFSZ; ulimit -f {limit}; exec \"$@\"", "sh", *command]
        return subprocess.Popen(
            command, cwd=self.place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def finish(self, running, *words):
        try:
            output, error = running.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
            raise Failed(f"'apphost {' '.join(words)}' did not end within {TIMEOUT} seconds")
        answer = Answer(running.returncode, loose(output), (loose(error) or {}).get("error"))
        step = {"command": " ".join(["apphost", *words]), "status": answer.status}
        if answer.code:
            step["code"] = answer.code
        self.steps.append(step)
        return answer

    def attempt(self, *words, limit=None):
        """However it ends."""
        return self.finish(self.start(*words, limit=limit), *words)

    def run(self, *words, status=0, code=None):
        """What it wrote, where it ends with this status, and with this failure where it has one."""
        answer = self.attempt(*words)
        if answer.status != status or answer.code != code:
            said = f": {answer.failure['message']}" if answer.failure else ""
            wanted = f"{status} {code}" if code else f"{status}"
            raise Failed(f"'apphost {' '.join(words)}' ended with {answer.status} {answer.code or ''}{said}; "
                         f"wanted {wanted}")
        return answer.output

    def end(self):
        """Whatever happened, nothing of it lives on, and nothing of it stays."""
        if os.path.isdir(self.root):
            stopping = self.start("stop", "--all")
            try:
                stopping.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                stopping.kill()
                stopping.communicate()
        for folder, _, _ in os.walk(self.place):
            os.chmod(folder, 0o700)
        shutil.rmtree(self.place)

    # ---- Facts

    def see(self, fact, seen, wanted=True):
        """Writes down what was seen, and fails where that is not what is wanted."""
        self.steps.append({"fact": fact, "seen": seen})
        if seen != wanted:
            raise Failed(f"{fact}: saw {json.dumps(seen)}, wanted {json.dumps(wanted)}")

    def require_owner(self):
        if os.path.isdir(self.root) and os.stat(self.root).st_uid != os.geteuid():
            raise WrongMode("the root does not belong to the user who ran the program")

    # ---- The publisher

    def prepare(self):
        """A publisher with an empty catalog, whom the operator trusts."""
        self.run("key", "new", "publisher.key")
        self.run("catalog", "init", "site", "--key", "publisher.key")
        self.run("trust", "add", "publisher.key.pub", "--name", "publisher")
        if os.geteuid() == 0:
            self.run("settings", "runAs=nobody")

    def pack(self, version, *, key="publisher.key", healthy=True, works="exec sleep 1000000", app=APP, name=None,
             **manifest):
        """A bundle of an app that writes nothing, and of a probe that always says the same. Yields the archive."""
        tree = os.path.join(self.place, "bundle")
        shutil.rmtree(tree, ignore_errors=True)
        os.makedirs(os.path.join(tree, "apphost"))
        os.makedirs(os.path.join(tree, "bin"))
        about = {
            "schema": 1, "id": app, "name": app.capitalize(), "version": version, "launch": {"command": ["bin/app"]},
            "health": [{"kind": "exec", "command": ["bin/probe"], "withinSeconds": 2, "timeoutSeconds": 2}]}
        write(os.path.join(tree, "apphost", "manifest.json"), json.dumps({**about, **manifest}))
        write(os.path.join(tree, "bin", "app"), f"#!/bin/sh\n# {version}\n{works}\n", 0o755)
        write(os.path.join(tree, "bin", "probe"), f"#!/bin/sh\nexit {0 if healthy else 1}\n", 0o755)
        write(os.path.join(tree, "page.html"), f"version {version}\n" * 500)
        archive = name or f"{app}-{version}.tar.gz"
        self.run("pack", "bundle", "-o", archive, "--key", key)
        return archive

    def publish(self, *words):
        return self.run("catalog", "publish", "site", *words, "--key", "publisher.key")

    def offer(self, version, *words, **manifest):
        """Packs a version and lists it as one that its publisher calls reviewed, which a policy needs at least."""
        archive = self.pack(version, **manifest)
        claim = [] if "--review-status" in words or "--receipt" in words else ["--review-status", "reviewed"]
        self.publish(archive, *claim, *words)
        return archive

    # ---- The operator

    def follow(self, name=CATALOG, site="site"):
        self.run("catalog", "add", name, f"./{site}", "--root", f"{site}/metadata/root.json")

    def installed(self, version="1.0", **manifest):
        """An operator who follows the catalog and has this version of the app from it."""
        self.prepare()
        self.offer(version, **manifest)
        self.follow()
        self.run("install", APP)

    def outdated(self, *words, **manifest):
        """Likewise, and the catalog lists 1.1, too."""
        self.installed()
        self.offer("1.1", *words, **manifest)

    def check(self, *words):
        return self.run("check", APP, *words)["results"][0]

    def listed(self):
        return self.run("list")["apps"][0]

    def slots(self):
        """Versions: what is installed, staged, and kept to go back to."""
        app = self.listed()
        return [app["version"], *((app[slot] or {}).get("version") for slot in ["staged", "rollback"])]

    def history(self, kind):
        return [line for line in self.run("history", APP)["history"] if line["kind"] == kind]

    def life(self):
        return self.run("status", APP)["apps"][0]

    def stops(self, check):
        return [stop["code"] for stop in check["blockedBy"]]

    # ---- The scheduler

    def schedule(self, *words, status=0):
        """What one pass did: kind, name, action, result and code of each thing."""
        report = self.run("scheduler", "run", *words, status=status)
        return [[turn[key] for key in ["kind", "name", "action", "result", "code"]] for turn in report["results"]]

    def state_path(self, kind, name):
        return os.path.join(self.root, "scheduler", f"{kind}-{name}.json")

    def state(self, kind, name):
        with open(self.state_path(kind, name)) as file:
            return json.load(file)

    def make_due(self, kind, name):
        """As if its time had come: nothing waits for a clock."""
        state = self.state(kind, name)
        state["nextCheck"] = LONG_AGO
        write(self.state_path(kind, name), json.dumps(state, separators=(",", ":")) + "\n", 0o600)

    # ---- The disk

    def path(self, *names):
        return os.path.join(self.root, *names)

    def slot(self, name):
        """The digest of a slot's names, modes and content; nil where there is none."""
        return digest(tree(self.path("apps", APP, name), times=False))

    def content(self):
        """Every file that makes an app what it is: the slots, and what the record says."""
        app = tree(self.path("apps", APP), times=False)
        passing = {"check.json", "history.jsonl", "lock", "confirm.lock", "running.lock"}
        return digest({name: entry for name, entry in app.items() if name not in passing})


def loose(text):
    """The last object of an output; warnings may come before it."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    return None


def seconds(moment):
    return int(datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())


def write(path, text, mode=0o644):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def tree(top, times=True):
    """What a directory holds, by relative path: kind, mode, owner, content; and when it was changed, if that counts."""
    found = {}
    if not os.path.lexists(top):
        return found
    waiting = [""]
    while waiting:
        name = waiting.pop()
        path = os.path.join(top, name) if name else top
        status = os.lstat(path)
        entry = [stat.filemode(status.st_mode), status.st_uid, status.st_gid]
        if times:
            entry.append(status.st_mtime_ns)
        if stat.S_ISLNK(status.st_mode):
            entry.append(os.readlink(path))
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                entry.append(hashlib.sha256(file.read()).hexdigest())
        elif stat.S_ISDIR(status.st_mode):
            waiting += [os.path.join(name, child) for child in sorted(os.listdir(path))]
        found[name] = entry
    return found


def digest(found):
    if not found:
        return None
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
