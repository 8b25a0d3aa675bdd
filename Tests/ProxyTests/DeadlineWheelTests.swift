@testable import Proxy
import Testing

@Suite("The wheel of deadlines")
struct DeadlineWheelTests {
    private final class Entry: Timed {
        var called = 0

        override func deadlinePassed(now: Int64) {
            called += 1
        }
    }

    private static let tick = DeadlineWheel.tick

    /// As a loop does it.
    private func tick(_ wheel: inout DeadlineWheel, _ now: Int64) -> [Timed] {
        var expired: [Timed] = []
        wheel.advance(now: now, expired: &expired)
        return expired
    }

    @Test("of those that expire together, one that another has retired is not called")
    func retired() {
        var wheel = DeadlineWheel(now: 0)
        let entries = (0..<3).map { _ in Entry() }
        for entry in entries { wheel.set(entry, 5 * Self.tick) }
        let expired = tick(&wheel, 7 * Self.tick)
        #expect(expired.count == 3)
        for case let entry as Entry in expired where entry.isStillDue(7 * Self.tick) {
            entry.deadlinePassed(now: 7 * Self.tick)
            for other in entries where other !== entry { wheel.retire(other) }
        }
        #expect(entries.map(\.called).reduce(0, +) == 1)
        for entry in entries { wheel.retire(entry) }
    }

    @Test("nor one that has a new deadline: that comes in its time")
    func moved() {
        var wheel = DeadlineWheel(now: 0)
        let first = Entry()
        let second = Entry()
        for entry in [first, second] { wheel.set(entry, 5 * Self.tick) }
        for case let entry as Entry in tick(&wheel, 7 * Self.tick) where entry.isStillDue(7 * Self.tick) {
            entry.deadlinePassed(now: 7 * Self.tick)
            let other = entry === first ? second : first
            wheel.set(other, 20 * Self.tick)
        }
        #expect(first.called + second.called == 1)
        let late = tick(&wheel, 22 * Self.tick)
        #expect(late.count == 1)
        for entry in [first, second] { wheel.retire(entry) }
    }
}
