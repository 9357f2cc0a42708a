import DiskIO
import Dispatch
import SystemPackage
import TestSupport
import Testing

struct FileLockTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    /// - Returns: nil where it is held by another descriptor.
    private func lock(_ kind: LockKind = .exclusive) throws -> FileLock? {
        try FileLock.acquire("lock", in: place.open(), kind, wait: false)
    }

    private func isFree(_ kind: LockKind = .exclusive) throws -> Bool { try lock(kind) != nil }

    /// Whether the directory itself can be locked now, by a descriptor of its own.
    private func isDirectoryFree() throws -> Bool {
        try FileLock.acquire(File(holding: place.open()), .exclusive, wait: false) != nil
    }

    @Test func `a second descriptor is refused until the first goes`() throws {
        do {
            let held = try #require(try lock())
            try withExtendedLifetime(held) { () throws in
                #expect(try !isFree())
                #expect(try !isFree(.shared))
            }
        }
        #expect(try isFree())
    }

    @Test func `shared locks are held together, an exclusive one alone`() throws {
        do {
            let one = try #require(try lock(.shared))
            let other = try #require(try lock(.shared))
            try withExtendedLifetime((one, other)) { () throws in
                #expect(try isFree(.shared))
                #expect(try !isFree(.exclusive))
            }
        }
        #expect(try isFree(.exclusive))
    }

    @Test func `a lock file is made once and stays`() throws {
        #expect(try isFree())
        let first = try place.open().status(of: "lock")
        #expect(try isFree())
        let second = try place.open().status(of: "lock")
        #expect(first?.inode == second?.inode)
        #expect(place.mode(of: "lock") == 0o600)
        #expect(place.names() == ["lock"])
    }

    @Test func `a directory locks itself, and a lock keeps it open`() throws {
        do {
            let held = try #require(try FileLock.acquire(File(holding: place.open()), .exclusive, wait: false))
            try withExtendedLifetime(held) { () throws in
                #expect(try !isDirectoryFree())
                #expect(try !isDirectoryFree())
            }
        }
        #expect(try isDirectoryFree())
    }

    @Test func `a lock of a directory does not close it`() throws {
        let directory = try place.open()
        do {
            let held = try #require(try FileLock.acquire(File(holding: directory), .exclusive, wait: false))
            try withExtendedLifetime(held) { () throws in #expect(try !isDirectoryFree()) }
        }
        #expect(try directory.names() == [])
    }

    @Test func `a lock that fails is an error, not a lock`() throws {
        let files = FaultyFileSystem(at: 2, .once(.ioError))
        let error = #expect(throws: FileSystemError.self) {
            try FileLock.acquire("lock", in: place.open(files), .exclusive, wait: false)
        }
        #expect(error?.call == .lock)
        #expect(error?.errno == .ioError)
        #expect(try isFree())
    }

    @Test func `who waits gets the lock when it is freed`() async throws {
        var held = try lock()
        let wasHeld = held != nil
        // A thread of its own: a wait for a lock would hold one of the few that tests run on.
        async let waited = withCheckedContinuation { (done: CheckedContinuation<Bool, Never>) in
            DispatchQueue(label: "waiter").async { [place] in
                let lock = try? FileLock.acquire("lock", in: place.open(), .exclusive, wait: true)
                done.resume(returning: lock != nil)
            }
        }
        held = nil
        #expect(wasHeld)
        #expect(await waited)
    }
}
