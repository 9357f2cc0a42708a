import Catalogs
import HostModel

/// The gates that ask whether there is a candidate at all.
struct HeadGates {
    let input: CheckInput
    let finding: Finding

    var all: [Gate] {
        var gates: [Gate] = []
        var isOver = false
        for name in Gate.Name.ofCandidate {
            if isOver {
                gates.append(Gate(name, input: "", .notAsked))
            } else if let end = finding.end, end.gate == name {
                gates.append(Gate(name, input: told(name), .stopped(finding.code, end.message)))
                isOver = true
            } else {
                gates.append(Gate(name, input: told(name), .passed))
            }
        }
        return gates
    }

    /// What a gate looked at.
    private func told(_ name: Gate.Name) -> String {
        switch name {
        case .installed: input.installed.version?.text ?? "unreadable"
        case .source: source
        case .catalog: catalog
        case .entry: entry
        case .version: versions
        default: ""
        }
    }

    private var candidate: CatalogEntry? { finding.candidate?.entry }

    private var source: String {
        let source = printable(input.installed.source ?? "unknown")
        return input.catalog.map { "\(source), asked for catalog:\($0)" } ?? source
    }

    private var catalog: String {
        let name = finding.catalogName?.text ?? ""
        guard let health = finding.catalog?.health else { return name }
        let refreshed = health.refreshedAt.map { "verified \($0)" } ?? "never verified"
        let expires = health.expiresAt.map { ", expires \($0)" } ?? ""
        let failed = health.errorCode.map { ", last refresh: \(printable($0))" } ?? ""
        return "\(name), \(refreshed)\(expires)\(failed)"
    }

    private var versions: String {
        [input.installed.version?.text, candidate?.version.text].compactMap { $0 }.joined(separator: " → ")
    }

    private var entry: String {
        guard let candidate else { return input.version.map { "version \($0)" } ?? "the newest" }
        return "\(candidate.version) \(candidate.digest.short)"
    }
}

extension Finding {
    /// Of the gate that ended it.
    fileprivate var code: GateCode {
        switch status {
        case .unknown(let reason): GateCode(reason)
        case .notCatalogSourced: .notCatalogSourced
        case .notInCatalog: .notInCatalog
        case .upToDate, .upgradeAvailable: .upToDate
        }
    }
}
