/// The grams of a text: words, pairs of words that stand near each other, parts of words, and runs of the scalars of
/// scripts that are written without spaces. Punctuation counts for nothing, every digit for 0.
///
/// A gram is a hash: FNV-1a over UTF-8, its offset basis changed by the family; grams of several units are mixed from
/// the units' hashes.
struct Grams: Sendable {
    private struct Unit {
        var hash: UInt64
        /// Of a script without spaces: a single scalar.
        var isEastern: Bool
        /// Where its scalars stand.
        var start: Int32
        var end: Int32
    }

    private(set) var counts = GramCounts()
    /// Part of the units that are of scripts without spaces.
    private(set) var easternShare: Float = 0
    private var units: [Unit] = []
    private var letters: [UInt32] = []

    /// Units after which a text is not read on.
    static let unitLimit = 512
    /// Scalars of a word whose parts are taken.
    static let partLimit = 64
    /// How far the second word of a pair may stand from the first.
    static let window = 5

    /// What a gram weighs, by family.
    enum Weight {
        static let word: Float = 1
        static let neighbours: Float = 0.5
        static let near: Float = 1
        static let parts: (three: Float, four: Float, five: Float) = (0.6, 1, 0.6)
        static let eastern: (one: Float, two: Float, three: Float) = (1.5, 1.5, 1)
    }

    init() {}

    /// Reads a text.
    /// - Parameters:
    ///   - text: normalised.
    ///   - limit: units after which it is not read on.
    mutating func take(_ text: [UInt32], limit: Int = unitLimit) {
        read(text, limit)
        var eastern = 0
        for index in units.indices where units[index].isEastern { eastern += 1 }
        easternShare = units.isEmpty ? 0 : Float(eastern) / Float(units.count)
        // Of a unit its own, its pairs, neighbours and runs; of a letter and a word's two ends a part of each length.
        let most = (Self.window + 4) * units.count + 3 * (letters.count + 2 * units.count) + 2
        let hasEastern = eastern > 0
        letters.withUnsafeBufferPointer { letters in
            units.withUnsafeBufferPointer { units in
                counts.fill(most: most) { counts in
                    for index in units.indices {
                        if units[index].isEastern {
                            counts.add(Self.finish(units[index].hash &+ 5), Weight.eastern.one)
                        } else {
                            counts.add(units[index].hash, Weight.word)
                            Self.pairs(units, index, &counts)
                            Self.parts(units[index], letters, &counts)
                        }
                    }
                    Self.neighbours(units, &counts)
                    if hasEastern { Self.easternRuns(units, &counts) }
                }
            }
        }
    }

    /// Cuts a text into units.
    private mutating func read(_ text: [UInt32], _ limit: Int) {
        units.removeAll(keepingCapacity: true)
        letters.removeAll(keepingCapacity: true)
        var index = 0
        while index < text.count, units.count < limit {
            let kinds = ScalarKinds.of(text[index])
            if kinds.contains(.eastern) {
                let start = letters.count
                append(text[index], kinds)
                close(start, isEastern: true)
                index += 1
            } else if kinds.contains(.word) {
                index = word(text, index)
            } else {
                index += 1
            }
        }
    }

    /// Letters, digits, and apostrophes between them.
    private mutating func word(_ text: [UInt32], _ first: Int) -> Int {
        let start = letters.count
        var index = first
        while index < text.count {
            let kinds = ScalarKinds.of(text[index])
            if !Self.isLetter(kinds) {
                guard text[index] == 0x27, index + 1 < text.count, Self.isLetter(ScalarKinds.of(text[index + 1])) else {
                    break
                }
            }
            append(text[index], kinds)
            index += 1
        }
        close(start, isEastern: false)
        return index
    }

    @inline(__always)
    private static func isLetter(_ kinds: ScalarKinds) -> Bool {
        kinds.contains(.word) && !kinds.contains(.eastern)
    }

    @inline(__always)
    private mutating func append(_ scalar: UInt32, _ kinds: ScalarKinds) {
        letters.append(kinds.contains(.digit) ? 0x30 : scalar)
    }

    private mutating func close(_ start: Int, isEastern: Bool) {
        var hash = Self.begin(1)
        for index in start..<letters.count { hash = Self.step(hash, letters[index]) }
        units.append(
            Unit(hash: Self.finish(hash), isEastern: isEastern, start: Int32(start), end: Int32(letters.count)))
    }

