#!/usr/bin/env python3
"""Shows that AppHost and the reference implementation of TUF understand each other's catalogs.

    interop.py PROGRAM TUF_CLIENT

Written by `apphost catalog init`, `publish` and `resign`: read by python-tuf's client, over http on loopback.
Written with python-tuf's metadata API: read by `tuf-client`, and by `apphost catalog add` and `apphost install`.
Controls on both sides are catalogs that must be refused, so that a case can fail.

One line for each case; the last one is `interop: N cases, M failed`, and with any failed the exit status is 1.
"""

import datetime
import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import (
    DelegatedRole, Delegations, Metadata, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp,
)
from tuf.ngclient import Updater

ACCEPTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "TestBundles", "accepted")
TOP_LEVEL = ["root", "targets", "snapshot", "timestamp"]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    # Everything is on loopback.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="apphost-interop-") as work, Server(work) as server:
        bench = Bench(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), work, server)
        bench.prepare()
        for bins in [None, 16]:
            written_by_apphost(bench, bins)
        spread_by_apphost(bench)
        written_by_reference(bench)
        published_into_reference(bench)
        refused_from_reference(bench)
        print(f"interop: {bench.cases} cases, {bench.failed} failed")
        sys.exit(1 if bench.failed else 0)


# What is tried with


