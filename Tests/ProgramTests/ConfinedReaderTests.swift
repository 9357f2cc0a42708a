import Archives
import Bundles
import DiskIO
import Glibc
import HostModel
import Hosting
import TestSupport
import Testing

/// The built program reads archives in a process that can do nothing else.
@Suite(.serialized)
struct ConfinedReaderTests {
    private func executable() throws -> String { try #require(Program.executable) }

    // MARK: What it is kept from

    @Test func `it is kept from everything that it tries`() throws {
        let trial = try ConfinementTrial.run(executable())
        #expect(trial.layers == KernelLayers.all)
        #expect(trial.landlock == KernelLayers.landlock)
        let unexpected = trial.succeeded.filter { trial.mustFail($0) }
        #expect(unexpected.isEmpty)
        // Without a filter of calls a kernel leaves some of it.
        if trial.layers.contains(.callFilter) { #expect(trial.denied == ConfinedAttempt.allCases) }
    }

    /// Each denies by itself what it is for, where this kernel has it.
    @Test(arguments: [.limits, .landlock, .callFilter] as [Confinement.Layers])
    func `each layer holds without the others`(layer: Confinement.Layers) throws {
        let trial = try ConfinementTrial.run(executable(), layers: layer)
        #expect(trial.layers == KernelLayers.all.intersection(layer))
        let unexpected = trial.succeeded.filter { trial.mustFail($0) }
        #expect(unexpected.isEmpty)
    }

    /// So that what the others are denied is not a fault of this host.
    @Test func `without a layer all of it can be done`() throws {
        let trial = try ConfinementTrial.run(executable(), layers: [])
        #expect(trial.layers.isEmpty)
        // The superuser's is another user's, whatever its layers are.
        #expect(trial.denied == (geteuid() == 0 ? [.signalParent] : []))
    }

    @Test func `doctor says what this host enforces`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        let said = try program.must("doctor").stdout
        #expect(said.contains("archives are read by a process that is confined by no_new_privs, limits"))
        let confinement = try JSONValue(line: program.must("doctor --json").stdout).member("confinement")
        #expect(confinement?.keys == ["landlock", "seccomp", "noNewPrivileges", "limits", "denied", "succeeded"])
        #expect(confinement?.member("limits")?.asBool == true)
        let trial = try ConfinementTrial.run(executable())
        #expect(confinement?.text == trial.json.text)
    }

    @Test func `nobody else gets it to read`() throws {
        let program = try Program()
        for words in ["", " 1", " x 10", " 1 -1", " 1 x", " 1 try:", " 1 10 10"] {
            #expect(try program.run("_read-archive\(words)").status == 64, "\(words)")
        }
        // It is to end with another process than the one that started it.
        let stranger = try program.run("_read-archive 1 10")
        #expect(stranger.stdout.contains("it cannot end with its parent"))
    }

    // MARK: What it reads

    static let formats = [".zip", ".tar", ".tar.gz", ".tar.zst", ".tar.xz"]

    @Test(arguments: ConfinedReaderTests.formats)
    func `an archive is the same in and out of it`(format: String) throws {
        let program = try Program()
        try program.must("key new notes.key")
        for source in program.place.names("bundles") {
            let twins = source == "case-twins" ? " --case-sensitive" : ""
            try program.must("pack bundles/\(source) -o \(source)\(format) --key notes.key\(twins)")
            let read = try expectSame("\(program.place.path)/\(source)\(format)")
            #expect(read.failure == nil, "\(source)")
            #expect(!read.entries.isEmpty, "\(source)")
        }
    }

    @Test(arguments: ["read", "unpack"])
    func `an archive that is refused is the same in and out of it`(step: String) throws {
        let folder = "\(Program.packageRoot)/TestBundles/refused-at-\(step)"
        let names = try Directory.open(folder, files: LinuxFileSystem()).names().map(\.description)
        #expect(names.count > 40)
        for name in names {
            let files = try Directory.open("\(folder)/\(name)", files: LinuxFileSystem()).names().map(\.description)
            let bundle = try #require(files.first { $0.hasPrefix("bundle.") })
            try expectSame("\(folder)/\(name)/\(bundle)")
        }
    }

    @Test func `a bundle that is refused is refused with its code, and changes nothing`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        let before = try program.bundles()
        let cut = "\(Program.packageRoot)/TestBundles/refused-at-read/zip-cut-in-half/bundle.zip"
        let outcome = try program.run("update notes --from \(cut)")
        #expect(outcome.status == 65)
        #expect(outcome.code == "bundle_archive_invalid")
        #expect(try program.bundles() == before)
    }

