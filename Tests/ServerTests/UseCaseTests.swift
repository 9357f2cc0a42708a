import HostModel
import Hosting
import Server
import TestSupport
import Testing

/// The use cases over the API, with a host of their own.
struct UseCaseTests {
    @Test func `the way of a bundle through the API`() async throws {
        let bench = try Bench()
        try bench.trustKey()
        let (one, two) = try (bench.bundle("1.0.0"), bench.bundle("1.1.0"))

        let installed = try await bench.ask("POST", "/apps/install?wait=60", ["source": one])
        #expect(installed.status == 200)
        #expect(installed.operation?["state"]?.asString == "done")
        #expect(installed.operation?["kind"]?.asString == "installApp")
        let result = installed.operation?["result"]?["results"]?[0]
        #expect(result?["app"]?.asString == "notes")
        #expect(result?["action"]?.asString == "install")
        #expect(result?["to"]?.asString == "1.0.0")

        let staged = try await bench.ask("POST", "/apps/notes/updates/stage?wait=60", ["source": two])
        #expect(staged.operation?["result"]?["results"]?[0]?["action"]?.asString == "stage")
        let list = try await bench.ask("GET", "/apps")
        #expect(list.json["apps"]?[0]?["staged"]?["version"]?.asString == "1.1.0")
        _ = try await bench.ask("POST", "/apps/notes/updates/apply?wait=60")
        #expect(try await bench.ask("GET", "/apps/notes").json["version"]?.asString == "1.1.0")
        _ = try await bench.ask("POST", "/apps/notes/updates/rollback?wait=60")
        #expect(try await bench.ask("GET", "/apps/notes").json["version"]?.asString == "1.0.0")

        let history = try await bench.ask("GET", "/apps/notes/history").json["history"]?.list ?? []
        #expect(history.map { $0["kind"]?.asString } == ["install", "stage", "apply", "rollback"])
        #expect(Set(history.map { $0["by"]?.asString }) == ["api:token:ops"])

        let gone = try await bench.ask("DELETE", "/apps/notes?wait=60")
        #expect(gone.operation?["state"]?.asString == "done")
        #expect(try await bench.ask("GET", "/apps/notes").status == 404)
    }

    @Test func `a dry run gives the answer and changes nothing`() async throws {
        let bench = try await Bench.withNotes()
        let before = try bench.disk.snapshot()
        let dry = try await bench.ask(
            "POST", "/apps/notes/update?wait=60", ["source": bench.bundle("1.1.0"), "dryRun": true])
        #expect(dry.operation?["result"]?["results"]?[0]?["result"]?.asString == "done")
        #expect(try await bench.ask("DELETE", "/apps/notes?dryRun=true&wait=60").status == 200)
        #expect(try await bench.ask("POST", "/apps/notes/hold", ["dryRun": true]).status == 200)
        #expect(try bench.disk.snapshot() == before)
    }

    @Test func `who does not wait is told where the operation is`() async throws {
        let bench = try await Bench.withNotes()
        let begun = try await bench.ask("POST", "/verify")
        #expect(begun.status == 202 || begun.status == 200)
        let place = try #require(begun.headers["Location"])
        let id = try #require(begun.operation?["id"]?.asString)
        #expect(place == "/api/v1/operations/\(id)")
        let over = try await bench.ask("GET", "/operations/\(id)?wait=60")
        #expect(over.operation?["state"]?.asString == "done")
        #expect(over.operation?["result"]?["sound"]?.text == "true")
    }

    @Test func `what fails is an operation that failed, with the words of the command line`() async throws {
        let bench = try await Bench.withNotes()
        let answer = try await bench.ask("POST", "/apps/nothing/update?wait=60")
        #expect(answer.status == 200)
        let error = answer.operation?["error"]
        #expect(error?["code"]?.asString == "app_not_installed")
        #expect(error?["status"]?.number == 404)
        #expect(error?["message"]?.asString == "'nothing' is not installed")
        #expect(answer.operation?["result"]?.isNull == true)
    }

    @Test func `a request that is repeated with its key is done once`() async throws {
        let bench = try await Bench.withNotes()
        let archive = try bench.bundle("1.1.0")
        let first = try await bench.ask("POST", "/apps/notes/update?wait=60", ["source": archive], key: "k1")
        let again = try await bench.ask("POST", "/apps/notes/update?wait=0", ["source": archive], key: "k1")
        #expect(again.text == first.text)
        let other = try await bench.ask("POST", "/apps/notes/update", ["source": archive, "offline": true], key: "k1")
        #expect(other.status == 409)
        #expect(other.code == "idempotency_key_reused")
        #expect(try await bench.ask("POST", "/verify", key: "not a key").status == 400)
        let history = try await bench.ask("GET", "/apps/notes/history").json["history"]?.list ?? []
        #expect(history.map { $0["kind"]?.asString } == ["install", "update"])
    }