class Server:
    """Serves a directory, so that a site in it is at a URL."""

    def __init__(self, folder):
        handler = functools.partial(Handler, directory=folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def url(self, site):
        return f"http://127.0.0.1:{self.server.server_address[1]}/{site}"


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Failed(Exception):
    """A case did not end as it should."""


class Bench:
    def __init__(self, program, tuf_client, work, server):
        self.program, self.tuf_client, self.work, self.server = program, tuf_client, work, server
        self.cases, self.failed = 0, 0
        self.made = 0

    def case(self, name, body):
        """Runs one case: it fails where `body` throws."""
        self.cases += 1
        try:
            body()
            print(f"ok      {name}", flush=True)
        except (Failed, RepositoryError, DownloadError, OSError, ValueError, KeyError) as error:
            self.failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def new(self, name):
        """A new name in the work folder."""
        self.made += 1
        return f"{name}-{self.made}"

    def run(self, *words, program=None, root=None):
        environment = {"PATH": os.environ["PATH"], "HOME": self.work, "LANG": "C.UTF-8"}
        if root:
            environment["APPHOST_ROOT"] = root
        return subprocess.run([program or self.program, *words], cwd=self.work, env=environment, capture_output=True,
                              text=True, check=False)

    def must(self, *words, **options):
        done = self.run(*words, **options)
        if done.returncode != 0:
            raise Failed(f"{' '.join(words)}: {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def prepare(self):
        """Keys, and two bundles with what the catalog says of each."""
        for name in ["notes", "catalog", "root"]:
            self.must("key", "new", f"{name}.key")
        self.bundles = {}
        for version in ["1.0", "1.1"]:
            archive = f"notes-{version}.tar.zst"
            self.must("pack", os.path.join(ACCEPTED, f"notes-{version}"), "-o", archive, "--key", "notes.key")
            self.bundles[f"{version}.0"] = Bundle(self.path(archive), json.loads(
                self.must("inspect", f"./{archive}", "--json")))


class Bundle:
    def __init__(self, archive, said):
        with open(archive, "rb") as file:
            self.bytes = file.read()
        self.archive = os.path.basename(archive)
        self.version = said["version"]
        self.path = f"apps/notes/{self.version}/{self.archive}"
        self.entry = {"schema": 1, "channel": "stable", "publishedAt": "2026-05-01T10:00:00Z"}
        for key in ["id", "name", "version", "digest", "permissions"]:
            self.entry[key] = said[key]
        for key in ["summary", "transport", "permissionProfile"]:
            if said[key] is not None:
                self.entry[key] = said[key]

    def target(self):
        target = TargetFile.from_data(self.path, self.bytes, ["sha256"])
        target.unrecognized_fields["custom"] = {"apphost": self.entry}
        return target


class Reference:
    """python-tuf's client of a site, with a store of its own."""

    def __init__(self, bench, site):
        self.bench, self.site = bench, site
        self.store = bench.path(bench.new("reference"))
        with open(bench.path(f"{site}/metadata/1.root.json"), "rb") as file:
            self.root = file.read()

    def updater(self):
        url = self.bench.server.url(self.site)
        os.makedirs(f"{self.store}/targets", exist_ok=True)
        return Updater(f"{self.store}/metadata", f"{url}/metadata", f"{self.store}/targets", f"{url}/targets",
                       bootstrap=self.root)

    def check(self, listed, missing=()):
        """Refreshes, and expects just these bundles."""
        updater = self.updater()
        updater.refresh()
        for bundle in listed:
            info = updater.get_targetinfo(bundle.path)
            if info is None:
                raise Failed(f"{bundle.path} is not listed")
            if info.unrecognized_fields["custom"]["apphost"]["digest"] != bundle.entry["digest"]:
                raise Failed(f"{bundle.path} is listed with another digest")
            with open(updater.download_target(info), "rb") as file:
                if file.read() != bundle.bytes:
                    raise Failed(f"{bundle.path} has other bytes")
        for bundle in missing:
            if updater.get_targetinfo(bundle.path) is not None:
                raise Failed(f"{bundle.path} is still listed")


# Written by apphost


def written_by_apphost(bench, bins):
    kind = f"{bins} bins" if bins else "one role"
    site = bench.new("site")
    old, new = bench.bundles["1.0.0"], bench.bundles["1.1.0"]
    both_keys = ["--key", "catalog.key", "--root-key", "root.key"]

    def start():
        bench.must("catalog", "init", site, *both_keys, *(["--bins", str(bins)] if bins else []))
        reference.append(Reference(bench, site))
        reference[0].check([], missing=[old])

    def publish(bundle, *more, listed):
        bench.must("catalog", "publish", site, bundle.archive, "--key", "catalog.key", *more)
        reference[0].check(listed)

    def resign(*keys):
        bench.must("catalog", "resign", site, "--all", *keys)
        reference[0].check([old, new])
        Reference(bench, site).check([old, new])

    def withdraw():
        bench.must("catalog", "publish", site, "--withdraw", "notes@1.0.0", "--key", "catalog.key")
        reference[0].check([new], missing=[old])

    reference = []
    text = 'Faster.\nSmaller: "half", or \\ less.\tÄ € \U0001f600\x7f'
    bench.case(f"apphost, {kind}: an empty catalog", start)
    bench.case(f"apphost, {kind}: one bundle", lambda: publish(old, listed=[old]))
    bench.case(f"apphost, {kind}: a second one, with a text that has to be escaped",
               lambda: publish(new, "--changelog", text, listed=[old, new]))
    bench.case(f"apphost, {kind}: resigned without root", lambda: resign("--key", "catalog.key"))
    bench.case(f"apphost, {kind}: resigned with root", lambda: resign(*both_keys))
    bench.case(f"apphost, {kind}: read by tuf-client", lambda: read_by_tuf_client(bench, site, [old, new]))
    lister = bin_of(new.path) if bins else "targets"
    for name in ["timestamp", "snapshot", lister, "root", new.archive]:
        bench.case(f"apphost, {kind}: {name} tampered with is refused",
                   lambda name=name: tampered(bench, site, name, [old, new]))
    bench.case(f"apphost, {kind}: one bundle withdrawn", withdraw)


def spread_by_apphost(bench):
    """The most bins that a catalog can have are within what the reference reads."""
    def body():
        site = bench.new("site")
        bench.must("catalog", "init", site, "--key", "catalog.key", "--bins", "4096")
        bundles = list(bench.bundles.values())
        bench.must("catalog", "publish", site, *[bundle.archive for bundle in bundles], "--key", "catalog.key")
        Reference(bench, site).check(bundles)
    bench.case("apphost, 4096 bins: two bundles", body)


def bin_of(path):
    """Of 16: the first digit of the hash tells it."""
    return f"bin-{hashlib.sha256(path.encode()).hexdigest()[0]}"


def tampered(bench, site, name, listed):
    """A copy of the site in which one byte of one file is another one. The reference must not take it."""
    copy = bench.new("tampered")
    shutil.copytree(bench.path(site), bench.path(copy))
    found = []
    for folder, _, files in os.walk(bench.path(copy)):
        for file in files:
            number = file.split(".")[0]
            if file == "timestamp.json" and name == "timestamp":
                found.append((0, os.path.join(folder, file)))
            elif file.endswith(f".{name}.json") and number.isdigit():
                found.append((int(number), os.path.join(folder, file)))
            elif file.endswith(f".{name}"):
                found.append((0, os.path.join(folder, file)))
    path = max(found)[1]
    with open(path, "rb") as file:
        content = bytearray(file.read())
    # What was signed begins behind its signatures; a year is in it, and still one when it is another.
    place = content.find(b'"expires":"2') + len(b'"expires":"2') if path.endswith(".json") else len(content) // 2
    content[place] ^= 1
    with open(path, "wb") as file:
        file.write(content)
    Reference(bench, site).check(listed)
    try:
        Reference(bench, copy).check(listed)
    except (RepositoryError, DownloadError):
        return
    raise Failed("it was accepted")


# Written by the reference


class Repository:
    """A catalog that is written with python-tuf.

    `signers` and `thresholds` are by role; `spread` names the roles that targets delegates to, with what each is
    trusted with: `{"notes": {"paths": ["apps/notes/*/*"]}}`. The bundles are listed by the last role that is trusted.
    """

    def __init__(self, bench, signers, thresholds=None, spread=None, consistent=True, hashes=True):
        self.bench = bench
        self.site = bench.new("written")
        self.signers, self.consistent, self.hashes = signers, consistent, hashes
        self.spread = spread or {}
        self.thresholds = thresholds or {}
        for folder in ["metadata", "targets"]:
            os.makedirs(bench.path(f"{self.site}/{folder}"))
        expires = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=30)
        self.roles = {
            "root": Root(expires=expires, consistent_snapshot=consistent),
            "targets": Targets(expires=expires),
            "snapshot": Snapshot(expires=expires),
            "timestamp": Timestamp(expires=expires),
        }
        for name in self.spread:
            self.roles[name] = Targets(expires=expires)
        self.published = dict.fromkeys(self.roles, 0)
        self.previous_root_signers = []
        self.set_keys()

    def set_keys(self):
        root = self.roles["root"]
        root.keys = {}
        for name in TOP_LEVEL:
            root.roles[name] = Role([], self.thresholds.get(name, 1))
            for signer in self.signers[name]:
                root.add_key(signer.public_key, name)
        if not self.spread:
            return
        keys, delegated = {}, {}
        for name, area in self.spread.items():
            keyids = [signer.public_key.keyid for signer in self.signers[name]]
            keys.update({signer.public_key.keyid: signer.public_key for signer in self.signers[name]})
            delegated[name] = DelegatedRole(name, keyids, self.thresholds.get(name, 1), True, **area)
        self.roles["targets"].delegations = Delegations(keys, delegated)

    def rotate(self, **signers):
        """Gives roles other keys; the next root is signed by the old and the new ones."""
        self.previous_root_signers = self.signers["root"]
        self.signers = {**self.signers, **signers}
        self.set_keys()

    def lister(self, path):
        for name, role in (self.roles["targets"].delegations.roles if self.spread else {}).items():
            if role.is_delegated_path(path):
                return name
        return "targets"

    def add(self, bundle):
        self.roles[self.lister(bundle.path)].targets[bundle.path] = bundle.target()
        folder, name = os.path.split(bundle.path)
        if self.consistent:
            name = f"{bundle.target().hashes['sha256']}.{name}"
        os.makedirs(self.bench.path(f"{self.site}/targets/{folder}"), exist_ok=True)
        with open(self.bench.path(f"{self.site}/targets/{folder}/{name}"), "wb") as file:
            file.write(bundle.bytes)

    def publish(self, root=False, signing=None):
        """The next version of every role; of root where it is asked for, or there is none.

        `signing` says which of its signers sign a role, where not all do.
        """
        signing = signing or {}
        if root or self.published["root"] == 0:
            signers = signing.get("root", self.signers["root"]) + self.previous_root_signers
            content = self.sign("root", signers)
            self.write("root.json", content)
            self.write(f"{self.roles['root'].version}.root.json", content)
            self.previous_root_signers = []
        snapshot, timestamp = self.roles["snapshot"], self.roles["timestamp"]
        for name in [*self.spread, "targets"]:
            content = self.sign(name, signing.get(name, self.signers[name]))
            snapshot.meta[f"{name}.json"] = self.meta(name, content)
            self.write_role(name, content)
        content = self.sign("snapshot", signing.get("snapshot", self.signers["snapshot"]))
        timestamp.snapshot_meta = self.meta("snapshot", content)
        self.write_role("snapshot", content)
        self.write("timestamp.json", self.sign("timestamp", signing.get("timestamp", self.signers["timestamp"])))

    def sign(self, name, signers):
        role = self.roles[name]
        self.published[name] += 1
        role.version = self.published[name]
        metadata = Metadata(role)
        for signer in signers:
            metadata.sign(signer, append=True)
        return metadata.to_bytes()

    def meta(self, name, content):
        version = self.roles[name].version
        return MetaFile.from_data(version, content, ["sha256"]) if self.hashes else MetaFile(version)

    def write_role(self, name, content):
        self.write(f"{self.roles[name].version}.{name}.json" if self.consistent else f"{name}.json", content)

    def write(self, name, content):
        with open(self.bench.path(f"{self.site}/metadata/{name}"), "wb") as file:
            file.write(content)


def keys(make, count=1, roles=()):
    return {name: [make() for _ in range(count)] for name in [*TOP_LEVEL, *roles]}


def rsa():
    return CryptoSigner.generate_rsa(size=2048)


def written_by_reference(bench):
    ed25519, ecdsa = CryptoSigner.generate_ed25519, CryptoSigner.generate_ecdsa
    bundle = bench.bundles["1.0.0"]

    def plain(signers, **options):
        def body():
            repository = Repository(bench, signers, **options)
            repository.add(bundle)
            repository.publish()
            accepted(bench, repository.site, bundle)
        return body

    bench.case("reference: Ed25519", plain(keys(ed25519)))
    bench.case("reference: ECDSA P-256", plain(keys(ecdsa)))
    bench.case("reference: RSA-PSS", plain(keys(rsa)))
    bench.case("reference: without lengths and hashes of metadata", plain(keys(ed25519), hashes=False))
    bench.case("reference: snapshots that are not consistent", plain(keys(ed25519), consistent=False))
    mixed = {name: [ed25519(), ecdsa(), rsa()] for name in TOP_LEVEL}
    bench.case("reference: two signatures for each role, by keys of all kinds",
               plain(mixed, thresholds=dict.fromkeys(TOP_LEVEL, 2)))
    notes = {"Nötes & ?": {"paths": ["apps/notes/*/*"]}}
    bench.case("reference: a delegation by paths, with two keys",
               plain({**keys(ed25519), **{name: [ecdsa(), rsa()] for name in notes}}, spread=notes,
                     thresholds=dict.fromkeys(notes, 2)))
    bins = {f"bin-{digit}": {"path_hash_prefixes": [digit]} for digit in "0123456789abcdef"}
    bench.case("reference: delegations by hashes", plain(keys(ed25519, roles=bins), spread=bins))

    def rotated():
        repository = Repository(bench, keys(ed25519))
        repository.add(bench.bundles["1.0.0"])
        repository.publish()
        host = Host(bench, repository.site)
        host.add()
        host.must("catalog", "refresh", "demo")
        repository.rotate(root=[ecdsa()], timestamp=[ed25519()])
        repository.publish(root=True)
        repository.rotate(root=[rsa(), ed25519()], targets=[ecdsa()], snapshot=[ecdsa()])
        repository.publish(root=True)
        host.install(bundle)
        accepted(bench, repository.site, bundle)
    bench.case("reference: keys of every role rotated, root twice", rotated)

    def second():
        repository = Repository(bench, keys(ed25519))
        repository.add(bundle)
        repository.publish()
        host = Host(bench, repository.site)
        host.add()
        host.must("catalog", "refresh", "demo")
        repository.add(bench.bundles["1.1.0"])
        repository.publish()
        host.install(bench.bundles["1.1.0"])
    bench.case("reference: a second bundle, seen after a first refresh", second)


def published_into_reference(bench):
    """apphost publishes into a catalog that the reference started, and keeps what it does not know of it."""
    def body():
        signer = CryptoSigner.generate_ed25519()
        repository = Repository(bench, {name: [signer] for name in TOP_LEVEL})
        repository.roles["targets"].unrecognized_fields["x-note"] = "kept"
        repository.add(bench.bundles["1.0.0"])
        repository.publish()
        key = bench.path("reference.key")
        with open(key, "wb") as file:
            file.write(signer.private_bytes)
        new = bench.bundles["1.1.0"]
        bench.must("catalog", "publish", repository.site, new.archive, "--key", "reference.key")
        Reference(bench, repository.site).check([bench.bundles["1.0.0"], new])
        with open(bench.path(f"{repository.site}/metadata/2.targets.json"), encoding="utf-8") as file:
            if json.load(file)["signed"].get("x-note") != "kept":
                raise Failed("something that the reference wrote is gone")
    bench.case("reference: published into by apphost", body)


def refused_from_reference(bench):
    ed25519 = CryptoSigner.generate_ed25519
    bundle = bench.bundles["1.0.0"]

    def one_too_few(role):
        def body():
            signers = {**keys(ed25519), role: [ed25519(), ed25519()]}
            repository = Repository(bench, signers, thresholds={role: 2})
            repository.add(bundle)
            repository.publish(signing={role: signers[role][:1]})
            refused(bench, repository.site)
        return body

    for role in TOP_LEVEL:
        bench.case(f"reference: one signature too few for {role} is refused", one_too_few(role))

    def one_too_few_delegated():
        area = {"notes": {"paths": ["apps/notes/*/*"]}}
        signers = keys(ed25519, 2, roles=area)
        repository = Repository(bench, signers, thresholds={"notes": 2}, spread=area)
        repository.add(bundle)
        repository.publish(signing={"notes": signers["notes"][:1]})
        refused(bench, repository.site)
    bench.case("reference: one signature too few for a delegation is refused", one_too_few_delegated)

    def not_by_the_old_root():
        repository = Repository(bench, keys(ed25519))
        repository.add(bundle)
        repository.publish()
        repository.rotate(root=[ed25519()])
        repository.previous_root_signers = []
        repository.publish(root=True)
        refused(bench, repository.site)
    bench.case("reference: a root that the one before did not sign is refused", not_by_the_old_root)

    def expired():
        repository = Repository(bench, keys(ed25519))
        repository.roles["timestamp"].expires -= datetime.timedelta(days=60)
        repository.add(bundle)
        repository.publish()
        refused(bench, repository.site)
    bench.case("reference: an expired timestamp is refused", expired)

    def other_bytes():
        repository = Repository(bench, keys(ed25519))
        repository.add(bundle)
        repository.publish()
        for folder, _, files in os.walk(bench.path(f"{repository.site}/targets")):
            for name in files:
                with open(os.path.join(folder, name), "r+b") as file:
                    file.seek(len(bundle.bytes) // 2)
                    byte = file.read(1)[0]
                    file.seek(len(bundle.bytes) // 2)
                    file.write(bytes([byte ^ 1]))
        refused(bench, repository.site)
    bench.case("reference: a bundle of other bytes is refused", other_bytes)


class Host:
    """A managed root that trusts the bundles' key, and follows a site as the catalog `demo`."""

    def __init__(self, bench, site):
        self.bench, self.site = bench, site
        self.root = bench.path(bench.new("root"))
        self.must("trust", "add", "notes.key.pub", "--name", "notes")

    def run(self, *words):
        return self.bench.run(*words, root=self.root)

    def must(self, *words):
        return self.bench.must(*words, root=self.root)

    def add_words(self):
        root = self.bench.path(f"{self.site}/metadata/1.root.json")
        return ["catalog", "add", "demo", self.bench.server.url(self.site), "--root", root]

    def add(self):
        self.must(*self.add_words())

    def apps(self):
        return json.loads(self.must("list", "--json"))["apps"]

    def install(self, bundle):
        self.must("install", "notes")
        found = [(app["id"], app["version"], app["digest"]) for app in self.apps()]
        if found != [("notes", bundle.version, bundle.entry["digest"])]:
            raise Failed(f"installed is {found}")


def accepted(bench, site, bundle):
    host = Host(bench, site)
    host.add()
    host.install(bundle)
    read_by_tuf_client(bench, site, [bundle])


def refused(bench, site):
    """By all three: apphost, tuf-client and, so that the control is one, the reference itself."""
    bundle = bench.bundles["1.0.0"]
    host = Host(bench, site)
    done = host.run(*host.add_words())
    if done.returncode == 0:
        done = host.run("install", "notes")
    # A signal is no refusal.
    if not 0 < done.returncode < 128 or host.apps():
        raise Failed(f"apphost ended with {done.returncode}, and {len(host.apps())} apps are installed")
    try:
        read_by_tuf_client(bench, site, [bundle])
    except Failed:
        pass
    else:
        raise Failed("tuf-client took it")
    try:
        Reference(bench, site).check([bundle])
    except (RepositoryError, DownloadError):
        return
    raise Failed("the reference itself takes it: this is no control")


def read_by_tuf_client(bench, site, listed):
    store, targets = bench.path(bench.new("store")), bench.path(bench.new("targets"))
    os.makedirs(store)
    os.makedirs(targets)
    url = bench.server.url(site)
    words = ["--metadata-dir", store, "--metadata-url", f"{url}/metadata"]
    tuf_client = functools.partial(bench.must, program=bench.tuf_client)
    tuf_client("--metadata-dir", store, "init", bench.path(f"{site}/metadata/1.root.json"))
    tuf_client(*words, "refresh")
    names = [word for bundle in listed for word in ["--target-name", bundle.path]]
    tuf_client(*words, *names, "--target-base-url", f"{url}/targets", "--target-dir", targets, "download")
    for bundle in listed:
        with open(os.path.join(targets, urllib.parse.quote(bundle.path, "")), "rb") as file:
            if file.read() != bundle.bytes:
                raise Failed(f"tuf-client gave other bytes for {bundle.path}")


if __name__ == "__main__":
    main()
