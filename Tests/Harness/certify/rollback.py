"""`app-update.rollback`: the way back is durable, and leads back for the bundle and for nothing else."""

import os
import time

from host import APP, digest, tree, write
from proofs import Item

ITEM = Item("app-update.rollback")
proof = ITEM.proof

OWNED = ["data", "cache", "run"]
KILLS = 12


def fill(host):
    """The app's own directories, as it and its operator might have left them."""
    host.run("start", APP)
    host.run("stop", APP)
    for part in OWNED:
        place = host.path(part, APP)
        owner = os.stat(place)
        os.makedirs(os.path.join(place, "deep", "er"))
        write(os.path.join(place, "deep", "er", "with space\n"), f"{part}\n" * 1000, 0o640)
        write(os.path.join(place, ".hidden"), "", 0o600)
        os.symlink("deep/er", os.path.join(place, "link"))
        for folder, folders, files in os.walk(place):
            for name in ["", *folders, *files]:
                os.lchown(os.path.join(folder, name), owner.st_uid, owner.st_gid)


def owned(host):
    """Each with every name, mode, owner, time and byte."""
    return {part: digest(tree(host.path(part, APP))) for part in OWNED}


@proof("an update keeps the bundle before it, whole and on the disk; rollback brings it back, and twice the newer one")
def keeps_what_was_replaced(host):
    host.outdated()
    old = host.slot("installed")
    host.run("update", APP)
    new = host.slot("installed")
    host.see("what is kept is what was installed", host.slot("rollback") == old)
    host.run("verify", "--all-slots")
    host.run("rollback", APP)
    host.see("it is back, and the newer one is kept", [host.slot("installed") == old, host.slot("rollback") == new],
             [True, True])
    host.see("versions", host.slots(), ["1.0", None, "1.1"])
    host.run("rollback", APP)
    host.see("twice returns to the newer one", [host.slot("installed") == new, host.slot("rollback") == old],
             [True, True])
    host.run("verify", "--all-slots")


@proof("data, cache and run files are the same to the last byte after every update and every way back")
def leaves_the_apps_files_alone(host):
    host.outdated()
    fill(host)
    before = owned(host)

    def same(after):
        host.see(f"after {after}", {part: owned(host)[part] == before[part] for part in OWNED},
                 {part: True for part in OWNED})

    host.run("update", APP)
    same("an update")
    host.run("rollback", APP)
    same("a rollback")
    host.run("update", APP, "--stage", "--accept", "known-bad")
    same("staging")
    host.run("apply", APP)
    same("an apply")
    host.pack("1.2", healthy=False)
    host.run("update", APP, "--from", f"./{APP}-1.2.tar.gz", "--restart", "--health", "manifest", status=4,
             code="health_check_failed_rolled_back")
    same("a failed gate, undone")
    host.run("start", APP)
    host.run("rollback", APP, "--restart")
    host.run("stop", APP)
    same("a rollback between stop and start")


@proof("secrets, values and grants are those of now: going back brings none of them back")
def brings_back_the_bundle_alone(host):
    host.installed(permissions=["notes.read", "notes.list"], environment=[
        {"name": "NOTES_PLACE"}, {"name": "NOTES_WORD", "secret": True}])
    host.offer("1.1", permissions=["notes.read"], environment=[
        {"name": "NOTES_PLACE"}, {"name": "NOTES_WORD", "secret": True}])
    for text in ["first", "second"]:
        write(os.path.join(host.place, f"{text}.txt"), f"{text}-word")
    host.run("config", APP, "NOTES_PLACE=first")
    host.run("secret", "set", APP, "NOTES_WORD", "--from", "first.txt")
    host.run("update", APP)
    host.run("config", APP, "NOTES_PLACE=second")
    host.run("secret", "set", APP, "NOTES_WORD", "--from", "second.txt")
    folder = host.path("secrets", APP)
    kept = digest(tree(folder))
    host.run("rollback", APP)
    host.see("the secret is the later one", digest(tree(folder)) == kept)
    values = host.run("config", APP)["environment"]
    host.see("so is the value", [entry["value"] for entry in values if entry["name"] == "NOTES_PLACE"], ["second"])
    grants = {entry["permission"]: entry["state"] for entry in host.run("permissions", APP)["permissions"]}
    host.see("a grant that was lost stays lost", grants, {"notes.read": "active", "notes.list": "inactive"})


@proof("an app that runs is not rolled back beneath it; with --restart it runs again")
def wants_the_app_stopped(host):
    host.outdated()
    host.run("update", APP)
    host.run("start", APP)
    before = host.slot("installed")
    host.run("rollback", APP, status=75, code="app_running")
    host.see("what is installed is the same", host.slot("installed") == before)
    host.run("rollback", APP, "--restart")
    life = host.life()
    host.see("the old version runs", [life["version"], life["running"]], ["1.0", True])


@proof("a bundle that does not verify is not gone back to, and never becomes the way back")
def verifies_what_it_goes_back_to(host):
    host.outdated()
    host.run("update", APP)
    before = host.slot("installed")
    damage(host, "rollback")
    refused = host.attempt("rollback", APP)
    host.see("a damaged way back is refused", [refused.status, refused.state], [65, "unchanged"])
    host.see("what is installed is the same", host.slot("installed") == before)
    damage(host, "installed")
    host.offer("1.2")
    host.run("update", APP)
    host.see("what was damaged is not kept", host.slots()[2] != "1.1")


