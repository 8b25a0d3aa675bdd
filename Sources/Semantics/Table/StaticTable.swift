internal import CVectors

/// The built-in table of token vectors: a vector for each WordPiece of English, eight bits a number, as
/// `scripts/semantic-table.py` writes it.
///
/// `CPST`, then little-endian u32: version 1, dimensions, pieces, rows; the pieces in the order of their ids, each a
/// byte of length and UTF-8; from a multiple of 4 on u16 the row of each piece, 65535 for none; from a multiple of 4 on
/// f32 the scale of each row, then the rows' int8. The bytes are read where they lie; nothing of the rows is copied.
struct StaticTable: @unchecked Sendable {
    let vocabulary: WordPieceVocabulary
    let dimensions: Int

    // What is pointed to never changes and is never freed: that is why the type may say it is Sendable.
    private let places: UnsafeRawPointer
    private let scales: UnsafeRawPointer
    private let rows: UnsafePointer<Int8>
    private let pieceCount: Int
    private let rowCount: Int

    private static let noRow: UInt16 = 0xFFFF

    /// - Parameter bytes: must stay; nil if they are no such table.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var cursor = TableCursor(bytes)
        guard cursor.isNext("CPST"), cursor.word() == 1, let dimensions = cursor.word(), let pieces = cursor.word(),
            let rows = cursor.word(), dimensions > 0, dimensions % 16 == 0, dimensions <= 4096, pieces <= 1 << 20,
            rows <= pieces
        else { return nil }
        var tokens: [String] = []
        tokens.reserveCapacity(pieces)
        for _ in 0..<pieces {
            guard let token = cursor.text() else { return nil }
            tokens.append(String(decoding: token, as: UTF8.self))
        }
        cursor.align()
        guard let places = cursor.block(2 * pieces) else { return nil }
        cursor.align()
        guard let scales = cursor.block(4 * rows), let numbers = cursor.block(rows * dimensions) else { return nil }
        vocabulary = WordPieceVocabulary(tokens: tokens, handlesChinese: false)
        self.dimensions = dimensions
        self.places = places
        self.scales = scales
        self.rows = numbers.assumingMemoryBound(to: Int8.self)
        pieceCount = pieces
        rowCount = rows
    }

    /// Adds the row of a piece to a sum of `dimensions` numbers; false if it has none.
    @inline(__always)
    func add(_ piece: Int32, to sum: UnsafeMutablePointer<Float>) -> Bool {
        guard piece >= 0, piece < pieceCount else { return false }
        let row = places.loadUnaligned(fromByteOffset: 2 * Int(piece), as: UInt16.self)
        guard row != Self.noRow, row < rowCount else { return false }
        let scale = scales.loadUnaligned(fromByteOffset: 4 * Int(row), as: Float.self)
        clawproxy_add_i8(rows + Int(row) * dimensions, scale, dimensions, sum)
        return true
    }
}
