import Balancer
import Dispatch
import Synchronization
import Testing

@Suite("what is known of an agent")
struct AgentStateTests {
    private let state = AgentState(changes: Changes())
    private let ejection = Ejection()

    private func fail(_ times: Int, now: Int64) {
        for _ in 0..<times { state.record(.failure(.reset), now: now, ejection) }
    }

    @Test("three failures in a row eject it for 10 s")
    func ejects() {
        fail(2, now: 5)
        #expect(!state.isEjected(5))
        fail(1, now: 5)
        #expect(state.isEjected(5))
        #expect(state.ejectedUntil == 10 * second + 5)
        #expect(!state.isEjected(10 * second + 5))
    }

    @Test("a success between sets the count back")
    func successResets() {
        fail(2, now: 0)
        state.record(.success, now: 0, ejection)
        fail(2, now: 0)
        #expect(!state.isEjected(0))
    }

    @Test("what is cancelled or overloaded neither counts nor sets back", arguments: [Outcome.cancelled, .overloaded])
    func neutral(_ outcome: Outcome) {
        fail(2, now: 0)
        for _ in 0..<10 { state.record(outcome, now: 0, ejection) }
        #expect(!state.isEjected(0))
        #expect(state.served == (outcome == .cancelled ? 0 : 10))
        fail(1, now: 0)
        #expect(state.isEjected(0))
        state.record(outcome, now: 0, ejection)
        #expect(state.isEjected(0))
    }

    @Test("each ejection in a row is 10 s longer, and after it one failure is enough, up to 300 s")
    func longer() {
        fail(3, now: 0)
        for n in 2...40 as ClosedRange<Int64> {
            let now = state.ejectedUntil
            fail(1, now: now)
            #expect(state.ejectedUntil - now == min(n * 10, 300) * second)
            #expect(state.ejections == Int(n))
        }
    }

    @Test("failures during an ejection do not lengthen it")
    func notLengthened() {
        fail(3, now: 0)
        fail(50, now: 9 * second)
        #expect(state.ejectedUntil == 10 * second)
        #expect(state.ejections == 1)
    }

    @Test("a success ends an ejection, and the next one is a first one")
    func successEnds() {
        fail(3, now: 0)
        fail(1, now: 10 * second)
        #expect(state.ejections == 2)
        state.record(.success, now: 11 * second, ejection)
        #expect(!state.isEjected(11 * second))
        fail(3, now: 12 * second)
        #expect(state.ejectedUntil == 22 * second)
    }

    @Test("maxFails 0 ejects nobody")
    func never() {
        for _ in 0..<100 { state.record(.failure(.connect), now: 0, Ejection(maxFails: 0)) }
        #expect(!state.isEjected(0))
        #expect(state.failed == 100)
    }

    @Test(
        "statuses: gateways' own count, a request's errors do not",
        arguments: [
            (200, Outcome.success), (404, .success), (429, .overloaded), (500, .success), (501, .success),
            (502, .failure(.status)), (503, .failure(.status)), (504, .failure(.status)), (529, .overloaded),
        ])
    func statuses(_ status: Int, _ outcome: Outcome) {
        #expect(Outcome.of(status: status) == outcome)
    }

    @Test("times at the end of the clock do not overflow")
    func endOfTime() {
        fail(3, now: .max - 1)
        #expect(state.ejectedUntil == .max)
        #expect(Ejection(time: .max).duration(1000) == 300 * second)
    }

    @Test("loops that fail at the same moment eject once")
    func ejectsOnce() {
        for _ in 0..<200 {
            let state = AgentState(changes: Changes())
            let ejection = ejection
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                state.record(.failure(.connect), now: 0, ejection)
            }
            #expect(state.ejections == 1)
            #expect(state.ejectedUntil == 10 * second)
        }
    }

    @Test("a cap is that many places, 0 is no cap, and a release makes room")
    func places() {
        #expect((0..<4).map { _ in state.tryAcquire(cap: 2) } == [true, true, false, false])
        #expect(state.inFlight == 2)
        #expect(state.tryAcquire(cap: 0))
        state.release()
        state.release()
        #expect(state.tryAcquire(cap: 2) && !state.tryAcquire(cap: 2))
    }

    // A cap of 1, so that two threads, which any machine has, are enough to break it.
    @Test("a cap holds whatever threads do, and every place is given back")
    func cap() {
        let state = state
        let over = Atomic<Int>(0)
        let got = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<20_000 where state.tryAcquire(cap: 1) {
                if state.inFlight > 1 { over.wrappingAdd(1, ordering: .relaxed) }
                got.wrappingAdd(1, ordering: .relaxed)
                state.release()
            }
        }
        #expect(over.load(ordering: .relaxed) == 0)
        #expect(got.load(ordering: .relaxed) > 0)
        #expect(state.inFlight == 0)
    }

    @Test("loops that pick at once never go over the caps", arguments: Strategies.list.map { $0.name })
    func loopsKeepCaps(_ strategy: String) {
        let pool = pool([3, 2], strategy, cap: 1)
        let over = Atomic<Int>(0)
        let got = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            let loop = LoopPool(pool, seed: UInt64(thread))
            for turn in 0..<20_000 {
                guard let index = loop.take(key: UInt64(turn)) else { continue }
                if pool.agents[index].state.inFlight > 1 { over.wrappingAdd(1, ordering: .relaxed) }
                got.wrappingAdd(1, ordering: .relaxed)
                pool.agents[index].state.release()
            }
        }
        #expect(over.load(ordering: .relaxed) == 0)
        #expect(got.load(ordering: .relaxed) > 0)
        #expect(pool.agents.allSatisfy { $0.state.inFlight == 0 })
    }
}
