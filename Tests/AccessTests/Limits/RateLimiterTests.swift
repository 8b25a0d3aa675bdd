import Access
import Settings
import Synchronization
import Testing

private let second: Int64 = 1_000_000_000

/// A number that threads add to.
private final class Tally: Sendable {
    private let number = Atomic<Int>(0)
    var value: Int { number.load(ordering: .relaxed) }
    @discardableResult
    func add(_ more: Int) -> Int { number.wrappingAdd(more, ordering: .sequentiallyConsistent).newValue }
    func rise(to value: Int) { _ = number.max(value, ordering: .relaxed) }
}

@Suite("A limit admits burst + rate x time, and no less than 99 % of it")
struct RateLimiterTests {
    @Test("at most burst + rate x time in any window, whatever comes when", arguments: 0..<40)
    func bound(seed: Int) {
        var random = Seeded(seed: UInt64(seed))
        let count = Int.random(in: 1...5000, using: &random)
        let seconds: Int64 = [1, 60, 3600].randomElement(using: &random) ?? 60
        let burst = Int.random(in: 1...300, using: &random)
        let policy = RatePolicy(count: count, seconds: seconds, burst: burst)
        let limiter = RateLimiter(policy, keys: 1)
        let step = seconds * second / Int64(count)
        var now: Int64 = 1_000_000_000_000
        var admitted: [Int64] = []
        for _ in 0..<4000 {
            // floods, trickles and pauses
            switch Int.random(in: 0..<10, using: &random) {
            case 0: now += Int64.random(in: 0...(step * 20), using: &random)
            case 1...3: now += Int64.random(in: 0...step, using: &random)
            default: break
            }
            if limiter.ask(.everybody, now: now).isAdmitted { admitted.append(now) }
        }
        // windows from one admitted request to another
        var excess = -Double.infinity
        for first in stride(from: 0, to: admitted.count, by: 7) {
            for last in stride(from: first, to: admitted.count, by: 11) {
                let time = admitted[last] - admitted[first]
                let most = Double(burst) + Double(time) * Double(count) / Double(seconds * second)
                excess = max(excess, Double(last - first + 1) - most)
            }
        }
        #expect(excess <= 1e-6, "seed \(seed)")
    }

    @Test("who presses all the time gets all of it", arguments: [(1000, 60, 100), (10, 1, 20), (7, 60, 1), (5000, 3600, 3)])
    func pressed(count: Int, seconds: Int, burst: Int) {
        let limiter = RateLimiter(RatePolicy(count: count, seconds: Int64(seconds), burst: burst), keys: 1)
        let time = Int64(seconds) * second * 2
        var admitted = 0
        let step = time / Int64(count * 2 * 50)
        for tick in 0...(count * 2 * 50) where limiter.ask(.everybody, now: Int64(tick) * step).isAdmitted { admitted += 1 }
        #expect(admitted <= burst + count * 2)
        // an interval is rounded up, so that the last one may end behind the end
        #expect(Double(admitted) >= 0.99 * Double(burst + count * 2) - 1)
    }

    @Test("a refused request costs nothing, and waits exactly as long as it is told")
    func waits() {
        let limiter = RateLimiter(RatePolicy(count: 10, seconds: 1, burst: 2), keys: 1)
        #expect(limiter.ask(.everybody, now: 0).remaining == 1)
        #expect(limiter.ask(.everybody, now: 0).remaining == 0)
        let refused = limiter.ask(.everybody, now: 0)
        #expect(!refused.isAdmitted && refused.wait == second / 10 && refused.reset == second / 5 && refused.retryAfter == 1)
        #expect(!limiter.ask(.everybody, now: refused.wait - 1).isAdmitted)
        #expect(limiter.ask(.everybody, now: refused.wait).isAdmitted)
    }

