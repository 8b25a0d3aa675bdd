internal import Synchronization

/// The prompts of one tenant, in shards by frame, so that a search keeps few others waiting.
final class SimilarTenant: Sendable {
    private let shards: [SimilarLock]
    private let counted = Atomic<Int>(0)
    private static let shardCount = 16

    init() { shards = (0..<Self.shardCount).map { _ in SimilarLock() } }

    var count: Int { counted.load(ordering: .relaxed) }

    private func home(_ frame: [UInt8]) -> Int {
        Int(frame.reduce(UInt64(0)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 } >> 20) & (Self.shardCount - 1)
    }

    func nearest(_ vector: [Int8], in frame: [UInt8], floor: Int32) -> [SimilarShard.Candidate] {
        shards[home(frame)].state.withLock { $0.nearest(vector, in: frame, floor: floor) }
    }

    func keep(_ key: [UInt8], _ print: PromptPrint, in frame: [UInt8]) -> Bool {
        guard shards[home(frame)].state.withLock({ $0.keep(key, print, in: frame) }) else { return false }
        counted.add(1, ordering: .relaxed)
        return true
    }

    func touch(_ key: [UInt8], in frame: [UInt8]) {
        shards[home(frame)].state.withLock { $0.touch(key, in: frame) }
    }

    func forget(_ key: [UInt8], in frame: [UInt8]) -> Bool {
        guard shards[home(frame)].state.withLock({ $0.forget(key, in: frame) }) else { return false }
        counted.subtract(1, ordering: .relaxed)
        return true
    }

    /// Makes room for one, in the frame's shard if there is something, else in another one.
    func evict(near frame: [UInt8]) -> Bool {
        let home = self.home(frame)
        for offset in 0..<Self.shardCount {
            let isDone = shards[(home + offset) % Self.shardCount].state.withLock { $0.evict() }
            guard isDone else { continue }
            counted.subtract(1, ordering: .relaxed)
            return true
        }
        return false
    }
}

/// A lock of its own, as arrays cannot hold one.
final class SimilarLock: Sendable {
    let state = Mutex(SimilarShard())
}
