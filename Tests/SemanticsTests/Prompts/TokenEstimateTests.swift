import Foundation
import Semantics
import Testing

@Suite("the estimate of tokens")
struct TokenEstimateTests {
    /// A text and what cl100k_base makes of it, counted with that vocabulary.
    struct Row: Decodable {
        var kind: String
        var source: String
        var tokens: Int
        var text: String
    }

    static func rows() throws -> [Row] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "token-counts.json")
        return try JSONDecoder().decode([Row].self, from: Data(contentsOf: file))
    }

    private func count(_ text: String) -> Int { Array(text.utf8).withUnsafeBytes { TokenEstimate.of($0) } }

    @Test("is within a tenth of cl100k_base in total and 15 % a text", arguments: ["english", "chinese", "code"])
    func near(kind: String) throws {
        let rows = try Self.rows().filter { $0.kind == kind }
        #expect(rows.count >= 60 && rows.allSatisfy { $0.tokens >= 200 })
        let estimates = rows.map { count($0.text) }
        let truth = rows.reduce(0) { $0 + $1.tokens }
        let total = Double(estimates.reduce(0, +)) / Double(truth) - 1
        let errors = zip(rows, estimates).map { abs(Double($1) / Double($0.tokens) - 1) }
        let mean = errors.reduce(0, +) / Double(rows.count)
        #expect(abs(total) <= 0.10, "\(kind): total error \(total)")
        #expect(mean <= 0.15, "\(kind): mean error \(mean)")
    }

    @Test("is the same however the bytes are split", arguments: [1, 2, 3, 7, 64])
    func split(piece: Int) throws {
        for row in try Self.rows().prefix(200) where row.tokens % 5 == 0 {
            let bytes = Array(row.text.utf8)
            var estimate = TokenEstimate()
            for start in stride(from: 0, to: bytes.count, by: piece) {
                bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { estimate.take($0) }
            }
            #expect(estimate.count == count(row.text))
        }
    }

    @Test("nothing is none, and any bytes are counted")
    func edges() {
        #expect(count("") == 0)
        #expect(count("hello") >= 1)
        var random = SplitMix(state: 9)
        let bytes = (0..<10_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        #expect(bytes.withUnsafeBytes { TokenEstimate.of($0) } > 0)
    }
}
