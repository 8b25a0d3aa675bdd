import Balancer
import Testing

/// What is learnt of an agent's times.
@Suite("a load curve")
struct AdaptiveCurveTests {
    @Test("is empty until the first answer, and then as good as it can be below and as bad as it can be above")
    func begins() {
        let curve = LoadCurve()
        let (isEmpty, nothing) = (curve.isEmpty, curve.expected(1))
        #expect(isEmpty && nothing == 0)
        curve.learn(0.4, at: 4, silence: 0)
        let isStillEmpty = curve.isEmpty
        #expect(!isStillEmpty)
        for (inFlight, seconds) in [(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4), (6, 0.6), (64, 6.4), (4096, 409.6)] {
            let expected = Double(curve.expected(inFlight))
            #expect(abs(expected - seconds) < seconds / 1000, "\(inFlight): \(expected)")
        }
    }

    @Test(
        "never falls with load, and never more than doubles where load doubles",
        arguments: 1...20 as ClosedRange<UInt64>)
    func isInOrder(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let curve = LoadCurve()
        for _ in 0..<2000 {
            let seconds = Float(1 + random.below(1000)) / 1000
            curve.learn(seconds, at: 1 + random.below(random.below(4) == 0 ? 5000 : 30), silence: 0)
            for point in 1..<LoadCurve.points {
                let (one, two) = (curve.point(point - 1), curve.point(point))
                #expect(one > 0 && one <= two && two <= one * 2.0001, "seed \(seed): \(one) \(two)")
            }
        }
    }

    @Test("finds how many an agent works on at once", arguments: [2, 8, 32])
    func learnsSlots(_ slots: Int) {
        var random = SplitMix64(seed: 4)
        let curve = LoadCurve()
        for _ in 0..<20_000 {
            let inFlight = 1 + random.below(slots * 4)
            let noise = 0.5 + Double(random.below(1000)) / 1000
            curve.learn(Float(0.1 * max(1, Double(inFlight) / Double(slots)) * noise), at: inFlight, silence: 0)
        }
        // The bounds between points take the noise of neighbours along, downwards.
        let (idle, full, over) = (curve.expected(1), curve.expected(slots), curve.expected(slots * 4))
        #expect((0.05...0.12).contains(idle) && (0.07...0.14).contains(full) && (0.3...0.5).contains(over))
    }

    @Test("notices within 40 answers that an agent has become ten times slower, and within 60 that it is back")
    func follows() {
        let curve = LoadCurve()
        for _ in 0..<100 { curve.learn(0.1, at: 4, silence: 0) }
        for _ in 0..<40 { curve.learn(1, at: 4, silence: 0) }
        let slow = curve.expected(4)
        #expect(slow > 0.7)
        for _ in 0..<60 { curve.learn(0.1, at: 4, silence: 0) }
        let fast = curve.expected(4)
        #expect(fast < 0.12)
    }

    @Test("believes one answer after a long silence nearly at its word, and one outlier among many hardly")
    func weighs() {
        let curve = LoadCurve()
        for _ in 0..<100 { curve.learn(1, at: 1, silence: 0) }
        curve.learn(100, at: 1, silence: 0)
        let after = curve.expected(1)
        #expect(after < 1.2)
        curve.learn(0.1, at: 1, silence: 6)
        let believed = curve.expected(1)
        #expect(believed < 0.11)
    }
}
