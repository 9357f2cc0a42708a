"""`app-update.lifecycle`: detection, review, policies, gates, stage, apply, restart and confirmation."""

import os
import shutil

from host import APP
from proofs import Item

ITEM = Item("app-update.lifecycle")
proof = ITEM.proof


# ---- Detect

@proof("check tells an upgrade from what is up to date, and compares versions instead of their text")
def detects_a_candidate(host):
    host.installed("1.9")
    check = host.check()
    host.see("nothing newer is listed", [check[key] for key in ["status", "versionDifferent", "updateAvailable"]],
             ["up-to-date", False, False])
    host.offer("1.10")
    check = host.check()
    host.see("1.10 is newer than 1.9",
             [check[key] for key in ["status", "candidateVersion", "versionDifferent", "updateAvailable"]],
             ["upgrade-available", "1.10", True, True])


@proof("check says what it cannot know, and why")
def admits_what_it_cannot_know(host):
    host.installed()
    host.publish("--withdraw", f"{APP}@1.0")
    host.see("its catalog lists it no more", host.check()["status"], "not-in-catalog")
    host.offer("spring")
    check = host.check()
    host.see("the versions have no order", [check[key] for key in ["status", "reason", "updateAvailable"]],
             ["unknown", "version_not_comparable", None])
    host.pack("1.0", app="other")
    host.run("install", "./other-1.0.tar.gz")
    other = host.run("check", "other")["results"][0]
    host.see("an app from a file follows no catalog", other["status"], "not-catalog-sourced")


@proof("check stages and applies nothing, and downloads no bundle")
def check_changes_nothing(host):
    host.outdated()
    shutil.rmtree(os.path.join(host.place, "site", "targets"))
    before = host.content()
    host.see("it finds the candidate without its file", host.check()["candidateVersion"], "1.1")
    host.see("slots and record are the same", host.content() == before)


# ---- Review

@proof("check shows what a person should know before anything is fetched")
def shows_review_metadata(host):
    host.installed()
    archive = host.offer("1.1", "--changelog", "Says more.", "--review-status", "caution", "--review-note", "Look.")
    check = host.check()
    host.see("changelog", check["changelog"]["summary"], "Says more.")
    host.see("the publisher's claim", check["review"], {"status": "caution", "note": "Look."})
    host.see("size of the download", check["downloadBytes"], os.path.getsize(os.path.join(host.place, archive)))
    host.see("channel and publication", [check["channel"], check["publishedAt"] is not None], ["stable", True])
    host.see("a claim is no trusted review", check["reviewTrust"]["status"], "publisher_claim_only")
    staged = host.run("update", APP, "--stage", "--expect", check["candidateDigest"])["results"][0]
    host.see("what was reviewed is what is staged", staged["digest"] == check["candidateDigest"])
    host.run("update", APP, "--expect", "0" * 64, status=77, code="update_candidate_changed")


@proof("only a review by a trusted reviewer of that very archive is positive")
def judges_review_receipts(host):
    host.prepare()
    host.offer("1.0")
    host.follow()
    host.run("install", APP)
    archive = host.pack("1.1")
    for name in ["alice", "bob"]:
        host.run("key", "new", f"{name}.key")
        host.run("review", "sign", archive, "--key", f"{name}.key", "--status",
                 "reviewed" if name == "alice" else "rejected", "-o", f"{name}.json")

    def trust(fact, wanted):
        host.see(fact, host.check()["reviewTrust"]["status"], wanted)

    host.publish(archive, "--receipt", "alice.json")
    trust("nobody is trusted to review", "not_configured")
    host.run("trust", "add", "bob.key.pub", "--name", "bob", "--for", "review")
    trust("somebody else is trusted", "unknown_reviewer")
    host.run("trust", "add", "alice.key.pub", "--name", "alice", "--for", "review")
    trust("she is trusted", "trusted_reviewed")
    host.see("who it was", host.check()["reviewTrust"]["reviewerName"], "alice")
    host.publish(archive, "--receipt", "alice.json", "--receipt", "bob.json")
    trust("a trusted rejection is not outvoted", "trusted_rejected")
    host.run("trust", "status", "bob", "revoked")
    trust("his key was revoked", "trusted_reviewed")
    host.run("trust", "status", "alice", "revoked")
    trust("hers too", "revoked_reviewer")


