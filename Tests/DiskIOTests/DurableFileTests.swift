import DiskIO
import HostModel
import SystemPackage
import TestSupport
import Testing

struct DurableFileTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    private func replace(_ text: String, _ files: any FileSystem) throws {
        try DurableFile.replace("record", in: place.open(files), with: Array(text.utf8))
    }

    @Test func `a file has its new content and nothing is left beside it`() throws {
        try replace("one", LinuxFileSystem())
        #expect(place.text("record") == "one")
        try replace("two", LinuxFileSystem())
        #expect(place.text("record") == "two")
        try replace("", LinuxFileSystem())
        #expect(place.text("record") == "")
        #expect(place.names() == ["record"])
        #expect(place.mode(of: "record") == 0o600)
    }

    @Test func `the mode is the one that was asked for`() throws {
        try DurableFile.replace("record", in: place.open(), with: [], mode: 0o644)
        #expect(place.mode(of: "record") == 0o644)
        try DurableFile.replace("record", in: place.open(), with: [], mode: 0o400)
        #expect(place.mode(of: "record") == 0o400)
    }

    @Test func `it is written, flushed, renamed and flushed, in this order`() throws {
        let files = RecordingFileSystem()
        try replace("one", files)
        #expect(
            files.changes == [
                "unlink record.new", "create record.new", "chmod record.new 600", "write record.new", "sync record.new",
                "close record.new", "replace record record.new", "sync top",
            ])
    }

    @Test func `what was left under the new name was never anything`() throws {
        try place.write("old", to: "record")
        try place.write("half", to: "record.new", mode: 0o444)
        try replace("new", LinuxFileSystem())
        #expect(place.text("record") == "new")
        #expect(place.names() == ["record"])
    }

    @Test func `a link under the new name is not followed`() throws {
        try place.write("mine", to: "canary")
        try place.makeLink("record.new", to: "canary")
        try replace("new", LinuxFileSystem())
        #expect(place.text("record") == "new")
        #expect(place.text("canary") == "mine")
        #expect(place.names() == ["canary", "record"])
    }

    @Test func `a link under the name itself is replaced`() throws {
        try place.write("mine", to: "canary")
        try place.makeLink("record", to: "canary")
        try replace("new", LinuxFileSystem())
        #expect(place.text("record") == "new")
        #expect(place.text("canary") == "mine")
    }

    static let effects: [FaultyFileSystem.Fault.Effect] = [
        .once(.ioError), .once(.noSpace), .once(.permissionDenied), .fromThenOn(.ioError), .fromThenOn(.noSpace), .kill,
    ]

    @Test(arguments: DurableFileTests.effects, [nil, "old"] as [String?])
    func `whatever fails, the content is the old one or the new one`(
        effect: FaultyFileSystem.Fault.Effect, old: String?
    ) throws {
        var call = 1
        while true {
            if place.exists("record") { try place.remove("record") }
            if let old { try place.write(old, to: "record") }
            let files = FaultyFileSystem(at: call, effect)
            let error = failure { try replace("new", files) }
            guard files.hasStruck else { break }
            let found = place.text("record")
            #expect(found == old || found == "new", "call \(call)")
            // Before the rename nothing has changed; after it only the last flush can fail.
            if error == nil { #expect(found == "new", "call \(call)") }
            if call < 7 { #expect(found == old, "call \(call)") }

            try replace("newer", FaultyFileSystem())
            #expect(place.text("record") == "newer", "call \(call)")
            #expect(place.names() == ["record"], "call \(call)")
            call += 1
        }
        #expect(call == 9)
        #expect(place.text("record") == "new")
    }

    @Test func `an error tells what failed`() throws {
        let calls: [FileSystemError.Call] = [.remove, .open, .setMode, .write, .sync, .close, .rename, .sync]
        for (index, expected) in calls.enumerated() {
            let files = FaultyFileSystem(at: index + 1, .once(.noSpace))
            let error = failure { try replace("new", files) }
            #expect(error?.call == expected)
            #expect(error?.errno == .noSpace)
            #expect(error?.code == .diskFull)
        }
    }

    private func failure(_ body: () throws -> Void) -> FileSystemError? {
        do {
            try body()
            return nil
        } catch {
            return error as? FileSystemError
        }
    }
}
