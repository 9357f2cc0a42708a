/// Makes a list that fails as small as it gets: what is left of it is what matters.
enum Shrink {
    /// - Parameters:
    ///   - simpler: what an element may be replaced by; each must be simpler than the element.
    ///   - fails: whether a list still fails. It is asked about as often as the list is long, squared.
    static func smallest<Element: Sendable>(
        _ list: [Element], simpler: @Sendable (Element) -> [Element],
        fails: @Sendable ([Element]) async throws -> Bool
    ) async throws -> [Element] {
        var best = list
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for index in best.indices.reversed() {
                var shorter = best
                shorter.remove(at: index)
                if try await fails(shorter) {
                    best = shorter
                    isSmaller = true
                }
            }
            for index in best.indices {
                for element in simpler(best[index]) {
                    var other = best
                    other[index] = element
                    if try await fails(other) {
                        best = other
                        isSmaller = true
                        break
                    }
                }
            }
        }
        return best
    }
}
