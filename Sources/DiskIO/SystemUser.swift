import Glibc

/// A user of this host, as its user database knows them.
package struct SystemUser: Sendable, Equatable {
    package let name: String
    package let number: UInt32
    /// The number of the user's own group.
    package let group: UInt32

    package init(name: String, number: UInt32, group: UInt32) {
        self.name = name
        self.number = number
        self.group = group
    }

    /// - Returns: nil where there is no such user, or the user database cannot be read.
    package static func named(_ name: String) -> SystemUser? {
        lookUp { record, buffer, found in getpwnam_r(name, record, buffer.baseAddress, buffer.count, found) }
    }

    /// - Returns: nil where there is no such user, or the user database cannot be read.
    package static func numbered(_ number: UInt32) -> SystemUser? {
        lookUp { record, buffer, found in getpwuid_r(number, record, buffer.baseAddress, buffer.count, found) }
    }

    /// One question to the user database, asked again with more room until its answer fits.
    private typealias Question = (
        UnsafeMutablePointer<passwd>, (baseAddress: UnsafeMutablePointer<CChar>, count: Int),
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func lookUp(_ ask: Question) -> SystemUser? {
        var room = 1 << 10
        while room <= 1 << 20 {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: room)
            defer { buffer.deallocate() }
            var record = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = ask(&record, (baseAddress: buffer, count: room), &found)
            if error == EINTR { continue }
            if error == ERANGE {
                room *= 2
                continue
            }
            guard error == 0, found != nil, let name = record.pw_name else { return nil }
            return SystemUser(name: String(cString: name), number: record.pw_uid, group: record.pw_gid)
        }
        return nil
    }
}
