import HostModel
import Processes
import Storage

/// A running app that asks something of this host.
package struct AppPrincipal: Sendable, Equatable {
    package let id: AppID
    /// Those that it was granted and that are active.
    package let permissions: Set<String>
}

extension AppHost {
    /// The app that was started with the token that somebody shows; nil where it is none, or that app does not run.
    ///
    /// Cost: one small file for each app, and a look at all processes where one of them has the token.
    package func appPrincipal(_ shown: AccessToken) throws -> AppPrincipal? {
        guard let root = try openRoot() else { return nil }
        var found: (app: AppDirectory, place: AppPlace)?
        for id in try root.appIDs() {
            // What cannot be read of one app keeps no other out.
            guard let app = (try? root.app(id)) ?? nil, let place = try? place(of: app, in: root) else { continue }
            guard let logs = place.logs, let state = (try? RunState.read(in: logs)) ?? nil else { continue }
            if shown.matches(state.tokenDigest) { found = (app, place) }
        }
        guard let found else { return nil }
        let life = try Life.of(found.place)
        // Asked again: it may have been restarted between the two looks.
        guard life.isRunning, let state = life.state, shown.matches(state.tokenDigest) else { return nil }
        let active = try found.app.record().grants.filter { $0.state == .active }
        return AppPrincipal(id: found.app.id, permissions: Set(active.map(\.permission)))
    }
}