    /// Pairs of words in either order.
    @inline(__always)
    private static func pairs(_ units: UnsafeBufferPointer<Unit>, _ index: Int, _ counts: inout GramCounts.Pass) {
        let hash = units[index].hash
        for other in index + 1..<min(index + 1 + window, units.count) where !units[other].isEastern {
            let (low, high) = (min(hash, units[other].hash), max(hash, units[other].hash))
            counts.add(mix(low, high, 3), Weight.near)
        }
    }

    /// Three to five scalars of `<word>`.
    private static func parts(
        _ unit: Unit, _ letters: UnsafeBufferPointer<UInt32>, _ counts: inout GramCounts.Pass
    ) {
        let start = Int(unit.start)
        let length = min(Int(unit.end) - start, partLimit) + 2
        for first in 0..<max(length - 2, 0) {
            var hash = begin(4)
            for size in 1...min(5, length - first) {
                let place = first + size - 1
                let scalar = place == 0 ? 0x3C : place == length - 1 ? 0x3E : letters[start + place - 1]
                hash = step(hash, scalar)
                switch size {
                case 3: counts.add(finish(hash), Weight.parts.three)
                case 4: counts.add(finish(hash), Weight.parts.four)
                case 5: counts.add(finish(hash), Weight.parts.five)
                default: break
                }
            }
        }
    }

    /// Pairs of adjacent words in order, with the text's beginning and end.
    private static func neighbours(_ units: UnsafeBufferPointer<Unit>, _ counts: inout GramCounts.Pass) {
        let edges = (
            begin: finish(step(begin(2), 0x5E)), end: finish(step(begin(2), 0x24))
        )
        var (last, wasEastern) = (edges.begin, false)
        for index in units.indices {
            let unit = units[index]
            if !wasEastern, !unit.isEastern { counts.add(mix(last, unit.hash, 2), Weight.neighbours) }
            (last, wasEastern) = (unit.hash, unit.isEastern)
        }
        if !wasEastern { counts.add(mix(last, edges.end, 2), Weight.neighbours) }
    }

    /// Two and three units of which at least one is of a script without spaces.
    private static func easternRuns(_ units: UnsafeBufferPointer<Unit>, _ counts: inout GramCounts.Pass) {
        for index in units.indices.dropLast() where units[index].isEastern || units[index + 1].isEastern {
            counts.add(mix(units[index].hash, units[index + 1].hash, 6), Weight.eastern.two)
        }
        for index in units.indices.dropLast(2)
        where units[index].isEastern || units[index + 1].isEastern || units[index + 2].isEastern {
            let two = mix(units[index].hash, units[index + 1].hash, 6)
            counts.add(mix(two, units[index + 2].hash, 7), Weight.eastern.three)
        }
    }

    private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    @inline(__always)
    private static func begin(_ family: UInt64) -> UInt64 { 0xCBF2_9CE4_8422_2325 ^ family &* golden }

    /// FNV-1a over the UTF-8 of a scalar.
    @inline(__always)
    private static func step(_ hash: UInt64, _ scalar: UInt32) -> UInt64 {
        let prime: UInt64 = 0x100_0000_01B3
        if scalar < 0x80 { return (hash ^ UInt64(scalar)) &* prime }
        var hash = hash
        if scalar < 0x800 {
            hash = (hash ^ UInt64(0xC0 | scalar >> 6)) &* prime
        } else {
            if scalar < 0x10000 {
                hash = (hash ^ UInt64(0xE0 | scalar >> 12)) &* prime
            } else {
                hash = (hash ^ UInt64(0xF0 | scalar >> 18)) &* prime
                hash = (hash ^ UInt64(0x80 | scalar >> 12 & 0x3F)) &* prime
            }
            hash = (hash ^ UInt64(0x80 | scalar >> 6 & 0x3F)) &* prime
        }
        return (hash ^ UInt64(0x80 | scalar & 0x3F)) &* prime
    }

    @inline(__always)
    private static func finish(_ hash: UInt64) -> UInt64 {
        let mixed = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ mixed >> 32
    }

    @inline(__always)
    private static func mix(_ first: UInt64, _ second: UInt64, _ family: UInt64) -> UInt64 {
        finish(first &* golden &+ second &+ family)
    }
}
