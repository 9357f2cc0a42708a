#!/usr/bin/env python3
"""Measures how apphost follows a catalog of 10,000 entries, beside the reference implementation of TUF.

Every figure is the median over the rounds, a ratio that of the ratios of each round; its two sides run in the same
round, one after the other, with warm caches, against one server on loopback. A round begins with nothing stored,
refreshes, refreshes again after one release, and again after none. Beside that, two hosts with 100 and 1,000 apps of
the catalog, each older than what is listed, are checked: 'check' against 'search', which reads the same metadata.

    catalog.py [--rounds N] PROGRAM FOLDER

Run it with a Python that has python-tuf ('make bench-catalog' does). FOLDER gets the figures as catalog.json.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

# How many apps the hosts have that are checked.
HOSTS = (100, 1000)

REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.py")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("program")
    parser.add_argument("folder")
    options = parser.parse_args()
    if importlib.util.find_spec("tuf") is None:
        sys.exit("bench: python-tuf is missing; 'make bench-catalog' installs it")
    folder = os.path.abspath(options.folder)
    work = os.path.join(folder, f"catalog-{os.getpid()}")
    os.makedirs(work)
    with Served(work) as catalog:
        bench = Bench(os.path.abspath(options.program), work, catalog)
        firsts = {apps: bench.prepare(apps) for apps in HOSTS}
        rounds = [bench.round(number) for number in range(options.rounds)]
    # What is installed is not writable, not even for its owner.
    subprocess.run(["chmod", "-R", "u+w", work], check=True)
    shutil.rmtree(work)
    report = Report(catalog.about, firsts, rounds)
    report.print()
    report.finish(os.path.join(folder, "catalog.json"))


class Bench:
    def __init__(self, program, work, catalog):
        self.program, self.work, self.catalog = program, work, catalog

    def round(self, number):
        """What each step took each side."""
        root = os.path.join(self.work, f"root-{number}")
        peer = os.path.join(self.work, f"peer-{number}")
        os.makedirs(peer)
        run([self.program, "--quiet", "--offline", "catalog", "add", "big", self.catalog.url,
             "--root", self.catalog.root], self.environment(root))
        steps = {"cold": self.refresh(root, peer)}
        for side in steps["cold"].values():
            self.check(side["bytes"] >= self.catalog.size, "a first refresh that did not fetch all metadata")
        release = self.catalog.release()
        steps["release"] = self.refresh(root, peer, release["path"])
        steps["nothing"] = self.refresh(root, peer, release["path"])
        steps["info"] = {"apphost": self.apphost(root, "--json", "info", release["id"])}
        self.check(release["version"] in steps["info"]["apphost"].pop("output"), "an info without the release")
        steps["search"] = {"apphost": self.apphost(root, "--json", "search", "calendar")}
        self.check("calendar-0" in steps["search"]["apphost"].pop("output"), "a search that does not find")
        steps["metadata"] = self.catalog.size
        for apps in HOSTS:
            steps[f"check {apps}"] = {"check": self.checked(apps), "search": self.read_all(apps)}
        return steps

    # Hosts with many apps

    def prepare(self, apps):
        """Makes a host with so many apps that follows the catalog, and checks it for the first time."""
        environment = self.environment(self.host(apps))
        run([self.program, "--quiet", "catalog", "add", "big", self.catalog.url, "--root", self.catalog.root],
            environment)
        for id in self.catalog.ids[:apps]:
            self.install(id, apps, environment)
        return self.checked(apps)

    def install(self, id, apps, environment):
        """Installs version 0.1.0 of an app from a file, and lets its receipt say that it came from the catalog.

        The catalog's artifacts do not exist, they are only listed. A receipt is not signed: it is this host's own note.
        """
        source = os.path.join(self.work, "source")
        archive = os.path.join(self.work, "source.tar")
        os.makedirs(os.path.join(source, "apphost"), exist_ok=True)
        manifest = {"schema": 1, "id": id, "name": id, "version": "0.1.0",
                    "permissions": ["network.listen", "data.write"]}
        with open(os.path.join(source, "apphost", "manifest.json"), "w") as file:
            json.dump(manifest, file)
        with open(os.path.join(source, "page.html"), "w") as file:
            file.write(f"<h1>{id}</h1>\n")
        run([self.program, "--quiet", "pack", source, "-o", archive], environment)
        run([self.program, "--quiet", "install", archive, "--accept", "unsigned"], environment)
        receipt = os.path.join(self.host(apps), "apps", id, "installed", "apphost", "receipt.json")
        with open(receipt) as file:
            text = file.read()
        mode = os.stat(receipt).st_mode
        os.chmod(receipt, 0o600)
        with open(receipt, "w") as file:
            file.write(text.replace('"source":"file"', '"source":"catalog:big"'))
        os.chmod(receipt, mode)

    def checked(self, apps):
        """What a check of all apps took, without a refresh."""
        check = self.apphost(self.host(apps), "--offline", "--json", "check")
        self.check(check.pop("output").count('"upgrade-available"') == apps, "a check that does not find every update")
        return check

    def read_all(self, apps):
        """What reading the same metadata took, without looking at any app's."""
        search = self.apphost(self.host(apps), "--offline", "--json", "search", "zzz")
        self.check('"results":[]' in search.pop("output"), "a search that finds something")
        return search

    def host(self, apps):
        return os.path.join(self.work, f"host-{apps}")

    def refresh(self, root, peer, *more):
        """Of both sides. The peer looks up one path in each bin, so that it has and verifies as much."""
        paths = " ".join([*self.catalog.paths, *more])
        apphost = self.apphost(root, "--quiet", "catalog", "refresh", "big")
        del apphost["output"]
        words = [sys.executable, REFERENCE, "refresh", self.catalog.url, self.catalog.root, peer]
        python = self.measured(words, clean(), paths)
        said = json.loads(python.pop("output"))
        self.check(not said["missing"], "a look-up of the peer that does not find")
        # Without starting Python and importing the library.
        python["seconds"] = said["seconds"]
        return {"apphost": apphost, "python-tuf": python}

    def apphost(self, root, *words):
        return self.measured([self.program, *words], self.environment(root))

    def measured(self, words, environment, input=""):
        """Seconds, the peak resident size in KiB, what was fetched, and what was printed."""
        os.sync()
        self.catalog.count()
        start = time.monotonic()
        output, usage = run(words, environment, input)
        seconds = time.monotonic() - start
        return {"seconds": seconds, "memory": usage.ru_maxrss, **self.catalog.count(), "output": output}

    def environment(self, root):
        return clean() | {"APPHOST_ROOT": root}

    def check(self, holds, what):
        if not holds:
            sys.exit(f"bench: {what} measures nothing")