def damage(host, slot):
    page = host.path("apps", APP, slot, "page.html")
    # Its slots may share it.
    mode = os.stat(page).st_mode & 0o777
    with open(page) as file:
        text = file.read()
    folder = os.path.dirname(page)
    os.chmod(folder, 0o755)
    os.unlink(page)
    write(page, text.replace("version", "Version", 1), mode)
    os.chmod(folder, 0o555)


@proof("a version that fails its gate leaves both slots as they were, is known bad, and is not taken by itself")
def undoes_a_failed_gate(host):
    host.outdated()
    host.run("update", APP)
    host.offer("1.2", healthy=False)
    host.run("start", APP)
    before = host.slot("installed"), host.slot("rollback")
    failed = host.check()["candidateDigest"]
    host.run("update", APP, "--restart", status=4, code="health_check_failed_rolled_back")
    host.see("both slots are as before", (host.slot("installed"), host.slot("rollback")) == before)
    life = host.life()
    host.see("what ran runs", [life["version"], life["running"], life["unconfirmed"]], ["1.1", True, None])
    host.see("it is known bad", [bad["digest"] == failed for bad in host.run("info", APP)["knownBad"]], [True])
    host.run("stop", APP)
    check = host.check()
    host.see("no policy takes it", [check["eligible"]["stage"], "known_bad" in host.stops(check)], [False, True])
    host.run("update", APP, status=77, code="update_consent_required")
    host.offer("1.3")
    host.see("a newer one is offered", host.check()["eligible"], {"stage": True, "apply": True})


@proof("what was left by a rollback is known bad until somebody returns to it")
def remembers_what_was_left(host):
    host.outdated()
    host.run("update", APP)
    host.run("rollback", APP)
    host.see("it is known bad", [bad["version"] for bad in host.run("info", APP)["knownBad"]], ["1.1"])
    check = host.check()
    host.see("no policy takes it", [check["eligible"]["stage"], "known_bad" in host.stops(check)], [False, True])
    host.run("update", APP, status=77, code="update_consent_required")
    host.run("rollback", APP)
    host.see("a rollback to it ends that", host.run("info", APP)["knownBad"], [])


@proof("an update that is killed leaves the old bundle or the new one, whole, and the app's files alone")
def survives_a_kill(host):
    host.outdated()
    fill(host)
    old = host.slot("installed")
    files = owned(host)
    began = time.monotonic()
    host.run("update", APP)
    lasted = time.monotonic() - began
    new = host.slot("installed")
    host.run("rollback", APP)
    ends = {"old": 0, "new": 0}
    for turn in range(KILLS):
        running = host.start("update", APP, "--accept", "known-bad")
        time.sleep(lasted * turn / (KILLS - 1))
        running.kill()
        running.communicate()
        host.run("verify", "--all-slots")
        host.run("doctor")
        versions = host.slots()
        # Another copy has another receipt, but is the same bundle: that it is whole was verified.
        host.see("a bundle and its way back", versions in [["1.0", None, "1.1"], ["1.1", None, "1.0"]])
        host.see("the app's files are the same", owned(host) == files)
        ends["old" if versions[0] == "1.0" else "new"] += 1
        if versions[0] == "1.1":
            host.run("rollback", APP)
        host.see("what is gone back to is the tree from before", host.slot("installed") == old)
    host.steps.append({"fact": "updates killed, each at another moment, and what was installed then", "seen": ends})
    host.see("the two are not one", old != new)


@proof("where a replacement cannot complete, the bundle before it is back, with its way back")
def restores_when_it_cannot_complete(host):
    host.outdated()
    host.run("update", APP)
    host.offer("1.2")
    host.run("update", APP, "--stage")
    before = host.slot("installed"), host.slot("rollback"), host.slot("staged")
    outcomes = []
    for limit in [0, 1, 2, 4, 8]:
        answer = host.attempt("apply", APP, limit=limit)
        outcomes.append([limit, answer.status, answer.state])
        if answer.state == "unchanged":
            host.see("every slot is as before",
                     (host.slot("installed"), host.slot("rollback"), host.slot("staged")) == before)
            host.run("doctor")
            continue
        # The swap was done; the next command finishes what could not be written.
        host.run("doctor")
        host.see("the new bundle and its way back", [host.slots(), host.slot("installed") == before[2]],
                 [["1.2", None, "1.1"], True])
        break
    host.steps.append({"fact": "blocks that a file could have, status, state", "seen": outcomes})
    host.see("at least one could not complete", any(state == "unchanged" for _, _, state in outcomes))
    if host.slots()[0] == "1.1":
        host.run("apply", APP)
    host.run("verify", "--all-slots")


@proof("an uninstall is no way back: bundles, secrets and grants go, and a later install finds none of them")
def forgets_on_uninstall(host):
    secret = [{"name": "NOTES_WORD", "secret": True}]
    host.installed(environment=secret, permissions=["notes.read"])
    host.offer("1.1", environment=secret, permissions=["notes.read"])
    fill(host)
    write(os.path.join(host.place, "word.txt"), "word")
    host.run("secret", "set", APP, "NOTES_WORD", "--from", "word.txt")
    host.run("update", APP)
    data = owned(host)["data"]
    host.run("uninstall", APP)
    left = [slot for slot in ["installed", "staged", "rollback"] if host.slot(slot)]
    host.see("slots that are left", left, [])
    host.see("data stays", owned(host)["data"] == data)
    host.run("install", APP)
    host.see("no secret came back", [entry["set"] for entry in host.run("secret", "list", APP)["secrets"]], [False])
    host.run("rollback", APP, status=66, code="rollback_not_available")
