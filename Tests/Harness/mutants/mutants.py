#!/usr/bin/env python3
"""Shows that trials and tests are not blind: changes the code for the worse, one thing at a time, and expects them to
notice.

    mutants.py [--group GROUP]... PACKAGE FOLDER [NAME...]
    mutants.py --list [--group GROUP]...

Each mutant is one change of one file of PACKAGE, made in a copy of it in FOLDER, built there, and tried. Its group says
by what: `faults` by `ReliabilityTrials faults --first`; `crash` by the use cases of `ReliabilityTrials crash`, and
`tests` by the tests, that it names; `hostile` by tests of one target, in a package without the floors above it;
`certify` by an item of `certify.py`. A mutant is caught when that ends with a violation, cannot play a use case,
crashes, or takes longer than LIMIT. One that does not build is told as such, and counts as missed. The last line is
`mutants: N caught, M missed`; with any missed the exit status is 1.
"""

import argparse
import collections
import os
import shutil
import subprocess
import sys
import time

from certified import CERTIFIED
from floors import cut
from hostile import HOSTILE

GROUPS = ["faults", "crash", "tests", "hostile", "certify"]
LIMIT = 600
CHECKED = ["--explicit-target-dependency-import-check", "error"]
DEBUG = ["swift", "build", *CHECKED]
RELEASE = ["swift", "build", "-c", "release", "--static-swift-stdlib", *CHECKED]

# What tries a mutant: its kind, and the use cases or the filter of tests.
FAULTS = ("faults",)


def crash(*use_cases):
    return ("crash", *use_cases)


def tests(name):
    return ("tests", name)


# What is done to the code, where, what stands there, what stands there instead, and what tries it.
Mutant = collections.namedtuple("Mutant", "name file old new judge", defaults=[FAULTS])

SWAP = "Sources/Storage/Swap/BundleSwap.swift"
PLAN = "Sources/Storage/Recovery/RecoveryPlan.swift"
RUN = "Sources/Storage/Recovery/RecoveryRun.swift"
LOCKED = "Sources/Storage/Recovery/LockedApp.swift"
ENGINE = "Sources/Storage/StorageEngine.swift"
HISTORY = "Sources/Storage/Records/History.swift"
SWEEP = "Sources/Storage/Recovery/Sweep.swift"
KEPT = "Sources/Catalogs/Sources/KeptMetadata.swift"
DRAFT = "Sources/Catalogs/Sources/CatalogDraft.swift"
KNOWN = "Sources/Catalogs/Sources/KnownCatalogs.swift"
FAILURE = "Sources/Catalogs/Sources/CatalogSourceError.swift"
STORE = "Sources/Catalogs/TUF/MetadataStore.swift"
CLIENT = "Sources/Catalogs/TUF/CatalogClient.swift"
DOWNLOAD = "Sources/Hosting/Operate/Download.swift"
JUDGEMENT = "Sources/Storage/Swap/Judgement.swift"
APPLY = "Sources/Hosting/Operate/Apply.swift"
REPLACEMENT = "Sources/Hosting/Operate/Replacement.swift"
UNDO = "Sources/Hosting/Operate/Undo.swift"
NEXT_RECORD = "Sources/Hosting/Decide/NextRecord.swift"
START = "Sources/Hosting/Run/Start.swift"
LAUNCH_C = "Sources/CLinux/launch.c"
CONFINE_C = "Sources/CLinux/confine.c"
READER_C = "Sources/CLinux/reader.c"
SUPERVISOR = "Sources/Processes/Supervise/Supervisor.swift"
RESTARTS = "Sources/Processes/Supervise/RestartPlan.swift"
TABLE = "Sources/Processes/Look/ProcessTable.swift"
LIFE = "Sources/Processes/Look/Life.swift"
LOG = "Sources/Processes/Logs/OutputLog.swift"
REDACTOR = "Sources/Processes/Logs/Redactor.swift"
PULSE = "Sources/Processes/Health/HealthVerdict.swift"
GATE = "Sources/Processes/Health/HealthGate.swift"

