import HostModel
import Storage

/// What the engine wrote and reads again, after whatever may have happened to it.
enum RecordTargets {
    static func journal(_ input: [UInt8]) throws -> Bool {
        try roundTrip(input, read: { try Journal.read($0, file: "journal.json") }, write: { $0.json.line })
    }

    static func records(_ input: [UInt8]) throws -> Bool {
        let readings = [
            try roundTrip(input, read: { try AppRecord.read($0, file: "record.json") }, write: { $0.json.line }),
            try roundTrip(input, read: { try Receipt.read($0, file: "receipt.json") }, write: { $0.json.line }),
            try roundTrip(input, read: { try HistoryLine.read($0, file: "history.jsonl") }, write: { $0.json.line }),
        ]
        let count = readings.filter { $0 }.count
        try require(count <= 1, "no record is two kinds of record")
        return count == 1
    }
}
