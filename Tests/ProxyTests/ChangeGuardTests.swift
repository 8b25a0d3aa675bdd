import Proxy
import Settings
import Testing

@Suite("A change is taken back when the answers got worse by it, and only then")
struct ChangeGuardTests {
    /// A minute of traffic, a change, then more traffic until the guard speaks: after how many seconds, and what.
    private func run(
        _ traffic: TrafficSimulation, _ settings: GuardSettings = GuardSettings(), for seconds: Double = 60,
        step: Double = 0.2,
        breaking: Double = 0, _ change: (inout TrafficSimulation) -> Void = { _ in }
    ) -> (seconds: Double, reason: String)? {
        var traffic = traffic
        var guarding = ChangeGuard(bounds: TrafficSimulation.bounds)
        for _ in 0..<62 { guarding.add(traffic.step(1)) }
        let start = traffic.sample.time
        guarding.begin(settings, at: start)
        var isBroken = false
        while Double(traffic.sample.time - start) / 1e9 < seconds {
            if !isBroken, Double(traffic.sample.time - start) / 1e9 >= breaking {
                change(&traffic)
                isBroken = true
            }
            guarding.add(traffic.step(step))
            guard let reason = guarding.verdict(at: traffic.sample.time) else { continue }
            return (Double(traffic.sample.time - start) / 1e9 - breaking, reason)
        }
        return nil
    }

    @Test("steady traffic of any kind never trips it", arguments: 0..<20)
    func steady(part: UInt64) async {
        for seed in (part * 500)..<(part * 500 + 500) {
            // other tests wait for time to pass
            await Task.yield()
            let found = run(.any(seed: seed), for: 12, step: 0.5)
            #expect(found == nil, "seed \(seed): \(found?.reason ?? "")")
        }
    }

    @Test(
        "an agent that goes away for a moment, or a machine that stands still for one, does not trip it",
        arguments: 0..<40)
    func accidents(seed: UInt64) {
        var traffic = TrafficSimulation(seed: seed, rate: seed.isMultiple(of: 2) ? 200 : 2000)
        traffic.accidents = 1.0 / 60
        let found = run(traffic)
        #expect(found == nil, "\(found?.reason ?? "")")
    }

    @Test("half of the requests failing trips it within 1.5 s", arguments: [200.0, 2000], [0, 0.35, 30.1])
    func halfFails(rate: Double, breaking: Double) throws {
        for seed in 0..<20 as Range<UInt64> {
            let found = run(TrafficSimulation(seed: seed, rate: rate), breaking: breaking) { $0.failing = 0.5 }
            let seconds = try #require(found, "seed \(seed)").seconds
            #expect(seconds <= 1.5, "seed \(seed)")
        }
    }

    @Test("three times the time trips it", arguments: [200.0, 2000], [0.006, 0.03, 0.06])
    func threeTimes(rate: Double, fastest: Double) throws {
        for seed in 0..<5 as Range<UInt64> {
            let traffic = TrafficSimulation(seed: seed, rate: rate, fastest: fastest, slowest: fastest * 6)
            let found = run(traffic) {
                $0.fastest *= 3
                $0.slowest *= 3
            }
            let reason = try #require(found, "seed \(seed)").reason
            #expect(reason.hasPrefix("p99 ") && reason.hasSuffix("admin.guard.p99 allows 2 times that"), "\(reason)")
        }
    }

    @Test("a tenth of the requests hanging trips it, though the others are as quick as ever")
    func someHang() throws {
        var traffic = TrafficSimulation(seed: 1, rate: 500)
        var guarding = ChangeGuard(bounds: TrafficSimulation.bounds)
        for _ in 0..<62 { guarding.add(traffic.step(1)) }
        guarding.begin(GuardSettings(), at: traffic.sample.time)
        var hanging = 0
        for step in 1...20 {
            var sample = traffic.step(0.2)
            if step > 5 { hanging += 10 }
            // these began after the change and took from half a second to a whole one
            sample.buckets[7] += hanging
            sample.requests += hanging
            guarding.add(sample)
        }
        #expect(guarding.verdict(at: traffic.sample.time)?.hasPrefix("p99 ") == true)
    }

    @Test("fewer requests than the settings ask for decide nothing")
    func fewRequests() {
        for seed in 0..<20 as Range<UInt64> {
            let found = run(TrafficSimulation(seed: seed, rate: 0.15), step: 0.5) {
                $0.failing = 1
                $0.fastest = 1
                $0.slowest = 2
            }
            #expect(found == nil)
        }
        var settings = GuardSettings()
        settings.minRequests = 1_000_000
        #expect(run(TrafficSimulation(seed: 1, rate: 2000), settings) { $0.failing = 1 } == nil)
    }

    @Test("little traffic is judged as soon as there was enough of it", arguments: [1.0, 5, 20])
    func littleTraffic(rate: Double) throws {
        let found = run(TrafficSimulation(seed: 3, rate: rate), step: 0.5) { $0.failing = 1 }
        #expect(try #require(found).seconds <= 25 / rate + 4)
    }

    @Test("what was as bad before is not the change's doing")
    func asBefore() {
        for seed in 0..<10 as Range<UInt64> {
            #expect(run(TrafficSimulation(seed: seed, rate: 200, failing: 0.5)) == nil)
            // an outage that began ten seconds before the change, which does not mend it
            var traffic = TrafficSimulation(seed: seed, rate: 200)
            var guarding = ChangeGuard(bounds: TrafficSimulation.bounds)
            for second in 0..<62 {
                if second == 52 { (traffic.failing, traffic.slowest) = (0.7, 2) }
                guarding.add(traffic.step(1))
            }
            guarding.begin(GuardSettings(), at: traffic.sample.time)
            for _ in 0..<45 { guarding.add(traffic.step(0.2)) }
            #expect(guarding.verdict(at: traffic.sample.time) == nil)
        }
    }

