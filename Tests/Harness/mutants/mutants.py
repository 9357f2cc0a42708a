#!/usr/bin/env python3
"""Shows that the trials are not blind: changes the engine for the worse, one step at a time, and expects `faults` to notice.

    mutants.py PACKAGE FOLDER [NAME...]

Each mutant is one change of one file of PACKAGE, made in a copy of it in FOLDER, built there, and tried with
`ReliabilityTrials faults --first`. A mutant is caught when that ends with a violation, cannot play a use case, crashes, or takes
longer than LIMIT. The last line is `mutants: N caught, M missed`; with any missed the exit status is 1.
"""

import os
import shutil
import subprocess
import sys
import time

LIMIT = 600
BUILD = ["swift", "build", "-c", "release", "--product", "ReliabilityTrials", "--static-swift-stdlib",
         "--explicit-target-dependency-import-check", "error"]

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

# What is done to the engine, where, what stands there, and what stands there instead.
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
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return steps + [.log(.done), .clearJournal]\n",
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return [.clearJournal] + steps + [.log(.done)]\n"),
    ("the history tells of it before the record does", PLAN,
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return steps + [.log(.done), .clearJournal]\n",
     "        return [.log(.done)] + steps + (names.hasNextRecord ? [.adoptRecord] : []) + [.clearJournal]\n"),
    ("the record is not adopted", PLAN,
     "        if names.hasNextRecord { steps.append(.adoptRecord) }\n        return steps + [.log(.done), .clearJournal]\n",
     "        if names.hasNextRecord { steps.append(.dropRecord) }\n        return steps + [.log(.done), .clearJournal]\n"),
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
     "            let expired = Retention.expired(Array(names.slots), keeping: Int(clamping: retention))\n",
     "            let expired = Retention.expired(Array(names.slots), keeping: Int(clamping: retention)).isEmpty\n"
     "                ? [] : [Slot.rollback]\n"),
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
     "            try DurableFile.replace(Self.name(of: role), in: directory, with: bytes)\n",
     "            try DurableFile.write(bytes, to: Self.name(of: role), in: directory, mode: 0o600)\n"),
    ("a root is stored before it is verified", CLIENT,
     "            let next = try root.successor(bytes)\n",
     "            try store.write(bytes, of: .root)\n            let next = try root.successor(bytes)\n"),
    ("a download has a name", DOWNLOAD,
     "        let received = Received(try directory.unnamedFile(), in: directory)\n",
     "        let file = try directory.file(\"download\", as: .creating(mode: 0o600))\n"
     "        let received = Received(file, in: directory)\n"),
]


def main():
    package, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    wanted = [mutant for mutant in MUTANTS if len(sys.argv) == 3 or mutant[0] in sys.argv[3:]]
    copy(package, folder)
    check(folder)
    missed = [mutant[0] for mutant in wanted if not is_caught(folder, *mutant)]
    print(f"mutants: {len(wanted) - len(missed)} caught, {len(missed)} missed", flush=True)
    sys.exit(1 if missed else 0)


def copy(package, folder):
    """The package without what was built; what FOLDER had built of it stays, so that little is built again."""
    os.makedirs(folder, exist_ok=True)
    for name in ["Sources", "Tests", "Package.swift"]:
        source, target = os.path.join(package, name), os.path.join(folder, name)
        if os.path.isdir(target):
            shutil.rmtree(target)
        if os.path.isdir(source):
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target)


def check(folder):
    """Every mutant must fit the code as it is now, and the code as it is must pass."""
    for name, file, old, _ in MUTANTS:
        with open(os.path.join(folder, file)) as source:
            if source.read().count(old) != 1:
                sys.exit(f"mutants: '{name}' does not fit {file} any more")
    build(folder)
    ended = trial(folder, "--subset")
    if ended != 0:
        sys.exit(f"mutants: the engine itself does not pass ({ended})")


def is_caught(folder, name, file, old, new):
    path = os.path.join(folder, file)
    with open(path) as source:
        text = source.read()
    began = time.monotonic()
    try:
        with open(path, "w") as target:
            target.write(text.replace(old, new))
        build(folder)
        ended = trial(folder)
    finally:
        with open(path, "w") as target:
            target.write(text)
    verdict = "MISSED" if ended == 0 else "caught"
    print(f"mutants: {verdict}: {name} ({time.monotonic() - began:.0f} s)", flush=True)
    return ended != 0


def build(folder):
    built = subprocess.run(BUILD, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode != 0:
        sys.exit("mutants: it does not build:\n" + built.stdout[-4000:])


def trial(folder, *more):
    """The exit status of the trial; 'too long' where it did not end in time."""
    program = os.path.join(folder, ".build/release/ReliabilityTrials")
    try:
        return subprocess.run(
            [program, "faults", "--first", *more], timeout=LIMIT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "SWIFT_BACKTRACE": "enable=no"}).returncode
    except subprocess.TimeoutExpired:
        return "too long"


if __name__ == "__main__":
    main()
