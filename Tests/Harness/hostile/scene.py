"""A host of its own for hostile bundles: roots, and other people's files above, beside and below them."""

import hashlib
import json
import os
import stat
import subprocess
import tempfile
import time


# Where names and links of the bundles lead that have more steps upwards than the scene is deep.
ELSEWHERE = ["/etc/passwd", "/etc/cron.d/x", "/passwd", "/tmp/passwd", "/tmp/x"]
# Of the app that all updates are of.
HISTORY = "host/updated/apps/sample/history.jsonl"


class Problem(Exception):
    pass


class Result:
    """How one run of the program ended."""

    def __init__(self, status, error, complaint, output, seconds, kibibytes, left):
        self.status = status
        self.error = error
        # How many bytes the error is told in.
        self.complaint = complaint
        self.output = output
        self.seconds = seconds
        self.kibibytes = kibibytes
        self.left = left


class Scene:
    def __init__(self, program, bundles, place):
        self.program = program
        self.place = place
        self.key = os.path.join(bundles, "keys", "signer.pem")
        self.public_key = os.path.join(bundles, "keys", "signer.pub")
        for name in ("home", "tmp", "cwd", "host/etc/cron.d"):
            os.makedirs(os.path.join(place, name))
        self.empty = self.make_root("empty")
        self.updated = self.make_root("updated")
        self.install_older()
        for name in ("", "home", "tmp", "cwd", "host", "host/etc", "host/empty/apps", "host/updated/apps"):
            self.write_canary(os.path.join(place, name, "passwd"))
        os.symlink("../../etc", os.path.join(self.updated, "data", "out"))
        self.before = self.shape()

    def make_root(self, name):
        """A root that trusts the bundles' signer."""
        root = os.path.join(self.place, "host", name)
        self.succeed("trust", "add", self.public_key, "--name", "signer", "--root", root)
        return root

    def install_older(self):
        """An older, sound version of the app that the refused bundles are of."""
        source = os.path.join(self.place, "older")
        files = {
            "apphost/manifest.json": json.dumps(
                {"schema": 1, "id": "sample", "name": "Sample", "version": "0.9.0", "launch": {"command": ["bin/run"]}}),
            "bin/run": "#!/bin/sh\necho run\n",
            "data/a.txt": "older\n",
            "data/b.txt": "b\n",
        }
        for name, content in files.items():
            path = os.path.join(source, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
            os.chmod(path, 0o755 if name == "bin/run" else 0o644)
        archive = os.path.join(self.place, "older.tar")
        self.succeed("pack", source, "-o", archive, "--key", self.key)
        self.succeed("install", archive, "--root", self.updated)

    @staticmethod
    def write_canary(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("nobody may write here\n")
        os.chmod(path, 0o600)

    # Running the program

    def run(self, *arguments):
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": os.path.join(self.place, "home"),
            "TMPDIR": os.path.join(self.place, "tmp"),
            "SWIFT_BACKTRACE": "enable=no",
        }
        began = time.monotonic()
        # A session of its own, by which all that it starts is known.
        # Into files: a pipe that is full would be waited for.
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
            process = subprocess.Popen(
                [self.program, *arguments, "--json"], cwd=os.path.join(self.place, "cwd"), env=environment,
                stdin=subprocess.DEVNULL, stdout=said, stderr=complained, start_new_session=True)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            output, errors = content(said), content(complained)
        return Result(
            process.returncode, failure(errors), len(errors), output, seconds, usage.ru_maxrss,
            processes_of(process.pid))

    def succeed(self, *arguments):
        result = self.run(*arguments)
        if result.status != 0:
            raise Problem(f"{arguments[0]} ends with {result.status}: {result.error}")
        return json.loads(result.output)

    # Looking at what it did

    def changes(self, is_told):
        """What is not as it was, by path; afterwards this is how it was.

        Where a refusal is told, it is so with one line more in the app's history.
        """
        now = self.shape()
        changed = sorted(
            name for name in self.before.keys() | now.keys()
            if self.before.get(name) != now.get(name) and not (is_told and name == HISTORY))
        if is_told and now[HISTORY][:-1] != self.before[HISTORY]:
            changed.append(HISTORY)
        self.before = now
        return changed

    def leftovers(self):
        """What stands where nothing may stand between two commands."""
        found = []
        for root in (self.empty, self.updated):
            for part in ("staging", "trash"):
                found += [os.path.join(part, name) for name in os.listdir(os.path.join(root, part))]
        return found

    def shape(self):
        """Kind, mode, owner, size, time, inode and content of everything but what is being unpacked."""
        shape = {path: status(path) for path in ELSEWHERE}
        unpacking = {os.path.join(root, part) for root in (self.empty, self.updated) for part in ("staging", "trash")}
        for folder, directories, files in os.walk(self.place):
            for name in directories + files:
                path = os.path.join(folder, name)
                relative = os.path.relpath(path, self.place)
                if path in unpacking:
                    continue
                shape[relative] = lines(path) if relative == HISTORY else describe(path)
            directories[:] = [name for name in directories if os.path.join(folder, name) not in unpacking]
        return shape


def status(path):
    """What can be seen of a file that may be anybody's; None where there is none."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return (found.st_mode, found.st_uid, found.st_gid, found.st_size, found.st_mtime_ns, found.st_ino)


def lines(path):
    """Mode, owner and inode, and each line."""
    status = os.lstat(path)
    with open(path, "rb") as file:
        return [(status.st_mode, status.st_uid, status.st_gid, status.st_ino), *file.read().splitlines(keepends=True)]


def describe(path):
    status = os.lstat(path)
    content = None
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
    elif stat.S_ISLNK(status.st_mode):
        content = os.readlink(path)
    return (status.st_mode, status.st_uid, status.st_gid, status.st_size, status.st_mtime_ns, status.st_ino, content)


def content(file):
    file.seek(0)
    return file.read()


def failure(errors):
    """The failure that a command with --json tells on its last line; empty where it tells none."""
    for line in reversed(errors.decode("utf-8", "replace").splitlines()):
        try:
            return json.loads(line)["error"]
        except (ValueError, KeyError, TypeError):
            continue
    return {}


def processes_of(session):
    """The processes that are still in a session; those that are on their way out are given a second."""
    until = time.monotonic() + 1
    while True:
        left = [number for number in os.listdir("/proc") if number.isdigit() and session_of(number) == session]
        if not left or time.monotonic() > until:
            return left


def session_of(number):
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
            # Behind the name, which may have anything in it: state, parent, group, session.
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[3])
