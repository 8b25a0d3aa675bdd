import Balancer
import Settings
import Testing

@Suite("an adaptive limit")
struct ConcurrencyTests {
    private func settings(_ change: (inout ConcurrencySettings) -> Void = { _ in }) -> ConcurrencySettings {
        var settings = ConcurrencySettings()
        settings.adaptive = true
        change(&settings)
        return settings
    }

    /// Twenty answers of a millisecond each: the look at the start is over.
    private func answer(_ machine: inout GradientLimit) {
        for at in 1...20 {
            machine.answered(started: Int64(at) * millisecond, inFlight: 1, now: Int64(at + 1) * millisecond)
        }
    }

    /// An agent with slots under a load that always has more to send: as many requests are in flight as the limit
    /// allows, and what finds no slot waits within the agent.
    private func settled(
        _ slots: Int, settings: ConcurrencySettings, seed: UInt64, seconds: Int = 300, demand: Int = .max,
        service: (Int64) -> Int64 = { _ in 100 * millisecond }
    ) -> (limits: [Int], base: Int64?) {
        var random = SplitMix64(seed: seed)
        var machine = GradientLimit(settings, now: 0, seed: seed)
        var now: Int64 = 0
        /// Ends of those in a slot, with their beginnings.
        var busy: [(end: Int64, began: Int64, inFlight: Int)] = []
        var queue: [(began: Int64, inFlight: Int)] = []
        var limits: [Int] = []
        while now < Int64(seconds) * second {
            while busy.count + queue.count < min(machine.limit, demand) {
                queue.append((now, busy.count + queue.count + 1))
            }
            while busy.count < slots, !queue.isEmpty {
                let next = queue.removeFirst()
                // 50 % to 150 % of the usual time
                let length = service(now) / 2 + Int64(random.below(Int(service(now))))
                busy.append((now + length, next.began, next.inFlight))
            }
            guard let first = busy.indices.min(by: { busy[$0].end < busy[$1].end }) else { break }
            let done = busy.remove(at: first)
            now = done.end
            machine.answered(started: done.began, inFlight: done.inFlight, now: now)
            if now > Int64(seconds) * second / 2, !machine.isProbing { limits.append(machine.limit) }
        }
        return (limits, machine.base)
    }

    @Test(
        "settles somewhat above the slots that an agent has, whatever it begins with",
        arguments: [4, 8, 32], [3, 20, 60])
    func settles(_ slots: Int, _ initial: Int) {
        let settings = settings { $0.initial = initial }
        let (limits, base) = settled(slots, settings: settings, seed: 7)
        let mean = limits.reduce(0, +) / max(limits.count, 1)
        #expect(mean >= slots, "all slots are used: \(mean)")
        #expect(mean <= slots * 3 + 8, "and the line within the agent is bounded: \(mean)")
        #expect(limits.allSatisfy { (settings.min...settings.max).contains($0) })
        let milliseconds = (base ?? 0) / millisecond
        #expect((70...150).contains(milliseconds), "the time without load is known: \(milliseconds) ms")
    }

    @Test("follows an agent that becomes four times as slow, and back")
    func follows() {
        let settings = settings()
        let slow = settled(16, settings: settings, seed: 3, seconds: 600) { now in
            (now > 200 * second ? 400 : 100) * millisecond
        }
        let mean = slow.limits.reduce(0, +) / max(slow.limits.count, 1)
        #expect((8...60).contains(mean), "slower service is no fewer slots: the probes renew the base (\(mean))")
        #expect((slow.base ?? 0) > 250 * millisecond, "\(slow.base ?? 0)")
    }

    @Test("does not grow where the load does not use it")
    func unused() {
        let (limits, _) = settled(50, settings: settings(), seed: 5, demand: 4)
        #expect((limits.max() ?? 0) <= 21, "\(limits.max() ?? 0)")
    }

    @Test("stays within its bounds, and a configured range that changes holds at once")
    func bounds() {
        let (limits, _) = settled(
            100,
            settings: settings {
                $0.max = 12; $0.initial = 12
            }, seed: 9)
        #expect(limits.max() == 12)
        var machine = GradientLimit(settings(), now: 0, seed: 1)
        answer(&machine)
        #expect(!machine.isProbing && machine.limit == 20)
        machine.adopt(settings { $0.max = 5 })
        #expect(machine.limit == 5)
    }

