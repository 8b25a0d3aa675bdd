@testable import Proxy
import Testing

@Suite("A body that comes too slowly is ended, and no other")
struct BodyPaceTests {
    private let second: Int64 = 1_000_000_000
    private var pace: BodyPace { BodyPace(silence: 30 * second, minRate: 1000) }

    @Test(
        "silence, and the average after ten seconds",
        arguments: [
            // seconds since it began, since its last byte; bytes; seconds from now to the next look, nil: too slow
            (elapsed: 1, silent: 0, bytes: 0, next: 9), (9, 9, 1, 1), (10, 0, 9_999, nil), (10, 0, 10_000, 1),
            (60, 29, 60_000, 1), (60, 30, 1_000_000, nil), (60, 0, 59_999, nil), (60, 0, 60_000, 1),
        ] as [(elapsed: Int64, silent: Int64, bytes: Int, next: Int64?)])
    func judges(elapsed: Int64, silent: Int64, bytes: Int, next: Int64?) {
        let now = 1000 * second
        let found = pace.next(
            began: now - elapsed * second, progressed: now - silent * second, bytes: bytes, now: now)
        #expect(found.map { $0 - now } == next.map { $0 * second })
    }

    @Test("without a rate silence alone counts")
    func anyRate() {
        let pace = BodyPace(silence: 30 * second, minRate: 0)
        #expect(pace.firstLook == 30 * second)
        #expect(pace.next(began: 0, progressed: 99 * second, bytes: 1, now: 100 * second) == 101 * second)
        #expect(pace.next(began: 0, progressed: 70 * second, bytes: 1, now: 100 * second) == nil)
    }
}
