import TestSupport

extension Scene {
    /// Of the disks that were judged, those on which the commands that come next are tried as well: every so many-th.
    package struct Sampling: Sendable {
        /// Of those on which something is left for them.
        let leftovers: Int
        let others: Int

        package static let all = Sampling(leftovers: 1, others: 10)
        package static let subset = Sampling(leftovers: 10, others: 40)
    }

    /// J: nothing that a command of catalogs left is in the way of the next ones, and they leave none of it.
    ///
    /// A refresh that keeps another set takes away what refreshes left, and whatever adds or removes a catalog what was
    /// left in `.work/`.
    ///
    /// - Parameter play: does it in `place`; throws where it is not done.
    package func problemsOfNext(
        in place: TemporaryDirectory, _ sampling: Sampling, play: (CatalogStep) async throws -> Void
    ) async throws -> [String] {
        guard useCase.hasCatalog else { return [] }
        let found = View(try place.snapshot(), workshop)
        let often = found.unswept.isEmpty ? sampling.others : sampling.leftovers
        guard turns.next() % often == 0, found.flaws.isEmpty else { return [] }
        guard let kept = found.catalogs["demo"] else {
            let add = CatalogStep.add(.thirdInBins, offline: false)
            return try await self.problems(of: add, in: place, keeping: .thirdInBins, play)
        }
        let last = Workshop.Edition(rawValue: kept)?.last ?? .third
        try workshop.lead(place, to: workshop.path(of: last))
        let afterRefresh = try await self.problems(of: .refresh, in: place, keeping: last, play)
        guard afterRefresh.isEmpty else { return afterRefresh }
        return try await self.problems(of: .remove, in: place, keeping: nil, play)
    }

    /// The same for a host in this process.
    package func problemsOfNext(in place: TemporaryDirectory, _ sampling: Sampling) async throws -> [String] {
        let trial = Trial(place: place, workshop: workshop)
        return try await problemsOfNext(in: place, sampling) { step in try await trial.play(step) }
    }

    private func problems(
        of step: CatalogStep, in place: TemporaryDirectory, keeping edition: Workshop.Edition?,
        _ play: (CatalogStep) async throws -> Void
    ) async throws -> [String] {
        do { try await play(step) } catch { return ["J: \(step) ends with \(error)"] }
        let view = View(try place.snapshot(), workshop)
        var problems = view.flaws.map { "J: after \(step): \($0)" }
        let kept = edition?.rawValue
        if view.catalogs["demo"] != kept || view.health["demo"] != kept {
            problems.append("J: after \(step) the catalogs are \(view.catalogs) with the health \(view.health)")
        }
        var left = view.unswept
        // A refresh does not see these.
        if case .refresh = step { left.removeAll { $0.hasPrefix("root/catalogs/.work/") } }
        if !left.isEmpty { problems.append("J: after \(step) there is \(left)") }
        return problems
    }
}
