import HostModel
import TestSupport
import Testing

/// Programs that are named, or that behave, as nobody should.
@Suite(.timeLimit(.minutes(20)))
struct HostileProgramTests {
    @Test func `a program whose name begins with a hyphen is no option of its interpreter`() throws {
        let host = try RunningHost()
        let launch: JSONValue = ["command": ["--version", "-c", "--root=elsewhere"], "stopTimeoutSeconds": 5]
        let manifest: JSONValue = [
            "schema": 1, "id": "hyphen", "name": "--help", "version": "1.0.0", "launch": launch,
        ]
        let script = "#!/bin/sh\necho \"$@\" > \"$APPHOST_APP_DATA_DIR/words\"\nexec sleep 86400\n"
        try host.place.write(manifest.text, to: "hyphen/apphost/manifest.json")
        try host.place.write(script, to: "hyphen/--version", mode: 0o755)
        try host.must("pack hyphen -o hyphen.zip --key test.key")
        try host.must("install ./hyphen.zip")
        try host.start("hyphen")
        try eventually("the program says its words") {
            host.place.text("root/data/hyphen/words") == "-c --root=elsewhere\n"
        }
        try host.must("stop hyphen")
        host.expectNothingLives()
    }

    @Test func `directories that an app replaces by links while it runs lead nowhere`() throws {
        let host = try RunningHost()
        try host.place.write("mine", to: "outside/canary")
        let script = """
            for part in "$HOME" "$APPHOST_APP_CACHE_DIR" "$APPHOST_APP_RUN_DIR"; do
                rmdir "$part" && ln -s '\(host.place.path)/outside' "$part"
            done
            exec sleep 86400
            """
        try host.install(TestApp(script: script))
        try host.pack(TestApp(version: "2.0.0"))
        try host.must("start app")
        try eventually("the app replaces its directories") {
            // The mode of a link; the directory had 0700. It is the last of the three.
            host.place.mode(of: "root/run/app") == 0o777
        }
        let before = try host.place.snapshot().filter { $0.key.hasPrefix("outside") }
        try host.must("stop app")
        try host.must("update app --from ./app-2.0.0.zip")
        let refused = try host.run("start app")
        #expect(refused.status != 0)
        host.expectNothingLives()
        try host.must("uninstall app --purge --yes")
        #expect(try host.place.snapshot().filter { $0.key.hasPrefix("outside") } == before)
        for part in ["data", "cache", "run"] { #expect(host.place.names("root/\(part)") == [], "\(part)") }
    }
}
