internal import Foundation

/// Rows of the shared corpora of raw messages.
struct Corpus {
    struct Row: Decodable, Sendable, CustomStringConvertible {
        let id: String
        let raw: String
        let expect: String
        let why: String

        var bytes: [UInt8] { Array(Data(base64Encoded: raw) ?? Data()) }
        var description: String { id }
    }

    static let folder: String = {
        if let given = ProcessInfo.processInfo.environment["CLAWPROXY_SHARED"] { return given + "/corpora/http1" }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.deletingLastPathComponent().path + "/shared/corpora/http1"
    }()

    /// The rows of one file, every `step`-th; throws where the file is not there.
    static func rows(_ file: String, step: Int = 1) throws -> [Row] {
        let text = try String(contentsOfFile: "\(folder)/\(file).jsonl", encoding: .utf8)
        let lines = text.split(separator: "\n")
        return try stride(from: 0, to: lines.count, by: step).map {
            try JSONDecoder().decode(Row.self, from: Data(lines[$0].utf8))
        }
    }

    static let requestFiles = ["desync-guardian", "gunicorn", "h1spec", "http-garden-trophies", "llhttp-requests"]
}

/// A small generator of numbers with a seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
}
