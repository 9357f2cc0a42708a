import HostModel

/// Who is allowed to change what, as it is noted before any of it is done.
struct Permit: Sendable {
    let caller: Caller
    /// The template that the request matched; nil where it matched none.
    let route: String?
    /// The app that the route names; nil where it names none.
    let app: AppID?

    typealias Noting = @Sendable (Permit) async -> Void
}
