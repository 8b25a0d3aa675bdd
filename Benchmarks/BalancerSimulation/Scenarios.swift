/// The scenarios there are. To add one: a line here.
package enum Scenarios {
    package static let list: [Scenario] = [
        Scenario(name: "mixed", story: "speeds 1, 1, 1/2, 1/4", speeds: mixed),
        Scenario(
            name: "degrading", story: "mixed; one at a tenth for a fifth of the time", speeds: mixed,
            changes: degrading),
        Scenario(name: "cold", story: "mixed; one restarts, and is slow at first", speeds: mixed, changes: cold),
        Scenario(name: "all", story: "degrading, and the cold restart", speeds: mixed, changes: cold + degrading),
        Scenario(name: "fleet", story: "eight mixed, two loops", speeds: mixed + mixed, loops: 2),
        Scenario(name: "slots64", story: "mixed, 64 at once an agent", speeds: mixed, slots: 64, duration: 40),
        Scenario(
            name: "pauses", story: "mixed; each stands still for 0.3 s every 10 s", speeds: mixed,
            pauses: Scenario.Pauses(every: 10, length: 0.3)),
        Scenario(
            name: "flapping", story: "six equal; one goes away and returns every 10 s", speeds: even(6),
            changes: flapping),
        Scenario(
            name: "black-hole", story: "four equal; one answers a third, then all, at once with 503", speeds: even(4),
            changes: blackHole),
        Scenario(
            name: "half-slow", story: "eight equal at half load; half of them at a quarter for 15 s", speeds: even(8),
            load: 0.5,
            changes: half {
                .speed(agent: $0, 0.25)
            } _: {
                .speed(agent: $0, 1)
            }),
        Scenario(
            name: "half-gone", story: "eight equal at 40 % load; half of them away for 15 s", speeds: even(8),
            load: 0.4,
            changes: half {
                .gone(agent: $0)
            } _: {
                .back(agent: $0)
            }),
        Scenario(
            name: "herd", story: "eight mixed, six proxies that read reports 1 s late", speeds: mixed + mixed,
            proxies: 6,
            reports: Scenario.Reports(every: 1, age: 1)),
        Scenario(
            name: "streams", story: "mixed, 64 at once; a tenth streams for 4 s", speeds: mixed, slots: 64,
            duration: 240,
            streams: Scenario.Streams(share: 0.1, length: 4, work: 4)),
        Scenario(
            name: "waves", story: "mixed; load swings between 30 % and 84 %", speeds: mixed,
            changes: (0..<12).map { Scenario.Change(at: Double($0) * 10, what: .load($0 % 2 == 0 ? 0.5 : 1.4)) }),
        Scenario(
            name: "thousand", story: "1,000 mixed, 100,000 requests a second, four proxies of two loops",
            speeds: (0..<1000).map { mixed[$0 % 4] }, duration: 3, proxies: 4, loops: 2, work: 0.033),
    ]

    package static func named(_ name: String) -> Scenario? { list.first { $0.name == name } }

    private static let mixed = [1, 1, 0.5, 0.25]

    private static func even(_ count: Int) -> [Double] { Array(repeating: 1, count: count) }

    private static let degrading: [Scenario.Change] = [
        Scenario.Change(at: 60, what: .speed(agent: 0, 0.1)), Scenario.Change(at: 84, what: .speed(agent: 0, 1)),
    ]

    private static let cold: [Scenario.Change] = [
        Scenario.Change(at: 12, what: .gone(agent: 1)), Scenario.Change(at: 12, what: .speed(agent: 1, 0.15)),
        Scenario.Change(at: 14, what: .back(agent: 1)), Scenario.Change(at: 19, what: .speed(agent: 1, 0.4)),
        Scenario.Change(at: 24, what: .speed(agent: 1, 0.7)), Scenario.Change(at: 30, what: .speed(agent: 1, 1)),
    ]

    private static let flapping: [Scenario.Change] = (0..<6).flatMap { turn -> [Scenario.Change] in
        let start = 10 + 20 * Double(turn)
        return [
            Scenario.Change(at: start, what: .gone(agent: 1)), Scenario.Change(at: start + 4, what: .back(agent: 1)),
        ]
    }

    private static let blackHole: [Scenario.Change] = [
        Scenario.Change(at: 10, what: .failing(agent: 1, 0.33)), Scenario.Change(at: 40, what: .failing(agent: 1, 0)),
        Scenario.Change(at: 92, what: .failing(agent: 2, 1)), Scenario.Change(at: 108, what: .failing(agent: 2, 0)),
    ]

    private static func half(
        _ begin: (Int) -> Scenario.Change.What, _ end: (Int) -> Scenario.Change.What
    ) -> [Scenario.Change] {
        (0..<4).flatMap { [Scenario.Change(at: 50, what: begin($0)), Scenario.Change(at: 65, what: end($0))] }
    }
}
