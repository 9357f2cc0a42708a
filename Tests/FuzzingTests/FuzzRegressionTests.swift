import HostModel
import Testing

@testable import Fuzzing

/// An input in `TestBundles/fuzz/`: a seed, or one that broke something once.
struct KeptInput: Sendable, CustomTestStringConvertible {
    let target: FuzzTarget
    let input: FuzzInput

    var testDescription: String { "\(target.rawValue): \(input.name)" }

    /// Empty where they cannot be read, which a test of its own tells.
    static let all = FuzzTarget.allCases.flatMap { target in
        ((try? inputs(of: target)) ?? []).map { KeptInput(target: target, input: $0) }
    }

    static func inputs(of target: FuzzTarget) throws -> [FuzzInput] { try FuzzInput.read(folder(of: target)) }

    static func folder(of target: FuzzTarget) -> String {
        // Tests/FuzzingTests/FuzzRegressionTests.swift
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/") + "/TestBundles/fuzz/\(target.rawValue)"
    }
}

/// What the fuzzers try, as far as it is the same each time: without libFuzzer, and in every run of the tests.
struct FuzzRegressionTests {
    @Test(arguments: KeptInput.all)
    func `what is kept breaks nothing any more`(kept: KeptInput) throws {
        _ = try kept.target.run(kept.input.bytes)
    }

    @Test(arguments: FuzzTarget.allCases)
    func `a target has few and small seeds, and accepts one`(target: FuzzTarget) throws {
        let inputs = try KeptInput.inputs(of: target)
        #expect(try inputs.contains { try target.run($0.bytes) })
        // What libFuzzer kept is what it is.
        let seeds = inputs.filter { !["crash-", "timeout-", "oom-"].contains(where: $0.name.hasPrefix) }
        #expect(seeds.count <= 30)
        let long = seeds.filter { $0.bytes.count > min(8192, target.maximumLength) }.map(\.name)
        #expect(long == [])
    }

    @Test(arguments: FuzzTarget.allCases)
    func `a thousand damaged seeds break nothing`(target: FuzzTarget) throws {
        let seeds = try KeptInput.inputs(of: target).map(\.bytes)
        try #require(!seeds.isEmpty)
        var mutations = Mutations(of: seeds, maximumLength: target.maximumLength, number: 1)
        for _ in 0..<1000 {
            let input = mutations.next()
            do { _ = try target.run(input) } catch {
                // The input itself is needed, to keep it.
                Issue.record("\(error): \(Hex.text(input))")
                return
            }
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `a file and its folder give the same inputs`(target: FuzzTarget) throws {
        for input in try KeptInput.inputs(of: target) {
            let alone = try FuzzInput.read("\(KeptInput.folder(of: target))/\(input.name)")
            #expect(alone.map(\.name) == [input.name])
            #expect(alone.map(\.bytes) == [input.bytes])
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `nothing at all is refused`(target: FuzzTarget) throws {
        #expect(try !target.run([]))
    }
}

/// That the harness can tell a finding from a refusal.
struct PropertyTests {
    private struct Rude: Failure {
        let message: String
        let code = FailureCode.bundleArchiveInvalid
        let help: String? = nil
    }

    private struct Unknown: Error {}

    /// What a reader comes to that throws `error`.
    private func outcome(of error: any Error) throws -> Int? { try accepted { () throws -> Int in throw error } }

    @Test func `a refusal in plain words is none`() throws {
        #expect(try outcome(of: Rude(message: "it is not sound")) == nil)
        #expect(try accepted { 1 } == 1)
    }

    @Test(arguments: ["", "it says \u{1B}[2J", "it says \u{202E}"])
    func `a refusal with other words is a finding`(message: String) {
        #expect(throws: BrokenProperty.self) { try outcome(of: Rude(message: message)) }
    }

    @Test func `an error that is no failure is a finding`() {
        #expect(throws: BrokenProperty.self) { try outcome(of: Unknown()) }
    }

    @Test func `a writer that loses something is a finding`() throws {
        #expect(throws: BrokenProperty.self) { try roundTrip([1, 2], read: { $0 }, write: { Array($0.dropLast()) }) }
        #expect(try roundTrip([1, 2], read: { $0 }, write: { $0 }))
    }

    @Test func `values that differ in a byte are not the same`() {
        let composed: JSONValue = ["name": "\u{E9}"]
        let decomposed: JSONValue = ["name": "e\u{301}"]
        #expect(!composed.isSame(as: decomposed))
        #expect(composed.isSame(as: ["name": "\u{E9}"]))
        #expect(!composed.isSame(as: ["nam\u{E9}": "\u{E9}"]))
    }

    @Test func `damage is the same in every run, and is damage`() {
        let seed = Array("a seed that is long enough".utf8)
        var one = Mutations(of: [seed], maximumLength: 64, number: 7)
        var two = Mutations(of: [seed], maximumLength: 64, number: 7)
        var other = Mutations(of: [seed], maximumLength: 64, number: 8)
        let inputs = (0..<100).map { _ in one.next() }
        #expect(inputs == (0..<100).map { _ in two.next() })
        #expect(inputs != (0..<100).map { _ in other.next() })
        #expect(inputs.filter { $0 != seed }.count > 90)
        #expect(inputs.allSatisfy { $0.count <= 64 })
    }
}
