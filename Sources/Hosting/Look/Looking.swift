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

    /// Reads several slots of an app as they are together at one moment, and reads again what a swap came between.
    ///
    /// - Parameter root: of another user than the one who runs this, the moment may be one within a swap.
    func lookingAtAll<Value>(of app: AppDirectory, in root: ManagedRoot, _ body: () throws -> Value) throws -> Value {
        while true {
            let seen = try app.occupants()
            let read = Result { try body() }
            if root.isOurs, try app.isBeingSwapped(), hasSettled(app.id, in: root) { continue }
            if try app.occupants() == seen { return try read.get() }
        }
    }

    /// Waits for the end of a swap. What a kill left and cannot be put in order now is shown as it is: ``recover()`` tells
    /// why.
    private func hasSettled(_ id: AppID, in root: ManagedRoot) -> Bool {
        do throws(StorageError) {
            _ = try StorageEngine(root: root, now: now).settledOccupants(of: id)
            return true
        } catch {
            return false
        }
    }
}
