import Telemetry
import Testing

@Suite("Counters of loops add up, and an index keeps its meaning")
struct LoopCountersTests {
    private static func labels() -> CounterLabels {
        var labels = CounterLabels(errorKinds: ["a", "b"], buckets: [0.001, 0.01, 1])
        _ = labels.route("first")
        _ = labels.agent("agent-1")
        return labels
    }

    @Test(
        "a duration falls into the first bucket whose border it does not pass",
        arguments: [
            (0, 0), (1_000_000, 0), (1_000_001, 1), (10_000_000, 1), (10_000_001, 2), (1_000_000_000, 2),
            (1_000_000_001, 3), (Int64.max, 3),
        ] as [(Int64, Int)])
    func buckets(nanoseconds: Int64, bucket: Int) {
        let counters = LoopCounters(labels: Self.labels())
        counters.requestEnded(route: 1, status: 200, nanoseconds: nanoseconds)
        let count = counters.snapshot().routes[1]
        var wanted = [0, 0, 0, 0]
        wanted[bucket] = 1
        #expect(count?.buckets == wanted)
        #expect(count?.nanoseconds == Int(nanoseconds))
    }

    @Test(
        "statuses are counted by class",
        arguments: [
            (0, StatusClass.none), (99, .none), (101, .informational), (200, .success), (204, .success),
            (304, .redirection), (404, .clientError), (499, .clientError), (503, .serverError), (600, .none),
            (-1, .none),
        ])
    func classes(status: Int, wanted: StatusClass) {
        let counters = LoopCounters(labels: Self.labels())
        counters.requestEnded(route: 1, status: status, nanoseconds: 1)
        #expect(counters.snapshot().routes[1]?.requests[wanted.rawValue] == 1)
        #expect(counters.snapshot().requests == 1)
    }

    @Test("what is out of range counts as unmatched, or not at all")
    func outOfRange() {
        let counters = LoopCounters(labels: Self.labels())
        counters.requestEnded(route: 17, status: 200, nanoseconds: 1)
        counters.requestEnded(route: -1, status: 200, nanoseconds: 1)
        counters.add(to: .requests, agent: 5)
        counters.add(to: .requests, agent: -1)
        counters.failed(kind: 2)
        counters.failed(kind: -1)
        let snapshot = counters.snapshot()
        #expect(snapshot.routes[CounterLabels.unmatched]?.total == 2)
        #expect(snapshot.agents.allSatisfy { $0 == 0 })
        #expect(snapshot.errors == [0, 0])
    }

    @Test(
        "figures are what snapshots say, summed over routes and agents, and a later look less an earlier one is between"
    )
    func figures() {
        let counters = LoopCounters(labels: Self.labels())
        for status in [200, 404, 503, 0] { counters.requestEnded(route: status % 2, status: status, nanoseconds: 1) }
        counters.failed(kind: 1)
        counters.add(3, to: .connectionsRefused)
        counters.add(2, to: .retries, agent: 0)
        let before = counters.figures()
        let snapshot = counters.snapshot()
        #expect(before.requests == snapshot.requests)
        #expect(before.errors == snapshot.errors && before.errors == [0, 1])
        #expect(before.connectionsRefused == 3)
        #expect(AgentTally.allCases.allSatisfy { before[$0] == snapshot[0, $0] })
        counters.requestEnded(route: 1, status: 200, nanoseconds: 1)
        counters.failed(kind: 0)
        counters.add(5, to: .retries, agent: 0)
        let between = counters.figures().since(before)
        #expect(between.requests == 1 && between.errors == [1, 0] && between[.retries] == 5)
        #expect(between.connectionsRefused == 0)
        var sum = TrafficFigures()
        sum += between
        sum += between
        #expect(sum.requests == 2 && sum.errors == [2, 0] && sum[.retries] == 10)
    }

    @Test("snapshots of loops add up, of different generations too")
    func sums() {
        var labels = Self.labels()
        let old = LoopCounters(labels: labels)
        old.requestEnded(route: 1, status: 200, nanoseconds: 5)
        old.add(3, to: .activeConnections)
        old.add(-1, to: .activeConnections)
        old.add(to: .requests, agent: 0)
        old.failed(kind: 1)

        let route = labels.route("second")
        let agent = labels.agent("agent-2")
        let new = LoopCounters(labels: labels)
        new.requestEnded(route: route, status: 503, nanoseconds: 7)
        new.requestEnded(route: 1, status: 200, nanoseconds: 7)
        new.add(5, to: .activeConnections)
        new.add(to: .requests, agent: 0)
        new.add(to: .failures, agent: agent)

        for order in [[old, new], [new, old]] {
            var sum = Snapshot(labels: Self.labels())
            for counters in order { sum += counters.snapshot() }
            #expect(sum.labels.routes == ["-", "first", "second"])
            #expect(sum[.activeConnections] == 7)
            #expect(sum.requests == 3)
            #expect(sum.routes[1]?.requests[StatusClass.success.rawValue] == 2)
            #expect(sum.routes[1]?.nanoseconds == 12)
            #expect(sum.routes[route]?.requests[StatusClass.serverError.rawValue] == 1)
            #expect(sum[0, .requests] == 2)
            #expect(sum[agent, .failures] == 1)
            #expect(sum.errors == [0, 1])
        }
    }

    @Test("adopting more names keeps what was counted")
    func adopting() {
        var labels = Self.labels()
        let counters = LoopCounters(labels: labels)
        counters.requestEnded(route: 1, status: 200, nanoseconds: 1)
        counters.add(to: .connectionsOpened, agent: 0)
        let route = (0..<1000).map { labels.route("r\($0)") }.last ?? 0
        let agent = (0..<100).map { labels.agent("a\($0)") }.last ?? 0
        counters.adopt(labels)
        counters.requestEnded(route: route, status: 200, nanoseconds: 1)
        counters.requestEnded(route: 1, status: 200, nanoseconds: 1)
        counters.add(to: .connectionsOpened, agent: agent)
        let snapshot = counters.snapshot()
        #expect(snapshot.routes[1]?.total == 2)
        #expect(snapshot.routes[route]?.total == 1)
        #expect(snapshot[0, .connectionsOpened] == 1)
        #expect(snapshot[agent, .connectionsOpened] == 1)
    }

    @Test("a name is given one index, however often it is asked for, and names are bounded")
    func names() {
        var labels = CounterLabels(errorKinds: [])
        #expect(labels.route("x") == 1)
        #expect(labels.route("x") == 1)
        #expect(labels.route("-") == CounterLabels.unmatched)
        #expect(labels.agent("x") == 0)
        for number in 0..<(CounterLabels.maxNames + 10) { _ = labels.route("n\(number)") }
        #expect(labels.routes.count == CounterLabels.maxNames)
        #expect(labels.routes.last == "(more)")
        #expect(labels.route("one more") == CounterLabels.maxNames - 1)
        #expect(labels.route("x") == 1)
    }
}
