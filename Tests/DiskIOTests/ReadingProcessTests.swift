import DiskIO
import Glibc
import TestSupport
import Testing

/// A program that reads a file for this process, and what it has and leaves.
struct ReadingProcessTests {
    private let place: TemporaryDirectory
    private let file: File

    init() throws {
        place = try TemporaryDirectory()
        try place.write("what is in the file\n", to: "file")
        file = try File.open("\(place.path)/file", files: LinuxFileSystem())
    }

    /// Lines of a shell that needs no other program.
    private func shell(
        _ script: String, patience: ReadingProcess.Patience = .reading(bytes: 0)
    ) throws -> ReadingProcess {
        try ReadingProcess("/bin/sh", arguments: ["sh", "-c", script], file: file, patience: patience)
    }

    /// All that it says.
    private func output(of process: ReadingProcess) throws -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        var output: [UInt8] = []
        while true {
            let count = try process.read(into: buffer)
            if count == 0 { return String(decoding: output, as: UTF8.self) }
            output += buffer[..<count]
        }
    }

    private func isGone(_ number: pid_t) -> Bool { kill(number, 0) < 0 && errno == ESRCH }

    @Test func `it reads the file, and what it writes is read here`() throws {
        let process = try shell("read line; echo \"it says: $line\"")
        #expect(try output(of: process) == "it says: what is in the file\n")
        #expect(process.end() == .exited(status: 0))
        #expect(process.end() == .exited(status: 0))
    }

    @Test func `it has these two descriptors, whatever is open here`() throws {
        // One that a child would inherit.
        let inherited = dup(file.descriptor.number)
        defer { close(inherited) }
        #expect(inherited > 2)
        let process = try shell(
            "n=0; while [ $n -le \(inherited) ]; do if [ -e /proc/self/fd/$n ]; then echo $n; fi; n=$((n+1)); done")
        #expect(try output(of: process) == "0\n1\n")
    }

    @Test func `it cannot write to the file, whatever that was opened for`() throws {
        let writable = try place.open().file("file", as: .appending(mode: 0o600))
        let process = try ReadingProcess("/bin/sh", arguments: ["sh", "-c", "echo more >&0; echo $?"], file: writable)
        let said = try output(of: process)
        #expect(!said.hasPrefix("0"))
        #expect(place.text("file") == "what is in the file\n")
    }

    @Test func `it has next to no environment`() throws {
        let process = try ReadingProcess("/usr/bin/env", arguments: ["env"], file: file)
        let lines = try output(of: process).split(separator: "\n").filter { !$0.hasPrefix("LD_LIBRARY_PATH=") }
        #expect(lines == ["TZ=UTC0", "SWIFT_BACKTRACE=enable=no"])
    }

    @Test func `what a terminal or a service manager sends to all does not end it`() throws {
        let process = try shell("for signal in INT TERM HUP QUIT; do kill -$signal $$; done; echo lives")
        #expect(try output(of: process) == "lives\n")
    }

    @Test func `how it ended is told`() throws {
        let early = try shell("exit 3")
        #expect(try output(of: early).isEmpty)
        #expect(early.end() == .exited(status: 3))
        let killed = try shell("kill -KILL $$")
        #expect(try output(of: killed).isEmpty)
        #expect(killed.end() == .signalled(number: SIGKILL))
    }

    @Test func `nothing of it is left once it is ended or forgotten`() throws {
        let ended = try shell("while true; do :; done")
        #expect(!isGone(ended.number))
        #expect(ended.end() == .signalled(number: SIGKILL))
        #expect(isGone(ended.number))
        let forgotten = try shell("while true; do :; done").number
        #expect(isGone(forgotten))
        let writing = try shell("while true; do echo more; done").number
        #expect(isGone(writing))
    }

    @Test func `one that closes the pipe and lives on is ended`() throws {
        let process = try shell("exec >&-; while true; do :; done")
        #expect(try output(of: process).isEmpty)
        #expect(process.end() == .signalled(number: SIGKILL))
        #expect(isGone(process.number))
    }

    @Test(
        arguments: [
            "while true; do :; done",
            "while true; do echo; n=0; while [ $n -lt 20000 ]; do n=$((n+1)); done; done",
        ])
    func `one that says next to nothing is not waited for without end`(script: String) throws {
        let process = try shell(script, patience: .init(milliseconds: 200, turn: 50))
        do throws(ReadingProcessError) {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 16)
            defer { buffer.deallocate() }
            while try process.read(into: buffer) > 0 {}
            Issue.record("it ended")
        } catch {
            guard case .silent = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `a program that is not there is told as such`() {
        do throws(ReadingProcessError) {
            _ = try ReadingProcess("\(place.path)/none", arguments: ["none"], file: file)
            Issue.record("it was started")
        } catch {
            #expect(error.reason == "no such file or directory")
        }
    }
}
