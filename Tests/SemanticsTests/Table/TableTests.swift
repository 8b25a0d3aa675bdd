import Testing

@testable import Semantics

@Suite("Tables are read where they lie, and refused when they are damaged")
struct TableTests {
    /// Two pieces, one row of 16 numbers 0...15 at a scale of a half.
    static let pieces: [UInt8] = {
        var bytes = Array("CPST".utf8) + [1, 0, 0, 0, 16, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]
        bytes += [1, 0x61, 3, 0x23, 0x23, 0x62, 0, 0]
        while bytes.count % 4 != 0 { bytes.append(0) }
        bytes[bytes.count - 2] = 0
        bytes += [0xFF, 0xFF, 0, 0]
        while bytes.count % 4 != 0 { bytes.append(0) }
        bytes += withUnsafeBytes(of: Float(0.5).bitPattern.littleEndian) { Array($0) }
        return bytes + Array(0..<16)
    }()

    /// 中文 by the pieces 1 and 0 at 51/255, 中 by 1 at 255/255.
    static let words: [UInt8] =
        Array("CPZH".utf8) + [1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]
        + [3, 0xE4, 0xB8, 0xAD, 255, 1, 1, 0, 6, 0xE4, 0xB8, 0xAD, 0xE6, 0x96, 0x87, 51, 2, 1, 0, 0, 0]

    @Test("A row is added at its scale, and a piece without one adds nothing")
    func row() throws {
        try Self.pieces.withUnsafeBytes { bytes in
            let table = try #require(StaticTable(bytes))
            #expect(table.dimensions == 16)
            var sum = [Float](repeating: 1, count: 16)
            #expect(!table.add(0, to: &sum))
            #expect(!table.add(-1, to: &sum))
            #expect(!table.add(2, to: &sum))
            #expect(sum == [Float](repeating: 1, count: 16))
            #expect(table.add(1, to: &sum))
            #expect(sum == (0..<16).map { 1 + Float($0) / 2 })
        }
    }

    @Test("Every beginning of a table is refused, and so is another version")
    func damage() {
        for count in 0..<Self.pieces.count {
            Array(Self.pieces.prefix(count)).withUnsafeBytes { #expect(StaticTable($0) == nil, "\(count) bytes") }
        }
        for count in 0..<Self.words.count {
            Array(Self.words.prefix(count)).withUnsafeBytes { #expect(ChineseWords($0) == nil, "\(count) bytes") }
        }
        var (pieces, words) = (Self.pieces, Self.words)
        (pieces[4], words[4]) = (2, 2)
        pieces.withUnsafeBytes { #expect(StaticTable($0) == nil) }
        words.withUnsafeBytes { #expect(ChineseWords($0) == nil) }
    }

    @Test("The longest Chinese word is found")
    func longest() throws {
        try Self.words.withUnsafeBytes { bytes in
            let words = try #require(ChineseWords(bytes))
            func first(_ text: String) -> (Int, Float, [Int32])? {
                text.unicodeScalars.map(\.value).withUnsafeBufferPointer { scalars in
                    words.first(of: scalars).map { found in
                        (found.length, found.word.weight, (0..<found.word.count).map { found.word.piece($0) })
                    }
                }
            }
            let two = try #require(first("\u{4E2D}\u{6587}\u{4E2D}"))
            #expect(two.0 == 2 && two.1 == 0.2 && two.2 == [1, 0])
            let one = try #require(first("\u{4E2D}\u{56FD}"))
            #expect(one.0 == 1 && one.1 == 1 && one.2 == [1])
            #expect(first("\u{6587}") == nil)
            #expect(first("") == nil)
        }
    }

    @Test("The tables in the program are whole")
    func builtIn() throws {
        let table = try #require(BuiltInTable.pieces)
        #expect(table.vocabulary.count == 30522)
        #expect(table.vocabulary.id(of: "hello") == 7592)
        #expect(SentenceEncoder.dimensions == table.dimensions)
        let words = try #require(BuiltInTable.words)
        #expect((1...64).contains(words.longest))
    }
}
