import Cache
import Testing

@Suite("the pauses of a kept stream")
struct ReplayTests {
    private func plan(_ pieces: [(Int64, String)]) -> ReplayPlan {
        var recorder = PaceRecorder()
        for (now, text) in pieces { Array(text.utf8).withUnsafeBytes { recorder.take($0, now: now) } }
        return recorder.plan
    }

    private func step(_ end: UInt32, _ after: UInt32) -> ReplayPlan.Step { ReplayPlan.Step(end: end, after: after) }

    @Test("are counted from the first event, to the end of each")
    func recorded() {
        let plan = plan([(1000, "data: a\n\n"), (1250, "data: b\n\n"), (1260, "data: c\n\ndata: d\n\n")])
        #expect(plan.steps == [step(9, 0), step(18, 250), step(36, 260)])
    }

    @Test("pieces of an event wait for its end, and what follows the last goes with it")
    func pieces() {
        let plan = plan([(0, "da"), (40, "ta: a\n"), (50, "\ndata"), (90, ": b\n\n"), (95, ": c")])
        #expect(plan.steps == [step(9, 0), step(18, 40)])
        #expect(plan.due(0, length: 21) == 9)
        #expect(plan.due(39, length: 21) == 9 && plan.due(40, length: 21) == 21)
    }

    @Test("are never longer than can be borne, and a clock that goes back makes none")
    func bounded() {
        let plan = plan([(0, "data: a\n\n"), (90_000, "data: b\n\n"), (80_000, "data: c\n\n"), (80_007, "data: d\n\n")])
        let longest = UInt32(ReplayPlan.longestPause)
        #expect(plan.steps == [step(9, 0), step(27, longest), step(36, longest + 7)])
    }

    @Test("say what is due and when there is more")
    func due() {
        let plan = plan([(0, "data: a\n\n"), (10, "data: b\n\n"), (30, "data: c\n\n")])
        #expect([0, 9, 10, 29, 30, 1000].map { plan.due($0, length: 27) } == [9, 9, 18, 18, 27, 27])
        #expect([0, 9, 10, 29, 30].map { plan.next(after: $0) } == [10, 10, 30, 30, nil])
        #expect(plan.due(10, length: 12) == 12)
        let empty = self.plan([])
        #expect(empty.due(0, length: 27) == 27 && empty.next(after: 0) == nil)
    }

    @Test("can be kept as bytes")
    func bytes() throws {
        let plan = plan((0..<300).map { (Int64($0 * $0), "data: \(String(repeating: "x", count: $0))\n\n") })
        #expect(plan.steps.count == 300)
        #expect(plan.bytes.withUnsafeBytes { ReplayPlan(bytes: $0) } == plan)
        #expect(ReplayPlan(bytes: UnsafeRawBufferPointer(start: nil, count: 0))?.steps == [])
    }

    @Test(
        "damaged bytes are none",
        arguments: [
            [1], [0x80], [0xff, 0xff, 0xff, 0xff, 0x7f, 0], [0x80, 0x80, 0x80, 0x80, 0x80, 0],
            [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1, 0],
        ] as [[UInt8]])
    func damaged(_ bytes: [UInt8]) {
        #expect(bytes.withUnsafeBytes { ReplayPlan(bytes: $0) } == nil)
    }
}
