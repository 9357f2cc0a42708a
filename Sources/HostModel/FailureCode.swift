/// The one table of failures: stable code ⇄ exit status ⇄ HTTP status. `docs/failures.md` is checked against it.
package enum FailureCode: String, CaseIterable, Sendable {
    // What was asked for
    case usage
    case interrupted

    // The bundle contradicts itself, or a trusted key's signature does not verify
    case bundleFormatUnsupported = "bundle_format_unsupported"
    case bundleArchiveInvalid = "bundle_archive_invalid"
    case bundleWindowTooLarge = "bundle_window_too_large"
    case archiveReaderFailed = "archive_reader_failed"
    case bundleOrder = "bundle_order"
    case bundleEntryRefused = "bundle_entry_refused"
    case bundleEntryUnexpected = "bundle_entry_unexpected"
    case bundleEntryMissing = "bundle_entry_missing"
    case bundleEntryMismatch = "bundle_entry_mismatch"
    case bundleDigestMismatch = "bundle_digest_mismatch"
    case bundleInventoryInvalid = "bundle_inventory_invalid"
    case bundlePathCollision = "bundle_path_collision"
    case bundleLinkInvalid = "bundle_link_invalid"
    case bundleManifestInvalid = "bundle_manifest_invalid"
    case bundleStatementInvalid = "bundle_statement_invalid"
    case bundleSignatureInvalid = "bundle_signature_invalid"
    case bundleInconsistent = "bundle_inconsistent"
    case bundleLimitExceeded = "bundle_limit_exceeded"
    case bundleWrongApp = "bundle_wrong_app"
    case bundleDamaged = "bundle_damaged"
    case artifactDigestMismatch = "artifact_digest_mismatch"
    case needsNewerApphost = "needs_newer_apphost"
    case keyInvalid = "key_invalid"
    case recordUnreadable = "record_unreadable"

    // Nobody trusted vouches for it, or somebody has to consent
    case bundleUnsigned = "bundle_unsigned"
    case bundleUnsignedForbidden = "bundle_unsigned_forbidden"
    case bundleKeyUnknown = "bundle_key_unknown"
    case bundleKeyNotForBundles = "bundle_key_not_for_bundles"
    case bundleKeyNotForApp = "bundle_key_not_for_app"
    case bundleKeyOutOfValidity = "bundle_key_out_of_validity"
    case bundleKeyRetired = "bundle_key_retired"
    case bundleKeyRevoked = "bundle_key_revoked"
    case updateConsentRequired = "update_consent_required"
    case updateCandidateChanged = "update_candidate_changed"
    case updateIncompatible = "update_incompatible"
    case updateEnvironmentMissing = "update_environment_missing"
    case appReviewMissing = "app_review_missing"
    case appReviewMismatch = "app_review_mismatch"
    case appReviewExpired = "app_review_expired"
    case appReviewRejected = "app_review_rejected"
    case appReviewUntrusted = "app_review_untrusted"

    // A catalog's entry cannot be used
    case bundleExceedsEntry = "bundle_exceeds_entry"
    case entryInvalid = "entry_invalid"
    case entryNotABundle = "entry_not_a_bundle"

    // A catalog is not believed, or cannot be had
    case catalogUnverified = "catalog_unverified"
    case catalogRollback = "catalog_rollback"
    case catalogExpired = "catalog_expired"
    case catalogUnavailable = "catalog_unavailable"
    case catalogNotConfigured = "catalog_not_configured"
    case catalogRootUnconfirmed = "catalog_root_unconfirmed"
    case catalogRootDiffers = "catalog_root_differs"
    case catalogAmbiguous = "catalog_ambiguous"
    case unsupportedCatalogSource = "unsupported_catalog_source"

    // Something was not fetched
    case sourceTooLong = "source_too_long"
    case sourceLengthDiffers = "source_length_differs"
    case sourceRefused = "source_refused"
    case sourceUnavailable = "source_unavailable"
    case sourceTimeout = "source_timeout"
    case sourceRedirectRefused = "source_redirect_refused"
    case sourceCertificateInvalid = "source_certificate_invalid"

    // Something that was named does not exist
    case appNotInstalled = "app_not_installed"
    case sourceNotFound = "source_not_found"
    case updateNotStaged = "update_not_staged"
    case rollbackNotAvailable = "rollback_not_available"
    case versionNotFound = "version_not_found"
    case keyNotFound = "key_not_found"
    case catalogNotFound = "catalog_not_found"
    case appNotInCatalog = "app_not_in_catalog"
    case permissionNotDeclared = "permission_not_declared"
    case tokenNotFound = "token_not_found"

    // It is there already
    case appAlreadyInstalled = "app_already_installed"
    case keyAlreadyTrusted = "key_already_trusted"
    case fileExists = "file_exists"
    case catalogAlreadyAdded = "catalog_already_added"
    case tokenAlreadyMade = "token_already_made"

    // An app that runs, or should
    case appRunning = "app_running"
    case appUnconfirmed = "app_unconfirmed"
    case appNotLaunchable = "app_not_launchable"
    case appEnvironmentMissing = "app_environment_missing"
    case appUserMissing = "app_user_missing"
    case appUserUnknown = "app_user_unknown"
    case appStartFailed = "app_start_failed"
    case appStopFailed = "app_stop_failed"

    // The host
    case busy
    case diskFull = "disk_full"
    case cannotCreate = "cannot_create"
    case permissionDenied = "permission_denied"
    case diskError = "disk_error"
    case archiveReaderUnavailable = "archive_reader_unavailable"
    case rootNotOurs = "root_not_ours"
    case rootNewer = "root_newer"
    case rootWrongOwner = "root_wrong_owner"
    case rootFileSystemUnsupported = "root_file_system_unsupported"
    case settingInvalid = "setting_invalid"
    case hostUnsound = "host_unsound"

    // After the point of no return
    case swapUnsettled = "swap_unsettled"
    case applyAfterSwap = "apply_after_swap"
    case healthCheckFailedRolledBack = "health_check_failed_rolled_back"
    case healthCheckFailed = "health_check_failed"
    case healthCheckFailedRollbackFailed = "health_check_failed_rollback_failed"
    case healthCheckFailedRollbackUnavailable = "health_check_failed_rollback_unavailable"
    case rollbackFailed = "rollback_failed"

    // Ours
    case internalError = "internal_error"

    /// sysexits(3), with 1, 3, 4 and 130 as `behaviour.md` section 7 gives them.
    package var exitStatus: Int32 {
        switch self {
        case .appAlreadyInstalled, .keyAlreadyTrusted, .catalogAlreadyAdded, .tokenAlreadyMade, .hostUnsound,
            .appStartFailed, .appStopFailed:
            1
        case .swapUnsettled, .applyAfterSwap, .healthCheckFailed, .healthCheckFailedRollbackFailed,
            .healthCheckFailedRollbackUnavailable, .rollbackFailed:
            3
        case .healthCheckFailedRolledBack: 4
        case .usage, .catalogAmbiguous, .appNotLaunchable: 64
        case .bundleFormatUnsupported, .bundleArchiveInvalid, .bundleWindowTooLarge, .bundleOrder, .bundleEntryRefused,
            .bundleEntryUnexpected, .bundleEntryMissing, .bundleEntryMismatch, .bundleDigestMismatch,
            .bundleInventoryInvalid, .bundlePathCollision, .bundleLinkInvalid, .bundleManifestInvalid,
            .bundleStatementInvalid, .bundleSignatureInvalid, .bundleInconsistent, .bundleLimitExceeded,
            .bundleWrongApp, .bundleDamaged, .artifactDigestMismatch, .needsNewerApphost, .keyInvalid,
            .recordUnreadable, .catalogUnverified, .catalogRollback, .catalogRootDiffers,
            .sourceTooLong, .sourceLengthDiffers, .bundleExceedsEntry, .entryInvalid, .entryNotABundle,
            .archiveReaderFailed:
            65
        case .appNotInstalled, .sourceNotFound, .updateNotStaged, .rollbackNotAvailable, .versionNotFound,
            .keyNotFound, .catalogNotFound, .appNotInCatalog, .permissionNotDeclared, .tokenNotFound:
            66
        case .catalogUnavailable, .unsupportedCatalogSource, .sourceRefused, .sourceUnavailable,
            .sourceTimeout, .sourceRedirectRefused, .sourceCertificateInvalid:
            69
        case .internalError: 70
        case .diskFull, .cannotCreate, .fileExists: 73
        case .diskError: 74
        case .busy, .appRunning, .appUnconfirmed: 75
        case .bundleUnsigned, .bundleUnsignedForbidden, .bundleKeyUnknown, .bundleKeyNotForBundles,
            .bundleKeyNotForApp, .bundleKeyOutOfValidity, .bundleKeyRetired, .bundleKeyRevoked,
            .updateConsentRequired, .updateCandidateChanged, .updateIncompatible, .updateEnvironmentMissing,
            .appReviewMissing, .appReviewMismatch, .appReviewExpired, .appReviewRejected, .appReviewUntrusted,
            .permissionDenied, .rootWrongOwner, .catalogExpired, .catalogRootUnconfirmed:
            77
        case .rootNotOurs, .rootNewer, .rootFileSystemUnsupported, .settingInvalid, .catalogNotConfigured,
            .appEnvironmentMissing, .appUserMissing, .appUserUnknown, .archiveReaderUnavailable:
            78
        case .interrupted: 130
        }
    }

    /// 4xx when the request cannot be met, 5xx only where the host itself failed.
    package var httpStatus: Int {
        if [.fileExists, .catalogNotConfigured].contains(self) { return 409 }
        if [.settingInvalid, .unsupportedCatalogSource].contains(self) { return 422 }
        if self == .catalogUnavailable { return 502 }
        // What was asked for cannot be met as the app is configured; the host itself is sound.
        if [.appEnvironmentMissing, .appUserMissing, .appUserUnknown].contains(self) { return 409 }
        // RFC 9110, sections 15.6.3 and 15.6.5: it is another server that failed.
        switch self {
        case .sourceRefused, .sourceUnavailable, .sourceRedirectRefused, .sourceCertificateInvalid: return 502
        case .sourceTimeout: return 504
        default: break
        }
        return switch exitStatus {
        case 3, 4, 70, 74: 500
        case 64: 400
        case 65: 422
        case 66: 404
        case 69: 501
        case 73: 507
        case 77: 403
        case 78: 503
        case 130: 499
        default: 409
        }
    }
}
