import TestSupport

/// Recovery is killed as well, at every call of its own, and has to be begun again.
package struct RecoveryKillSweep: Sendable {
    package let dead: [DeadState]
    package let program: BuiltProgram
    package let tally: Tally

    package init(_ dead: [DeadState], _ program: BuiltProgram, _ tally: Tally) {
        self.dead = dead
        self.program = program
        self.tally = tally
    }

    package func run() async throws {
        try await forEachInParallel(dead) { dead in
            var call = 1
            while try strike(dead, at: call) { call += 1 }
        }
        tally.say("recovery killed")
    }

    /// - Returns: whether there was such a call.
    private func strike(_ dead: DeadState, at call: Int) throws -> Bool {
        let place = try dead.place.duplicate()
        let run = try program.run(BuiltProgram.recovering, in: place.path, .kill(call))
        guard run.isKilled else { return false }
        tally.add(
            try program.problems(of: dead.scene, in: place, after: .dead),
            at: "\(dead.point), recovery killed before \(run.report.words(for: call))")
        return true
    }
}
