import Fuzzing
import Glibc

/// Runs one target: with libFuzzer, where it was linked in, over inputs that it makes; else over files.
///
///     Fuzz --list
///     Fuzz TARGET [FILE|FOLDER…]
///     Fuzz TARGET [options of libFuzzer] [FOLDER…]
///
/// A trap or a broken property ends it with a signal, by which libFuzzer knows a finding and keeps its input.
@main
enum Fuzz {
    static func main() {
        if CommandLine.arguments.dropFirst().elementsEqual(["--list"]) {
            list()
            exit(0)
        }
        guard let choice else {
            print("usage: Fuzz TARGET [options of libFuzzer] [FILE|FOLDER…], or Fuzz --list")
            exit(64)
        }
        guard let driver = libFuzzer else { exit(replay(choice)) }
        setenv(targetVariable, choice.target.rawValue, 1)
        exit(fuzz(choice, driver))
    }

    /// One line for each: its name, the longest input in bytes, its dictionary or `-`.
    private static func list() {
        for target in FuzzTarget.allCases {
            print("\(target.rawValue) \(target.maximumLength) \(target.dictionary ?? "-")")
        }
    }

    // MARK: The target

    private struct Choice {
        let target: FuzzTarget
        /// Whether the first argument named it.
        let isArgument: Bool
    }

    private static let choice: Choice? = {
        if let name = CommandLine.arguments.dropFirst().first, let target = FuzzTarget(rawValue: name) {
            return Choice(target: target, isArgument: true)
        }
        guard let name = getenv(targetVariable), let target = FuzzTarget(rawValue: String(cString: name)) else {
            return nil
        }
        return Choice(target: target, isArgument: false)
    }()

    /// For some of its work libFuzzer starts this program anew, with the arguments that it was given: those without the
    /// target.
    private static let targetVariable = "APPHOST_FUZZ_TARGET"

    private static func attempt(_ input: [UInt8]) {
        guard let target = choice?.target else { return }
        do { _ = try target.run(input) } catch {
            let line = Array("fuzz: \(target.rawValue): \(error)\n".utf8)
            _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            abort()
        }
    }

    // MARK: Without libFuzzer

    /// - Returns: the exit status.
    private static func replay(_ choice: Choice) -> Int32 {
        let paths = CommandLine.arguments.dropFirst(choice.isArgument ? 2 : 1)
        if let option = paths.first(where: { $0.hasPrefix("-") }) {
            print("error: '\(option)' is for libFuzzer, which is not in this program; 'make fuzz' builds it in")
            return 64
        }
        var count = 0
        for path in paths {
            do {
                for input in try FuzzInput.read(path) {
                    attempt(input.bytes)
                    count += 1
                }
            } catch {
                print("error: \(error)")
                return 74
            }
        }
        print("\(choice.target.rawValue): \(count) inputs replayed, without libFuzzer")
        return 0
    }

    // MARK: With libFuzzer

    private typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<Int8>?>
    private typealias Driver =
        @convention(c) (
            UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Arguments>,
            @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
        ) -> Int32

    /// Looked for at run time, so that one program does both. It is the form of libFuzzer that brings no `main`.
    ///
    /// Source: LLVM, compiler-rt/lib/fuzzer/FuzzerInterface.h and "Using libFuzzer as a library" in its documentation
    private static var libFuzzer: Driver? {
        guard let symbol = dlsym(nil, "LLVMFuzzerRunDriver") else { return nil }
        return unsafeBitCast(symbol, to: Driver.self)
    }

    /// - Returns: the exit status.
    private static func fuzz(_ choice: Choice, _ driver: Driver) -> Int32 {
        var arguments = CommandLine.unsafeArgv
        var count = CommandLine.argc
        if choice.isArgument {
            // The program's name moves to the place of the target's.
            arguments[1] = arguments[0]
            arguments += 1
            count -= 1
        }
        return driver(&count, &arguments) { start, length in
            Fuzz.attempt(Array(UnsafeBufferPointer(start: start, count: length)))
            return 0
        }
    }
}
