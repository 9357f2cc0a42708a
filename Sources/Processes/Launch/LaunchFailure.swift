import CLinux
import Glibc
import HostModel

/// A program that could not be started. Nothing of it is left.
package struct LaunchFailure: Error, Sendable, Equatable {
    package let program: String
    package let step: Step
    /// As `errno` has it.
    package let number: Int32
    /// Whether there is no such file.
    package let isMissing: Bool
    /// What the first line of a script names.
    package let interpreter: String?
    /// Who it was to run as.
    package let user: String?

    /// What was being done for it.
    package enum Step: Sendable {
        case fork, session, group, descriptors, directory, capabilities, user, privileges, execute

        init(_ number: Int32) {
            switch number {
            case CLINUX_STEP_SESSION: self = .session
            case CLINUX_STEP_GROUP: self = .group
            case CLINUX_STEP_DESCRIPTORS: self = .descriptors
            case CLINUX_STEP_DIRECTORY: self = .directory
            case CLINUX_STEP_CAPABILITIES: self = .capabilities
            case CLINUX_STEP_USER: self = .user
            case CLINUX_STEP_PRIVILEGES: self = .privileges
            case CLINUX_STEP_EXECUTE: self = .execute
            default: self = .fork
            }
        }
    }

    init(
        program: String, step: Step, number: Int32, isMissing: Bool = false, interpreter: String? = nil,
        user: String? = nil
    ) {
        self.program = program
        self.step = step
        self.number = number
        self.isMissing = isMissing
        self.interpreter = interpreter
        self.user = user
    }
}

extension LaunchFailure: Failure {
    package var code: FailureCode { .appStartFailed }

    package var message: String { "cannot start \(quoted(program)): \(reason)" }

    package var help: String? {
        switch (step, number) {
        case (.execute, ENOENT) where !isMissing: "install the interpreter on this host"
        case (.execute, ENOEXEC): "look for a bundle made for this host"
        case (.execute, EACCES): "the file system that holds the root may be mounted with 'noexec'"
        case (.fork, EAGAIN): "raise the limit of processes ('ulimit -u')"
        case (.descriptors, EMFILE), (.descriptors, ENFILE): "raise the limit of open files ('ulimit -n')"
        default: nil
        }
    }

    private var reason: String {
        switch step {
        case .fork: "no process for it: \(words)"
        case .session: "no session for it: \(words)"
        case .group: "it cannot join its control group: \(words)"
        case .descriptors: "no descriptors for it: \(words)"
        case .directory: "its directory cannot be entered: \(words)"
        case .capabilities: "its capabilities cannot be dropped: \(words)"
        case .user: "it cannot become the user \(quoted(user ?? "")): \(words)"
        case .privileges: "it cannot be kept from gaining privileges: \(words)"
        case .execute: refusal
        }
    }

    /// Why the kernel did not execute it.
    private var refusal: String {
        switch number {
        case ENOENT where isMissing: "there is no such file"
        case ENOENT:
            interpreter.map { "its interpreter \(quoted($0)) is not there" }
                ?? "the loader that it asks for is not there"
        case EACCES:
            interpreter.map { "it is not executable, or its interpreter \(quoted($0)) is not" }
                ?? "it is not executable"
        case ENOEXEC: "it is neither a script that names its interpreter nor a program for this host"
        case E2BIG: "its words and its environment are too long"
        default: words
        }
    }

    /// The kernel's words.
    private var words: String {
        let words = String(cString: strerror(number))
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
