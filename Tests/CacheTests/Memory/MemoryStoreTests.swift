import Cache
import Dispatch
import NIOCore
import Synchronization
import Testing

@Suite("the memory layer")
struct MemoryStoreTests {
    private func store(
        entries: Int = 1000, bytes: Int = 1 << 20, object: Int = 1 << 20, _ policy: EvictionPolicy = .s3Fifo
    ) -> MemoryStore {
        MemoryStore(maxEntries: entries, maxBytes: bytes, maxObject: object, policy: policy)
    }

    private func insert(_ store: MemoryStore, _ number: Int, bytes: Int) -> Bool {
        let answer = Kept.answer(Kept.key(number), [UInt8](repeating: 1, count: bytes))
        return store.insert(Kept.key(number), answer, until: .max)
    }

    @Test("gives back what it was given, under its key alone")
    func find() {
        let store = store()
        store.insert(Kept.key(1), Kept.answer(Kept.key(1), [7]), until: .max)
        #expect(store.find(Kept.key(1), now: 0)?.variants.first?.body == ByteBuffer(bytes: [7]))
        #expect(store.find(Kept.key(2), now: 0) == nil)
        let figures = store.figures
        #expect(figures.hits == 1 && figures.misses == 1 && figures.entries == 1)
    }

    @Test("compares the whole key, not its hash")
    func collision() {
        let store = store()
        let key = Kept.key(1)
        store.insert(key, Kept.answer(key), until: .max)
        Kept.key(2).bytes.withUnsafeBytes { #expect(store.find($0, hash: key.hash, now: 0) == nil) }
    }

    @Test("keeps nothing longer than it may")
    func until() {
        let store = store()
        store.insert(Kept.key(1), Kept.answer(Kept.key(1)), until: 100)
        #expect(store.find(Kept.key(1), now: 99) != nil)
        #expect(store.find(Kept.key(1), now: 100) == nil)
        #expect(store.figures.entries == 0 && store.figures.expired == 1)
    }

    @Test("keeps a variant that may stay when another must go")
    func untilOfVariants() {
        let store = store()
        let key = Kept.key(1)
        store.insert(key, Kept.answer(key, vary: ["a"]), until: 100)
        store.insert(key, Kept.answer(key, vary: ["b"]), until: 200)
        #expect(store.find(key, now: 99)?.variants.count == 2)
        #expect(store.find(key, now: 100)?.variants.count == 1)
        #expect(store.find(key, now: 200) == nil)
    }

    @Test("refuses what is larger than an object may be, and what has no room at all")
    func refused() {
        let store = store(bytes: 100_000, object: 50_000)
        #expect(!insert(store, 1, bytes: 50_001))
        #expect(insert(store, 1, bytes: 50_000))
        #expect(!insert(self.store(bytes: 2000), 1, bytes: 2000))
        #expect(!insert(self.store(entries: 0), 1, bytes: 1))
        #expect(store.figures.refused == 1)
    }

    @Test(
        "is never above its bounds, and never gives what was not put in last", arguments: EvictionPolicy.allCases, 1...8
    )
    func model(_ policy: EvictionPolicy, _ seed: Int) {
        var dice = AgentDice(seed: UInt64(seed))
        let entries = dice.below(60) + 1
        let bytes = dice.below(200_000) + 5000
        let store = store(entries: entries, bytes: bytes, policy)
        var model: [Int: (body: Int, until: Int64)] = [:]
        for step in 0..<3000 {
            let number = dice.below(100)
            let key = Kept.key(number)
            let now = Int64(step)
            switch dice.below(10) {
            case 0..<5:
                let body = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: dice.below(4000) + 1)
                let until = now + Int64(dice.below(300)) + 1
                let isIn = store.insert(key, Kept.answer(key, body), until: until)
                // the old one may stand where the new one found no room only if it is of another variant
                model[number] = isIn ? (step, until) : nil
            case 5..<9:
                guard let found = store.find(key, now: now) else { continue }
                let wanted = model[number]
                #expect(wanted.map { $0.until > now } == true)
                #expect(found.variants.count == 1 && found.key == key.bytes)
                let byte = found.variants[0].body.getInteger(at: 0, as: UInt8.self)
                #expect(byte == wanted.map { UInt8(truncatingIfNeeded: $0.body) })
            default:
                store.remove(key)
                model[number] = nil
            }
            let figures = store.figures
            #expect(figures.entries <= entries && figures.bytes <= bytes)
        }
        var count = 0
        store.forEach { _ in count += 1 }
        #expect(count == store.figures.entries)
        #expect(store.removeAll() == count && store.figures.entries == 0)
    }

