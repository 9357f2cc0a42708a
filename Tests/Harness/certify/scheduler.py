"""`app-update.scheduler`: what is done by itself, when, how often, and what is kept of it."""

import fcntl
import json
import os
import re
import stat
import time

from host import APP, CATALOG, seconds
from proofs import Item

ITEM = Item("app-update.scheduler")
proof = ITEM.proof

REFRESHED = ["catalog", CATALOG, "refresh", "success", None]
CHECKED = ["app", APP, "check", "success", None]
STAGED = ["app", APP, "stage", "success", None]
SUMMARY = {"enabled", "status", "lastCheck", "nextCheck", "lastResult", "lastFailure", "failureCount", "errorCode"}
STATE = {"schema", "kind", "name", "lastCheck", "nextCheck", "lastResult", "lastFailure", "failureCount", "errorCode",
         "startedAt"}


def summary(host, kind):
    return host.run("scheduler", "status")[kind][0]


@proof("a pass refreshes what is followed, and checks what is installed against it")
def refreshes_and_checks(host):
    host.outdated()
    host.see("before it nothing newer is known", host.check("--offline")["status"], "up-to-date")
    host.see("what it did", host.schedule(), [REFRESHED, CHECKED])
    check = host.check("--offline")
    host.see("after it", [check["status"], check["candidateVersion"]], ["upgrade-available", "1.1"])


@proof("a check by the scheduler is the check by hand: the same record, the same line in the history")
def checks_like_a_person(host):
    host.outdated()
    host.schedule()
    with open(host.path("apps", APP, "check.json")) as file:
        kept = json.load(file)
    check = host.check("--offline")
    for key in ["status", "candidateVersion", "candidateDigest", "eligible"]:
        host.see(f"what it kept of {key}", kept[key], check[key])
    lines = host.history("check")
    host.see("who checked", [[line["by"], line["to"]] for line in lines], [["scheduler", "1.1"]])
    host.run("policy", APP, "stage")
    host.make_due("app", APP)
    host.schedule()
    again = host.run("update", APP, "--stage")["results"][0]
    host.see("what it staged is what a person would stage", again["result"], "unchanged")


@proof("manual stays the default: however often it checks, nothing is staged or applied")
def keeps_manual_the_default(host):
    host.outdated()
    before = host.slot("installed")
    host.schedule()
    for _ in range(3):
        host.make_due("app", APP)
        host.see("what it did", host.schedule(), [CHECKED])
    host.see("slots", host.slots(), ["1.0", None, None])
    host.see("what is installed is the same", host.slot("installed") == before)
    host.see("the policy", host.run("policy", APP)["mode"], "manual")


@proof("nothing is done twice, and each thing is planned an interval and a little chance ahead")
def waits_its_time(host):
    host.installed()
    host.run("settings", "scheduler.refreshSeconds=7200", "scheduler.checkSeconds=1800", "scheduler.jitterSeconds=60")
    host.see("what it did", host.schedule(), [REFRESHED, CHECKED])
    host.see("what it did at once after that", host.schedule(), [])
    for kind, name, interval in [("catalog", CATALOG, 7200), ("app", APP, 1800)]:
        state = host.state(kind, name)
        ahead = seconds(state["nextCheck"]) - seconds(state["lastCheck"])
        host.see(f"the {kind} is planned within its time", interval <= ahead <= interval + 60)
    host.make_due("catalog", CATALOG)
    host.see("what is due is done, and no more", host.schedule(), [REFRESHED])


@proof("what it knows is on the disk for the next process, and tells no path, address or secret")
def keeps_durable_path_free_state(host):
    host.installed()
    host.schedule()
    host.run("scheduler", "status")
    for kind, name in [("catalog", CATALOG), ("app", APP)]:
        state = host.state(kind, name)
        host.see(f"what is kept of the {kind}", sorted(state), sorted(STATE))
        host.see("who may read it", stat.filemode(os.stat(host.state_path(kind, name)).st_mode), "-rw-------")
    told = host.run("scheduler", "status")
    for kind, key in [("catalogs", "name"), ("apps", "app")]:
        entry = told[kind][0]
        host.see(f"what is told of {kind}", sorted(set(entry) - {key}), sorted(SUMMARY))
        host.see(f"how {kind} stand", [entry["status"], entry["lastResult"], entry["failureCount"]],
                 ["waiting", "success", 0])
    host.see("check tells the same", host.check("--offline")["scheduler"],
             {key: told["apps"][0][key] for key in SUMMARY})
    # Also after a failure, whose message would have them.
    break_site(host)
    host.make_due("catalog", CATALOG)
    host.attempt("scheduler", "run")
    texts = [json.dumps(host.run("scheduler", "status")), json.dumps(host.check("--offline")["scheduler"])]
    for name in os.listdir(host.path("scheduler")):
        with open(host.path("scheduler", name)) as file:
            texts.append(file.read())
    leaks = re.compile(r"/|token|BEGIN|\.swift")
    host.see("what looks like a path, an address, a secret or a stack", [text for text in texts if leaks.search(text)],
             [])
    host.see("the key is not in it", any("publisher" in text for text in texts), False)


