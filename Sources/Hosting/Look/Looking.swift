import HostModel
import Storage

extension AppHost {
    /// Looks at an app's slots, and looks again where what it found missing or damaged was only another command at work.
    ///
    /// Looking takes no lock, so a slot may be empty for a moment, or its tree be on its way to the trash. What fails while no
    /// tree changed its place has failed.
    ///
    /// - Parameter root: of the user who runs this, who alone can wait for a swap to end.
    func looking<Value>(at app: AppDirectory, in root: ManagedRoot, _ body: () throws -> Value) throws -> Value {
        var seen = try app.occupants()
        while true {
            do { return try body() } catch let failure as any Failure where failure.code != .interrupted {
                let now =
                    root.isOurs
                    ? try StorageEngine(root: root, now: now).settledOccupants(of: app.id) : try app.occupants()
                if now == seen { throw failure }
                seen = now
            }
        }
    }
}