@proof("the review mode decides what goes by hand, what with an acknowledgement, and what not at all")
def review_modes_gate(host):
    host.outdated()
    before = host.content()
    host.run("settings", "reviewMode=require_trusted_review")
    host.run("update", APP, status=77, code="app_review_missing")
    host.run("update", APP, "--accept", "review", status=77, code="app_review_missing")
    check = host.check()
    host.see("no policy stages or applies it", check["eligible"], {"stage": False, "apply": False})
    host.run("settings", "reviewMode=warn_untrusted")
    host.run("update", APP, status=77, code="update_consent_required")
    host.see("nothing was changed", host.content() == before)
    host.run("settings", "reviewMode=require_trusted_review_for_apply_when_stopped")
    host.run("update", APP, status=77, code="update_consent_required")
    host.run("update", APP, "--accept", "review")
    host.see("once it is acknowledged it is done", host.slots(), ["1.1", None, "1.0"])


@proof("a trusted review opens the strictest mode, for a person and for a policy")
def a_trusted_review_opens(host):
    host.installed()
    archive = host.pack("1.1")
    host.run("key", "new", "alice.key")
    host.run("trust", "add", "alice.key.pub", "--name", "alice", "--for", "review")
    host.run("review", "sign", archive, "--key", "alice.key", "--status", "reviewed", "-o", "alice.json")
    host.publish(archive, "--receipt", "alice.json")
    host.run("settings", "reviewMode=require_trusted_review")
    host.see("a policy may apply it", host.check()["eligible"], {"stage": True, "apply": True})
    host.run("update", APP)
    host.see("it is done", host.slots(), ["1.1", None, "1.0"])


@proof("by default a policy applies nothing that not even its publisher calls reviewed")
def a_policy_wants_a_review(host):
    host.outdated("--review-status", "unreviewed")
    check = host.check()
    host.see("a policy may stage it, and no more", check["eligible"], {"stage": True, "apply": False})
    host.see("why", host.stops(check), ["app_review_missing"])


@proof("new permissions are shown, refused until they are consented to, and granted then")
def asks_for_new_permissions(host):
    host.installed(permissions=["notes.read", "notes.list"])
    host.offer("1.1", permissions=["notes.read", "notes.write"], permissionRationale={"notes.write": "Saves."})
    check = host.check()
    delta = {key: [entry["permission"] for entry in entries] for key, entries in check["permissionDelta"].items()}
    host.see("delta", delta, {"added": ["notes.write"], "removed": ["notes.list"], "unchanged": ["notes.read"]})
    host.see("rationale", check["permissionDelta"]["added"][0]["rationale"], "Saves.")
    host.see("no policy consents", [check["eligible"]["apply"], host.stops(check)],
             [False, ["update_consent_required"]])
    before = host.content()
    host.run("update", APP, status=77, code="update_consent_required")
    host.run("update", APP, "--yes", status=77, code="update_consent_required")
    host.see("nothing was changed", host.content() == before)
    host.run("update", APP, "--accept", "permissions")
    grants = {entry["permission"]: entry["state"] for entry in host.run("permissions", APP)["permissions"]}
    host.see("grants", grants, {"notes.read": "active", "notes.list": "inactive", "notes.write": "active"})


@proof("what does not fit this host is taken by nobody")
def refuses_what_does_not_fit(host):
    host.outdated(requires={"apphost": "999.0"})
    check = host.check()
    host.see("compatibility", [check["compatibility"], check["eligible"]],
             ["incompatible", {"stage": False, "apply": False}])
    host.see("why", host.stops(check), ["update_incompatible"])
    before = host.content()
    host.run("update", APP, status=77, code="update_incompatible")
    host.run("update", APP, "--stage", status=77, code="update_incompatible")
    host.see("nothing was changed", host.content() == before)


@proof("a required variable without a value refuses before anything is touched")
def asks_for_values(host):
    host.outdated(environment=[{"name": "NOTES_PLACE", "required": True}])
    check = host.check()
    host.see("no policy applies it", [check["eligible"]["apply"], host.stops(check)],
             [False, ["update_environment_missing"]])
    before = host.content()
    host.run("update", APP, status=77, code="update_environment_missing")
    host.see("nothing was changed", host.content() == before)
    host.run("update", APP, "--env", "NOTES_PLACE=here")
    host.see("with a value it is done", host.slots(), ["1.1", None, "1.0"])


