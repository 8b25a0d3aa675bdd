import Testing

@testable import Semantics

@Suite("Features are those of the reference")
struct TextFeaturesTests {
    @Test("Tokens, vector, share and buckets agree with the reference", arguments: FeatureGolden.rows)
    func golden(row: FeatureGolden) {
        var features = TextFeatures()
        Array(row.text.utf8).withUnsafeBytes { features.take($0) }
        #expect(features.vector.tokenCount == row.tokens.count)
        #expect(abs(Double(features.share) - row.share) < 1e-5)
        for (number, expected) in zip(features.vector.numbers, row.vector) {
            #expect(abs(Double(number) - expected) < 1e-5)
        }
        let sparse = features.sparse
        #expect(sparse.places.count == row.sparse.count)
        #expect(Set(sparse.places).count == sparse.places.count)
        let sum = sparse.values.reduce(0) { $0 + Double($1) }
        let moment = zip(sparse.places, sparse.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(sum - row.sparse.sum) < 1e-3)
        #expect(abs(moment - row.sparse.moment) < 1)
    }

    @Test("WordPieces outside Chinese are the reference's", arguments: FeatureGolden.rows)
    func pieces(row: FeatureGolden) throws {
        let table = try #require(BuiltInTable.pieces)
        guard !row.tokens.contains(-1) else { return }
        var normal = NormalText()
        Array(row.text.utf8).withUnsafeBytes { normal.take($0) }
        var pieces = WordPieces()
        normal.scalars.withUnsafeBufferPointer { table.vocabulary.ids(of: $0, limit: 512, &pieces) }
        #expect(pieces.ids == row.tokens)
    }

    @Test("Memory that was used for other texts changes nothing")
    func reuse() {
        var used = TextFeatures()
        for row in FeatureGolden.rows + FeatureGolden.rows.reversed() {
            var fresh = TextFeatures()
            Array(row.text.utf8).withUnsafeBytes {
                used.take($0)
                fresh.take($0)
            }
            #expect(used.sparse.places == fresh.sparse.places)
            #expect(used.sparse.values == fresh.sparse.values)
            #expect(used.vector.numbers == fresh.vector.numbers)
            #expect(used.share == fresh.share)
        }
    }

    @Test(
        "A hostile text costs no more than a long one",
        arguments: [
            [UInt8](repeating: 0x78, count: 65536), [UInt8](repeating: 0xFF, count: 65536),
            Array(String(repeating: "\u{301}", count: 32768).utf8),
            Array(String(repeating: "\u{4E2D}", count: 21845).utf8),
            (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) },
        ])
    func hostile(text: [UInt8]) {
        var features = TextFeatures()
        text.withUnsafeBytes { features.take($0) }
        #expect(features.vector.tokenCount <= StaticVector.tokenLimit)
        #expect(features.sparse.places.count <= TextFeatures.buckets)
        #expect(features.vector.numbers.allSatisfy { $0.isFinite })
        #expect(features.sparse.values.allSatisfy { $0.isFinite })
    }

    @Test("Spaces between ideographs, the width of letters and digits count for nothing")
    func sameText() {
        func features(_ text: String) -> TextFeatures {
            var features = TextFeatures()
            Array(text.utf8).withUnsafeBytes { features.take($0) }
            return features
        }
        let (wide, plain) = (features("\u{4E2D} \u{6587}\u{FF21}\u{FF22}\u{FF11}"), features("\u{4E2D}\u{6587}ab7"))
        #expect(wide.sparse.places == plain.sparse.places)
        #expect(wide.sparse.values == plain.sparse.values)
    }

    @Test("A sentence's vector has length 1, and one without known tokens is zero")
    func sentence() {
        func square(_ text: String) -> Float {
            var vector = [Float](repeating: 9, count: SentenceEncoder.dimensions)
            Array(text.utf8).withUnsafeBytes { bytes in
                vector.withUnsafeMutableBufferPointer { SentenceEncoder.embed(bytes, into: $0) }
            }
            return vector.reduce(0) { $0 + $1 * $1 }
        }
        #expect(abs(square("what is the weather") - 1) < 1e-4)
        #expect(abs(square("\u{4ECA}\u{5929}\u{5929}\u{6C14}") - 1) < 1e-4)
        #expect(square("") == 0)
        #expect(square("\u{1F600}") == 0)
    }
}
