/// What a layer of the cache had for a request.
package enum CacheLookup: Int, CaseIterable, Sendable {
    /// An answer that is fresh.
    case hit
    /// One that is not fresh any more: given all the same, or asked the agent about.
    case stale
    case miss
    /// The layer could not be asked, or did not answer in time.
    case error

    package var label: String { "\(self)" }
}

/// What one event loop has counted of the cache, layer by layer.
///
/// Touched on its loop only, like `LoopCounters`, which owns it. The memory holds `layerCount` blocks, each of
/// `CacheLookup.allCases.count` numbers, the histogram's buckets with the one above the last border, and the sum in ns;
/// `refusals` holds one number a reason.
final class CacheCounters {
    /// Upper borders of the histogram of lookups, in seconds: from a hit in memory to a Redis that is given up.
    static let borders: [Double] = [
        0.000_002_5, 0.000_005, 0.000_01, 0.000_025, 0.000_1, 0.000_25, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.25,
    ]
    private static let nanoseconds = borders.map { Int64($0 * 1e9) }
    static let outcomes = CacheLookup.allCases.count
    static let blockSize = outcomes + borders.count + 2

    private var memory: UnsafeMutableBufferPointer<Int>
    private var layerCount: Int
    private let refusals: UnsafeMutableBufferPointer<Int>

    init(layers: Int, refusals: Int) {
        layerCount = layers
        memory = Self.zeroed(max(layers, 1) * Self.blockSize)
        self.refusals = Self.zeroed(refusals)
    }

    deinit {
        memory.deallocate()
        refusals.deallocate()
    }

    /// Makes room for layers that a new generation has appended.
    func adopt(layers: Int) {
        guard layers > layerCount else { return }
        let grown = Self.zeroed(layers * Self.blockSize)
        for index in memory.indices { grown[index] = memory[index] }
        memory.deallocate()
        memory = grown
        layerCount = layers
    }

    func lookedUp(layer: Int, _ outcome: CacheLookup, nanoseconds: Int64?) {
        guard layer >= 0 && layer < layerCount else { return }
        let block = layer &* Self.blockSize
        memory[block &+ outcome.rawValue] &+= 1
        guard let nanoseconds else { return }
        var bucket = 0
        while bucket < Self.nanoseconds.count && nanoseconds > Self.nanoseconds[bucket] { bucket += 1 }
        memory[block &+ Self.outcomes &+ bucket] &+= 1
        memory[block &+ Self.blockSize &- 1] &+= Int(max(nanoseconds, 0))
    }

    func refused(reason: Int) {
        guard refusals.indices.contains(reason) else { return }
        refusals[reason] &+= 1
    }

    /// By reason.
    var refused: [Int] { Array(refusals) }

    /// One a layer.
    var layers: [LayerCount] {
        (0..<layerCount).map { layer in
            let block = Array(memory[(layer * Self.blockSize)..<((layer + 1) * Self.blockSize)])
            return LayerCount(
                lookups: Array(block[..<Self.outcomes]), buckets: Array(block[Self.outcomes..<(Self.blockSize - 1)]),
                nanoseconds: block[Self.blockSize - 1])
        }
    }

    private static func zeroed(_ count: Int) -> UnsafeMutableBufferPointer<Int> {
        let memory = UnsafeMutableBufferPointer<Int>.allocate(capacity: count)
        memory.initialize(repeating: 0)
        return memory
    }
}

extension LoopCounters {
    /// Counts a lookup; `layer` is an index in `CounterLabels.layers`. A lookup whose time nobody took counts for the
    /// outcome alone.
    @inline(__always)
    package func cacheLookup(layer: Int, _ outcome: CacheLookup, nanoseconds: Int64? = nil) {
        cache.lookedUp(layer: layer, outcome, nanoseconds: nanoseconds)
    }

    /// Counts an answer that was not kept; `reason` is an index in `CounterLabels.refusals`.
    package func notStored(reason: Int) { cache.refused(reason: reason) }

    /// Counts, in shadow mode, an answer of an agent beside what is kept.
    package func shadowed(isSame: Bool) { add(1, to: isSame ? .cacheShadowSame : .cacheShadowDifferent) }
}

/// What was counted for one layer of the cache.
package struct LayerCount: Sendable, Equatable {
    /// By `CacheLookup.rawValue`.
    package internal(set) var lookups: [Int]
    /// Lookups in each bucket alone (not cumulated); the last one is above every border.
    package internal(set) var buckets: [Int]
    /// The sum of all lookups' durations.
    package internal(set) var nanoseconds: Int

    package subscript(outcome: CacheLookup) -> Int { lookups[outcome.rawValue] }

    /// The share of lookups that found something fresh; 0 where there were none.
    package var hitRatio: Double {
        let all = lookups.reduce(0, +)
        return all == 0 ? 0 : Double(self[.hit]) / Double(all)
    }

    static func += (sum: inout LayerCount, other: LayerCount) {
        for index in sum.lookups.indices { sum.lookups[index] &+= other.lookups[index] }
        for index in sum.buckets.indices { sum.buckets[index] &+= other.buckets[index] }
        sum.nanoseconds &+= other.nanoseconds
    }
}