    @Test("an agent that has too much to do is given a tenth less, once a window")
    func backsOff() {
        var machine = GradientLimit(settings(), now: 0, seed: 1)
        answer(&machine)
        for _ in 0..<5 { machine.refused(now: 30 * millisecond) }
        #expect(machine.limit == 18)
        machine.refused(now: second)
        #expect(machine.limit == 16)
    }

    @Test("a look at the time without load takes a third of the limit, and counts only what began in it")
    func probing() {
        var machine = GradientLimit(settings(), now: 0, seed: 1)
        #expect(machine.isProbing && machine.limit == 6)
        for _ in 0..<30 { machine.answered(started: 1, inFlight: 1, now: 100 * millisecond) }
        #expect(machine.isProbing, "enough answers, but the long ones are yet to come")
        machine.answered(started: 200 * millisecond, inFlight: 1, now: 300 * millisecond)
        #expect(!machine.isProbing && machine.limit == 20)
        // 60 s, strayed by 15 %
        machine.answered(started: 50 * second, inFlight: 1, now: 50 * second + 100 * millisecond)
        #expect(!machine.isProbing)
        machine.answered(started: 69 * second, inFlight: 1, now: 70 * second)
        #expect(machine.isProbing)
        for _ in 0..<100 { machine.answered(started: 60 * second, inFlight: 1, now: 70 * second) }
        #expect(machine.isProbing, "these began before it")
        for at in 1...20 {
            let began = 70 * second + Int64(at) * 50 * millisecond
            machine.answered(started: began, inFlight: 1, now: began + 200 * millisecond)
        }
        #expect(!machine.isProbing)
        #expect(machine.base == 200 * millisecond)
    }

    @Test("a pool that asks for it gives an agent no more than its limit, and never more than its cap")
    func inPool() {
        func picks(cap: Int, adaptive: Bool) -> Int {
            let pool = pool(of: agents([1], cap: cap)) { balancing in
                balancing.concurrency = settings {
                    $0.adaptive = adaptive; $0.initial = 30
                }
            }
            let loop = LoopPool(pool, seed: 1)
            return (0..<100).prefix { _ in loop.take() != nil }.count
        }
        #expect(picks(cap: 0, adaptive: true) == 10, "a third of 30, as nothing is known yet")
        #expect(picks(cap: 4, adaptive: true) == 4)
        #expect(picks(cap: 0, adaptive: false) == 100)
        #expect(picks(cap: 12, adaptive: false) == 12)
    }

    @Test("answers move a pool's limits")
    func fed() {
        let pool = pool(of: agents([1])) { balancing in balancing.concurrency = settings { $0.initial = 30 } }
        let loop = LoopPool(pool, seed: 1)
        for at in 1...30 {
            let now = Int64(at) * millisecond
            guard case .agent(var lease) = loop.pick(Ask(key: 0, now: now)) else { return }
            pool.answered(&lease, now + millisecond)
            pool.ended(lease, .success, now + millisecond)
        }
        #expect(pool.limits.map(\.limit) == [30], "the look at the start is over")
        guard case .agent(let lease) = loop.pick(Ask(key: 0, now: second)) else { return }
        pool.ended(lease, .overloaded, second)
        #expect(pool.limits.map(\.limit) == [27])
    }

    @Test("loops share one limit")
    func shared() {
        let concurrency = AgentConcurrency(settings(), now: 0, seed: 1)
        #expect(concurrency.limit == 6)
        for at in 1...20 {
            concurrency.answered(
                started: Int64(at) * millisecond, inFlight: 1, now: Int64(at + 1) * millisecond, settings())
        }
        #expect(concurrency.limit == 20)
        #expect(concurrency.base == millisecond)
        concurrency.refused(now: second)
        #expect(concurrency.limit == 18)
        concurrency.answered(started: second, inFlight: 1, now: 2 * second, settings { $0.max = 7 })
        #expect(concurrency.limit <= 7, "the settings of the pool that asked last hold")
    }
}