    @Test("10,000 requests at once from many threads never exceed it by one", arguments: [RateKey.everybody, RateKey(name: "one")])
    func threads(key: RateKey) async {
        let limiter = RateLimiter(RatePolicy(count: 1, seconds: 3600, burst: 777))
        let admitted = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    for _ in 0..<100 where limiter.ask(key, now: 5).isAdmitted { admitted.add(1) }
                }
            }
        }
        #expect(admitted.value == 777)
        #expect(limiter.figures == RateLimiter.Figures(checked: 10_000, refused: 10_000 - 777))
    }

    @Test("a policy that changes keeps what was taken")
    func adopts() {
        let limiter = RateLimiter(RatePolicy(count: 60, seconds: 60, burst: 10), keys: 1)
        for _ in 0..<6 { #expect(limiter.ask(.everybody, now: 0).isAdmitted) }
        limiter.adopt(RatePolicy(count: 6000, seconds: 60, burst: 100), now: 0)
        #expect(limiter.look(.everybody, now: 0).remaining == 94)
        limiter.adopt(RatePolicy(count: 60, seconds: 60, burst: 3), now: 0)
        #expect(limiter.look(.everybody, now: 0).remaining == 0)
        #expect(!limiter.ask(.everybody, now: second / 2).isAdmitted && limiter.ask(.everybody, now: second).isAdmitted)
    }

    @Test("keys are bounded: those that are whole again go first, and of the rest who has taken least")
    func evicts() {
        let limiter = RateLimiter(RatePolicy(count: 60, seconds: 60, burst: 10), keys: 1024)
        let heavy = RateKey(name: "heavy")
        for _ in 0..<10 { _ = limiter.ask(heavy, now: 0) }
        for index in 0..<100_000 { #expect(limiter.ask(RateKey(name: "\(index)"), now: 0).isAdmitted) }
        let busy = limiter.busiest(1, now: 0)
        #expect(busy.keys <= 1024 && busy.top.first?.key == heavy)
        #expect(!limiter.ask(heavy, now: 0).isAdmitted)
        #expect(limiter.figures.evicted > 0)
        // a second later all of them are whole, and nobody is forgotten for a new one
        let before = limiter.figures.evicted
        for index in 0..<200 { _ = limiter.ask(RateKey(name: "later \(index)"), now: second * 2) }
        #expect(limiter.figures.evicted == before)
        #expect(!limiter.ask(heavy, cost: 3, now: second * 2).isAdmitted)
    }

    @Test("as many keys as there may be are all told apart, while the table grows and after", arguments: 0..<8)
    func many(run: Int) {
        let limiter = RateLimiter(RatePolicy(count: 1, seconds: 3600, burst: 1))
        // other keys in each run: the secrets of their places are the process's
        let keys = (0..<40_000).map { RateKey(address: address(run << 20 + $0)) }
        #expect(keys.count { limiter.ask($0, now: 0).isAdmitted } == keys.count)
        #expect(keys.count { limiter.ask($0, now: 0).isAdmitted } == 0)
        #expect(limiter.figures.evicted == 0)
    }

    private func address(_ index: Int) -> [UInt8] { [10, UInt8(index >> 16), UInt8(index >> 8 & 255), UInt8(index & 255)] }

    @Test("of IPv6 the network of 64 bits counts")
    func networks() {
        let one = RateKey(address: [32, 1, 13, 184, 0, 0, 0, 1] + Array(repeating: 0, count: 8))
        #expect(one == RateKey(address: [32, 1, 13, 184, 0, 0, 0, 1] + Array(repeating: 255, count: 8)))
        #expect(one != RateKey(address: [32, 1, 13, 184, 0, 0, 0, 2] + Array(repeating: 0, count: 8)))
        #expect(one.spelling == "2001:db8:0:1::/64" && RateKey(address: [192, 0, 2, 7]).spelling == "192.0.2.7")
    }

    @Test("what is larger than the burst passes where nothing is taken, and is paid for afterwards")
    func debt() {
        let limiter = RateLimiter(RatePolicy(count: 60, seconds: 60, burst: 10), keys: 1)
        #expect(limiter.ask(.everybody, cost: 30, now: 0).isAdmitted)
        #expect(limiter.ask(.everybody, now: 0).wait == 21 * second)
        #expect(!limiter.ask(.everybody, now: 20 * second).isAdmitted && limiter.ask(.everybody, now: 21 * second).isAdmitted)
    }

    @Test("what is settled later makes a debt, and what comes back is there again", arguments: 0..<20)
    func settles(seed: Int) {
        var random = Seeded(seed: UInt64(seed))
        let limiter = RateLimiter(RatePolicy(count: 60_000, seconds: 60, burst: 60_000), keys: 1)
        var now: Int64 = 0
        var spent: Int64 = 0
        for _ in 0..<2000 {
            let reserved = Int64.random(in: 1...3000, using: &random)
            let cost = Int64.random(in: 0...4000, using: &random)
            if limiter.ask(.everybody, cost: reserved, now: now).isAdmitted {
                limiter.charge(.everybody, cost: cost - reserved, now: now)
                spent += cost
            }
            now += Int64.random(in: 0...(2 * second), using: &random)
        }
        let most = 60_000 + now / 1_000_000 + 4000
        #expect(spent <= most, "seed \(seed)")
        // 1000 a second come back, some 1000 a second are asked for on the mean: next to all is used
        #expect(spent >= most / 2)
    }

    @Test("numbers from outside do not overflow")
    func extremes() {
        for policy in [
            RatePolicy(count: .max, seconds: 1, burst: .max), RatePolicy(count: 1, seconds: .max, burst: .max),
            RatePolicy(count: .min, seconds: .min, burst: .min),
        ] {
            let limiter = RateLimiter(policy, keys: 1)
            for cost in [Int64.max, .min, 0, 1] {
                _ = limiter.ask(.everybody, cost: cost, now: 1 << 61)
                limiter.charge(.everybody, cost: cost, now: 1 << 61)
                limiter.set(.everybody, used: cost, refused: 0, now: 1 << 61)
                _ = limiter.look(.everybody, cost: cost, now: 0)
                limiter.adopt(RatePolicy(count: 7, seconds: 60, burst: 3), now: 1 << 61)
            }
        }
    }
}

@Suite("Requests at once")
struct ConcurrencyLimiterTests {
    @Test("as many places as there are, over all threads, and each comes back")
    func places() async {
        let limiter = ConcurrencyLimiter(50)
        let (most, inside) = (Tally(), Tally())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    for _ in 0..<200 where limiter.acquire() {
                        most.rise(to: inside.add(1))
                        await Task.yield()
                        inside.add(-1)
                        limiter.release()
                    }
                }
            }
        }
        #expect(most.value <= 50 && limiter.inUse == 0)
    }

    @Test("a lower limit holds for those who come next")
    func lower() {
        let limiter = ConcurrencyLimiter(2)
        #expect(limiter.acquire() && limiter.acquire() && !limiter.acquire())
        limiter.adopt(1)
        limiter.release()
        #expect(!limiter.acquire())
        limiter.release()
        #expect(limiter.acquire() && limiter.refused == 2)
    }
}

