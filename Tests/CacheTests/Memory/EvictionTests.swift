import Cache
import Testing

@Suite("who leaves the memory layer when it is full")
struct EvictionTests {
    /// A hundred places, one shard.
    private func store(_ policy: EvictionPolicy) -> MemoryStore {
        MemoryStore(maxEntries: 100, maxBytes: 1 << 24, maxObject: 1 << 20, policy: policy)
    }

    private func ask(_ store: MemoryStore, _ number: Int) -> Bool {
        if store.find(Kept.key(number), now: 0) != nil { return true }
        store.insert(Kept.key(number), Kept.answer(Kept.key(number)), until: .max)
        return false
    }

    @Test("lru: what was not asked for longest")
    func lru() {
        let store = store(.lru)
        for number in 0..<100 { _ = ask(store, number) }
        #expect(ask(store, 0))
        _ = ask(store, 100)
        #expect(ask(store, 0) && !ask(store, 1))
    }

    @Test("s3-fifo: what is asked for again outlives any number that pass by once; with lru nothing does")
    func scan() {
        for policy in EvictionPolicy.allCases {
            let store = store(policy)
            for _ in 0..<3 { for number in 0..<50 { _ = ask(store, number) } }
            for number in 1000..<3000 { _ = ask(store, number) }
            let left = (0..<50).filter { store.find(Kept.key($0), now: 0) != nil }.count
            #expect(left == (policy == .s3Fifo ? 50 : 0), "\(policy)")
        }
    }

    @Test("s3-fifo: newcomers that nobody asks for leave first, in the order in which they came")
    func newcomers() {
        let store = store(.s3Fifo)
        for number in 0..<101 { _ = ask(store, number) }
        #expect(store.find(Kept.key(0), now: 0) == nil && store.find(Kept.key(1), now: 0) != nil)
    }

    @Test("s3-fifo: who returns soon after leaving stays at once; who returns late is a newcomer")
    func ghosts() {
        let store = store(.s3Fifo)
        for number in 0..<100 { _ = ask(store, number) }
        // 0 leaves, returns as one that is known, and outlives a scan
        for number in 100..<110 { _ = ask(store, number) }
        #expect(!ask(store, 0))
        for number in 200..<280 { _ = ask(store, number) }
        #expect(store.find(Kept.key(0), now: 0) != nil)
        // 1 left at the same time, and is forgotten by now
        for number in 300..<500 { _ = ask(store, number) }
        #expect(!ask(store, 1))
        for number in 500..<620 { _ = ask(store, number) }
        #expect(store.find(Kept.key(1), now: 0) == nil)
    }
}
