import Foundation
import Testing

@testable import Semantics

private let miniLMDirectory = ProcessInfo.processInfo.environment["CLAWPROXY_MINILM"]

/// The whole of all-MiniLM-L6-v2, where CLAWPROXY_MINILM names a directory made by scripts/minilm-directory.py.
@Suite(
    "all-MiniLM-L6-v2",
    .enabled(if: miniLMDirectory != nil, "CLAWPROXY_MINILM names no directory (scripts/minilm-directory.py makes one)"))
struct MiniLMTests {
    @Test("vectors are those that numpy computes from the same files")
    func vectors() throws {
        let model = try EncoderFiles.open(directory: try #require(miniLMDirectory))
        #expect(model.dimensions == 384)
        let vectors = try model.embed(MiniLMVectors.vectors.map(\.text))
        for ((text, numbers), vector) in zip(MiniLMVectors.vectors, vectors) {
            let found = stride(from: 0, to: 384, by: 48).map { vector[$0] }
            #expect(Nearness.distance(found, numbers) < 1e-5, "\(text.prefix(40))")
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        }
    }
}
