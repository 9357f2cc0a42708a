import HostModel
import Hosting
import Server
import Testing

/// The pages over real sockets.
struct PageTests {
    private static let pages = [
        "/", "/apps/notes", "/apps/notes/review", "/apps/notes/history", "/apps/notes/rollback",
        "/apps/notes/uninstall", "/apps/notes/unstage", "/catalogs", "/catalogs/demo", "/catalogs/demo/remove",
        "/catalogs/demo/apps/notes", "/scheduler", "/operations",
    ]

    @Test func `every page lets nothing of elsewhere in, and is kept nowhere`() async throws {
        try await Visit.run { visit in
            for path in Self.pages + ["/sign-in", "/style.css", "/progress.js"] {
                let reply = try await visit.look(path)
                #expect(reply.status == 200, "\(path)")
                let policy = reply.header("Content-Security-Policy") ?? ""
                #expect(policy == PagePolicy.content, "\(path)")
                #expect(reply.header("X-Content-Type-Options") == "nosniff", "\(path)")
                #expect(reply.header("Referrer-Policy") == "same-origin", "\(path)")
                #expect(reply.header("Cache-Control") == "no-store", "\(path)")
            }
            for path in Self.pages {
                let text = try await visit.look(path).body
                for word in ["<script", " style=", " onclick=", "src=", "{{"] {
                    #expect(!text.contains(word), "\(path) has \(word)")
                }
                #expect(text.contains("<h1>"), "\(path)")
            }
        }
    }

    @Test func `what a publisher wrote is shown, and is no HTML`() async throws {
        try await Visit.run { visit in
            for path in ["/apps/notes", "/catalogs/demo/apps/notes"] {
                let text = try await visit.look(path).body
                #expect(!text.contains("<script>alert"), "\(path)")
                #expect(!text.unicodeScalars.contains("\u{202E}"), "\(path)")
            }
            let text = try await visit.look("/apps/notes").body
            #expect(
                text.contains("&quot;\u{301}&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; \u{FFFD}so on"))
        }
    }

    @Test func `a candidate is shown with what it asks for`() async throws {
        try await Visit.run { visit in
            let text = try await visit.look("/apps/notes/review").body
            for words in [
                "data.write", "Not reviewed by a trusted reviewer", "Signed by catalog publisher", "That is no review",
                "name=\"accept\" value=\"permissions\"", "name=\"expect\"",
            ] { #expect(text.contains(words), "\(words)") }
        }
    }

    @Test func `who is not signed in is shown the form, and nothing else`() async throws {
        try await Visit.run { visit in
            for path in Self.pages {
                let reply = try await visit.served.port.ask("GET", path)
                #expect(reply.status == 303, "\(path)")
                #expect(reply.header("Location") == "/sign-in?to=\(path)")
                #expect(!reply.body.contains("notes"), "\(path)")
            }
            let form = try await visit.served.port.ask("GET", "/sign-in?to=//evil.example")
            #expect(try Visit.value(of: "to", in: form.body) == "/")
            let wrong = try await visit.served.port.ask("POST", "/sign-in", [Visit.form], body: "token=wrong&to=%2F")
            #expect(wrong.status == 401)
            #expect(wrong.header("Set-Cookie") == nil)
            #expect(wrong.body.contains("That token is not known here"))
        }
    }

    @Test func `who signs out is out`() async throws {
        try await Visit.run { visit in
            let keys = try await visit.keys(on: "/")
            #expect(try await visit.send("/sign-out", [:]).status == 403)
            #expect(try await visit.look("/").status == 200)
            #expect(try await visit.send("/sign-out", keys).status == 303)
            #expect(try await visit.look("/").status == 303)
        }
    }

    @Test func `an address without a page has words for people alone`() async throws {
        try await Visit.run { visit in
            let html = "Accept: text/html"
            let missing = try await visit.served.port.ask("GET", "/nowhere", [html])
            #expect(missing.status == 404)
            #expect(missing.body.contains("There is no such page"))
            let gone = try await visit.look("/apps/nobody")
            #expect(gone.status == 404)
            #expect(gone.body.contains("There is no such app"))
            let program = try await visit.served.port.ask("GET", "/nowhere")
            #expect(program.header("Content-Type") == "application/json")
            let api = try await visit.served.port.ask("GET", "/api/v1/nowhere", [html])
            #expect(api.header("Content-Type") == "application/json")
            let form = try await visit.look("/apps/notes/stage")
            #expect(form.status == 405)
            #expect(form.header("Allow") == "POST")
        }
    }

    @Test func `head is answered as get, without the page`() async throws {
        try await Visit.run { visit in
            let reply = try await visit.served.port.ask("HEAD", "/", [visit.cookie])
            #expect(reply.status == 200)
            #expect(reply.body == "")
        }
    }
}

/// Forms that are done, and forms that are not.
struct PageFormTests {
    private static let hold = "/apps/notes/hold"

