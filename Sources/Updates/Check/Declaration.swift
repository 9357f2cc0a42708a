import Bundles
import Catalogs
import HostModel

/// What a bundle asks of an operator, as its own manifest or a catalog's entry says it.
package struct Declaration: Sendable, Equatable {
    package let permissions: [String]
    package let permissionRationale: [String: String]
    package let variables: [CatalogEntry.Variable]
    package let transport: String?
    package let permissionProfile: String?

    package init(_ manifest: Manifest) {
        permissions = manifest.permissions
        permissionRationale = manifest.permissionRationale
        variables = manifest.environment.map { variable in
            CatalogEntry.Variable(
                name: variable.name, description: variable.description, required: variable.required,
                secret: variable.secret, defaultValue: variable.defaultValue)
        }
        transport = manifest.transport?.rawValue
        permissionProfile = manifest.permissionProfile
    }

    package init(_ entry: CatalogEntry) {
        permissions = entry.permissions
        permissionRationale = entry.permissionRationale
        variables = entry.environment
        transport = entry.transport
        permissionProfile = entry.permissionProfile
    }
}
