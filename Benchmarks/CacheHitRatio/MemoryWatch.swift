import Cache
import Foundation
import Synchronization

/// Answers of random sizes, on several threads, for a time: what the process takes of memory against the layer's bound.
enum MemoryWatch {
    private static let bound = 256 << 20

    /// Whether it stayed below the bound and a twentieth of it.
    static func run(_ options: Options) -> Bool {
        let before = resident()
        let store = MemoryStore(maxEntries: .max, maxBytes: bound, maxObject: 1 << 20)
        let highest = churn(store, before, options)
        let figures = store.figures
        let parts = [figures.bytes, resident() - before, highest].map {
            String(format: "%.1f %%", Double($0) * 100 / Double(bound))
        }
        print("bound \(bound >> 20) MiB, \(options.threads) threads, \(Int(options.seconds)) s, seed \(options.seed)")
        print("| bodies up to | kept | inserted | accounted of the bound | resident, at the end | resident, at most |")
        print("| --- | --- | --- | --- | --- | --- |")
        print(
            "| \(options.bodies) B | \(figures.entries) | \(figures.insertions) | \(parts.joined(separator: " | ")) |")
        return highest <= bound + bound / 20
    }

    private static func churn(_ store: MemoryStore, _ before: Int, _ options: Options) -> Int {
        let end = monotonic() + options.seconds
        let highest = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: options.threads) { thread in
            var random = Draws(seed: options.seed &+ UInt64(thread))
            var text = KeyText()
            while monotonic() < end {
                for _ in 0..<100 {
                    Replay.write(Int(truncatingIfNeeded: random.next()), &text)
                    let key = text.key
                    let answer = Replay.answer(
                        key, bytes: random.size(100, Double(options.bodies)), fields: random.below(500))
                    store.insert(key, answer, until: .max)
                }
                if thread == 0 { highest.max(resident() - before, ordering: .relaxed) }
            }
        }
        return highest.load(ordering: .relaxed)
    }

    static func monotonic() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Bytes of the process that are in memory.
    private static func resident() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
}
