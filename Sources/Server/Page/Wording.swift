import HostModel

/// The words that pages have for the words of the API. Pure.
package enum Wording {
    /// One of our sentences, as it stands on a page: with a capital letter and a full stop.
    package static func sentence(_ text: String) -> String {
        guard let first = text.first else { return "" }
        let isWord = text.prefix { $0 != " " }.allSatisfy { $0.isLetter || $0 == "," }
        let begun = isWord ? first.uppercased() + text.dropFirst() : text
        return ".!?…".contains(begun.last ?? ".") ? begun : begun + "."
    }

    // MARK: What is done

    /// - Parameter kind: the `operationId` of the route.
    package static func operation(_ kind: String) -> String { operations[kind] ?? kind }

    private static let operations = [
        "installApp": "Install", "installFromCatalog": "Install", "uninstallApp": "Uninstall", "checkApps": "Check all",
        "checkApp": "Check", "updateApp": "Update", "stageUpdate": "Stage", "applyUpdate": "Apply",
        "unstageUpdate": "Discard what was staged", "rollBackApp": "Roll back", "changePolicy": "Change the policy",
        "holdApp": "Hold", "endHold": "End the hold", "startApp": "Start", "stopApp": "Stop", "restartApp": "Restart",
        "addCatalog": "Add a catalog", "refreshCatalogs": "Refresh all catalogs", "refreshCatalog": "Refresh a catalog",
        "removeCatalog": "Remove a catalog", "runScheduler": "Run what is due", "verifyApp": "Verify",
        "verifyApps": "Verify all", "examineHost": "Examine the host", "changeConfiguration": "Configure",
        "setSecret": "Set a secret", "removeSecret": "Remove a secret", "grantPermissions": "Grant permissions",
        "revokePermissions": "Revoke permissions", "changeSettings": "Change settings", "trustKey": "Trust a key",
        "changeKeyStatus": "Change a key's status", "cancelOperation": "Cancel",
    ]

    /// - Parameter kind: of a line of the history.
    package static func history(_ kind: String) -> String { histories[kind] ?? kind }

    private static let histories = [
        "install": "Installed", "update": "Updated", "stage": "Staged", "apply": "Applied", "repair": "Repaired",
        "rollback": "Rolled back", "undo": "Undone", "uninstall": "Uninstalled", "unstage": "Discarded what was staged",
        "check": "Checked", "config": "Configured", "secret": "Secret changed", "grant": "Permissions granted",
        "revoke": "Permissions revoked", "policy": "Policy changed", "hold": "Held", "unhold": "Hold ended",
        "start": "Started", "stop": "Stopped", "restart": "Restarted", "confirm": "Health gate",
        "health": "Health gate",
    ]

    static func operationState(_ state: String) -> Badge {
        switch state {
        case Operation.State.queued.rawValue: .plain("Waiting")
        case Operation.State.running.rawValue: .plain("Under way")
        case Operation.State.done.rawValue: .good("Done")
        default: .bad("Failed")
        }
    }

    static func outcome(_ outcome: String) -> Badge {
        switch outcome {
        case "done": .good("Done")
        case "refused": .warn("Refused")
        case "interrupted": .warn("Interrupted")
        default: .bad("Failed")
        }
    }

    static func runtime(_ state: String?) -> Badge {
        switch state {
        case "running": .good("Running")
        case "stopped": .plain("Stopped")
        case "restarting": .warn("Restarting")
        case "left_behind": .warn("Left behind")
        default: .plain("Unknown")
        }
    }

    static func running(_ isRunning: Bool?) -> Badge {
        runtime(isRunning.map { $0 ? "running" : "stopped" })
    }

    package static func policy(_ mode: String) -> String {
        switch mode {
        case "manual": "Manual: updates are only shown"
        case "stage": "Stage: updates are put aside to be looked at"
        case "apply_when_stopped": "Apply when stopped: updates are taken while the app does not run"
        default: mode
        }
    }

    package static func shortPolicy(_ mode: String) -> String { String(policy(mode).prefix { $0 != ":" }) }

    static func catalogState(_ state: String) -> Badge {
        switch state {
        case "current": .good("Current")
        case "expired": .bad("Expired")
        case "unverified": .bad("Not verified")
        case "unreadable": .bad("Unreadable")
        case "never_refreshed": .warn("Never refreshed")
        default: .plain(state)
        }
    }

    static func schedule(_ status: String) -> Badge {
        switch status {
        case "waiting": .good("Waiting")
        case "running": .plain("Under way")
        case "backoff": .warn("Trying again later")
        case "disabled": .plain("Off")
        case "not_installed": .plain("Not installed")
        default: .plain(status)
        }
    }

    static func compatibility(_ word: String?) -> String {
        switch word {
        case "compatible": "It fits this host"
        case "incompatible": "It does not fit this host"
        default: "Whether it fits this host cannot be known"
        }
    }

    /// What is asked where it is not known yet.
    static func consent(_ consent: Consent) -> String {
        switch consent {
        case .permissions: "it may ask for more permissions"
        case .posture: "its transport or permission profile may change"
        case .publisher: "it may come from another publisher or catalog"
        case .review: "no trusted reviewer may have reviewed it"
        case .knownBad: "it may have been left before as bad"
        case .downgrade: "it may be older, or not be comparable"
        case .unsigned: "nobody may have signed it"
        }
    }

    static func step(_ step: String) -> String {
        switch step {
        case "downloading": "Downloading"
        case "verifying": "Verifying"
        case "unpacking": "Unpacking"
        case "flushing": "Writing to the disk"
        default: "Working"
        }
    }

    // MARK: What went wrong

    static func title(ofFailure code: String) -> String {
        switch FailureCode(rawValue: code) {
        case .updateConsentRequired: "Your consent is needed"
        case .updateCandidateChanged: "It changed since you looked at it"
        case .updateEnvironmentMissing: "A value is missing"
        case .updateIncompatible: "It does not fit this host"
        case .appRunning: "The app is running"
        case .appNotInstalled, .appNotInCatalog: "There is no such app"
        case .catalogNotFound: "There is no such catalog"
        case .busy: "Something else is under way"
        case .healthCheckFailedRolledBack: "The new version failed, and the old one is back"
        case .healthCheckFailed, .healthCheckFailedRollbackFailed: "The new version failed"
        case .catalogExpired: "The catalog has expired"
        case .catalogUnavailable, .sourceUnavailable, .sourceTimeout: "The source cannot be reached"
        case .appReviewMissing, .appReviewMismatch, .appReviewExpired, .appReviewRejected, .appReviewUntrusted:
            "Its review does not let it in"
        case .bundleKeyUnknown, .bundleUnsigned, .bundleUnsignedForbidden: "Nobody whom this host trusts signed it"
        default: "That did not work"
        }
    }

    /// Where a page has better advice than the command line; nil elsewhere.
    static func advice(for code: String) -> String? {
        switch FailureCode(rawValue: code) {
        case .updateConsentRequired: "Go back to the review, tick by name what you accept, and send it again"
        case .updateCandidateChanged: "Go back and look at it again: the page shows what is there now"
        case .updateEnvironmentMissing:
            "Go back and fill in the values that are asked for; a secret is set with 'apphost secret set'"
        case .appRunning: "Stop the app first, or tick that it may be restarted"
        case .busy: "Wait until that is over, then try again"
        case .updateNotStaged: "Go back to the review: nothing waits to be applied any more"
        case .healthCheckFailedRolledBack:
            "The last lines below may say why. The failed version is noted as bad, and no policy takes it again"
        case .catalogExpired: "Refresh the catalog. Where that does not help, its keeper has to sign it again"
        case .catalogUnavailable, .sourceUnavailable, .sourceTimeout:
            "What was verified before still counts. Look at the network, then try again"
        default: nil
        }
    }
}
