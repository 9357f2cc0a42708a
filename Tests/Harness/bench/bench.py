#!/usr/bin/env python3
"""Measures apphost against what a careful person does by hand, on two real bundles.

Every figure is the median of the ratios of one round; the two sides of a ratio run in the same round, one after the
other, into directories that were never used, with warm caches. Nothing is deleted before the last round, because ext4
makes files slowly for some seconds after many were deleted.

    bench.py [--rounds N] [--bundle ansible|pyspark] PROGRAM FOLDER

FOLDER keeps what was fetched and packed, so that a second run starts at once.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
import zipfile

FORMATS = ["zip", "tar.zst"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bundle", choices=["ansible", "pyspark"], action="append")
    parser.add_argument("program")
    parser.add_argument("folder")
    options = parser.parse_args()
    need("bsdtar", "libarchive-tools")
    bench = Bench(os.path.abspath(options.program), os.path.abspath(options.folder), options.rounds)
    for name in options.bundle or ["ansible", "pyspark"]:
        bench.bundle(name)
    bench.swap()
    bench.listing()
    bench.finish()


def need(tool, package):
    if shutil.which(tool) is None:
        sys.exit(f"bench: {tool} is missing; 'make setup' installs it ({package})")


class Bench:
    def __init__(self, program, folder, rounds):
        self.program, self.folder, self.rounds = program, folder, rounds
        self.work = os.path.join(folder, f"run-{os.getpid()}")
        self.failed = []
        os.makedirs(self.work)
        self.key = os.path.join(folder, "bench.key")
        if not os.path.exists(self.key):
            self.apphost(None, "key", "new", self.key)

    # What is compared

    def bundle(self, name):
        versions = prepare(self, name)
        size = self.inspect(versions[0])
        print(f"\n{name} {versions[0].version}: {size['files']} files, {size['bytes'] / 2**20:.0f} MiB")
        for suffix in FORMATS:
            rows = []
            for number in range(self.rounds):
                place = os.path.join(self.work, f"{name}-{suffix}-{number}")
                os.makedirs(place)
                os.sync()
                hand, bare = self.by_hand(versions[0], suffix, os.path.join(place, "hand"))
                os.sync()
                root = os.path.join(place, "root")
                self.apphost(root, "trust", "add", self.key + ".pub", "--name", "bench")
                install, memory = self.timed(root, "install", versions[0].archive(suffix))
                row = {"install": install, "hand": hand, "bare": bare, "memory": memory}
                if len(versions) > 1:
                    os.sync()
                    row["update"], memory = self.timed(root, "update", name, "--from", versions[1].archive(suffix))
                    row["memory"] = max(row["memory"], memory)
                rows.append(row)
            seconds = lambda key: statistics.median(row[key] for row in rows)
            print(f"  .{suffix}: install {seconds('install'):.2f} s, by hand {seconds('hand'):.2f} s, "
                  f"bsdtar and sync alone {seconds('bare'):.2f} s"
                  + (f", update {seconds('update'):.2f} s" if "update" in rows[0] else ""))
            self.ratio(f"install .{suffix} against by hand", [r["install"] / r["hand"] for r in rows], 0.7)
            self.ratio(f"install .{suffix} against bsdtar and sync", [r["install"] / r["bare"] for r in rows], None)
            if "update" in rows[0]:
                self.ratio(f"update .{suffix} against that install", [r["update"] / r["install"] for r in rows], 0.6)
            self.figure(f"peak memory of .{suffix}", max(r["memory"] for r in rows) / 1024, 64, "MiB")

    def by_hand(self, version, suffix, place):
        """Seconds of: digest of the archive, bsdtar -x, sha256sum -c over the tree, sync -f; and of the middle and end."""
        os.makedirs(place)
        archive = version.archive(suffix)
        start = time.monotonic()
        run("sha256sum", archive)
        unpack = time.monotonic()
        run("bsdtar", "-xf", archive, "-C", place)
        check = time.monotonic()
        run("sha256sum", "--quiet", "-c", version.sums, cwd=place)
        flush = time.monotonic()
        run("sync", "-f", place)
        end = time.monotonic()
        return end - start, (check - unpack) + (end - flush)

    def swap(self):
        """The renames from journal to cleared journal, of many files against few, read off a trace of system calls."""
        if shutil.which("strace") is None:
            return print("\nswap: skipped, strace is missing")
        ratios = []
        for number in range(max(self.rounds, 5)):
            times = []
            for files in (10, 18000):
                place = os.path.join(self.work, f"swap-{files}-{number}")
                root = os.path.join(place, "root")
                self.apphost(root, "trust", "add", self.key + ".pub", "--name", "bench")
                for version in ("1.0.0", "2.0.0"):
                    many_files(os.path.join(place, version), files, version)
                    run(self.program, "sign", os.path.join(place, version), "--key", self.key)
                self.apphost(root, "install", os.path.join(place, "1.0.0"))
                self.apphost(root, "update", "many", "--from", os.path.join(place, "2.0.0"), "--stage")
                os.sync()
                times.append(self.traced_swap(root, place))
            ratios.append(times[1] / times[0])
        print("\nswap, from the journal to the cleared journal")
        self.ratio("18,000 files against 10 files", ratios, 1.5)

    def traced_swap(self, root, place):
        trace = os.path.join(place, "trace")
        run("strace", "-f", "-ttt", "-e", "trace=renameat,renameat2,unlinkat", "-o", trace,
            self.program, "--root", root, "--quiet", "apply", "many")
        begin = end = None
        for line in open(trace):
            moment = float(line.split()[1])
            if '"journal.json.new"' in line and begin is None:
                begin = moment
            if "unlinkat" in line and '"journal.json"' in line:
                end = moment
        return end - begin

    def listing(self):
        root = os.path.join(self.work, "list-root")
        self.apphost(root, "trust", "add", self.key + ".pub", "--name", "bench")
        place = os.path.join(self.work, "list")
        for number in range(200):
            bundle = os.path.join(place, str(number))
            many_files(bundle, 1, "1.0.0", app=f"app{number}")
            run(self.program, "sign", bundle, "--key", self.key)
            self.apphost(root, "install", bundle)
        times = {"list": [], "--version": []}
        for _ in range(40):
            for words in times:
                start = time.monotonic()
                run(self.program, "--root", root, words)
                times[words].append(time.monotonic() - start)
        print("\nlist of 200 apps")
        ratio = statistics.median(times["list"]) / statistics.median(times["--version"])
        self.figure("list against --version", ratio, 3, "×")

    # Running and reporting

    def apphost(self, root, *words):
        place = ["--root", root] if root else []
        run(self.program, *place, "--quiet", *words)

    def inspect(self, version):
        return json.loads(subprocess.check_output([self.program, "inspect", "--json", version.archive("zip")]))

    def timed(self, root, *words):
        """Seconds, and the peak resident size in KiB."""
        start = time.monotonic()
        child = subprocess.Popen([self.program, "--root", root, "--quiet", *words], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"bench: {words} ended with {child.returncode}")
        return time.monotonic() - start, usage.ru_maxrss

    def ratio(self, name, values, goal):
        self.figure(name, statistics.median(values), goal, "×")

    def figure(self, name, value, goal, unit):
        verdict = "" if goal is None else f"  (at most {goal}: {'met' if value <= goal else 'MISSED'})"
        if goal is not None and value > goal:
            self.failed.append(name)
        print(f"    {name}: {value:.2f} {unit}{verdict}")

    def finish(self):
        subprocess.run(["chmod", "-R", "u+w", self.work], check=True)
        shutil.rmtree(self.work)
        print(f"\nbench: {len(self.failed)} goals missed" + "".join(f"\n  {name}" for name in self.failed))
        sys.exit(1 if self.failed else 0)


class Version:
    def __init__(self, folder, name, version):
        self.version = version
        self.tree = os.path.join(folder, f"{name}-{version}")
        self.sums = self.tree + ".sums"

    def archive(self, suffix):
        return f"{self.tree}.{suffix}"


def prepare(bench, name):
    """Fetches, unpacks, signs and packs; what is there already is kept."""
    versions = []
    for number in {"ansible": ["9.1.0", "9.2.0"], "pyspark": ["3.5.1"]}[name]:
        version = Version(bench.folder, name, number)
        if not all(os.path.exists(version.archive(suffix)) for suffix in FORMATS):
            print(f"preparing {name} {number}", file=sys.stderr)
            unpack(fetch(bench.folder, name, number), version.tree)
            os.makedirs(os.path.join(version.tree, "apphost"), exist_ok=True)
            with open(os.path.join(version.tree, "apphost", "manifest.json"), "w") as manifest:
                json.dump({"schema": 1, "id": name, "name": name, "version": number}, manifest)
            run(bench.program, "sign", version.tree, "--key", bench.key)
            for suffix in FORMATS:
                run(bench.program, "pack", version.tree, "-o", version.archive(suffix))
        paths = sorted(
            os.path.relpath(os.path.join(directory, file), version.tree)
            for directory, _, files in os.walk(version.tree) for file in files)
        if not os.path.exists(version.sums):
            with open(version.sums, "wb") as sums:
                subprocess.run(["xargs", "-0", "sha256sum"], input="\0".join(paths).encode(), cwd=version.tree,
                               stdout=sums, check=True)
        for suffix in FORMATS:
            run("cat", version.archive(suffix))
        versions.append(version)
    return versions


def fetch(folder, name, version):
    """The wheel, or where there is none the source archive."""
    place = os.path.join(folder, "fetched", f"{name}-{version}")
    if not os.path.isdir(place) or not os.listdir(place):
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation",
                        *(["--no-binary", ":all:"] if name == "pyspark" else []),
                        "-d", place, f"{name}=={version}"], check=True)
    return os.path.join(place, os.listdir(place)[0])


def unpack(archive, place):
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    if archive.endswith(".whl"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(place)
        return
    with tarfile.open(archive) as source:
        top = os.path.commonpath([member.name for member in source if member.isfile()])
        source.extractall(place, members=[member for member in source if not member.issym()], filter="data")
    for entry in os.listdir(os.path.join(place, top)):
        os.rename(os.path.join(place, top, entry), os.path.join(place, entry))
    os.rmdir(os.path.join(place, top))


def many_files(place, count, version, app="many"):
    os.makedirs(os.path.join(place, "apphost"))
    with open(os.path.join(place, "apphost", "manifest.json"), "w") as manifest:
        json.dump({"schema": 1, "id": app, "name": app, "version": version}, manifest)
    for number in range(count):
        directory = os.path.join(place, "files", str(number // 100))
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, str(number)), "w") as file:
            file.write(f"{number}\n")


def run(*words, cwd=None):
    result = subprocess.run(words, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if result.returncode != 0:
        sys.exit(f"bench: {' '.join(words[:3])} ended with {result.returncode}: {result.stderr.decode()[-500:]}")


if __name__ == "__main__":
    main()