    @Test func `an app sees the operations that it asked for, and no other`() async throws {
        let bench = try await Bench.withNotes()
        let app = Caller.app(try #require(AppID("watcher")), [.appsRead])
        let stranger = Caller.app(try #require(AppID("stranger")), [.appsRead])
        let asked = try await bench.ask("POST", "/verify?wait=60", by: app)
        let mine = try #require(asked.operation?["id"]?.asString)
        let others = try await bench.ask("POST", "/doctor?wait=60")
        let other = try #require(others.operation?["id"]?.asString)
        let seen = try await bench.ask("GET", "/operations", by: app).json["operations"]?.list ?? []
        #expect(seen.map { $0["id"]?.asString } == [mine])
        #expect(try await bench.ask("GET", "/operations/\(mine)", by: app).status == 200)
        for method in ["GET /operations/\(other)", "POST /operations/\(other)/cancel"] {
            let words = method.split(separator: " ").map(String.init)
            #expect(try await bench.ask(words[0], words[1], by: app).code == "operation_not_found")
        }
        #expect(try await bench.ask("GET", "/operations/\(mine)", by: stranger).status == 404)
        #expect(try await bench.ask("GET", "/operations").json["operations"]?.list.count == 2)
    }

    @Test func `a catalog is added, searched, installed from and removed`() async throws {
        let bench = try Bench()
        try bench.trustKey()
        let catalog = try bench.catalog(of: [bench.bundle("1.0.0")])
        let unconfirmed = try await bench.ask(
            "POST", "/app-catalogs/add?wait=60", ["name": "demo", "location": catalog.path])
        #expect(unconfirmed.operation?["error"]?["code"]?.asString == "catalog_root_unconfirmed")
        let added = try await bench.ask(
            "POST", "/app-catalogs/add?wait=60",
            ["name": "demo", "location": catalog.path, "fingerprint": catalog.fingerprint])
        #expect(added.operation?["result"]?["catalog"]?["name"]?.asString == "demo")
        #expect(try await bench.ask("GET", "/search?text=not").json["results"]?.list.count == 1)
        #expect(try await bench.ask("GET", "/app-catalogs/demo/apps").json["results"]?[0]?["id"]?.asString == "notes")
        #expect(try await bench.ask("GET", "/app-catalogs/none/apps").status == 404)
        let installed = try await bench.ask("POST", "/app-catalogs/demo/apps/notes/install?wait=60")
        #expect(installed.operation?["result"]?["results"]?[0]?["result"]?.asString == "done")
        #expect(try await bench.ask("GET", "/apps/notes").json["source"]?.asString == "catalog:demo")
        #expect(try await bench.ask("DELETE", "/app-catalogs/demo").json["apps"]?[0]?.asString == "notes")
        #expect(try await bench.ask("DELETE", "/app-catalogs/demo").status == 404)
    }

    @Test func `what the operator gives an app is recorded, and no secret is shown again`() async throws {
        let bench = try await Bench.withNotes()
        let secret = try await bench.ask("PUT", "/apps/notes/secrets/NOTES_TOKEN", ["value": "WHISPER"])
        #expect(secret.json["results"]?[0]?["result"]?.asString == "done")
        let environment: JSONValue = ["NOTES_THEME": "dark"]
        let changed = try await bench.ask("PATCH", "/apps/notes/config", ["environment": environment])
        #expect(changed.status == 200)
        #expect(changed.json["warnings"]?.list.count == 1)
        let policy = try await bench.ask(
            "POST", "/apps/notes/updates/policy", ["mode": "stage", "channels": ["stable", "beta"], "cooldown": "3d"])
        #expect(policy.json["results"]?[0]?["result"]?.asString == "done")
        #expect(try await bench.ask("POST", "/apps/notes/hold", ["for": "7d"]).status == 200)
        let permissions: JSONValue = ["permissions": ["network.listen"]]
        #expect(try await bench.ask("POST", "/apps/notes/permissions/revoke", permissions).status == 200)
        let unknown: JSONValue = ["permissions": ["nothing"]]
        #expect(try await bench.ask("POST", "/apps/notes/permissions/grant", unknown).status == 404)

        let shown = try await bench.ask("GET", "/apps/notes/updates/policy").json
        #expect(shown["mode"]?.asString == "stage")
        #expect(shown["channels"]?.text == #"["stable","beta"]"#)
        #expect(shown["cooldownSeconds"]?.number == 259_200)
        #expect(shown["hold"]?["until"]?.asString == "2026-05-08T10:00:00Z")
        for path in ["config", "secrets", "permissions", "history"] {
            let answer = try await bench.ask("GET", "/apps/notes/\(path)")
            #expect(answer.status == 200)
            #expect(!answer.text.contains("WHISPER"), "\(path)")
        }
        #expect(try await bench.ask("DELETE", "/apps/notes/secrets/NOTES_TOKEN").status == 200)
        #expect(try await bench.ask("DELETE", "/apps/notes/hold").status == 200)
    }

    @Test func `settings are changed by their types, all or none`() async throws {
        let bench = try Bench()
        let good: JSONValue = [
            "retention": 3, "allowUnsigned": false, "channels": ["stable", "beta"], "cooldown": "2d",
        ]
        #expect(try await bench.ask("PATCH", "/settings", ["settings": good]).status == 200)
        let now = try await bench.ask("GET", "/settings").json["settings"]
        #expect(now?["retention"]?.number == 3)
        #expect(now?["allowUnsigned"]?.text == "false")
        #expect(now?["channels"]?.text == #"["stable","beta"]"#)
        #expect(now?["cooldown"]?.asString == "2d")
        let refused: [JSONValue] = [
            ["retention": "3"], ["retention": 0], ["nothing": 1], ["retention": 4, "runAs": 7], [:],
        ]
        for bad in refused {
            #expect(try await bench.ask("PATCH", "/settings", ["settings": bad]).status == 400)
        }
        #expect(try await bench.ask("GET", "/settings").json["settings"]?["retention"]?.number == 3)
    }

    @Test func `keys are trusted and moved through their life`() async throws {
        let bench = try Bench()
        _ = try Publishing().newKey(at: bench.keyFile)
        let file = bench.keyFile + ".pub"
        let added = try await bench.ask("POST", "/trust/add", ["keyFile": file, "name": "notes"])
        #expect(added.json["key"]?["purposes"]?.text == #"["bundle"]"#)
        #expect(try await bench.ask("POST", "/trust/add", ["keyFile": file, "name": "again"]).status == 409)
        #expect(try await bench.ask("POST", "/trust/add", ["keyFile": "/nothing", "name": "x"]).status == 404)
        let long = "/" + String(repeating: "a", count: 300)
        #expect(try await bench.ask("POST", "/trust/add", ["keyFile": long, "name": "x"]).status == 400)
        #expect(try await bench.ask("POST", "/trust/notes/status", ["status": "revoked"]).status == 200)
        #expect(try await bench.ask("POST", "/trust/notes/status", ["status": "active"]).status == 403)
        #expect(try await bench.ask("POST", "/trust/none/status", ["status": "active"]).status == 404)
        #expect(try await bench.ask("GET", "/trust").json["keys"]?[0]?["status"]?.asString == "revoked")
    }

    @Test func `no answer holds a path of the host`() async throws {
        let bench = try await Bench.withNotes()
        let catalog = try bench.catalog(of: [bench.bundle("2.0.0")])
        let added = try await bench.ask(
            "POST", "/app-catalogs/add?wait=60",
            ["name": "demo", "location": catalog.path, "fingerprint": catalog.fingerprint])
        var texts = [added.text]
        let broken = bench.shop.path + "/broken.zip"
        try bench.shop.write("no archive", to: "broken.zip")
        for source in [broken, bench.shop.path + "/nothing.zip", bench.host.rootPath] {
            texts.append(try await bench.ask("POST", "/apps/install?wait=60", ["source": source]).text)
        }
        texts.append(try await bench.ask("POST", "/trust/add", ["keyFile": broken, "name": "x"]).text)
        try bench.disk.write("not json", to: "root/trust/keys.json", mode: 0o600)
        for path in ["/apps", "/apps/notes", "/runtime", "/search", "/app-catalogs", "/app-catalogs/demo", "/trust"] {
            texts.append(try await bench.ask("GET", path).text)
        }
        for path in ["/apps/notes/update", "/verify", "/doctor", "/app-catalogs/refresh"] {
            texts.append(try await bench.ask("POST", path + "?wait=60").text)
        }
        texts.append(try await bench.ask("DELETE", "/apps/notes?wait=60").text)
        texts.append(try await bench.ask("GET", "/operations").text)
        for text in texts {
            #expect(!text.contains(bench.disk.path) && !text.contains(bench.shop.path), "\(text)")
        }
    }
}
