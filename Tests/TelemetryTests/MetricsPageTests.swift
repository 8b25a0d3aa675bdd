import Telemetry
import Testing

@Suite("The page of metrics is valid Prometheus text, and says what was counted")
struct MetricsPageTests {
    private static let odd = ["plain", "with \"quotes\"", "back\\slash", "line\nfeed", "größe 😀", "", "a,b={}"]

    private func page(_ counters: LoopCounters, _ agents: [AgentGauge] = []) throws -> PrometheusPage {
        var process = ProcessFacts()
        process.version = "1.2.3"
        process.startTime = 1_709_164_800.5
        process.residentMemory = 12_345_678
        process.loops = 2
        process.generation = 3
        let bytes = MetricsPage.text(counters.snapshot(), agents: agents, process: process)
        return try PrometheusPage(String(decoding: bytes, as: UTF8.self))
    }

    @Test("an idle proxy's page is valid and has every family's kind")
    func idle() throws {
        let page = try page(LoopCounters(labels: CounterLabels(errorKinds: ["no_agent"])))
        #expect(page.kinds["gateway_requests_total"] == "counter")
        #expect(page.kinds["gateway_request_duration_seconds"] == "histogram")
        #expect(page.kinds["gateway_active_connections"] == "gauge")
        #expect(page.value("gateway_active_connections") == 0)
        #expect(page.value("gateway_error_total", ["kind": "no_agent"]) == 0)
        #expect(page.value("gateway_build_info", ["version": "1.2.3"]) == 1)
        #expect(page.value("process_start_time_seconds") == 1_709_164_800.5)
    }

    @Test("requests, durations and agents are told under their names")
    func counted() throws {
        var labels = CounterLabels(errorKinds: ["no_agent", "bad_answer"], buckets: [0.005, 0.5, 300])
        let route = labels.route("chat")
        let agent = labels.agent("agent-1")
        let counters = LoopCounters(labels: labels)
        for milliseconds: Int64 in [1, 2, 100, 400_000] {
            counters.requestEnded(route: route, status: 200, nanoseconds: milliseconds * 1_000_000)
        }
        counters.requestEnded(route: CounterLabels.unmatched, status: 404, nanoseconds: 1)
        counters.failed(kind: 1)
        counters.add(4, to: .activeConnections)
        counters.add(4, to: .requests, agent: agent)
        counters.add(to: .failures, agent: agent)
        let gauge = AgentGauge(
            id: "agent-1", index: agent, isUp: true, isAvailable: false, inFlight: 7, weight: 100, ejections: 2)
        let page = try page(counters, [gauge])
        #expect(page.value("gateway_requests_total", ["route": "chat", "status": "2xx"]) == 4)
        #expect(page.value("gateway_requests_total", ["route": "-", "status": "4xx"]) == 1)
        let duration = "gateway_request_duration_seconds"
        #expect(page.value(duration + "_bucket", ["route": "chat", "le": "0.005"]) == 2)
        #expect(page.value(duration + "_bucket", ["route": "chat", "le": "0.5"]) == 3)
        #expect(page.value(duration + "_bucket", ["route": "chat", "le": "300"]) == 3)
        #expect(page.value(duration + "_bucket", ["route": "chat", "le": "+Inf"]) == 4)
        #expect(page.value(duration + "_count", ["route": "chat"]) == 4)
        #expect(page.value(duration + "_sum", ["route": "chat"]) == 400.103)
        #expect(page.value("gateway_error_total", ["kind": "bad_answer"]) == 1)
        #expect(page.value("gateway_active_connections") == 4)
        #expect(page.value("gateway_agent_up", ["agent": "agent-1"]) == 1)
        #expect(page.value("gateway_agent_available", ["agent": "agent-1"]) == 0)
        #expect(page.value("gateway_agent_in_flight", ["agent": "agent-1"]) == 7)
        #expect(page.value("gateway_agent_requests_total", ["agent": "agent-1"]) == 4)
        #expect(page.value("gateway_agent_failures_total", ["agent": "agent-1"]) == 1)
        #expect(page.value("gateway_agent_ejections_total", ["agent": "agent-1"]) == 2)
    }

    @Test("what is open is told by the generation under which it began, loops summed, in order")
    func generations() throws {
        let labels = CounterLabels(errorKinds: [])
        var sum = Snapshot(labels: labels)
        for open in [[2: 1, 3: 4], [3: 2], [10: 0]] {
            var one = LoopCounters(labels: labels).snapshot()
            one.generations = open
            sum += one
        }
        let bytes = MetricsPage.text(sum, agents: [], process: ProcessFacts())
        let page = try PrometheusPage(String(decoding: bytes, as: UTF8.self))
        #expect(page.kinds["gateway_generation_exchanges"] == "gauge")
        let rows = page.samples.filter { $0.name == "gateway_generation_exchanges" }
        #expect(rows.map { $0.labels["generation"] } == ["2", "3", "10"])
        #expect(rows.map(\.value) == [1, 6, 0])
    }

    @Test("names of any kind come back as they were", arguments: odd)
    func oddNames(name: String) throws {
        var labels = CounterLabels(errorKinds: [])
        let counters = LoopCounters(labels: labels)
        let route = labels.route(name)
        counters.adopt(labels)
        counters.requestEnded(route: route, status: 200, nanoseconds: 1)
        let page = try page(counters)
        #expect(page.value("gateway_requests_total", ["route": name, "status": "2xx"]) == 1)
    }

    @Test("a route that served nothing has no lines")
    func quietRoutes() throws {
        var labels = CounterLabels(errorKinds: [])
        for number in 0..<10_000 { _ = labels.route("r\(number)") }
        let counters = LoopCounters(labels: labels)
        counters.requestEnded(route: 500, status: 200, nanoseconds: 1)
        let lines = try page(counters).samples.count { $0.name.hasPrefix("gateway_request_duration") }
        #expect(lines == CounterLabels.defaultBuckets.count + 3)
    }

    @Test("the reader of these tests refuses what is wrong")
    func strictReader() {
        let head = "# HELP a_total x\n# TYPE a_total counter\n"
        let wrong = [
            "a_total 1\n", head + "a_total 1", head + "a_total 1\na_total 1\n", head + "a_total x\n",
            head + "a_total{l=\"\\x\"} 1\n", head + "a_total{l=\"1\"\n", head + "b_total 1\n", head + head,
            "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
            "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        ]
        for text in wrong {
            #expect(throws: PrometheusPage.Fault.self, "\(text)") { try PrometheusPage(text) }
        }
    }
}
