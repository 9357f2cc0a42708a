import Glibc
import HostModel

/// Writes everything in `TestBundles/` that was not made by hand, byte for byte the same each time.
///
/// Each refused bundle is sound but for one lie, told as an attacker with a good key would: whatever is made after it
/// (inventory, statement, signature, archive) follows the lie.
@main
enum Forge {
    static func main() {
        guard CommandLine.arguments.count == 2 else {
            print("usage: BundleForge DIRECTORY")
            exit(64)
        }
        do {
            let count = try run(in: CommandLine.arguments[1])
            print("\(count) refused bundles written")
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    /// - Returns: how many refused bundles there are.
    private static func run(in directory: String) throws -> Int {
        let output = try Output(directory)
        let keys = try TestKeys()
        try keys.write(to: output)
        try AcceptedSources.write(to: output)
        try AppSources.write(to: output)
        try FuzzSeeds.write(to: output)

        var book = CaseBook(keys: keys)
        book.addReadCases()
        book.addFormatCases()
        book.addFilterCases()
        book.addTarCases()
        book.addTarExtensionCases()
        book.addZipHeaderCases()
        book.addBombCases()
        book.addVerifyCases()
        book.addUnpackCases()
        book.addNameCases()
        book.addLinkChainCases()
        for step in RefusedCase.Step.allCases { try output.clear(step.folder) }
        for refused in book.cases {
            let folder = "\(refused.step.folder)/\(refused.name)"
            let expected: JSONValue = ["step": refused.step.rawValue, "code": refused.code.rawValue]
            try output.write(refused.bytes, to: "\(folder)/\(refused.file)")
            try output.write(expected.line, to: "\(folder)/expected.json")
        }
        return book.cases.count
    }
}