    @Test func `a form is done once, however often it is sent`() async throws {
        try await Visit.run { visit in
            let keys = try await visit.keys(on: "/apps/notes")
            let first = try await visit.send(Self.hold, keys)
            #expect(first.status == 303)
            #expect(first.header("Location")?.hasPrefix("/apps/notes?did=") == true)
            let second = try await visit.send(Self.hold, keys)
            #expect(second.header("Location") == first.header("Location"))
            #expect(try visit.count("hold") == 1)
            var other = keys
            other["for"] = "7d"
            let reused = try await visit.send(Self.hold, other)
            #expect(reused.status == 409)
            #expect(reused.body.contains("This form was used before"))
            #expect(try visit.count("hold") == 1)
            let shown = try await visit.look(try #require(first.header("Location")))
            #expect(shown.body.contains("Held until somebody ends it"))
        }
    }

    @Test func `a place on this host begins with a slash, and a form says so`() async throws {
        try await Visit.run { visit in
            var form = try await visit.keys(on: "/catalogs")
            form["name"] = "other"
            form["location"] = "shop"
            let reply = try await visit.send("/catalogs/add", form)
            #expect(reply.status == 400)
            #expect(reply.body.contains("a path that begins with"))
        }
    }

    @Test func `a form that is stale, or was made by nobody, does nothing`() async throws {
        try await Visit.run { visit in
            let keys = try await visit.keys(on: "/apps/notes")
            for field in keys.keys {
                var missing = keys
                missing[field] = nil
                var wrong = keys
                wrong[field] = "wrong"
                for fields in [missing, wrong] {
                    let reply = try await visit.send(Self.hold, fields)
                    #expect(reply.status == 403)
                    #expect(reply.body.contains("This form is stale"))
                }
            }
            let json = try await visit.served.port.ask(
                "POST", Self.hold, [visit.cookie, "Content-Type: application/json"], body: "{}")
            #expect(json.status == 415)
            #expect(json.body.contains("That was no form"))
            #expect(try visit.count("hold") == 0)
        }
    }

    @Test func `a form of another page does nothing, and people are told why`() async throws {
        try await Visit.run { visit in
            let keys = try await visit.keys(on: "/apps/notes")
            for origin in ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: same-site"] {
                let reply = try await visit.send(Self.hold, keys, [origin, "Accept: text/html"])
                #expect(reply.status == 403)
                #expect(reply.body.contains("Another page sent this form"))
                #expect(reply.header("Content-Security-Policy") == PagePolicy.content)
                let told = try await visit.send(Self.hold, keys, [origin])
                #expect(told.header("Content-Type") == "application/json")
            }
            #expect(try visit.count("hold") == 0)
        }
    }

    @Test func `a form of a session that is over does nothing`() async throws {
        try await Visit.run { visit in
            let keys = try await visit.keys(on: "/apps/notes")
            _ = try visit.served.host.revokeToken(try #require(AppID("browser")))
            let reply = try await visit.send(Self.hold, keys)
            #expect(reply.status == 401)
            #expect(reply.body.contains("Your session is over"))
            #expect(try visit.count("hold") == 0)
        }
    }

    @Test func `what asks for consent is taken only with it, and only as it was looked at`() async throws {
        try await Visit.run { visit in
            let text = try await visit.look("/apps/notes/review").body
            let digest = try Visit.value(of: "expect", in: text)
            var fields = try await visit.keys(on: "/apps/notes/review")
            fields["expect"] = digest
            let refused = try await visit.send("/apps/notes/stage", fields)
            #expect(refused.status == 403)
            #expect(refused.body.contains("Your consent is needed"))

            fields = try await visit.keys(on: "/apps/notes/review")
            fields["expect"] = String(repeating: "0", count: 64)
            fields["accept"] = "permissions"
            let changed = try await visit.send("/apps/notes/stage", fields)
            #expect(changed.status == 403)
            #expect(changed.body.contains("It changed since you looked at it"))
            #expect(try !visit.isStaged)

            fields = try await visit.keys(on: "/apps/notes/review")
            fields["expect"] = digest
            fields["accept"] = "permissions"
            #expect(try await visit.send("/apps/notes/stage", fields).status == 303)
            #expect(try visit.isStaged)

            fields = try await visit.keys(on: "/apps/notes/review")
            fields["expect"] = String(repeating: "0", count: 64)
            let other = try await visit.send("/apps/notes/apply", fields)
            #expect(other.status == 403)
            #expect(other.body.contains("It changed since you looked at it"))
            fields = try await visit.keys(on: "/apps/notes/review")
            fields["expect"] = digest
            #expect(try await visit.send("/apps/notes/apply", fields).status == 303)
            #expect(try await visit.look("/apps/notes").body.contains("1.1.0"))
        }
    }

    @Test func `what a form cannot have is refused with a page`() async throws {
        try await Visit.run { visit in
            var fields = try await visit.keys(on: "/apps/notes")
            fields["cooldown"] = "soon"
            fields["mode"] = "stage"
            let reply = try await visit.send("/apps/notes/policy", fields)
            #expect(reply.status == 400)
            #expect(reply.body.contains("a length of time"))
            #expect(try visit.count("policy") == 0)
        }
    }
}
