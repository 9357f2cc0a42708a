#!/usr/bin/env python3
"""Certifies the built program, offline: runs what each item promises, and writes down the proof that it saw.

    certify.py [--mode release|debug] [--item NAME]... [--waivers FILE] PROGRAM EVIDENCE

Each proof runs the program in a fresh directory. The exit status is 0 only if every item is passed, or waived; with
--item those that it names, which certifies nothing.
With --item only these are run; the others are skipped. docs/certification.md describes the evidence.
"""

import argparse
import datetime
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import lifecycle
import machine
import rollback
import scheduler
from host import Failed, Host, WrongMode
from waivers import Waivers

ITEMS = [lifecycle.ITEM, scheduler.ITEM, rollback.ITEM]
PACKAGE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=["release", "debug"], default="release")
    parser.add_argument("--item", action="append", choices=[item.name for item in ITEMS])
    parser.add_argument("--waivers", default=os.path.join(PACKAGE, "docs", "waivers.json"))
    parser.add_argument("program")
    parser.add_argument("evidence")
    options = parser.parse_args()
    machine.isolate()
    run = Run(options)
    run.items()
    run.write(os.path.abspath(options.evidence))
    sys.exit(run.report())


class Run:
    def __init__(self, options):
        self.source = os.path.realpath(options.program)
        self.mode = options.mode
        self.chosen = options.item or [item.name for item in ITEMS]
        self.waivers = Waivers(options.waivers, [item.name for item in ITEMS])
        self.began = now()
        self.program = machine.program_facts(self.source)
        self.network = machine.network_facts()
        self.results = []

    def wrong_mode(self):
        """Why what would be run is not what is to be certified; nil where it is."""
        if self.program["build"] != self.mode:
            return f"the program is a {self.program['build']} build, and '{self.mode}' is to be certified"
        if machine.is_foreign(self.source):
            return "the program would not act as the user who runs it"
        if self.network["namespace"] and not self.network["isolated"]:
            return "the network namespace has an interface that is up"
        return None

    def items(self):
        wrong = self.wrong_mode()
        place = tempfile.mkdtemp(prefix="certify-")
        try:
            # Whoever apps run as has to reach their directories.
            os.chmod(place, 0o711)
            # A build beside it may replace the program at any moment.
            program = shutil.copy2(self.source, os.path.join(place, "apphost"))
            for item in ITEMS:
                self.results.append(self.item(item, program, place, wrong))
        finally:
            shutil.rmtree(place)

    def item(self, item, program, place, wrong):
        result = {"item": item.name, "required": True, "status": "skipped", "problem": None,
                  "waiver": self.waivers.reasons.get(item.name), "proofs": []}
        if item.name not in self.chosen:
            result["problem"] = "it was not asked for"
        elif wrong:
            result.update(status="wrong-mode", problem=wrong)
        else:
            with ThreadPoolExecutor(os.cpu_count() or 1) as several:
                result["proofs"] = list(several.map(lambda proof: self.proof(program, place, *proof), item.proofs))
            result["status"] = worst([proof["status"] for proof in result["proofs"]])
        return result

    def proof(self, program, place, name, claim, function):
        own = os.path.join(place, name)
        os.mkdir(own)
        os.chmod(own, 0o711)
        host = Host(program, own)
        status, problem = "passed", None
        began = time.monotonic()
        try:
            function(host)
            host.require_owner()
        except Failed as error:
            status, problem = "failed", str(error)
        except WrongMode as error:
            status, problem = "wrong-mode", str(error)
        except Exception as error:
            # An answer without what it always has, for instance: nothing was proved.
            line = traceback.extract_tb(error.__traceback__)[-1].lineno
            status, problem = "failed", f"{error.__class__.__name__} in line {line} of the proof: {error}"
        finally:
            host.end()
        # No evidence holds a path of the machine.
        problem = problem and problem.replace(place, "")
        lasted = time.monotonic() - began
        print(f"certify: {status:10} {name} ({lasted:.1f} s){': ' + problem if problem else ''}", flush=True)
        return {"name": name, "claim": claim, "status": status, "problem": problem, "seconds": round(lasted, 1),
                "steps": host.steps}

    def is_certified(self):
        return self.is_proved() and all(item.name in self.chosen for item in ITEMS)

    def is_proved(self):
        """Whether all that was asked for is: of some items alone, that certifies nothing."""
        return not self.waivers.problems and all(
            result["status"] == "passed" or result["waiver"] is not None
            for result in self.results if result["item"] in self.chosen)

    def write(self, path):
        evidence = {
            "schema": 1, "mode": self.mode, "certified": self.is_certified(), "startedAt": self.began,
            "endedAt": now(), "program": self.program, "host": machine.host_facts(), "network": self.network,
            "waiverProblems": self.waivers.problems, "items": self.results}
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # Half of it would be no evidence.
        with open(path + ".new", "w") as file:
            json.dump(evidence, file, indent=1)
            file.write("\n")
        os.replace(path + ".new", path)

    def report(self):
        if not self.network["isolated"]:
            print("certify: no network namespace could be had; proxies and catalogs lead nowhere but to this host")
        for problem in self.waivers.problems:
            print(f"certify: {problem}")
        for result in self.results:
            passed = sum(proof["status"] == "passed" for proof in result["proofs"])
            notes = [text for text in [result["problem"], result["waiver"] and f"waived: {result['waiver']}"] if text]
            print(f"certify: {result['item']}: {result['status']}, {passed} of {len(result['proofs'])} proofs"
                  f"{''.join(f'; {note}' for note in notes)}")
        return 0 if self.is_proved() else 1


def worst(statuses):
    for status in ["failed", "wrong-mode", "skipped"]:
        if status in statuses:
            return status
    return "passed"


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
