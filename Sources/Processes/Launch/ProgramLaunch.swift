import CLinux
import DiskIO
import Glibc
import HostModel

/// A program about to be started: with exactly these words, this environment and these descriptors, and nothing else of
/// ours.
///
/// It begins in a session of its own, with the umask 022, and with every signal as it is by default.
package struct ProgramLaunch: Sendable {
    /// Relative to ``directory``, or absolute.
    package var program: String
    /// The first is what the program sees as its own name.
    package var arguments: [String]
    package var environment: [EnvironmentVariable]
    /// Becomes the working directory.
    package var directory: Directory
    /// They become 0, 1, 2, …; every other one is closed.
    package var descriptors: [Descriptor]
    /// The path of `cgroup.procs` of a group to join.
    package var group: String?
    /// Who it runs as, without supplementary groups; nil where the user stays.
    package var user: SystemUser?
    /// Whether neither it nor what it executes can become anybody else.
    package var gainsNoPrivileges = false
    /// Whether it has no capability, and cannot get one.
    package var dropsCapabilities = false
    /// Whether it is no child of this process, so that nobody has to wait for it.
    package var isDetached = false

    package init(
        program: String, arguments: [String], environment: [EnvironmentVariable], directory: Directory,
        descriptors: [Descriptor]
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.descriptors = descriptors
    }

    /// Returns once the program is executed.
    ///
    /// - Returns: its process, which the caller has to wait for unless it is detached.
    /// - Throws: what failed; no process is left.
    package func run() throws(LaunchFailure) -> pid_t {
        let group = try openGroup()
        defer { if group >= 0 { close(group) } }
        let words = CStringList(arguments.map { Array($0.utf8) })
        let variables = CStringList(environment.map { Array($0.name.utf8) + [UInt8(ascii: "=")] + $0.value })
        let numbers = descriptors.map(\.number)
        // The kernel hands a script's path to its interpreter, which would take this one for an option.
        let path = program.hasPrefix("-") ? "./\(program)" : program
        var pid: pid_t = 0
        var step: Int32 = 0
        let error: Int32 = numbers.withUnsafeBufferPointer { numbers in
            path.withCString { path in
                var order = clinux_order()
                order.path = path
                order.directory = directory.descriptor.number
                order.arguments = UnsafePointer(words.pointers)
                order.environment = UnsafePointer(variables.pointers)
                order.descriptors = numbers.baseAddress
                order.descriptor_count = numbers.count
                order.group = group
                order.changes_user = user == nil ? 0 : 1
                order.user = user?.number ?? 0
                order.user_group = user?.group ?? 0
                order.no_new_privileges = gainsNoPrivileges ? 1 : 0
                order.drops_capabilities = dropsCapabilities ? 1 : 0
                order.detached = isDetached ? 1 : 0
                // The strings and the directory are only pointers and a number in `order`.
                return withExtendedLifetime((words, variables, directory)) {
                    clinux_launch(&order, &pid, &step) == 0 ? 0 : errno
                }
            }
        }
        if error == 0 { return pid }
        throw failure(LaunchFailure.Step(step), error)
    }

    /// - Returns: -1 where there is no group to join.
    private func openGroup() throws(LaunchFailure) -> Int32 {
        guard let group else { return -1 }
        let opened = clinux_openat(AT_FDCWD, group, O_WRONLY | O_CLOEXEC, 0)
        if opened < 0 { throw failure(.group, errno) }
        return opened
    }

    private func failure(_ step: LaunchFailure.Step, _ error: Int32) -> LaunchFailure {
        // The kernel has one word for a program that is not there and for one whose interpreter is not.
        let isThere = (try? directory.status(of: DiskPath(program))) != nil
        return LaunchFailure(
            program: program, step: step, number: error, isMissing: !isThere,
            interpreter: isThere ? interpreter : nil, user: user?.name)
    }

    /// What the first line of a script names.
    private var interpreter: String? {
        guard let file = try? directory.fileIfPresent(DiskPath(program)) else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
        defer { buffer.deallocate() }
        guard let count = try? file.read(at: 0, into: buffer) else { return nil }
        return Self.interpreter(of: Array(buffer[..<count]))
    }

    /// - Parameter content: the first bytes of a file. execve(2), "Interpreter scripts"
    static func interpreter(of content: [UInt8]) -> String? {
        guard content.starts(with: "#!".utf8) else { return nil }
        let line = content.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let name = line.drop(while: isSpace).prefix { !isSpace($0) }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }
}

/// One variable of a program's environment. Its value may be a secret.
package struct EnvironmentVariable: Sendable, Equatable {
    package let name: String
    /// Without NUL.
    package let value: [UInt8]

    package init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// C strings, and the list of pointers to them that ends with a null pointer.
private final class CStringList {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [[UInt8]]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        pointers.initialize(repeating: nil, count: count + 1)
        for (index, string) in strings.enumerated() {
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
            for (offset, byte) in string.enumerated() { copy[offset] = CChar(bitPattern: byte) }
            copy[string.count] = 0
            pointers[index] = copy
        }
    }

    deinit {
        for index in 0..<count { pointers[index]?.deallocate() }
        pointers.deallocate()
    }
}
