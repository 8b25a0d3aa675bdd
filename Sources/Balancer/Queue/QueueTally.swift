/// Why a request was not let into a queue, or had to leave it.
package enum QueueRefusal: String, Sendable, CaseIterable {
    /// As many wait as may.
    case full
    /// It waited as long as its level does.
    case timeout
    /// It made room for a request that may preempt.
    case pushedOut = "pushed-out"
}

/// What a queue has counted since the process began.
package struct QueueTally: Sendable {
    /// How long those of one level waited until they had a place.
    package struct Waits: Sendable {
        /// One more than there are borders: what took longer than the last.
        package var buckets = [Int](repeating: 0, count: borders.count + 1)
        package var nanoseconds: Int64 = 0
    }

    /// Upper borders of the buckets, in seconds.
    package static let borders: [Double] = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    /// By the name of the level: levels come and go with the configuration, and no counter goes back.
    package private(set) var waits: [String: Waits] = [:]
    package private(set) var refused = [Int](repeating: 0, count: QueueRefusal.allCases.count)

    mutating func served(_ level: String, after nanoseconds: Int64) {
        let seconds = Double(nanoseconds) / 1e9
        let bucket = Self.borders.firstIndex { seconds <= $0 } ?? Self.borders.count
        waits[level, default: Waits()].buckets[bucket] += 1
        waits[level, default: Waits()].nanoseconds &+= max(nanoseconds, 0)
    }

    mutating func refused(_ reason: QueueRefusal) {
        for (index, one) in QueueRefusal.allCases.enumerated() where one == reason { refused[index] += 1 }
    }

    package subscript(_ reason: QueueRefusal) -> Int {
        zip(QueueRefusal.allCases, refused).first { $0.0 == reason }?.1 ?? 0
    }
}
