import Archives
import Bundles
import DiskIO
import HostModel

/// What this program is when another process of it has it read an archive, or try out what it may not do.
package enum ArchiveChild {
    /// The first word of its command line; for nobody to type.
    package static let verb = "_read-archive"

    /// Does what the words say, confined, with descriptor 0 as the archive and descriptor 1 as the pipe.
    ///
    /// - Parameter words: of the command line, without the program's name.
    /// - Returns: the exit status. Nothing of the program is to run after it.
    package static func run(_ words: [String]) -> Int32 {
        guard words.count == 3, words[0] == verb, let parent = Int32(words[1]), let job = Job(words[2]) else {
            return FailureCode.usage.exitStatus
        }
        let pipe = File(Descriptor(number: 1), path: "the pipe", files: LinuxFileSystem())
        do {
            switch job {
            case .read(let bytes): try read(bytes: bytes, endingWith: parent, to: pipe)
            case .tryOut(let layers): try tryOut(layers, endingWith: parent, to: pipe)
            }
            return 0
        } catch {
            // Nobody listens any more.
            return FailureCode.internalError.exitStatus
        }
    }

    /// The command line of a process that reads an archive of so many bytes.
    static func reading(bytes: Int64) -> [String] { arguments(.read(bytes: bytes)) }

    /// The command line of a process that tries what `layers` keep it from, and answers with a ``ConfinementTrial``.
    static func trying(_ layers: Confinement.Layers) -> [String] { arguments(.tryOut(layers)) }

    private static func arguments(_ job: Job) -> [String] {
        ["apphost", verb, "\(Confinement.ownProcess)", job.word]
    }

    private enum Job {
        case read(bytes: Int64)
        case tryOut(Confinement.Layers)

        var word: String {
            switch self {
            case .read(let bytes): "\(bytes)"
            case .tryOut(let layers): "\(Self.trial)\(layers.rawValue)"
            }
        }

        init?(_ word: String) {
            if word.hasPrefix(Self.trial) {
                guard let layers = UInt32(word.dropFirst(Self.trial.count)) else { return nil }
                self = .tryOut(Confinement.Layers(rawValue: layers))
            } else {
                guard let bytes = Int64(word), bytes >= 0 else { return nil }
                self = .read(bytes: bytes)
            }
        }

        private static let trial = "try:"
    }

    // MARK: Reading

    private static func read(bytes: Int64, endingWith parent: Int32, to pipe: File) throws {
        let archive = File(Descriptor(number: 0), path: "the archive", files: LinuxFileSystem())
        let writer = EntryWriter { piece in try pipe.write(piece) }
        EntryWriter.prepare()
        do throws(ConfinementError) {
            _ = try Confinement.enter(endingWith: parent, output: pipe.descriptor, limits: .reading(bytes: bytes))
        } catch {
            return try writer.fail(.archive(.readerUnavailable(error.reason)))
        }
        try writer.send(sourceNumber: { ($0 as? FileSystemError)?.number }) {
            try ArchiveReading.inThisProcess.open(archive, bytes)
        }
    }

    // MARK: Trying

    private static func tryOut(_ layers: Confinement.Layers, endingWith parent: Int32, to pipe: File) throws {
        let answer: JSONValue
        do throws(ConfinementError) {
            let confinement = try Confinement.enter(
                endingWith: parent, output: pipe.descriptor, limits: .reading(bytes: 0), layers: layers)
            let outcomes = ConfinedAttempt.allCases.map { (attempt: $0, isDenied: $0.isDenied) }
            answer = ConfinementTrial(confinement, outcomes).json
        } catch {
            answer = ["failed": error.reason]
        }
        try pipe.write(answer.line)
    }
}

extension Confinement.Limits {
    /// Memory: a million entries of a ZIP, as its layout and as libarchive keeps them, take half a GiB, the program and
    /// the windows of decompressors a tenth of one. As much again is left for growing.
    ///
    /// Time: of 256 KiB xz makes two or three MiB, which takes a slow processor an eighth of a second. Zeros are made
    /// faster, and of few bytes: in a quarter of an hour as many as a host lets a bundle have.
    static func reading(bytes: Int64) -> Confinement.Limits {
        Confinement.Limits(memory: 2 << 30, seconds: 900 + UInt64(bytes) / (256 << 10))
    }
}
