import HostModel
import Hosting

/// `/metrics`: the state of the host and of this server in numbers, each counted when it is asked for.
package enum MetricsPage {
    package static let path = "/metrics"
    package static let requirement = Requirement.capabilities([.appsRead])

    package static func text(_ reading: MetricsReading, requests: RequestCounter) -> String {
        var text = PrometheusText()
        text.add(
            "apphost_build_info", .gauge, "The version of this server.",
            [.init(1, [(name: "version", value: Platform.version)])])
        text.add(
            "apphost_apps", .gauge, "Installed apps, by state.",
            reading.apps.sorted { $0.key < $1.key }.map { .init($0.value, [(name: "state", value: $0.key)]) })
        text.add(
            "apphost_unreadable", .gauge, "Apps and catalogs that could not be read whole for this page.",
            [.init(reading.unreadable)])
        text.add(
            "apphost_updates_available", .gauge, "Apps for which the last check found something newer.",
            [.init(reading.updatesAvailable)])
        text.add(
            "apphost_pending_update_oldest_seconds", .gauge,
            "For how long the oldest candidate waits, listed or staged; 0 where none does.",
            [.init(reading.oldestPending.map { max(0, reading.at.seconds - $0.seconds) } ?? 0)])
        text.add(
            "apphost_applies_total", .counter, "Updates that were swapped in, in the histories that are kept.",
            [.init(reading.applies)])
        text.add(
            "apphost_rollbacks_total", .counter, "Ways back, in the histories that are kept, by who wanted them.",
            [
                .init(reading.operatorRollbacks, [(name: "cause", value: "operator")]),
                .init(reading.healthRollbacks, [(name: "cause", value: "health")]),
            ])
        text.add(
            "apphost_catalog_refresh_failures_total", .counter, "Refreshes that failed, since the catalog was added.",
            reading.catalogs.map { .init($0.failures, [(name: "catalog", value: $0.name.text)]) })
        text.add(
            "apphost_catalog_expiry_seconds", .gauge, "Until what a catalog listed last counts no more.",
            reading.catalogs.compactMap { catalog in
                catalog.expiresAt.map { end in
                    PrometheusText.Sample(
                        end.seconds - reading.at.seconds, [(name: "catalog", value: catalog.name.text)])
                }
            })
        text.add(
            "apphost_http_requests_total", .counter, "Requests that this server answered.",
            requests.all.map {
                .init($0.count, [(name: "route", value: $0.route), (name: "status", value: "\($0.status)")])
            })
        return text.text
    }
}
