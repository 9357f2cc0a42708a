import HostModel
import Testing

struct JSONRecordTests {
    private func record(_ text: String, limit: Int = 1000, schema: Int64? = nil) throws -> JSONRecord {
        try JSONRecord(Array(text.utf8), file: "some.json", limit: limit, schema: schema)
    }

    /// Expects that reading `text` by `body` fails with a problem, or not at all where that is nil.
    private func expect(
        _ problem: String?, reading text: String, schema: Int64? = nil,
        sourceLocation: SourceLocation = #_sourceLocation, _ body: (inout JSONRecord) throws -> Void = { _ in }
    ) {
        var found: String?
        do {
            var record = try record(text, schema: schema)
            try body(&record)
        } catch let error as RecordError {
            found = error.problem
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
        #expect(found == problem, sourceLocation: sourceLocation)
    }

    @Test func `a record is read key by key, in any order`() throws {
        var record = try record(#"{"list":["a","b"],"flag":true,"name":"n","inner":{"size":3},"count":7,"x-mine":[1]}"#)
        let name = try record.required("name").string()
        let count = try record.required("count").integer()
        let flag = try record.required("flag").bool()
        let list = try record.required("list").strings()
        var inner = try record.required("inner").record()
        let size = try inner.required("size").integer(in: 1...3)
        try inner.finish()
        try record.finish()
        #expect(name == "n")
        #expect(count == 7)
        #expect(flag)
        #expect(list == ["a", "b"])
        #expect(size == 3)
        #expect(record.rest().map(\.key) == ["x-mine"])
    }

    @Test func `null is as good as absent`() {
        expect(nil, reading: #"{"a":null}"#) { record in
            let isNull = record.optional("a") == nil
            let isAbsent = record.optional("b") == nil
            #expect(isNull && isAbsent)
            try record.finish()
        }
        expect("'a' is missing", reading: #"{"a":null}"#) { _ = try $0.required("a") }
    }

    @Test func `each key can be asked for once`() {
        expect(nil, reading: #"{"a":1}"#) { record in
            let isThere = record.optional("a") != nil
            let isGone = record.optional("a") == nil
            #expect(isThere && isGone)
        }
    }

    @Test func `what is missing, of another type or left over is named by its place`() {
        expect("'name' is missing", reading: "{}") { _ = try $0.required("name") }
        expect("'a' is not a string", reading: #"{"a":1}"#) { _ = try $0.required("a").string() }
        expect("'a' is not a whole number", reading: #"{"a":"1"}"#) { _ = try $0.required("a").integer() }
        expect("'a' is not a whole number", reading: #"{"a":-1}"#) { _ = try $0.required("a").integer() }
        for number in [0, 10] {
            expect("'a' is not a whole number from 1 to 9", reading: #"{"a":\#(number)}"#) { record in
                _ = try record.required("a").integer(in: 1...9)
            }
        }
        expect("'a' is not true or false", reading: #"{"a":0}"#) { _ = try $0.required("a").bool() }
        expect("'a' is not a list", reading: #"{"a":{}}"#) { _ = try $0.required("a").array() }
        expect("'a' is not an object", reading: #"{"a":[]}"#) { _ = try $0.required("a").record() }
        expect("'a[1]' is not a string", reading: #"{"a":["x",1]}"#) { _ = try $0.required("a").strings() }
        expect("'a' is not an id", reading: #"{"a":"?"}"#) { _ = try $0.required("a").parsed("an id", AppID.init) }
        expect("'a' is not a key it may have", reading: #"{"a":1}"#) { try $0.finish() }
        expect("'x' is not a key it may have", reading: #"{"x":1}"#) { try $0.finish() }
        expect(nil, reading: #"{"x-":1,"x-a":{}}"#) { try $0.finish() }
    }

    @Test func `places are named from the outside in`() {
        expect("'a.b[0].c' is not a string", reading: #"{"a":{"b":[{"c":1}]}}"#) { record in
            var outer = try record.required("a").record()
            for element in try outer.required("b").array() {
                var inner = try element.record()
                _ = try inner.required("c").string()
            }
        }
        expect("'a.b' is not a key it may have", reading: #"{"a":{"b":1}}"#) { record in
            let inner = try record.required("a").record()
            try inner.finish()
        }
        expect("'a.b' is missing", reading: #"{"a":{}}"#) { record in
            var inner = try record.required("a").record()
            _ = try inner.required("b")
        }
    }

    @Test func `a key cannot imitate our output`() {
        expect(#"'a\u{202e}b' is not a key it may have"#, reading: "{\"a\u{202E}b\":1}") { try $0.finish() }
    }

    @Test(arguments: ["[]", "1", "null", #""a""#])
    func `a file that holds no object is refused`(text: String) {
        expect("it is not an object", reading: text)
    }

    @Test func `a syntax error is told with its place`() {
        expect("a key in quotes is missing at byte 7", reading: #"{"a":1,}"#)
    }

    @Test func `a text over the limit is refused before it is read`() {
        let error = #expect(throws: RecordError.self) { try record("{}   ", limit: 4) }
        #expect(error == RecordError(file: "some.json", problem: "it is longer than 4 bytes"))
        #expect(throws: Never.self) { try record("{}  ", limit: 4) }
    }

    @Test func `a newer schema asks for a newer apphost`() {
        let error = #expect(throws: RecordError.self) { try record(#"{"schema":2,"new":1}"#, schema: 1) }
        #expect(error?.needsNewer == true)
        #expect(error?.code == .needsNewerApphost)
        #expect(error?.message == "'some.json' needs a newer apphost")
        expect("schema 0 is unknown", reading: #"{"schema":0}"#, schema: 1)
        expect("'schema' is not a whole number", reading: #"{"schema":-1}"#, schema: 1)
        expect("'schema' is not a whole number", reading: #"{"schema":"1"}"#, schema: 1)
        expect("'schema' is missing", reading: "{}", schema: 1)
        expect(nil, reading: #"{"schema":1}"#, schema: 1) { try $0.finish() }
    }

    @Test func `an error names the file and what to do`() {
        let error = RecordError(file: "some.json", problem: "it is torn")
        #expect(error.code == .recordUnreadable)
        #expect(error.message == "'some.json' cannot be read: it is torn")
        #expect(error.state == .unchanged)
        #expect(error.help != nil)
    }
}