@Suite("What clients are told of limits")
struct RateFieldsTests {
    @Test("fields are structured lists of strings with parameters")
    func fields() {
        #expect(String(decoding: RateFields.policy("default", count: 1000, seconds: 60), as: UTF8.self) == "\"default\";q=1000;w=60")
        var line: [UInt8] = []
        RateFields.append(
            RateFields.quoted("a\"b\u{e9}"), RateVerdict(isAdmitted: true, remaining: 12, wait: 0, reset: 4_000_000_001), to: &line)
        #expect(String(decoding: line, as: UTF8.self) == "\"a_b__\";r=12;t=5")
    }

    @Test("agents are left alone longer each time, up to the most", arguments: [(1, 1000), (2, 2000), (5, 16_000), (7, 60_000), (900, 60_000)])
    func backoff(number: Int, milliseconds: Int64) {
        #expect(BackoffSettings().delay(number) == milliseconds * 1_000_000)
    }

    @Test("rates are read with their periods", arguments: [("10r/s", 10, 1), ("600r/m", 600, 60), ("5/h", 5, 3600), ("7r/min", 7, 60)])
    func rates(text: String, count: Int, seconds: Int64) {
        let rate = RequestRate(text)
        #expect(rate?.count == count && rate?.period.seconds == seconds)
    }

    @Test("what is no rate is none", arguments: ["", "/", "r/s", "10", "10r", "10r/", "-1r/s", "0r/s", "1.5r/s", "99999999999r/s", "10r/d", "10rr/s"])
    func none(text: String) { #expect(RequestRate(text) == nil) }
}
