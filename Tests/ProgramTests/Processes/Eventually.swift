import Glibc

/// Something that a test waited for did not happen.
struct NeverCame: Error, CustomStringConvertible {
    let description: String
}

/// Waits for something to be there, looking for it again and again.
///
/// - Parameters:
///   - what: said where it never comes.
///   - seconds: after which it never will. Nothing that a test is about depends on it.
func found<Value>(_ what: String, within seconds: Int64 = 60, find: () throws -> Value?) throws -> Value {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if let value = try find() { return value }
        guard ContinuousClock.now < deadline else { throw NeverCame(description: what) }
        usleep(5000)
    }
}

/// Waits for something to be so.
func eventually(_ what: String, within seconds: Int64 = 60, isSo: () throws -> Bool) throws {
    _ = try found(what, within: seconds) { () throws -> Bool? in try isSo() ? true : nil }
}
