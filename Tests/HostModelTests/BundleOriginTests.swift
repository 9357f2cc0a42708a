import HostModel
import Testing

struct BundleOriginTests {
    @Test func `what is written is read`() throws {
        let demo = try #require(AppID("demo"))
        for (origin, source) in [(BundleOrigin.catalog(demo), "catalog:demo"), (.elsewhere, "file")] {
            #expect(origin.source == source)
            #expect(BundleOrigin(source: source) == origin)
        }
        #expect(BundleOrigin.catalog(demo).catalogName == demo)
        #expect(BundleOrigin.elsewhere.catalogName == nil)
    }

    @Test(arguments: ["", "file", "catalog:", "catalog:../x", "catalog:Demo", "catalog", "Catalog:demo", "web:demo"])
    func `what names no catalog came from elsewhere`(source: String) {
        #expect(BundleOrigin(source: source) == .elsewhere)
    }
}
