#!/usr/bin/env python3
"""Gives every refused bundle to the built program, as an operator would, and looks at what it did to this host.

    hostile.py [--quick] [--every N] [--seconds N] PROGRAM BUNDLES

BUNDLES is `TestBundles/`. Each bundle is inspected, installed where nothing is, and offered as an update of an older,
sound version; with --quick it is only offered as an update, and installed where that was refused for another app's
sake; with --every it is each N-th. It must be refused with the code of its `expected.json`, nothing changed, within N
seconds (2) and 256 MiB, in 64 KiB of words, and with no process, file or directory left behind. Then every accepted
source is packed as .zip and .tar, and must be to Python's readers what it is to the program.

Each line before the last names what is wrong. The last is `hostile: N cases, A accepted, E escaped`: bundles that were
taken, and bundles that changed what is outside staging. The exit status is 0 only if nothing is wrong.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile

import readers
from scene import Problem, Scene

STEPS = ["read", "verify", "unpack"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("program")
    parser.add_argument("bundles")
    options = parser.parse_args()
    place = tempfile.mkdtemp(prefix="apphost-hostile-")
    try:
        run = Run(options, place)
        run.refused()
        run.accepted()
    finally:
        remove(place)
    print(f"slowest: {run.slowest[0]:.2f} s, {run.slowest[1]}")
    print(f"largest: {run.largest[0] >> 10} MiB, {run.largest[1]}")
    for name, what in run.problems:
        print(f"wrong: {name}: {what}")
    print(f"hostile: {run.cases} cases, {len(run.taken)} accepted, {len(run.escaped)} escaped")
    sys.exit(1 if run.problems or run.taken or run.escaped or run.cases == 0 else 0)


class Run:
    def __init__(self, options, place):
        self.options = options
        self.bundles = os.path.abspath(options.bundles)
        self.scene = Scene(os.path.realpath(options.program), self.bundles, place)
        self.statuses = exit_statuses(os.path.join(self.bundles, "..", "docs", "failures.md"))
        self.cases = 0
        self.taken = set()
        self.escaped = set()
        self.problems = []
        self.slowest = (0, "nothing")
        self.largest = (0, "nothing")

    # What must be refused

    def refused(self):
        for step in STEPS:
            folder = os.path.join(self.bundles, f"refused-at-{step}")
            for name in sorted(os.listdir(folder))[::self.options.every]:
                self.cases += 1
                self.refuse(f"{step}/{name}", os.path.join(folder, name))
        sound = self.scene.run("verify", "sample", "--root", self.scene.updated)
        if sound.status != 0:
            self.problems.append(("the installed version", f"verify ends with {sound.status}: {sound.error}"))

    def refuse(self, name, folder):
        with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)
        bundle = os.path.join(folder, next(file for file in os.listdir(folder) if file.startswith("bundle.")))
        # An update is for the app that it names, and says so before all else that the statement says.
        update = {expected["code"], "bundle_wrong_app"}
        code = self.attempt(name, update, "update", "sample", "--from", bundle, "--root", self.scene.updated)
        if self.options.quick and code == expected["code"]:
            return
        self.attempt(name, {expected["code"]}, "install", bundle, "--root", self.scene.empty)
        # Who signed it does not matter to who only looks.
        codes = {expected["code"]} if expected["step"] != "verify" else None
        self.attempt(name, codes, "inspect", bundle, "--root", self.scene.empty)

    def attempt(self, name, codes, verb, *arguments):
        """Runs a verb on a bundle, and returns the code of its refusal, if it was refused.

        `codes` are those that it may be refused with; with None it may be shown.
        """
        result = self.scene.run(verb, *arguments)
        label = f"{name} ({verb})"
        self.slowest = max(self.slowest, (result.seconds, label))
        self.largest = max(self.largest, (result.kibibytes, label))
        if result.status == 0 and codes is not None:
            self.taken.add(name)
            self.problems.append((label, "was accepted"))
        elif result.status != 0:
            self.judge(label, codes, result)
        if result.seconds > self.options.seconds:
            self.problems.append((label, f"took {result.seconds:.1f} s"))
        if result.kibibytes > 256 << 10:
            self.problems.append((label, f"took {result.kibibytes >> 10} MiB of memory"))
        if result.complaint > 64 << 10:
            self.problems.append((label, f"said {result.complaint >> 10} KiB"))
        if result.left:
            self.problems.append((label, f"left processes behind: {result.left}"))
        changed = self.scene.changes(is_told=verb == "update" and result.status != 0)
        if changed:
            self.escaped.add(name)
            self.problems.append((label, f"changed {', '.join(changed)}"))
        leftovers = self.scene.leftovers()
        if leftovers:
            self.problems.append((label, f"left behind {', '.join(leftovers)}"))
        return result.error.get("code")

    def judge(self, label, codes, result):
        code, state = result.error.get("code"), result.error.get("state")
        if codes is not None and code not in codes:
            self.problems.append((label, f"was refused with {code}, expected is {' or '.join(sorted(codes))}"))
        if self.statuses.get(code) != result.status:
            self.problems.append((label, f"ended with {result.status}, {code} has {self.statuses.get(code)}"))
        if state != "unchanged":
            self.problems.append((label, f"says that the state is {state}"))

    # What is accepted

    def accepted(self):
        folder = os.path.join(self.bundles, "accepted")
        for name in sorted(os.listdir(folder)):
            for suffix in ("zip", "tar"):
                try:
                    self.compare(os.path.join(folder, name), suffix)
                except Problem as problem:
                    self.problems.append((f"accepted/{name}.{suffix}", str(problem)))

    def compare(self, source, suffix):
        """Whether all readers of a sound archive see the tree that the program installs."""
        archive = os.path.join(self.scene.place, f"packed.{suffix}")
        twins = ["--case-sensitive"] if source.endswith("case-twins") else []
        self.scene.succeed("pack", source, "-o", archive, "--key", self.scene.key, *twins)
        root = self.scene.make_root("sound")
        try:
            installed = self.scene.succeed("install", archive, "--root", root)["results"][0]["app"]
            tree = readers.tree(os.path.join(root, "apps", installed, "installed"))
            tree.pop("apphost/receipt.json")
            for reader, found in readers.views(archive):
                if found != tree:
                    raise Problem(f"{reader} sees {readers.difference(found, tree)}")
        finally:
            remove(root)
            os.remove(archive)


def exit_statuses(document):
    """The exit status of each code, from the table of failures."""
    with open(document, encoding="utf-8") as file:
        rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", file.read(), re.MULTILINE)
    return {code: int(status) for code, status in rows}


def remove(place):
    """Removes a tree of which some directories cannot be written."""
    for folder, _, _ in os.walk(place):
        os.chmod(folder, 0o700)
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
