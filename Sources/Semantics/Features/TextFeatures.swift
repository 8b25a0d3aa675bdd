/// What is seen of one text: its static vector and its grams. Its memory is used again for the next text.
struct TextFeatures: Sendable {
    private(set) var vector = StaticVector()
    /// The grams by bucket, each with the square root of how often it occurs and the sign of its hash; not yet weighted
    /// by how rare they are, not yet of length 1.
    private(set) var sparse = SparseVector()

    private var normal = NormalText()
    private var grams = Grams()
    private var sums: [Float]

    /// Buckets of grams; a power of two.
    static let buckets = 1 << 14
    /// Scalars that are read of a text: more than the units and tokens that count, for all writing of people.
    static let scalarLimit = 8192
    /// What the vector has of the squared length of all features where all of the text is known, and how much of that
    /// it loses where the text is of scripts without spaces, whose grams say more.
    static let vectorShare: Float = 0.6
    static let easternLoss: Float = 0.7

    init() { sums = [Float](repeating: 0, count: Self.buckets) }

    /// Part of the text that is of scripts without spaces.
    var easternShare: Float { grams.easternShare }

    /// The vector's part of the squared length of the features.
    var share: Float { Self.vectorShare * (1 - Self.easternLoss * grams.easternShare) * vector.knownShare }

    /// Units of an example that are learnt: what it is like stands in its beginning, and every gram of it costs each
    /// decision.
    static let exampleUnits = 128

    /// Reads a text, UTF-8, any bytes.
    /// - Parameter units: see `takeGrams`.
    mutating func take(_ text: UnsafeRawBufferPointer, units: Int = Grams.unitLimit) {
        takeGrams(text, units: units)
        vector.take(normal.scalars)
    }

    /// Reads the grams alone.
    /// - Parameter units: after so many words, or scalars of scripts without spaces, the grams are not read on.
    mutating func takeGrams(_ text: UnsafeRawBufferPointer, units: Int = Grams.unitLimit) {
        normal.take(text, limit: Self.scalarLimit)
        grams.take(normal.scalars, limit: units)
        grams.counts.read { sparse.take($0, &sums, least: 1e-6) }
    }

    /// Reads the vector alone.
    mutating func takeVector(_ text: UnsafeRawBufferPointer) {
        normal.take(text, limit: Self.scalarLimit)
        vector.take(normal.scalars)
    }
}
