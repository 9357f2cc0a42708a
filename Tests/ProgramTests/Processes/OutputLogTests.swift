import Glibc
import TestSupport
import Testing

/// What an app writes to its standard output and error, as `apphost logs` shows it.
@Suite(.timeLimit(.minutes(20)))
struct OutputLogTests {
    @Test func `the log has no more than its bound, while the app writes, and the last lines`() throws {
        let host = try RunningHost()
        try host.install(
            TestApp(
                script: """
                    line=$(printf '%0999d' 7)
                    yes "$line" | head -c 50000000
                    echo
                    echo the end
                    exec sleep 86400
                    """))
        try host.must("start app")
        try eventually("all is written", within: 300) {
            #expect(size(of: "root/logs/app", in: host) < 20 << 20)
            return try host.log(lines: 1).last?.text == "the end"
        }
        #expect(try host.log(lines: 3).count == 3)
        #expect(host.place.mode(of: "root/logs/app") == 0o700)
        #expect(host.place.mode(of: "root/logs/app/output.log") == 0o600)
        try host.must("stop app")
        #expect(size(of: "root/logs/app", in: host) < 20 << 20)
        host.expectNothingLives()
    }

    @Test func `the log outlives a run, and the next one goes on in it`() throws {
        let host = try RunningHost()
        try host.install(TestApp(script: "echo hello\nexec sleep 86400"))
        for count in 1...2 {
            try host.must("start app")
            try eventually("it says hello") { try host.log().filter { $0.text == "hello" }.count == count }
            try host.must("stop app")
        }
        let shown = try host.must("logs app -n 50").stdout
        #expect(shown.split(separator: "\n").filter { $0.hasSuffix("hello") }.count == 2)
    }

    @Test func `who follows the log sees a line when it is written`() throws {
        let host = try RunningHost()
        try host.install(
            TestApp(
                script: """
                    echo first
                    while [ ! -e "$HOME/go" ]; do sleep 0.1; done
                    echo second
                    exec sleep 86400
                    """))
        try host.must("start app")
        let following = try host.program.start("logs app -f")
        try eventually("what was there is shown") { try following.outputSoFar().contains("first") }
        #expect(try following.isRunning())
        try host.place.write("", to: "root/data/app/go")
        try eventually("what comes is shown") { try following.outputSoFar().contains("second") }
        following.kill()
        _ = try following.wait()
        try host.must("stop app")
    }

    @Test func `an app that was never started has no lines`() throws {
        let host = try RunningHost()
        try host.install()
        #expect(try host.log().isEmpty)
        #expect(try host.run("logs nobody").status == 66)
    }

    /// The bytes of the files in a directory.
    private func size(of directory: String, in host: RunningHost) -> Int {
        host.place.names(directory).reduce(0) { sum, name in
            var status = stat()
            return lstat("\(host.place.path)/\(directory)/\(name)", &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }
}