class Served:
    """The catalog, in a process of its own."""

    def __init__(self, work):
        words = [sys.executable, REFERENCE, "serve", work]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self.answer()
        self.url, self.root, self.paths, self.ids = (
            self.about.pop(key) for key in ("url", "root", "paths", "ids"))
        self.size = self.about["bytes"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def release(self):
        release = self.ask("release")
        self.size = release["bytes"]
        return release

    def count(self):
        return self.ask("count")

    def ask(self, order):
        print(order, file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("bench: the server of the catalog ended")
        return json.loads(line)


class Report:
    def __init__(self, about, firsts, rounds):
        self.about, self.firsts, self.rounds = about, firsts, rounds
        self.figures = []

    def print(self):
        about = self.about
        print(f"\ncatalog: {about['entries']:,} entries in {about['bins']} bins, "
              f"{about['bytes'] / 1e6:.1f} MB of metadata")
        self.step("cold", "first refresh")
        self.figure("peak memory of the first refresh", self.median("cold", "apphost", "memory") / 1024, "MiB", 200)
        self.step("release", "refresh after one release")
        self.figure("fetched after one release, of all metadata", self.share("release", "apphost"), "%", 2)
        self.figure("the same of python-tuf", self.share("release", "python-tuf"), "%")
        self.step("nothing", "refresh with nothing new")
        print("  from what is stored")
        for verb in ("info", "search"):
            self.figure(f"{verb}", self.median(verb, "apphost", "seconds"), "s")
            self.figure(f"peak memory of {verb}", self.median(verb, "apphost", "memory") / 1024, "MiB")
        print("  check of every installed app, already refreshed")
        for apps in HOSTS:
            self.host(apps, goal=2 if apps == max(HOSTS) else None)

    def host(self, apps, goal):
        step = f"check {apps}"
        self.figure(f"first check of {apps:,} apps", self.firsts[apps]["seconds"], "s")
        self.figure(f"check of {apps:,} apps", self.median(step, "check", "seconds"), "s")
        self.figure(f"peak memory of a check of {apps:,} apps", self.median(step, "check", "memory") / 1024, "MiB")
        ratios = [row[step]["check"]["seconds"] / row[step]["search"]["seconds"] for row in self.rounds]
        self.figure(f"check of {apps:,} apps against reading that metadata alone", statistics.median(ratios), "×", goal)

    def step(self, step, name):
        print(f"  {name}")
        for side in ("apphost", "python-tuf"):
            print(f"    {side}: {self.median(step, side, 'seconds'):.2f} s, "
                  f"{self.median(step, side, 'memory') / 1024:.0f} MiB resident, "
                  f"{self.median(step, side, 'requests'):.0f} requests, "
                  f"{self.median(step, side, 'bytes') / 1000:,.1f} kB fetched")
        ratios = [row[step]["apphost"]["seconds"] / row[step]["python-tuf"]["seconds"] for row in self.rounds]
        self.figure(f"{name} against python-tuf", statistics.median(ratios), "×")

    def median(self, step, side, what):
        return statistics.median(row[step][side][what] for row in self.rounds)

    def share(self, step, side):
        return statistics.median(100 * row[step][side]["bytes"] / row["metadata"] for row in self.rounds)

    def figure(self, name, value, unit, goal=None):
        verdict = "" if goal is None else f"  (at most {goal}: {'met' if value <= goal else 'MISSED'})"
        self.figures.append({"name": name, "value": value, "unit": unit, "goal": goal})
        print(f"    {name}: {value:.2f} {unit}{verdict}")

    def finish(self, path):
        with open(path, "w") as file:
            report = {"catalog": self.about, "figures": self.figures, "first checks": self.firsts,
                      "rounds": self.rounds}
            json.dump(report, file, indent=1)
        missed = [f["name"] for f in self.figures if f["goal"] is not None and f["value"] > f["goal"]]
        print(f"\nbench: {len(missed)} goals missed" + "".join(f"\n  {name}" for name in missed))
        sys.exit(1 if missed else 0)


def run(words, environment, input=""):
    """What it printed, and its use of resources. Small input only."""
    child = subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with child.stdin as pipe:
        pipe.write(input)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"bench: {' '.join(words[:5])} ended with {child.returncode}")
    return output, usage


def clean():
    """The environment without proxies: both sides talk to loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


if __name__ == "__main__":
    main()
