import HostModel

/// What the scheduler lets others do, who do it as for an operator.
package protocol SchedulerWork: Sendable {
    /// The catalogs that are known, or the apps that are installed, in order.
    func names(_ kind: ScheduledItem.Kind) async throws -> [AppID]

    /// Brings a catalog up to date.
    ///
    /// - Throws: why that failed, or ``Interrupted``.
    func refresh(_ catalog: AppID) async throws -> Turn

    /// Checks an app, without refreshing anything, and does what its policy wants.
    ///
    /// - Throws: why that failed, or ``Interrupted``.
    func check(_ app: AppID) async throws -> Turn
}
