import Cache
import Foundation
import Synchronization

/// How long a lookup takes, hash and all, while a number of threads look up.
enum LookupTimes {
    private static let objects = 20_000
    private static let lookups = 2_000_000

    static func run(_ options: Options) {
        let store = MemoryStore(maxEntries: 1_000_000, maxBytes: 256 << 20, maxObject: 1 << 20)
        let keys = (0..<objects).map { number in
            var text = KeyText()
            text.add(.authority, "www.example.org")
            text.add(.rule, "a-rule")
            text.add(.path, "/some/way/to/some/thing/\(number)")
            return text.key
        }
        for key in keys { store.insert(key, Replay.answer(key, bytes: 1024, fields: 200), until: .max) }
        for (name, exponent) in [("all alike", 0.0), ("zipf 1.0", 1.0)] {
            let zipf = Zipf(objects, exponent: exponent)
            for threads in Set([1, options.threads]).sorted() {
                let took = (0..<3).map { _ in time(store, keys, zipf, threads, options.seed) }.min() ?? 0
                print(String(format: "%@, %d threads: %.0f ns a lookup, hash included", name, threads, took))
            }
        }
    }

    /// Nanoseconds of a processor that a lookup takes.
    private static func time(
        _ store: MemoryStore, _ keys: [CacheKey], _ zipf: Zipf, _ threads: Int, _ seed: UInt64
    ) -> Double {
        let orders = (0..<threads).map { thread in
            var random = Draws(seed: seed &+ UInt64(thread))
            return (0..<lookups).map { _ in zipf.draw(&random) }
        }
        let used = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            let start = processorTime()
            var hits = 0
            for number in orders[thread] {
                keys[number].bytes.withUnsafeBytes { key in
                    if store.find(key, hash: KeyHash.of(key), now: 0) != nil { hits += 1 }
                }
            }
            used.wrappingAdd(processorTime() - start, ordering: .relaxed)
            if hits != lookups { print("\(lookups - hits) lookups found nothing") }
        }
        return Double(used.load(ordering: .relaxed)) / Double(threads * lookups)
    }

    /// Nanoseconds that this thread has had of a processor: what others do on the machine counts less.
    private static func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
