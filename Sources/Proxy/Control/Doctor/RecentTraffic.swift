internal import NIOCore
internal import Synchronization
internal import Telemetry

/// What was counted at moments of the last minute, so that a question now can be answered with rates. Whoever keeps it
/// adds a look every few seconds.
final class RecentTraffic: Sendable {
    private struct Look {
        var time: Int64
        var figures: TrafficFigures
    }

    /// Nanoseconds.
    private static let span: Int64 = 60_000_000_000
    private static let distance: Int64 = 4_000_000_000

    private let looks = Mutex<[Look]>([])

    /// Looks that follow each other too closely are left out; old ones go, but for one that the minute begins with.
    func add(_ figures: TrafficFigures, at now: Int64) {
        looks.withLock { looks in
            if let last = looks.last, now - last.time < Self.distance { return }
            looks.append(Look(time: now, figures: figures))
            while looks.count > 1, now - looks[1].time >= Self.span { looks.removeFirst() }
        }
    }

    /// What was counted in the last minute, or since the first look where that is later; and over how many seconds. Nil
    /// before there is a look of at least a second ago.
    func minute(until figures: TrafficFigures, at now: Int64) -> (figures: TrafficFigures, seconds: Int)? {
        looks.withLock { looks in
            guard let first = looks.first(where: { now - $0.time < Self.span + 2 * Self.distance }),
                now - first.time >= 1_000_000_000
            else { return nil }
            return (figures.since(first.figures), Int((now - first.time) / 1_000_000_000))
        }
    }
}

extension ProcessState {
    /// The sum over all loops.
    func figures() async -> TrafficFigures {
        var sum = TrafficFigures()
        for loop in loops {
            if let figures = try? await loop.eventLoop.submit({ loop.counters.figures() }).get() { sum += figures }
        }
        return sum
    }
}
