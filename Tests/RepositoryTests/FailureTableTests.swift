import Glibc
import HostModel
import Testing

/// `docs/failures.md` against the one table in the code: the page says of every code what the program does.
struct FailureTableTests {
    @Test func `the page has every code of the program once, in its order, and no other`() throws {
        let rows = try Page.rows()
        #expect(rows.map(\.code) == FailureCode.allCases.map(\.rawValue))
    }

    @Test(arguments: FailureCode.allCases)
    func `the page gives a code the exit status and the HTTP status that the program does`(code: FailureCode) throws {
        let rows = try Page.rows()
        let row = try #require(rows.first(where: { $0.code == code.rawValue }), "the page has no row for it")
        #expect(row.exitStatus == "\(code.exitStatus)")
        #expect(row.httpStatus == "\(code.httpStatus)")
    }

    @Test func `the page says when each code comes and what to do`() throws {
        for row in try Page.rows() {
            #expect(!row.when.isEmpty, "\(row.code)")
            #expect(!row.whatToDo.isEmpty, "\(row.code)")
        }
    }

    @Test func `the overview has done and every exit status of a code, and no other`() throws {
        let expected = Set(FailureCode.allCases.map { "\($0.exitStatus)" }).union(["0"])
        let listed = try Page.exitStatuses()
        #expect(Set(listed) == expected)
        #expect(listed.count == expected.count, "one is listed twice")
    }
}

/// `docs/failures.md`, taken apart.
private enum Page {
    /// A row of the table of codes: its first cell is a code in backticks.
    struct Row {
        let code: String
        let exitStatus: String
        let httpStatus: String
        let when: String
        let whatToDo: String
    }

    static func rows() throws -> [Row] {
        try cells().compactMap { cells in
            guard cells.count == 5, cells[0].hasPrefix("`"), cells[0].hasSuffix("`") else { return nil }
            return Row(
                code: String(cells[0].dropFirst().dropLast()), exitStatus: cells[1], httpStatus: cells[2],
                when: cells[3],
                whatToDo: cells[4])
        }
    }

    /// The first cells of the overview: rows of two cells that begin with a number.
    static func exitStatuses() throws -> [String] {
        try cells().compactMap { cells in
            cells.count == 2 && Int32(cells[0]) != nil ? cells[0] : nil
        }
    }

    /// The cells of every row of every table.
    private static func cells() throws -> [[String]] {
        try Repository.text("docs/failures.md").split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
            // Before the first and behind the last bar nothing stands.
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map { cell in
                cell.split(separator: " ").joined(separator: " ")
            }
        }
    }
}

/// The files of this repository, found from where this one lay when it was compiled.
private enum Repository {
    static func text(_ path: String) throws -> String {
        let here: String = #filePath
        let root = here.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let file = try #require(fopen("\(root)/\(path)", "r"), "\(root)/\(path) cannot be opened")
        defer { fclose(file) }

        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let size = buffer.count
        while true {
            let count = fread(&buffer, 1, size, file)
            if count == 0 { break }
            text += buffer[..<count]
        }
        return try #require(String(validating: text, as: UTF8.self), "\(path) is not UTF-8")
    }
}
