/// The prompts of requests that are the same but for their prompts, and the keys under which their answers are kept.
struct SimilarFrame {
    struct Entry {
        var key: [UInt8]
        var text: [UInt8]
        /// When it was last of use, on the clock of its shard.
        var used: UInt64
    }

    private(set) var entries: [Entry] = []
    /// The vectors of the entries, one after the other.
    private var vectors: [Int8] = []
    /// The first bytes of their keys' digests, by which a key is found.
    private var marks: [UInt64] = []
    /// Lengths of their tails.
    private var tails: [Int32] = []

    /// Prompts of one search that are looked at closely.
    static let candidates = 8

    struct Near {
        var place: Int
        /// Of the vectors.
        var product: Int32
    }

    var count: Int { entries.count }

    /// The nearest whose vectors' product is at least `floor`, best first.
    func nearest(_ vector: [Int8], floor: Int32) -> [Near] {
        var found: [Near] = []
        var floor = floor
        let dimensions = PromptPrint.dimensions
        guard vector.count == dimensions else { return [] }
        vectors.withUnsafeBytes { all in
            withUnsafeTemporaryAllocation(of: Int16.self, capacity: dimensions) { wide in
                for index in 0..<dimensions { wide[index] = Int16(vector[index]) }
                guard let start = all.baseAddress, let question = UnsafeRawPointer(wide.baseAddress) else { return }
                let (head, tail) = (PromptProduct.head, PromptProduct.tailLength(vector))
                for place in 0..<tails.count {
                    let other = start + place * dimensions
                    // exact: what is left out cannot reach the floor
                    var product = PromptProduct.of(other, question, from: 0, to: head)
                    guard product &+ tail &* tails[place] >= floor else { continue }
                    product &+= PromptProduct.of(other, question, from: head, to: dimensions)
                    if product >= floor { Self.insert(Near(place: place, product: product), &found, &floor) }
                }
            }
        }
        return found
    }

    private static func insert(_ near: Near, _ found: inout [Near], _ floor: inout Int32) {
        let place = found.firstIndex { $0.product < near.product } ?? found.count
        found.insert(near, at: place)
        if found.count > candidates { found.removeLast() }
        if found.count == candidates, let last = found.last { floor = last.product + 1 }
    }

    mutating func append(_ entry: Entry, _ vector: [Int8]) {
        entries.append(entry)
        vectors += vector
        tails.append(PromptProduct.tailLength(vector))
        marks.append(Self.mark(entry.key))
    }

    func place(of key: [UInt8]) -> Int? {
        let mark = Self.mark(key)
        return marks.withUnsafeBufferPointer { marks in
            marks.indices.first { marks[$0] == mark && entries[$0].key == key }
        }
    }

    private static func mark(_ key: [UInt8]) -> UInt64 {
        key.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func touch(_ place: Int, at time: UInt64) { entries[place].used = time }

    /// The last takes its place.
    mutating func remove(_ place: Int) {
        let last = entries.count - 1
        let dimensions = PromptPrint.dimensions
        if place != last {
            entries[place] = entries[last]
            tails[place] = tails[last]
            marks[place] = marks[last]
            for index in 0..<dimensions { vectors[place * dimensions + index] = vectors[last * dimensions + index] }
        }
        entries.removeLast()
        tails.removeLast()
        marks.removeLast()
        vectors.removeLast(dimensions)
    }
}