@proof("hold, cooldown, channel and deprecation keep a candidate from every policy, each with its reason")
def gates_keep_from_policies(host):
    def kept_by(code):
        check = host.check()
        host.see(f"kept by {code}", [check["eligible"], host.stops(check)], [{"stage": False, "apply": False}, [code]])

    host.outdated()
    host.see("a policy may take it", host.check()["eligible"], {"stage": True, "apply": True})
    host.run("hold", APP)
    kept_by("held")
    host.run("unhold", APP)
    host.run("policy", APP, "--cooldown", "7d")
    kept_by("cooling")
    host.run("policy", APP, "--cooldown", "0s")
    host.publish(f"{APP}-1.1.tar.gz", "--review-status", "reviewed", "--deprecated", "It forgets.")
    kept_by("entry_deprecated")
    for version in ["1.0", "1.1"]:
        host.publish("--withdraw", f"{APP}@{version}")
    host.offer("1.2", "--channel", "beta")
    kept_by("channel_not_allowed")
    host.run("policy", APP, "--channel", "stable,beta")
    host.see("a policy may take it again", host.check()["eligible"], {"stage": True, "apply": True})


# ---- Policies

@proof("manual is the default: it detects and shows, and stages and applies nothing")
def policy_manual(host):
    host.outdated()
    host.see("nobody chose it", host.run("policy", APP)["mode"], "manual")
    host.see("what the scheduler did", host.schedule(),
             [["catalog", "demo", "refresh", "success", None], ["app", APP, "check", "success", None]])
    host.see("the candidate is known", host.check("--offline")["candidateVersion"], "1.1")
    host.see("slots", host.slots(), ["1.0", None, None])


@proof("stage puts an eligible candidate aside, verified, and applies nothing")
def policy_stage(host):
    host.outdated()
    host.run("policy", APP, "stage")
    before = host.slot("installed")
    host.see("what the scheduler did", host.schedule()[1:], [["app", APP, "stage", "success", None]])
    host.see("slots", host.slots(), ["1.0", "1.1", None])
    host.see("what is installed is the same", host.slot("installed") == before)
    host.run("verify", "--all-slots")
    host.run("apply", APP)
    host.see("a person applies it", host.slots(), ["1.1", None, "1.0"])


@proof("apply_when_stopped applies an eligible candidate while the app is stopped")
def policy_apply_when_stopped(host):
    host.outdated()
    host.run("policy", APP, "apply_when_stopped")
    host.see("what the scheduler did", host.schedule()[1:], [["app", APP, "apply", "success", None]])
    host.see("slots", host.slots(), ["1.1", None, "1.0"])
    host.see("who did it", [line["by"] for line in host.history("update")], ["scheduler"])


@proof("apply_when_stopped never stops an app, and applies once it is stopped")
def policy_leaves_what_runs(host):
    host.outdated()
    host.run("policy", APP, "apply_when_stopped")
    host.run("start", APP)
    process = host.life()["pid"]
    host.see("what the scheduler did", host.schedule()[1:], [["app", APP, "check", "skipped", "app_running"]])
    host.see("slots", host.slots(), ["1.0", None, None])
    host.see("the same process runs", host.life()["pid"] == process)
    host.run("stop", APP)
    host.make_due("app", APP)
    host.see("what the scheduler did then", host.schedule(), [["app", APP, "apply", "success", None]])
    host.see("slots then", host.slots(), ["1.1", None, "1.0"])


@proof("no policy takes what is held, cooling, or has to be consented to, and an app's policy is durable")
def policies_mind_the_gates(host):
    host.installed()
    host.run("policy", APP, "apply_when_stopped")
    host.offer("1.1", permissions=["notes.write"])
    host.see("consent is needed", host.schedule()[1:], [["app", APP, "check", "success", None]])
    host.publish("--withdraw", f"{APP}@1.1")
    host.offer("1.2")
    host.run("hold", APP)
    host.run("catalog", "refresh")
    host.make_due("app", APP)
    host.see("it is held", host.schedule(), [["app", APP, "check", "success", None]])
    host.run("unhold", APP)
    host.run("policy", APP, "--cooldown", "7d")
    host.make_due("app", APP)
    host.see("it cools", host.schedule(), [["app", APP, "check", "success", None]])
    host.see("slots", host.slots(), ["1.0", None, None])
    host.see("the policy is the one chosen", host.run("policy", APP)["mode"], "apply_when_stopped")
    host.run("policy", APP, "--cooldown", "0s")
    host.make_due("app", APP)
    host.see("nothing keeps it", host.schedule(), [["app", APP, "apply", "success", None]])


# ---- Stage and apply

