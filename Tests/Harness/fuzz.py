#!/usr/bin/env python3
"""Fuzzes every reader of bytes that strangers write, with libFuzzer and AddressSanitizer.

    fuzz.py [--seconds N | --runs N | --total N] [--targets "NAME..."] [--swift COMMAND] PACKAGE FOLDER

Builds `Fuzz` of PACKAGE into FOLDER, and runs its targets, two at a time. What libFuzzer learns is kept in
FOLDER/corpus/TARGET and is where the next run begins, with the seeds in TestBundles/fuzz/TARGET. An input that breaks
something is left in FOLDER/findings/TARGET, what libFuzzer said in FOLDER/logs/TARGET.log. What is left there is tried
first: a target that it still breaks is not fuzzed.

How often a target was executed in all runs stands in FOLDER/executions/TARGET, with the seconds that it took. A total is
reached in turns of a million, each target one after the other: it can be stopped, and goes on where it was.

For each target, or turn of it, there is a line `fuzz: TARGET N executions, M findings`; the last is the sum. With a
finding, or where a target could not be run, the exit status is 1.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import threading
import time

CHECKED = ["--explicit-target-dependency-import-check", "error"]
# What `-sanitize=fuzzer` would switch on. It would also bring a second `main`.
COVERAGE = "edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table"
AT_ONCE = 2
TURN = 1_000_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--runs", type=int, help="executions of each target, instead of a time")
    parser.add_argument("--total", type=int, help="executions of each target, with those of earlier runs")
    parser.add_argument("--targets", default="", help="only these, with spaces between them")
    parser.add_argument("--swift", default="swift")
    parser.add_argument("package")
    parser.add_argument("folder")
    options = parser.parse_args()
    swift = shlex.split(options.swift)
    folder = os.path.abspath(options.folder)
    package = os.path.abspath(options.package)

    program = build(swift, package, folder)
    known = targets(program)
    wanted = options.targets.split() or list(known)
    for name in wanted:
        if name not in known:
            sys.exit(f"error: there is no target '{name}'; there are {' '.join(known)}")
    fuzzers = [Fuzzer(name, known[name], program, package, folder) for name in wanted]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(Fuzzer.recall, fuzzers))
        if options.total:
            while unfinished := [fuzzer for fuzzer in fuzzers if fuzzer.lacks(options.total)]:
                list(pool.map(lambda fuzzer: fuzzer.run(runs=min(TURN, fuzzer.lacks(options.total))), unfinished))
        else:
            sound = [fuzzer for fuzzer in fuzzers if not fuzzer.findings]
            list(pool.map(lambda fuzzer: fuzzer.run(seconds=options.seconds, runs=options.runs), sound))
    executions = sum(fuzzer.executions for fuzzer in fuzzers)
    findings = sum(fuzzer.findings for fuzzer in fuzzers)
    print(f"fuzz: {executions} executions, {findings} findings")
    sys.exit(1 if findings else 0)


def build(swift, package, folder):
    """The path of the program, which was built."""
    arguments = ["build", "--package-path", package, "-c", "release", "--scratch-path", folder, "--product", "Fuzz",
                 *CHECKED, "-Xswiftc", "-sanitize=address"]
    for flag in ["--whole-archive", library(swift), "--no-whole-archive", "--export-dynamic", "-lstdc++"]:
        arguments += ["-Xlinker", flag]
    # Package.swift gives it to this package's own targets.
    covering = {**os.environ, "APPHOST_FUZZ_COVERAGE": COVERAGE}
    if subprocess.run([*swift, *arguments], env=covering, check=False).returncode != 0:
        sys.exit("error: the fuzzers could not be built")
    shown = subprocess.run([*swift, *arguments, "--show-bin-path"], env=covering, check=True, capture_output=True,
                           text=True)
    return os.path.join(shown.stdout.strip(), "Fuzz")


def library(swift):
    """libFuzzer, as the toolchain's clang has it."""
    try:
        said = subprocess.run([*swift, "-print-target-info"], check=True, capture_output=True, text=True).stdout
        resources = json.loads(said)["paths"]["runtimeResourcePath"]
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError) as error:
        sys.exit(f"error: '{shlex.join(swift)}' does not say where its libraries are: {error}")
    name = f"libclang_rt.fuzzer_no_main-{platform.machine()}.a"
    places = [os.path.join(resources, "clang", "lib", "linux"), os.path.join(resources, "..", "clang", "*", "lib", "*")]
    for place in places:
        for path in sorted(glob.glob(os.path.join(place, name))):
            return path
    sys.exit(f"error: this toolchain has no {name}, which the fuzzers need; it was looked for in "
             + " and ".join(places))


