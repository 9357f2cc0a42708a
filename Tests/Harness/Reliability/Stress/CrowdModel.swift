extension SlotModel {
    /// Does again what a history says was done.
    ///
    /// - Returns: what is wrong with it; nil where it fits. What does not fit is believed all the same.
    mutating func replay(_ line: CrowdLine, retention: Int) -> String? {
        let before = self
        var fits = line.from == installed && line.to != nil
        switch line.kind {
        case "install": fits = fits && installed == nil
        case "update": fits = fits && installed != nil && installed != line.to
        case "stage": fits = fits && installed != nil && installed != line.to
        case "apply": fits = fits && installed != nil && staged == line.to
        case "rollback": fits = fits && installed != nil && rollback == line.to
        case "uninstall": fits = installed != nil && line.from == installed && line.to == nil
        case "unstage": fits = staged != nil && line.from == nil && staged == line.to
        // Nothing is ever damaged, so nothing is repaired.
        default: fits = false
        }
        carryOut(line, retention: retention)
        return fits ? nil : "'\(line)' cannot have happened to \(before)"
    }

    private mutating func carryOut(_ line: CrowdLine, retention: Int) {
        switch line.kind {
        case "uninstall": self = SlotModel()
        case "unstage": staged = nil
        case "stage": staged = line.to
        case "rollback": if let to = line.to { goBack(to: to) }
        case "repair": installed = line.to
        default:
            if line.kind == "apply" { staged = nil }
            if let to = line.to { replaceInstalled(by: to) }
        }
        trim(to: retention)
    }
}