def break_site(host):
    os.rename(os.path.join(host.place, "site", "metadata", "timestamp.json"), os.path.join(host.place, "kept.json"))


def mend_site(host):
    os.rename(os.path.join(host.place, "kept.json"), os.path.join(host.place, "site", "metadata", "timestamp.json"))


@proof("failures are tried again later and later, up to a most, and a success ends that")
def backs_off(host):
    host.outdated()
    host.run("settings", "scheduler.jitterSeconds=0", "scheduler.backoffSeconds=100", "scheduler.maxBackoffSeconds=350",
             "scheduler.refreshSeconds=7200")
    host.schedule()
    break_site(host)
    for failures, wait in enumerate([100, 200, 350, 350], start=1):
        host.make_due("catalog", CATALOG)
        failed = host.attempt("scheduler", "run")
        host.see("it is told", failed.status != 0)
        state = host.state("catalog", CATALOG)
        host.see(f"failure {failures}: counted, with its code",
                 [state["failureCount"], state["lastResult"], state["errorCode"] is not None],
                 [failures, "failed", True])
        host.see(f"failure {failures}: seconds until the next try",
                 seconds(state["nextCheck"]) - seconds(state["lastCheck"]), wait)
        host.see(f"failure {failures}: nothing before that", host.schedule(), [])
    host.see("status", summary(host, "catalogs")["status"], "backoff")
    host.see("what was verified last stands", host.check("--offline")["candidateVersion"], "1.1")
    mend_site(host)
    host.make_due("catalog", CATALOG)
    host.see("it is mended", host.schedule(), [REFRESHED])
    state = host.state("catalog", CATALOG)
    host.see("forgiven", [state["failureCount"], state["lastResult"], state["errorCode"]], [0, "success", None])
    host.see("seconds until the next", seconds(state["nextCheck"]) - seconds(state["lastCheck"]), 7200)
    host.see("status then", summary(host, "catalogs")["status"], "waiting")


@proof("each catalog and app fails by itself, and stops no other")
def fails_one_by_one(host):
    host.outdated()
    host.run("catalog", "init", "other", "--key", "publisher.key")
    host.follow("second", "other")
    break_site(host)
    answer = host.attempt("scheduler", "run")
    turns = [[turn[key] for key in ["kind", "name", "result"]] for turn in answer.output["results"]]
    host.see("what it did", [answer.status, turns],
             [3, [["catalog", CATALOG, "failed"], ["catalog", "second", "success"], ["app", APP, "success"]]])
    counts = {entry["name"]: entry["failureCount"] for entry in host.run("scheduler", "status")["catalogs"]}
    host.see("failures", counts, {CATALOG: 1, "second": 0})


@proof("while one scheduler is at work on a root, another one does nothing")
def is_alone(host):
    host.outdated()
    host.schedule()
    host.make_due("app", APP)
    with open(host.path("scheduler", "lock"), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        report = host.run("scheduler", "run")
    host.see("what the other one did", [report["status"], report["results"]], ["busy", []])
    host.see("what is done after it", host.schedule(), [CHECKED])


@proof("of many schedulers at once, each thing is done by one")
def does_the_work_once(host):
    host.outdated()
    host.run("policy", APP, "stage")
    words = ["scheduler", "run"]
    reports = [host.finish(running, *words) for running in [host.start(*words) for _ in range(6)]]
    host.see("how they ended", sorted({answer.status for answer in reports}), [0])
    done = [[turn[key] for key in ["kind", "name", "action", "result", "code"]]
            for answer in reports for turn in answer.output["results"]]
    host.see("what they did together", sorted(done), sorted([REFRESHED, STAGED]))
    host.see("lines of the history", len(host.history("stage")), 1)


@proof("a scheduler that is killed leaves nothing that the next one stumbles over")
def survives_a_kill(host):
    host.outdated()
    host.run("policy", APP, "stage")
    began = time.monotonic()
    host.schedule()
    lasted = time.monotonic() - began
    for turn in range(8):
        if host.slots()[1]:
            host.run("unstage", APP)
        for kind, name in [("catalog", CATALOG), ("app", APP)]:
            host.make_due(kind, name)
        running = host.start("scheduler", "run")
        time.sleep(lasted * turn / 8)
        running.kill()
        running.communicate()
        host.run("scheduler", "status")
        host.run("doctor")
    host.steps.append({"fact": "schedulers killed, each at another moment", "seen": 8})
    if host.slots()[1]:
        host.run("unstage", APP)
    for kind, name in [("catalog", CATALOG), ("app", APP)]:
        host.make_due(kind, name)
    host.see("the next one does all of it", host.schedule(), [REFRESHED, STAGED])


@proof("disabled, it does nothing by itself, and says so")
def can_be_disabled(host):
    host.outdated()
    host.run("settings", "scheduler.enabled=false")
    report = host.run("scheduler", "run")
    host.see("what it did", [report["status"], report["results"]], ["disabled", []])
    host.see("status", summary(host, "apps")["status"], "disabled")
    host.see("by hand all of it goes on", host.check()["candidateVersion"], "1.1")