def targets(program):
    """The targets of the program: the longest input of each, and its dictionary, if it has one."""
    listed = subprocess.run([program, "--list"], env=environment(), check=True, capture_output=True, text=True).stdout
    found = {}
    for line in listed.splitlines():
        name, length, dictionary = line.split()
        found[name] = (length, None if dictionary == "-" else dictionary)
    return found


def environment():
    # Leaks are told by the limit of memory, over millions of inputs: LeakSanitizer needs ptrace, which not every
    # container allows.
    # A trap of Swift is SIGTRAP on some processors; only a sanitizer that handles it keeps the input.
    # Of an allocation four frames are kept: to walk the stack takes longer than the allocation.
    return {**os.environ, "SWIFT_BACKTRACE": "enable=no",
            "ASAN_OPTIONS": "detect_leaks=0:handle_sigtrap=1:malloc_context_size=4:quarantine_size_mb=32"}


class Fuzzer:
    """One target, and how often it was run."""

    talking = threading.Lock()

    def __init__(self, name, known, program, package, folder):
        length, dictionary = known
        self.name = name
        self.executions = 0
        self.findings = 0
        self.found = os.path.join(folder, "findings", name)
        self.log = os.path.join(folder, "logs", f"{name}.log")
        self.count = os.path.join(folder, "executions", name)
        corpus = os.path.join(folder, "corpus", name)
        seeds = os.path.join(package, "TestBundles", "fuzz", name)
        for place in [self.found, corpus, os.path.dirname(self.log), os.path.dirname(self.count)]:
            os.makedirs(place, exist_ok=True)
        self.program = [program, name, f"-max_len={length}", "-timeout=10", "-rss_limit_mb=2048",
                        "-print_final_stats=1", f"-artifact_prefix={self.found}/"]
        if dictionary:
            harness = os.path.join(package, "Tests", "Harness", "Fuzzing", "Dictionaries")
            self.program.append(f"-dict={os.path.join(harness, dictionary)}")
        self.corpora = [corpus, seeds]

    def recall(self):
        """Tries again what earlier runs left. What broke something is in no corpus, so libFuzzer would not."""
        for name in sorted(name for name in os.listdir(self.found) if not name.startswith("slow-unit-")):
            again = subprocess.run([*self.program, os.path.join(self.found, name)], env=environment(),
                                   stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if again.returncode != 0:
                self.findings += 1
                with Fuzzer.talking:
                    self.tell(again.returncode, [name], again.stderr.decode(errors="replace"))

    def lacks(self, total):
        """How many executions; none where there is a finding, with which libFuzzer ends."""
        return 0 if self.findings else max(0, total - self.counted()[0])

    def counted(self):
        """Executions and seconds of all runs."""
        try:
            with open(self.count, encoding="utf-8") as file:
                executions, seconds = file.read().split()
        except FileNotFoundError:
            return 0, 0
        return int(executions), int(seconds)

    def run(self, seconds=None, runs=None):
        before = set(os.listdir(self.found))
        amount = f"-runs={runs}" if runs else f"-max_total_time={seconds}"
        began = time.monotonic()
        with open(self.log, "wb") as log:
            status = subprocess.run([*self.program, *self.corpora, amount], env=environment(),
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False).returncode
        with open(self.log, encoding="utf-8", errors="replace") as log:
            said = log.read()
        new = executions(said)
        self.executions += new
        self.keep(new, round(time.monotonic() - began))
        if status == 0 and new == 0:
            status = "0 without an execution"
        # libFuzzer ends with the first; what it calls slow is no finding.
        kept = sorted(name for name in set(os.listdir(self.found)) - before if not name.startswith("slow-unit-"))
        self.findings = 0 if status == 0 else max(1, len(kept))
        with Fuzzer.talking:
            print(f"fuzz: {self.name} {new} executions, {self.findings} findings", flush=True)
            if self.findings:
                self.tell(status, kept, said)

    def keep(self, executions, seconds):
        before = self.counted()
        with open(self.count, "w", encoding="utf-8") as file:
            file.write(f"{before[0] + executions} {before[1] + seconds}\n")

    def tell(self, status, kept, said):
        print(f"FAILED  {self.name}: exit status {status}; its log is {self.log}")
        for line in said.splitlines()[-20:]:
            print(f"        {line}")
        for name in kept:
            print(f"        try it again: {self.program[0]} {self.name} {self.found}/{name}")
        if kept:
            print(f"        once it is mended, keep it: TestBundles/fuzz/{self.name}/")


def executions(said):
    """How many inputs were tried; as it said last, where it ended before its summary."""
    final = re.search(r"stat::number_of_executed_units:\s+(\d+)", said)
    if final:
        return int(final.group(1))
    return max((int(number) for number in re.findall(r"^#(\d+)\s", said, re.MULTILINE)), default=0)


if __name__ == "__main__":
    main()