    /// Reads an archive in this process and in one of the built program.
    @discardableResult
    private func expectSame(
        _ path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> EntryTranscript {
        let file = try File.open(path, files: LinuxFileSystem())
        let size = try file.status().size
        let direct = EntryTranscript { try ArchiveReading.inThisProcess.open(file, size) }
        let reading = ArchiveReading.confined(program: try executable())
        let confined = EntryTranscript { try reading.open(file, size) }
        #expect(confined == direct, "\(path)", sourceLocation: sourceLocation)
        return direct
    }

    // MARK: How it lives and dies

    /// A bundle that takes a while to read, in `large.tar`.
    private func withLargeBundle() throws -> Program {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        let manifest = #"{"schema":1,"id":"notes","name":"Notes","version":"2.0.0"}"#
        try program.place.write(manifest, to: "large/apphost/manifest.json")
        let content = String(repeating: "a line of a large file\n", count: 350_000)
        for number in 0..<4 { try program.place.write(content, to: "large/\(number)") }
        try program.must("pack large -o large.tar --key notes.key")
        return program
    }

    /// An update in the middle of its archive: what reads that for it, confined, stands still.
    private func stoppedUpdate(_ program: Program) throws -> (update: RunningProgram, reader: SeenProcess) {
        for _ in 0..<20 {
            let update = try program.start("update notes --from ./large.tar --accept known-bad")
            while try update.isRunning() {
                guard let reader = reader(of: update.pid), reader.stop() else { continue }
                if reader.isStopped { return (update, reader) }
            }
            // It was over before anybody looked.
            try program.run("rollback notes")
        }
        throw NeverCame(description: "a process that reads the archive")
    }

    private func reader(of parent: pid_t) -> SeenProcess? {
        SeenProcess.all().first { process in
            process.status("PPid") == "\(parent)" && process.text("cmdline").contains("\0_read-archive\0")
                && process.status("NoNewPrivs") == "1" && process.status("CapEff") == "0000000000000000"
                && process.status("Seccomp") == "2"
        }
    }

    @Test func `it has one thread, the archive and the pipe, and nothing else`() throws {
        let program = try withLargeBundle()
        let (update, reader) = try stoppedUpdate(program)
        defer { update.kill() }
        #expect(reader.status("Threads") == "1")
        // Its memory is hidden, and with it what it has open, from all but the superuser.
        guard geteuid() == 0 else { return }
        #expect(reader.environment.keys.sorted() == ["SWIFT_BACKTRACE", "TZ"])
        #expect(reader.openFiles.count == 2)
        #expect(reader.link("fd/0").hasSuffix("/large.tar"))
        #expect(reader.link("fd/1").hasPrefix("pipe:"))
        #expect(reader.isReadOnly(0))
    }

    @Test func `it is nobody, ends before others where memory runs out, and all that it takes ends somewhere`() throws {
        let program = try withLargeBundle()
        let (update, reader) = try stoppedUpdate(program)
        defer { update.kill() }
        if geteuid() == 0, hasNobody { #expect(reader.status("Uid") == "65534 65534 65534 65534") }
        #expect(reader.text("oom_score_adj") == "1000\n")
        #expect(reader.limit("Max address space") == ["2147483648", "2147483648"])
        for none in ["Max open files", "Max file size", "Max processes", "Max core file size"] {
            #expect(reader.limit(none) == ["0", "0"], "\(none)")
        }
        let archive = try File.open("\(program.place.path)/large.tar", files: LinuxFileSystem())
        let seconds = 900 + (try archive.status().size) / 262_144
        #expect(reader.limit("Max cpu time") == ["\(seconds)", "\(seconds + 1)"])
    }

    /// Whether the user namespace of this process has the user 65534. user_namespaces(7)
    private var hasNobody: Bool {
        SeenProcess(pid: getpid()).text("uid_map").split(separator: "\n").contains { line in
            let numbers = line.split(separator: " ").compactMap { Int64($0) }
            return numbers.count == 3 && (numbers[0]..<numbers[0] + numbers[2]).contains(65534)
        }
    }

    @Test func `it ends with the command that it reads for`() throws {
        let program = try withLargeBundle()
        let (update, reader) = try stoppedUpdate(program)
        #expect(reader.isAlive)
        update.kill()
        _ = try update.wait()
        try eventually("the end of the reader") { !reader.isAlive }
        try program.must("verify --all-slots")
        program.expectNoDebris("after the kill")
    }

    @Test func `where it is killed the update is refused, and nothing is changed`() throws {
        let program = try withLargeBundle()
        let (update, reader) = try stoppedUpdate(program)
        let before = try program.bundles()
        kill(reader.pid, SIGKILL)
        let outcome = try update.wait()
        #expect(outcome.status == 65, "\(outcome.stderr)")
        #expect(outcome.code == "archive_reader_failed")
        #expect(outcome.stderr.contains("was ended by signal 9"))
        #expect(outcome.stderr.contains("nothing was changed"))
        #expect(try program.bundles() == before)
        program.expectNoDebris("after the refusal")
    }

    @Test func `where there is none the archive is refused, and not read in another way`() throws {
        let program = try Program()
        try program.prepare()
        let reading = ArchiveReading.confined(program: "\(program.place.path)/none")
        let file = try File.open("\(program.place.path)/notes-1.0.zip", files: LinuxFileSystem())
        #expect(throws: ArchiveError.readerUnavailable("no such file or directory")) {
            _ = try reading.open(file, file.status().size)
        }
    }

    @Test func `a program that is no reader is found out`() throws {
        let program = try Program()
        try program.prepare()
        let file = try File.open("\(program.place.path)/notes-1.0.zip", files: LinuxFileSystem())
        let silent = EntryTranscript { try ArchiveReading.confined(program: "/bin/true").open(file, 10) }
        #expect(silent.failure?.hasPrefix("archive_reader_failed: ") == true)
        let talking = EntryTranscript { try ArchiveReading.confined(program: "/bin/echo").open(file, 10) }
        #expect(talking.failure?.hasPrefix("archive_reader_failed: ") == true)
        #expect(silent.entries.isEmpty && talking.entries.isEmpty)
    }
}

extension SeenProcess {
    /// Asks it to stand still.
    ///
    /// - Returns: false where it has ended.
    fileprivate func stop() -> Bool { kill(pid, SIGSTOP) == 0 }

