import Cache
import NIOCore

/// A trace played against the memory layer as it is in the proxy.
enum Replay {
    struct Outturn {
        /// Of the second half of the requests.
        var hits = 0
        var asked = 0
        var ratio: Double { asked == 0 ? 0 : Double(hits) / Double(asked) }
    }

    static func run(_ trace: Trace, policy: EvictionPolicy, entries: Int, _ options: Options) -> Outturn {
        var trace = trace
        let store = MemoryStore(maxEntries: entries, maxBytes: 1 << 40, maxObject: 1024, policy: policy)
        var text = KeyText()
        var outturn = Outturn()
        for step in 0..<options.requests {
            write(trace.next(), &text)
            let isHit = text.withKey { store.find($0, hash: $1, now: 0) != nil }
            if !isHit {
                let key = text.key
                store.insert(key, answer(key, bytes: 0), until: .max)
            }
            if step >= options.requests / 2 {
                outturn.asked += 1
                if isHit { outturn.hits += 1 }
            }
        }
        return outturn
    }

    static func write(_ object: Int, _ text: inout KeyText) {
        text.clear()
        withUnsafeBytes(of: object) { text.add(.path, $0) }
    }

    static func answer(_ key: CacheKey, bytes count: Int, fields: Int = 0) -> StoredAnswer {
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { memory in
            for at in memory.indices { memory[at] = 1 }
            return StoredAnswer(
                facts: StoredFacts(), fields: [UInt8](repeating: 65, count: fields),
                body: ByteBuffer.kept(UnsafeRawBufferPointer(memory)) ?? ByteBuffer(), key: key.bytes)
        }
    }
}
