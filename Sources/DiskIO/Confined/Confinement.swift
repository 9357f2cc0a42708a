import CLinux
import Glibc
import SystemPackage

/// What keeps a process from doing more than to read what is open, to write to one pipe, and to use memory.
///
/// That it ends with its parent, gains no privileges, has no capability and shows nobody its memory, holds everywhere.
/// The layers come on top of it; each denies by itself what it is for, so that a defect of one is none of the whole.
package struct Confinement: Sendable, Equatable {
    /// Those in force.
    package let layers: Layers
    /// The version of Landlock's interface; nil where this kernel has none.
    package let landlock: Int64?

    package struct Layers: OptionSet, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Nothing more can be opened, started or made longer; memory and processor time end somewhere. setrlimit(2)
        package static let limits = Layers(rawValue: CLINUX_CONFINED_LIMITS)
        /// No file by its name, no TCP, no signal. landlock(7)
        package static let landlock = Layers(rawValue: CLINUX_CONFINED_LANDLOCK)
        /// A short list of system calls, and no other. seccomp(2)
        package static let callFilter = Layers(rawValue: CLINUX_CONFINED_CALLS)
        package static let all: Layers = [.limits, .landlock, .callFilter]
    }

    package struct Limits: Sendable, Equatable {
        /// Of address space, in bytes.
        package let memory: UInt64
        /// Of processor time.
        package let seconds: UInt64

        package init(memory: UInt64, seconds: UInt64) {
            self.memory = memory
            self.seconds = seconds
        }
    }

    /// Confines this process, which has one thread, for as long as it lives.
    ///
    /// - Parameters:
    ///   - parent: the process that it ends with.
    ///   - output: the one descriptor that it may still write to.
    ///   - layers: what is asked for. What the kernel does not have is left out.
    /// - Throws: where something could not be done that this kernel has; then the process must end.
    package static func enter(
        endingWith parent: Int32, output: Descriptor, limits: Limits, layers: Layers = .all
    ) throws(ConfinementError) -> Confinement {
        var order = clinux_confinement()
        order.parent = parent
        order.output = output.number
        order.memory = limits.memory
        order.seconds = limits.seconds
        order.layers = layers.rawValue
        var outcome = clinux_confined()
        if clinux_confine(&order, &outcome) < 0 {
            let error = Errno(rawValue: errno)
            let what = outcome.failed.map { String(cString: $0) } ?? "be confined"
            throw ConfinementError(reason: "it cannot \(what): \(error.description)")
        }
        let version = Int64(outcome.landlock)
        return Confinement(layers: Layers(rawValue: outcome.layers), landlock: version > 0 ? version : nil)
    }

    /// The number of this process, for a child that ends with it.
    package static var ownProcess: Int32 { getpid() }
}

/// A process could not be confined.
package struct ConfinementError: Error {
    /// A clause without a final stop.
    package let reason: String
}

/// Something that a confined process is not to be able to do.
package enum ConfinedAttempt: String, Sendable, CaseIterable {
    case readFile
    case createFile
    case connectTCP
    case connectUnix
    case startProcess
    case signalParent
    case mapCode

    /// Tries it in this process, and undoes it where it was let through.
    ///
    /// - Returns: whether the process was kept from it.
    package var isDenied: Bool { clinux_is_denied(number) == 1 }

    private var number: Int32 {
        switch self {
        case .readFile: CLINUX_TRY_READ_FILE
        case .createFile: CLINUX_TRY_CREATE_FILE
        case .connectTCP: CLINUX_TRY_CONNECT_TCP
        case .connectUnix: CLINUX_TRY_CONNECT_UNIX
        case .startProcess: CLINUX_TRY_START_PROCESS
        case .signalParent: CLINUX_TRY_SIGNAL_PARENT
        case .mapCode: CLINUX_TRY_MAP_CODE
        }
    }
}