    @Test("many small ones and few large ones are bounded by their bytes", arguments: EvictionPolicy.allCases)
    func bytes(_ policy: EvictionPolicy) {
        let bound = 4 << 20
        let store = store(entries: .max, bytes: bound, policy)
        var dice = AgentDice(seed: 1)
        for number in 0..<5000 {
            let count = dice.below(20) == 0 ? dice.below(200_000) : dice.below(2000)
            _ = insert(store, number, bytes: count)
            #expect(store.figures.bytes <= bound)
        }
        #expect(store.figures.bytes > bound * 9 / 10)
    }

    @Test("an entry is accounted with the memory that its parts have")
    func cost() {
        for count in [0, 1, 100, 511, 512, 5000, 32_767, 32_768, 65_536, 1_000_000] {
            let answer = Kept.answer(Kept.key(1), [UInt8](repeating: 1, count: count))
            #expect(answer.body.readableBytes == count)
            #expect(answer.cost >= answer.body.storageCapacity + 400)
            #expect(answer.cost <= answer.body.storageCapacity + 1000)
            #expect(answer.body.storageCapacity <= count + max(16, count / 8, count < 32_768 ? 0 : 4096))
        }
    }

    @Test("loses what is meant by a purge, and nothing else")
    func purge() {
        let store = store()
        for number in 0..<100 {
            let answer = Kept.answer(Kept.key(number), tag: number % 3 == 0 ? "third" : "other")
            store.insert(Kept.key(number), answer, until: .max)
        }
        #expect(store.removeAll { $0.facts.tags == [Array("third".utf8)] } == 34)
        #expect(store.figures.entries == 66)
        #expect(store.find(Kept.key(3), now: 0) == nil && store.find(Kept.key(4), now: 0) != nil)
        #expect(store.remove(Kept.key(4)) && !store.remove(Kept.key(4)))
    }

    @Test("a soft purge leaves answers, stale from then on")
    func softPurge() {
        let store = store()
        let key = Kept.key(1)
        let answer = Kept.answer(key)
        store.insert(key, answer, until: .max)
        let now = answer.facts.received + 10_000
        #expect(answer.facts.freshFor(now) == 50)
        #expect(store.softPurge(now: now) { _ in true } == 1)
        let found = store.find(key, now: now)?.variants.first
        #expect(found?.isSoftPurged == true && found?.facts.freshFor(now) == 0)
        #expect(found?.facts.freshFor(now + 5000) == -5)
        #expect(store.softPurge(now: now) { _ in true } == 0)
    }

    @Test("keeps to other bounds at once")
    func resize() {
        let store = store()
        for number in 0..<100 { store.insert(Kept.key(number), Kept.answer(Kept.key(number)), until: .max) }
        store.resize(maxEntries: 10, maxBytes: 1 << 20, maxObject: 10)
        #expect(store.figures.entries == 10)
        #expect(!insert(store, 1, bytes: 11))
    }

    @Test("what it refuses to take leaves no older answer of its key behind")
    func refusedReplacement() {
        let store = store(bytes: 20_000)
        #expect(insert(store, 1, bytes: 1) && insert(store, 2, bytes: 1))
        #expect(!insert(store, 1, bytes: 30_000))
        #expect(store.find(Kept.key(1), now: 0) == nil && store.find(Kept.key(2), now: 0) != nil)
    }

    @Test("serves many threads at a time, and mixes up no bytes of theirs")
    func threads() {
        let store = MemoryStore(maxEntries: 2000, maxBytes: 1 << 23, maxObject: 100_000)
        let wrong = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var dice = AgentDice(seed: UInt64(thread))
            for step in 0..<3000 {
                let number = dice.below(1000)
                let key = Kept.key(number)
                if let found = store.find(key, now: Int64(step)) {
                    let isRight = found.variants[0].body.withUnsafeReadableBytes { bytes in
                        bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) }
                    }
                    if found.key != key.bytes || !isRight { wrong.wrappingAdd(1, ordering: .relaxed) }
                } else {
                    let count = [400, 4000, 40_000][dice.below(3)]
                    let body = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: dice.below(count))
                    store.insert(key, Kept.answer(key, body), until: Int64(step + dice.below(2000)))
                }
                if dice.below(50) == 0 { store.remove(key) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(store.figures.entries <= 2000 && store.figures.bytes <= 1 << 23)
    }

    @Test(
        "a body that somebody writes to afterwards is another's, and as it should be",
        arguments: [100, 1000, 10_000, 100_000])
    func written(_ count: Int) {
        let answer = Kept.answer(Kept.key(1), [UInt8](repeating: 1, count: count))
        var body = answer.body
        body.writeBytes([UInt8](repeating: 2, count: 200_000))
        body.writeInteger(UInt8(3))
        #expect(body.readableBytes == count + 200_001)
        #expect(answer.body == ByteBuffer(repeating: 1, count: count))
        #expect(body.getInteger(at: count - 1, as: UInt8.self) == 1 && body.getInteger(at: count, as: UInt8.self) == 2)
    }
}
