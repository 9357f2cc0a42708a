import HostModel
import Hosting
import TestSupport
import Testing

/// What is shown of an app is of one moment, whatever another command does or did not finish.
struct LookingTests {
    @Test func `an app is never shown in the middle of an update, wherever that was killed`() async throws {
        let lab = try await Lab.withNotes()
        let bundles = [try lab.bundle("1.1.0"), try lab.bundle("1.2.0")]
        try await lab.update(bundles[1])
        var kills = 0
        var hasStruck = true
        while hasStruck {
            let disk = FaultyFileSystem(at: kills + 1, .kill)
            let dying = AppHost(rootPath: lab.host.rootPath, by: "test", files: disk, now: { Samples.now })
            let options = ChangeOptions(accepted: [.downgrade, .knownBad])
            let installed = try #require(try lab.host.list().apps.first).version.text
            let next = installed == "1.1.0" ? bundles[1] : bundles[0]
            _ = try? await dying.update(Lab.notes, from: next, onlyStage: false, expect: nil, options: options)
            let shown = try #require(try lab.host.list().apps.first)
            #expect(shown.rollback != shown.version, "after a kill at call \(kills + 1)")
            #expect(shown.staged == nil, "after a kill at call \(kills + 1)")
            hasStruck = disk.hasStruck
            kills += 1
        }
        #expect(kills > 20)
    }
}