    @Test("what began before the change and ends slowly after it does not count against it")
    func begunBefore() {
        var traffic = TrafficSimulation(seed: 5, rate: 500)
        var guarding = ChangeGuard(bounds: TrafficSimulation.bounds)
        for _ in 0..<62 { guarding.add(traffic.step(1)) }
        guarding.begin(GuardSettings(), at: traffic.sample.time)
        // an agent hung until the change took it out: its requests end in the next three seconds, after more than 2.5
        var hung = 0
        for step in 1...50 {
            var sample = traffic.step(0.2)
            if step <= 12 { hung += 20 }
            sample.buckets[9] += hung
            sample.requests += hung
            guarding.add(sample)
            #expect(guarding.verdict(at: traffic.sample.time) == nil)
        }
    }

    @Test("durations that cross a border by little do not trip it", arguments: [0.0249, 0.0999, 0.2499])
    func border(duration: Double) {
        let traffic = TrafficSimulation(seed: 1, rate: 500, fastest: duration * 0.99, slowest: duration)
        let found = run(traffic) {
            $0.fastest *= 1.03
            $0.slowest *= 1.03
        }
        #expect(found == nil, "\(found?.reason ?? "")")
    }

    @Test("differences within one bucket do not trip it")
    func oneBucket() {
        var settings = GuardSettings()
        settings.p99 = 1
        let found = run(TrafficSimulation(seed: 1, rate: 2000, fastest: 0.11, slowest: 0.12), settings) {
            $0.fastest = 0.23
            $0.slowest = 0.24
        }
        #expect(found == nil)
    }

    @Test("the reason gives both figures", arguments: [true, false])
    func words(hasPast: Bool) {
        var guarding = ChangeGuard(bounds: [1])
        let second: Int64 = 1_000_000_000
        var sample = TrafficSample(time: 0, requests: 0, failures: 0, buckets: [0, 0])
        for _ in 0...60 {
            sample.time += second
            if hasPast { (sample.requests, sample.failures) = (sample.requests + 1000, sample.failures + 1) }
            guarding.add(sample)
        }
        guarding.begin(GuardSettings(), at: sample.time)
        for _ in 0..<4 {
            sample.time += second / 2
            (sample.requests, sample.failures) = (sample.requests + 301, sample.failures + 151)
            guarding.add(sample)
        }
        let before = hasPast ? "0.1 %" : "no requests"
        #expect(
            guarding.verdict(at: sample.time)
                == "error rate 50.2 % of 1,204 requests in the last 2 s, \(before) in the minute before;"
                + " admin.guard.errorRate allows 5 % more")
    }

    @Test("it watches for as long as the settings say, and only when they say so")
    func watching() {
        let traffic = TrafficSimulation(seed: 1, rate: 200)
        var settings = GuardSettings()
        settings.watch = .seconds(10)
        #expect(run(traffic, settings, breaking: 10.1) { $0.failing = 1 } == nil)
        settings.enabled = false
        #expect(run(traffic, settings) { $0.failing = 1 } == nil)
        settings = GuardSettings()
        settings.errorRate = 1.0
        settings.p99 = 0
        let found = run(traffic, settings) {
            $0.failing = 1
            $0.slowest = 100
        }
        #expect(found == nil)
        var guarding = ChangeGuard(bounds: TrafficSimulation.bounds)
        #expect(!guarding.isWatching(at: 0))
        guarding.begin(GuardSettings(), at: 0)
        #expect(guarding.isWatching(at: 60_000_000_000) && !guarding.isWatching(at: 60_000_000_001))
        #expect(guarding.verdict(at: 1) == nil)
        guarding.end()
        #expect(!guarding.isWatching(at: 0))
    }

    @Test("counters that go back, samples out of order and other histograms are no reason to stop")
    func oddSamples() {
        var guarding = ChangeGuard(bounds: [0.1, 1])
        for time in [5, 3, 5, 6, 7, 8, 9, 10] as [Int64] {
            let buckets = [Int](repeating: 10 - Int(time), count: Int(time) % 4)
            guarding.add(
                TrafficSample(
                    time: time * 1_000_000_000, requests: 10 - Int(time), failures: Int(time), buckets: buckets))
            if time == 6 { guarding.begin(GuardSettings(), at: 6_500_000_000) }
            #expect(guarding.verdict(at: time * 1_000_000_000) == nil)
        }
    }
}

@Suite("The settings of the guard")
struct GuardSettingsTests {
    private func read(_ text: String) throws -> (settings: GuardSettings, problems: [Problem]) {
        let node = try JSONReader.read(Array(text.utf8), source: "a.json", dialect: .json5)
        var reading = Reading()
        return (GuardSettings.decode(node, &reading), reading.problems)
    }

    @Test("defaults, and every key")
    func keys() throws {
        let (defaults, none) = try read("{}")
        #expect(defaults == GuardSettings() && none.isEmpty)
        let text = "{ enabled: false, errorRate: '10%', p99: 3, minRequests: 5, watch: '90s' }"
        let (given, problems) = try read(text)
        #expect(problems.isEmpty)
        #expect(!given.enabled && given.errorRate == 0.1 && given.p99 == 3 && given.minRequests == 5)
        #expect(given.watch == .seconds(90))
        #expect(try read("{ p99: 0 }").problems.isEmpty)
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            "{ errorRate: 2 }", "{ p99: 0.5 }", "{ p99: -1 }", "{ minRequests: 0 }", "{ watch: '0s' }",
            "{ watch: '2h' }",
        ])
    func refused(text: String) throws {
        #expect(try read(text).problems.count == 1)
    }
}