MUTANTS = [
    ("nothing is announced before a swap", SWAP,
     "            try announce()\n            try takeAside()\n",
     "            try takeAside()\n"),
    ("the candidate is moved before the swap is announced", SWAP,
     "            try announce()\n            try takeAside()\n",
     "            try takeAside()\n            try announce()\n"),
    ("the exchange comes before the announcement", SWAP,
     "            try announce()\n            try takeAside()\n            try exchange()\n",
     "            try takeAside()\n            try exchange()\n            try announce()\n"),
    ("a tree enters its slot as it was staged", SWAP,
     "            try root.setMode(0o555)\n            try root.sync()\n",
     "            try root.sync()\n"),
    ("a swap that failed is not put back", SWAP,
     "            try run.perform(RecoveryPlan.undo(swap, names: try app.names(), outcome: .failed))\n",
     "            _ = run\n"),
    ("what cannot be settled is said to have changed nothing", SWAP,
     "            throw .unsettled(app.id, error)\n",
     "            throw error\n"),
    ("the exchange is two renames", SWAP,
     "                try app.directory.exchange(Slot.backup.path, with: swap.slot.path)\n",
     "                try app.directory.move(swap.slot.path, to: app.directory, as: \"between\")\n"
     "                try app.directory.move(Slot.backup.path, to: app.directory, as: swap.slot.path)\n"
     "                try app.directory.move(\"between\", to: app.directory, as: Slot.backup.path)\n"),
    ("the journal goes before the rest is done", PLAN,
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return steps + sweep(names) + [.log(.done), .clearJournal]\n",
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return [.clearJournal] + steps + sweep(names) + [.log(.done)]\n"),
    ("the history tells of it before the record does", PLAN,
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return steps + sweep(names) + [.log(.done), .clearJournal]\n",
     "        return [.log(.done)] + steps + (names.hasNextRecord ? [.adoptRecord] : []) + sweep(names) + [.clearJournal]\n"),
    ("the record is not adopted", PLAN,
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return steps + sweep(names) + [.log(.done), .clearJournal]\n",
     "        if names.hasNextRecord { steps.append(.dropRecord) }\n        return steps + sweep(names) + [.log(.done), .clearJournal]\n"),
    ("the old rollback bundle is not moved out of the way", PLAN,
     "                steps.append(names.move(.rollback, to: older))\n",
     "                names.slots.insert(older)\n"),
    ("the replaced bundle goes to the trash where it should be kept", PLAN,
     "            if !names.slots.contains(.rollback) { steps.append(names.move(.backup, to: .rollback)) }\n",
     "            if !names.slots.contains(.rollback) { steps.append(.discardSlot(.backup)) }\n"),
    ("an undo forgets what it restores", PLAN,
     "            if let restores = swap.restores, names.slots.contains(restores), !names.slots.contains(.rollback) {\n",
     "            if let restores = swap.restores, names.slots.contains(restores), names.slots.contains(.rollback) {\n"),
    ("retention deletes the newest", PLAN,
     "        let expired = Retention.expired(Array(names.slots), keeping: Int(clamping: retention))\n",
     "        let expired = Retention.expired(Array(names.slots), keeping: Int(clamping: retention)).isEmpty\n"
     "            ? [] : [Slot.rollback]\n"),
    ("recovery takes every swap for one that took place", PLAN,
     "        case .swap(let swap) where slotStage == swap.candidate:\n",
     "        case .swap(let swap) where slotStage != nil:\n"),
    ("recovery takes every swap for one that did not take place", PLAN,
     "        case .swap(let swap) where slotStage == swap.candidate:\n",
     "        case .swap(let swap) where slotStage == nil:\n"),
    ("an interrupted swap throws the candidate away", PLAN,
     "            if let from = swap.from, !names.slots.contains(from) {\n",
     "            if let from = swap.from, names.slots.contains(from) {\n"),
    ("an uninstall leaves the app's own directories", PLAN,
     "        return slots + owned + [.emptyTrash] + record + [.log(.done), .clearJournal]\n",
     "        return slots + owned.prefix(0) + [.emptyTrash] + record + [.log(.done), .clearJournal]\n"),
    ("an uninstall clears its journal first", PLAN,
     "        return slots + owned + [.emptyTrash] + record + [.log(.done), .clearJournal]\n",
     "        return [.clearJournal] + slots + owned + [.emptyTrash] + record + [.log(.done)]\n"),
    ("the trash is not emptied", RUN,
     "            try Trash(root: app.root).empty()\n",
     "            _ = Trash(root: app.root)\n"),
    ("an operation may be logged twice", RUN,
     "        if try history.ends(with: journal.operation) { return }\n",
     "        _ = try history.ends(with: journal.operation)\n"),
    ("a journal is not looked for", LOCKED,
     "        if let journal = try reading.journal() {\n",
     "        if let journal = try reading.journal(), journal.sequence == 0 {\n"),
    ("a torn line of the history stays", HISTORY,
     "            try cutTornTail(of: file)\n",
     ""),
    ("the sequence stands still", HISTORY,
     "        return last + 1\n",
     "        return max(last, 1)\n"),
    ("the record of an uninstall is announced with it", ENGINE,
     "                try app.directory.sync()\n                // After it, so that values which",
     "                // After it, so that values which"),
    ("values of secrets that no record names stay", PLAN,
     " ? [.sweepSecrets, .emptyTrash] : []\n",
     " ? [.emptyTrash] : []\n"),
    ("values of secrets that were never announced stay", LOCKED,
     "        if hasNextRecord { try sweepSecrets() }\n",
     "        _ = hasNextRecord\n"),
    ("staging is not swept", SWEEP,
     "        attempt { () throws(StorageError) in try sweepStaging() }\n",
     ""),
    ("what is kept of a catalog is replaced by two renames", KEPT,
     "                try catalog.exchange(Self.name, with: Self.successor)\n",
     "                try catalog.move(Self.name, to: catalog, as: \"between\")\n"
     "                try catalog.move(Self.successor, to: catalog, as: Self.name)\n"
     "                try catalog.move(\"between\", to: catalog, as: Self.successor)\n"),
    ("what is kept of a catalog is not flushed", KEPT,
     "            try made.sync()\n",
     ""),
    ("what was kept is deleted before what follows it is there for good", KEPT,
     "            try catalog.sync()\n            try removeSuccessor()\n",
     "            try removeSuccessor()\n            try catalog.sync()\n"),
    ("a catalog has its name before it is filled", DRAFT,
     "            if refreshing {\n"
     "                try await fill(draft, from: source, now: now, options: options, cancellation: cancellation)\n"
     "            }\n"
     "            try giveName(name, from: work)\n",
     "            try giveName(name, from: work)\n"
     "            if refreshing {\n"
     "                try await fill(draft, from: source, now: now, options: options, cancellation: cancellation)\n"
     "            }\n"),
    ("a catalog is deleted where it stands", KNOWN,
     "            try directory.move(DiskPath(name), to: work, as: DiskPath(name))\n",
     "            try TreeRemoval.empty(directory.directory(DiskPath(name)))\n"
     "            try directory.removeDirectory(DiskPath(name))\n"),
    ("what took effect on a catalog is said to have changed nothing", FAILURE,
     "{ if case .incomplete = self { .changed } else { .unchanged } }\n",
     "{ .unchanged }\n"),
    ("metadata is written in its place", STORE,
     "                try DurableFile.replace(name, in: directory, with: bytes)\n",
     "                try DurableFile.write(bytes, to: name, in: directory, mode: 0o600)\n"),
    ("a root is stored before it is verified", CLIENT,
     "            let next = try root.successor(bytes)\n",
     "            try store.write(bytes, of: .root)\n            let next = try root.successor(bytes)\n"),
    ("a download has a name", DOWNLOAD,
     "        let received = Received(try directory.unnamedFile(), in: directory)\n",
     "        let file = try directory.file(\"download\", as: .creating(mode: 0o600))\n"
     "        let received = Received(file, in: directory)\n"),
    ("a swap does not look again whether the app runs", APPLY,
     "                try requireStopped(present.app, in: root, byPolicy: options.byPolicy)\n",
     "",
     crash("applyRunning")),
    ("two may judge an app", JUDGEMENT,
     "            return try FileLock.acquire(file, .exclusive, wait: true)\n",
     "            return try FileLock.acquire(file, .shared, wait: true)\n",
     tests("JudgementTests")),
    ("what is being judged is changed by others", ENGINE,
     "            if try Judgement.isHeld(in: app.directory) { throw StorageError.judged(app.id) }\n",
     "",
     tests("JudgementTests")),
    ("what is unconfirmed is changed by others", ENGINE,
     "            if record.unconfirmed != nil { throw StorageError.unconfirmed(app.id) }\n",
     "",
     tests("JudgementTests")),
    ("what an undo restores is trimmed before anything is confirmed", ENGINE,
     "            let isUnconfirmed = (order.record ?? present.record).unconfirmed != nil\n",
     "            let isUnconfirmed = (order.record ?? present.record).publisher == nil\n",
     crash("updateFailing")),
    ("a swap does not say that it is unconfirmed", REPLACEMENT,
     "        record.unconfirmed = unconfirmed\n",
     "        _ = unconfirmed\n        record.unconfirmed = nil\n",
     crash("updateFailing")),
    ("an app that is ill is healthy", REPLACEMENT,
     "return .unhealthy(\"\\(probe.sentence): \\(reason)\")\n",
     "return .healthy(\"\\(probe.sentence): \\(reason)\")\n",
     crash("updateFailing")),
    ("an undo does not start what ran", UNDO,
     "        if unconfirmed.ran {\n            let preparation",
     "        if unconfirmed.ran && options.dryRun {\n            let preparation",
     crash("updateFailing")),
    ("an undo takes the rollback bundle with it", UNDO,
     "restores: unconfirmed.wayBack.restores,\n",
     "restores: nil,\n"),
    ("an undo forgets what was bad", NEXT_RECORD,
     "        if let failed, !next.knownBad.contains(where: { $0.digest == failed.digest }) {\n",
     "        if let failed, next.knownBad.contains(where: { $0.digest == failed.digest }) {\n"),
    ("what a dead judge left stays as it is", UNDO,
     "        guard try app.record().unconfirmed != nil else { return }\n",
     "        guard try app.record().unconfirmed != nil, options.dryRun else { return }\n"),
    ("an app that was stopped is still wanted", START,
     "        if !staysWanted { try await want(id, .stop, options) }\n",
     "        _ = staysWanted\n"),
    ("a boot starts nothing", START,
     "                guard record.isWanted || record.unconfirmed != nil else { continue }\n",
     "                guard record.unconfirmed != nil else { continue }\n",
     crash("start")),
    ("a program gets every descriptor, running.lock too", LAUNCH_C,
     "    if (error == 0 && close_on_exec_from((int)count) < 0) error = errno;\n",
     "    if (error == 0 && close_on_exec_from(1 << 20) < 0) error = errno;\n",
     tests("ProgramLaunchTests")),
    ("a program may gain privileges", LAUNCH_C,
     "    if (order->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {\n",
     "    if (order->no_new_privileges && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) < 0) {\n",
     tests("ProgramLaunchTests")),
    ("restarts have no bound", RESTARTS,
     "        guard attempts < rules.maxAttempts else { return .giveUp }\n",
     "        guard attempts < Int64.max else { return .giveUp }\n",
     tests("RestartPlanTests")),
    ("the run's id in an environment says nothing", TABLE,
     "        for process in run.flatMap({ byRun[$0] }) ?? [] {\n",
     "        for process in run.flatMap({ byRun[$0] })?.prefix(0) ?? [] {\n",
     tests("ProcessTableTests")),
    ("an executable of the app says nothing", TABLE,
     "        for process in processes(below: appDirectory) {\n",
     "        for process in processes(below: appDirectory).prefix(0) {\n",
     tests("ProcessTableTests")),
    ("whoever holds running.lock does not count", LIFE,
     "    package var isRunning: Bool { holdsLock || !processes.isEmpty }\n",
     "    package var isRunning: Bool { !processes.isEmpty }\n",
     tests("LifeTests")),
    ("values are written as they are", REDACTOR,
     "        guard longest > 0, let base = text.baseAddress else { return [] }\n",
     "        guard longest > Int.max - 1, let base = text.baseAddress else { return [] }\n",
     tests("RedactorTests")),
    ("a log grows for ever", LOG,
     "        let fitting = lines.prefix(Int(max(0, half - size)))\n",
     "        let fitting = lines.prefix(lines.count + Int(half - half))\n",
     tests("OutputLogTests")),
    ("a gate does not mind a restart", PULSE,
     "        } else if restarts != start.restarts {\n",
     "        } else if restarts < start.restarts {\n",
     tests("HealthGateTests")),
    ("a program that fails passes its probe", GATE,
     "                case .exited(status: 0): .passed\n                case .exited(let status): .failed(\"exited with status \\(status)\")\n",
     "                case .exited(status: 0): .failed(\"exited with status 0\")\n                case .exited: .passed\n",
     crash("updateFailing")),
    ("a confined process stays the superuser", CONFINE_C,
     "    if (geteuid() != 0) return;\n",
     "    if (geteuid() == 0) return;\n",
     tests("ConfinedReaderTests")),
    ("where memory runs out others end before the confined process", CONFINE_C,
     "write(file, \"1000\", 4)",
     "write(file, \"0\", 1)",
     tests("ConfinedReaderTests")),
    ("a confined process lives on without its parent", CONFINE_C,
     "prctl(PR_SET_PDEATHSIG, SIGKILL,",
     "prctl(PR_SET_PDEATHSIG, 0,",
     tests("ConfinedReaderTests")),
    ("Landlock is there, and is left out", CONFINE_C,
     "    if (version < 1) return 0;\n",
     "    if (version != 0) return 0;\n",
     tests("ConfinedReaderTests")),
    ("the filter of calls is left out", CONFINE_C,
     "    if (order->layers & CLINUX_CONFINED_CALLS) {\n",
     "    if (order->layers & CLINUX_CONFINED_CALLS && order->output < 0) {\n",
     tests("ConfinedReaderTests")),
    ("a confined process may make code", CONFINE_C,
     "        IF(BPF_JSET, PROT_EXEC, 1, 0), ALLOW,\n",
     "        IF(BPF_JSET, PROT_EXEC, 0, 0), ALLOW,\n",
     tests("ConfinedReaderTests")),
    ("a confined process may open as many files as its parent", CONFINE_C,
     "    if (lower(RLIMIT_NOFILE, 0, 0) < 0) return -1;\n",
     "",
     tests("ConfinedReaderTests")),
    ("the memory of a confined process has no end", CONFINE_C,
     "    if (lower(RLIMIT_AS, order->memory, order->memory) < 0) return -1;\n",
     "",
     tests("ConfinedReaderTests")),
    ("the time of a confined process has no end", CONFINE_C,
     "    return lower(RLIMIT_CPU, order->seconds, order->seconds + 1);\n",
     "    return 0;\n",
     tests("ConfinedReaderTests")),
    ("a confined process may write to its archive", READER_C,
     "O_RDONLY | O_CLOEXEC | O_NOCTTY);\n",
     "O_RDWR | O_CLOEXEC | O_NOCTTY);\n",
     tests("ConfinedReaderTests")),
]


def main():
    options = arguments()
    mutants = [Mutant(*fields) for fields in MUTANTS]
    mutants += [Mutant(*fields) for fields in HOSTILE]
    mutants += [Mutant(*fields, ("certify", item)) for item, *fields in CERTIFIED]
    wanted = [mutant for mutant in mutants if mutant.judge[0] in (options.group or GROUPS)]
    if options.list:
        for mutant in wanted:
            print(f"{mutant.judge[0]}: {mutant.name}")
        return
    unknown = set(options.names) - {mutant.name for mutant in wanted}
    if unknown:
        sys.exit(f"mutants: there is no '{min(unknown)}'")
    wanted = [mutant for mutant in wanted if not options.names or mutant.name in options.names]
    package, folder = os.path.abspath(options.package), os.path.abspath(options.folder)
    require_fit(package, mutants)
    prepare(package, folder, sorted({mutant.judge for mutant in wanted}))
    missed = [mutant for mutant in wanted if not is_caught(folder, mutant)]
    print(f"mutants: {len(wanted) - len(missed)} caught, {len(missed)} missed", flush=True)
    sys.exit(1 if missed else 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--group", action="append", choices=GROUPS)
    parser.add_argument("package", nargs="?")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if not options.list and options.folder is None:
        parser.error("PACKAGE and FOLDER are missing")
    return options


def require_fit(package, mutants):
    """Every mutant must fit the code as it is now, whichever are wanted."""
    for mutant in mutants:
        with open(os.path.join(package, mutant.file)) as source:
            if source.read().count(mutant.old) != 1:
                sys.exit(f"mutants: '{mutant.name}' does not fit {mutant.file} any more")


def prepare(package, folder, judges):
    """Copies the package to where it is needed. The code as it is must build, and pass what tries its mutants."""
    for place, judge in {place_of(folder, judge): judge for judge in judges}.items():
        copy(package, place)
        if judge[0] == "hostile":
            shorten(place, judge[1])
    for judge in judges:
        output = build(folder, judge)
        if output is not None:
            sys.exit("mutants: it does not build:\n" + output[-4000:])
        ended = trial(folder, judge, "--subset")
        if ended != 0:
            sys.exit(f"mutants: the code itself does not pass {' '.join(judge)} ({ended})")


def place_of(folder, judge):
    """Where its mutants are built: what a lower floor is tried by has a package of its own."""
    return os.path.join(folder, "floors", judge[1]) if judge[0] == "hostile" else folder


def copy(package, place):
    """The package without what was built; what PLACE had built of it stays, so that little is built again."""
    os.makedirs(place, exist_ok=True)
    for name in ["Sources", "Tests", "TestBundles", "docs", "Package.swift"]:
        source, target = os.path.join(package, name), os.path.join(place, name)
        if os.path.isdir(target):
            shutil.rmtree(target)
        if os.path.isdir(source):
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target)


def shorten(place, tests):
    """Leaves of the copied package the tests of one target, and what they need."""
    path = os.path.join(place, "Package.swift")
    with open(path) as source:
        text = source.read()
    with open(path, "w") as target:
        target.write(cut(text, tests))


def is_caught(folder, mutant):
    path = os.path.join(place_of(folder, mutant.judge), mutant.file)
    with open(path) as source:
        text = source.read()
    began = time.monotonic()
    try:
        with open(path, "w") as target:
            target.write(text.replace(mutant.old, mutant.new))
        output = build(folder, mutant.judge)
        ended = trial(folder, mutant.judge) if output is None else 0
    finally:
        with open(path, "w") as target:
            target.write(text)
    if output is not None:
        print("\n".join(line for line in output.splitlines() if "error:" in line), flush=True)
    verdict = "DOES NOT BUILD" if output is not None else "MISSED" if ended == 0 else "caught"
    print(f"mutants: {verdict}: {mutant.name} ({time.monotonic() - began:.0f} s)", flush=True)
    return ended != 0


def build(folder, judge):
    """What it says where something does not build; None where all does."""
    for words in builds(judge):
        built = subprocess.run(
            words, cwd=place_of(folder, judge), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if built.returncode != 0:
            return built.stdout
    return None


def builds(judge):
    if judge[0] in ["tests", "hostile"]:
        return [DEBUG + ["--build-tests"]]
    # The same program as the one that is released, and built in a fraction of the time.
    if judge[0] == "certify":
        return [DEBUG + ["--product", "apphost"]]
    products = ["ReliabilityTrials"] + (["apphost", "SyscallInjector"] if judge[0] == "crash" else [])
    return [RELEASE + ["--product", product] for product in products]


def trial(folder, judge, *more):
    """The exit status of the trial; 'too long' where it did not end in time."""
    place = place_of(folder, judge)
    release, debug = f"{place}/.build/release", f"{place}/.build/debug"
    if judge[0] == "tests":
        words = ["swift", "test", "--skip-build", "--filter", judge[1]]
    elif judge[0] == "hostile":
        # Without `swift test`, which would plan the build again.
        words = [f"{debug}/apphostPackageTests.xctest", "--testing-library", "swift-testing", "--filter", judge[2]]
    elif judge[0] == "certify":
        words = [sys.executable, f"{place}/Tests/Harness/certify/certify.py", "--mode", "debug", "--item", judge[1],
                 f"{debug}/apphost", f"{place}/.build/certification/evidence.json"]
    elif judge[0] == "crash":
        words = [f"{release}/ReliabilityTrials", "crash", "--program", f"{release}/apphost",
                 "--injector", f"{release}/SyscallInjector", "--only", *judge[1:], *more]
    else:
        words = [f"{release}/ReliabilityTrials", "faults", "--first", *more]
    try:
        return subprocess.run(
            words, cwd=place, timeout=LIMIT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "SWIFT_BACKTRACE": "enable=no"}).returncode
    except subprocess.TimeoutExpired:
        return "too long"


if __name__ == "__main__":
    main()