@proof("nothing is staged or applied whose bytes or signature do not verify")
def verifies_first(host):
    host.outdated()
    before = host.content()
    folder = os.path.join(host.place, "site", "targets", "apps", APP, "1.1")
    listed = os.path.join(folder, os.listdir(folder)[0])
    with open(listed, "r+b") as file:
        file.seek(os.path.getsize(listed) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    refused = host.attempt("update", APP, "--stage")
    host.see("a flipped bit of the download is refused", [refused.status != 0, refused.state], [True, "unchanged"])
    host.run("key", "new", "stranger.key")
    host.pack("1.2", key="stranger.key")
    host.run("update", APP, "--from", f"./{APP}-1.2.tar.gz", status=77, code="bundle_key_unknown")
    host.pack("1.2", app="other")
    refused = host.attempt("update", APP, "--from", "./other-1.2.tar.gz")
    host.see("another app's bundle is refused", [refused.status != 0, refused.state], [True, "unchanged"])
    host.see("nothing was changed", host.content() == before)


@proof("staging touches nothing that is installed, survives, and is what apply installs")
def stages_aside(host):
    host.outdated()
    before = host.slot("installed")
    wanted = host.check()["candidateDigest"]
    host.run("update", APP, "--stage")
    host.see("what is installed is the same", host.slot("installed") == before)
    staged = host.slot("staged")
    host.see("another command finds it", host.slots(), ["1.0", "1.1", None])
    host.run("verify", "--all-slots")
    applied = host.run("apply", APP)["results"][0]
    host.see("it is the bundle that was reviewed", applied["digest"] == wanted)
    host.see("it is the tree that was staged", host.slot("installed") == staged)
    host.run("apply", APP, status=66, code="update_not_staged")


@proof("a staged candidate that its catalog lists no more is not applied")
def asks_again_at_apply(host):
    host.outdated()
    host.run("update", APP, "--stage")
    host.publish("--withdraw", f"{APP}@1.1")
    host.run("catalog", "refresh")
    before = host.slot("installed")
    host.run("apply", APP, status=77, code="update_candidate_changed")
    host.see("what is installed is the same", host.slot("installed") == before)


@proof("an app that runs keeps its bundle: nothing is replaced beneath it")
def applies_only_when_stopped(host):
    host.outdated()
    host.run("update", APP)
    host.offer("1.2")
    host.run("start", APP)
    process = host.life()["pid"]
    before = host.slot("installed"), host.slot("rollback")
    for words in [["update", APP], ["rollback", APP], ["uninstall", APP]]:
        host.run(*words, status=75, code="app_running")
    host.run("update", APP, "--stage")
    host.run("apply", APP, status=75, code="app_running")
    host.see("its bundles are the same", (host.slot("installed"), host.slot("rollback")) == before)
    host.see("the same process runs", host.life()["pid"] == process)
    host.run("stop", APP)
    host.run("apply", APP)
    host.see("stopped, it is applied", host.slots(), ["1.2", None, "1.1"])


# ---- Confirm

@proof("--restart stops, swaps, starts what ran, and lets its health decide")
def restarts_and_asks(host):
    host.outdated()
    host.run("start", APP)
    process = host.life()["pid"]
    host.run("update", APP, "--restart")
    life = host.life()
    host.see("the new version runs", [life["version"], life["running"]], ["1.1", True])
    host.see("it is another process", life["pid"] != process)
    host.see("it is confirmed", life["unconfirmed"], None)
    host.run("rollback", APP, "--restart")
    life = host.life()
    host.see("so does the old one after a rollback", [life["version"], life["running"]], ["1.0", True])
    host.run("stop", APP)
    host.run("update", APP, "--restart", "--accept", "known-bad")
    host.see("a stopped app stays stopped", [host.life()["running"], host.slots()], [False, ["1.1", None, "1.0"]])


@proof("a version that fails its gate is undone, or stays where that was asked for, and each says so")
def the_gate_decides(host):
    host.outdated(healthy=False)
    host.run("start", APP)
    host.run("update", APP, "--restart", status=4, code="health_check_failed_rolled_back")
    life = host.life()
    host.see("the old version is back, and runs", [life["version"], life["running"]], ["1.0", True])
    host.run("update", APP, "--restart", "--no-rollback-on-failure", "--accept", "known-bad", status=3,
             code="health_check_failed")
    host.see("it was left as asked", host.slots(), ["1.1", None, "1.0"])
    host.run("rollback", APP, "--restart")
    host.run("update", APP, "--health", "process", status=64, code="usage")


@proof("who refuses says so in one line of the history, and asking for what is so is done")
def tells_what_it_did(host):
    host.outdated(permissions=["notes.write"])
    host.run("update", APP, status=77, code="update_consent_required")
    refused = [line for line in host.history("update") if line["outcome"] != "done"]
    host.see("the refusal", [line["code"] for line in refused], ["update_consent_required"])
    host.run("update", APP, "--accept", "permissions")
    again = host.run("update", APP)["results"][0]
    host.see("nothing is left to do", again["result"], "unchanged")