    /// Whether it stands still, once it does; false where it has ended before.
    fileprivate var isStopped: Bool {
        while isAlive {
            if status("State")?.hasPrefix("T") == true { return true }
            usleep(200)
        }
        return false
    }

    /// The soft and the hard one. proc_pid_limits(5)
    fileprivate func limit(_ name: String) -> [String] {
        let line = text("limits").split(separator: "\n").first { $0.hasPrefix(name) }
        return line.map { $0.dropFirst(name.count).split(separator: " ").prefix(2).map(String.init) } ?? []
    }

    /// proc_pid_fdinfo(5): the access mode is in the last octal digit of the flags.
    fileprivate func isReadOnly(_ number: Int) -> Bool {
        let line = text("fdinfo/\(number)").split(separator: "\n").first { $0.hasPrefix("flags:") }
        return line?.last.flatMap { UInt8(String($0), radix: 8) }.map { $0 & 3 == 0 } ?? false
    }
}

/// What this kernel has, asked without the code that is tested.
private enum KernelLayers {
    static var all: Confinement.Layers {
        var layers: Confinement.Layers = .limits
        if landlock != nil { layers.insert(.landlock) }
        #if arch(x86_64) || arch(arm64)
        if access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0 { layers.insert(.callFilter) }
        #endif
        return layers
    }

    /// The version of its interface. landlock_create_ruleset(2)
    static var landlock: Int64? {
        typealias Call = @convention(c) (Int, Int, Int, Int) -> Int
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "syscall") else { return nil }
        let version = unsafeBitCast(symbol, to: Call.self)(444, 0, 0, 1)
        return version > 0 ? Int64(version) : nil
    }
}
