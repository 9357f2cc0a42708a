/// Everything that can be asked: one list, from which requests are matched and the OpenAPI document is made.
package enum RouteTable {
    package static let all: [Route] =
        AppsRoutes.all + RuntimeRoutes.all + UpdatesRoutes.all + PolicyRoutes.all + ConfigurationRoutes.all
        + CatalogRoutes.all + TrustRoutes.all + SettingsRoutes.all + SchedulerRoutes.all + ExaminationRoutes.all
        + OperationRoutes.all
}
