import Archives
import Bundles
import DiskIO

/// Who takes archives apart.
package enum ArchiveReader: Sendable {
    /// This process: for tests, whose process is no program that could be started again as what it is.
    case thisProcess
    /// A process of this program, at that path, which can do nothing else.
    case confinedProcess(program: String)

    /// This program as it runs, also where its file was replaced.
    package static let ownProgram = ArchiveReader.confinedProcess(program: "/proc/self/exe")

    var reading: ArchiveReading {
        switch self {
        case .thisProcess: .inThisProcess
        case .confinedProcess(let program): .confined(program: program)
        }
    }
}

extension ArchiveReading {
    /// Has a confined process read the archive. There is no other way where that cannot be had.
    package static func confined(program: String) -> ArchiveReading {
        ArchiveReading { file, size in
            let words = ArchiveChild.reading(bytes: size)
            let process: ReadingProcess
            do throws(ReadingProcessError) {
                process = try ReadingProcess(program, arguments: words, file: file, patience: .reading(bytes: size))
            } catch {
                throw ArchiveError.readerUnavailable(error.reason)
            }
            return ConfinedEntryStream(ProcessFrames(process)) { number in
                FileSystemError(.read, file.path, number: number)
            }
        }
    }
}

/// What a process says, for the stream that takes it apart.
private final class ProcessFrames: FrameSource {
    private let process: ReadingProcess

    init(_ process: ReadingProcess) { self.process = process }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        do throws(ReadingProcessError) { return try process.read(into: buffer) } catch {
            throw ArchiveError.readerFailed("cannot be heard: \(error.reason)")
        }
    }

    func ending() -> String { process.end().sentence }
}
