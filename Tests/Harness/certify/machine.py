"""Under what conditions the program is run: how it was built, by whom, and what is in reach beside this host."""

import errno
import hashlib
import mmap
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys

# Programs that were not optimised need it, and get it as a shared library; what is released has all of Swift inside.
UNOPTIMISED = b"libswiftSwiftOnoneSupport.so"
SHARED = b"libswiftCore.so"
INSIDE = "CERTIFY_INSIDE"


def build(program):
    """How it was built: `release` as `make build` does it, `debug` as `make test` does."""
    with open(program, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return "debug" if content.find(UNOPTIMISED) >= 0 or content.find(SHARED) >= 0 else "release"


def program_facts(program):
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read())
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    return {"version": said.stdout.strip(), "sha256": digest.hexdigest(), "build": build(program)}


def host_facts():
    return {"system": platform.system(), "kernel": platform.release(), "arch": platform.machine(),
            "python": platform.python_version(), "user": "superuser" if os.geteuid() == 0 else "ordinary"}


def is_foreign(program):
    """Whether it would act as another user than the one who runs it, and so on a root that is not theirs."""
    status = os.stat(program)
    return bool(status.st_mode & (stat.S_ISUID | stat.S_ISGID)) or os.geteuid() != os.getuid()


def isolate():
    """Runs this very command again in a network namespace of its own, which has no interface that leads anywhere.

    Returns only where that is done already, or cannot be had.
    """
    if INSIDE in os.environ:
        return
    ways = [["unshare", "--net"], ["unshare", "--user", "--map-current-user", "--net"]]
    for way in ways if shutil.which("unshare") else []:
        if subprocess.run([*way, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            words = [*way, sys.executable, *sys.argv]
            os.execvpe(words[0], words, {**os.environ, INSIDE: " ".join(way)})


def network_facts():
    """`isolated` where nothing but this host is in reach, and by what that was seen."""
    way = os.environ.get(INSIDE)
    with open("/proc/net/dev") as file:
        interfaces = sorted(line.split(":")[0].strip() for line in file if ":" in line)
    up = [name for name in interfaces if name != "lo" and flags(name) & 1]
    return {"namespace": way, "interfaces": interfaces, "upBesidesLoopback": up, "attempt": attempt(),
            "isolated": way is not None and not up}


def flags(interface):
    with open(f"/sys/class/net/{interface}/flags") as file:
        return int(file.read(), 16)


def attempt():
    """What the kernel says to a datagram to nobody: 192.0.2.1 is an address for documentation. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError as error:
            return errno.errorcode[error.errno]
    return "a route"
