import Balancer
import Settings
import Testing

@Suite("what an agent says of its load")
struct ReportsTests {
    private func header(_ text: String) -> LoadReport? { Array(text.utf8).withUnsafeBytes { ORCA.parse($0) } }
    private func health(_ text: String) -> LoadReport? { Array(text.utf8).withUnsafeBytes { LoadJSON.parse($0) } }

    // MARK: endpoint-load-metrics

    @Test(
        "the three forms say the same",
        arguments: [
            "TEXT cpu_utilization=0.5, mem_utilization=0.25, named_metrics.queue_depth=3, rps_fractional=12.5",
            "text cpu_utilization:0.5,mem_utilization:0.25,named_metrics.queue_depth:3,rps_fractional:12.5",
            """
            JSON {"cpu_utilization": 0.5, "mem_utilization": 0.25, "rps_fractional": 12.5,
             "named_metrics": {"queue_depth": 3}, "request_cost": {"cpu": 9}}
            """,
            """
            JSON {"cpuUtilization":"0.5","memUtilization":25e-2,"rpsFractional":12.5,"namedMetrics":{"queueDepth":3}}
            """,
            // 1: 0.5, 2: 0.25, 6: 12.5, 8: {1: "queue_depth", 2: 3.0}
            "BIN CQAAAAAAAOA/EQAAAAAAANA/MQAAAAAAAClAQhYKC3F1ZXVlX2RlcHRoEQAAAAAAAAhA",
        ])
    func forms(_ text: String) {
        #expect(header(text) == LoadReport(cpu: 0.5, memory: 0.25, queueDepth: 3, rps: 12.5))
    }

    @Test("the whole agent's utilisation may be told, and be above 1")
    func utilization() {
        #expect(header("TEXT application_utilization=1.5, eps=2") == LoadReport(utilization: 1.5, eps: 2))
        // 9: 1.5
        #expect(header("BIN SQAAAAAAAPg/") == LoadReport(utilization: 1.5))
    }

    @Test(
        "what is no figure is left out, and a report of nothing else is none",
        arguments: [
            "", "TEXT", "TEXT ", "JSON", "BIN", "BIN !", "XML cpu=1", "cpu=0.5", "TEXT cpu=nan", "TEXT cpu=-0.1",
            "TEXT cpu=inf",
            "TEXT cpu=0x1p-1", "TEXT cpu=", "TEXT =0.5", "TEXT request_cost.cpu=0.5", "JSON [1]",
            "JSON {\"cpu\":1e400}",
            "JSON {\"cpu\":0.5", "JSON {\"cpu\":0.5} {}", "JSON {\"cpu\":{\"deep\":{\"cpu\":1}}}", "BIN CQAAAAAAAOA",
            "BIN CwAA", "TEXT mem=80",
        ])
    func nothing(_ text: String) {
        #expect(header(text) == nil)
    }

    @Test("cpu above the whole is the whole; a memory above it is bytes, and left out")
    func clamped() {
        #expect(header("TEXT cpu=3, mem=80") == LoadReport(cpu: 1))
    }

    @Test("percent is told from a share by the name alone")
    func percent() {
        #expect(header("TEXT cpu_percent=30, mem_percent=50") == LoadReport(cpu: 0.3, memory: 0.5))
        #expect(header("TEXT cpu=0.3, mem=0.5") == LoadReport(cpu: 0.3, memory: 0.5))
    }

    // MARK: health answers

    @Test(
        "a health answer tells the load at the top, in `load` or in `metrics`",
        arguments: [
            #"{"status":"ok","cpu":0.4,"memory":0.5,"queue_depth":3}"#,
            #"{"status":"ok","checks":[{"cpu":1},null,"a\"}"],"load":{"cpu":0.4,"memory":0.5,"queueDepth":3}}"#,
            #"{"metrics":{"cpu_percent":40,"memory_utilization":0.5,"queue-depth":"3"},"uptime":{"cpu":1}}"#,
        ])
    func healthAnswers(_ text: String) {
        #expect(health(text) == LoadReport(cpu: 0.4, memory: 0.5, queueDepth: 3))
    }

    @Test(
        "an answer of another kind tells nothing",
        arguments: ["ok", "", "null", "[0.5]", #"{"status":"ok"}"#, "<html>"])
    func otherAnswers(_ text: String) {
        #expect(health(text) == nil)
    }

    // MARK: Prometheus pages

    private let names = PrometheusPage.Names(
        cpu: ["agent_cpu", "process_cpu_seconds_total"], memory: ["mem_percent"],
        queueDepth: ["vllm:num_requests_waiting"])

    private func read(_ page: inout PrometheusPage, _ text: String, at seconds: Double = 1) -> LoadReport? {
        let now = Int64(seconds * 1e9)
        return Array(text.utf8).withUnsafeBytes { page.read($0, now: now) }
    }

    @Test("queues of one agent add up, of shares the largest counts; labels may hold braces")
    func series() {
        var page = PrometheusPage(names)
        let text = """
            # HELP vllm:num_requests_waiting n
            vllm:num_requests_waiting{model="a}\\"b",engine="0"} 3.0
            vllm:num_requests_waiting{engine="1"} 4 1700000000000
            vllm:num_requests_waiting_max 99
            mem_percent{zone="a"} 20
            mem_percent{zone="b"} 50\r
            """
        #expect(read(&page, text) == LoadReport(memory: 0.5, queueDepth: 7))
    }

    @Test("a counter of seconds tells a share from its second page on, and begins anew when it falls")
    func counters() {
        var page = PrometheusPage(names)
        #expect(read(&page, "process_cpu_seconds_total 10", at: 1) == nil)
        #expect(page.isCounting)
        #expect(read(&page, "process_cpu_seconds_total 10.5", at: 3) == LoadReport(cpu: 0.25))
        #expect(read(&page, "process_cpu_seconds_total 0.1", at: 4) == nil)
        #expect(read(&page, "process_cpu_seconds_total 0.2", at: 5)?.cpu.map { ($0 * 100).rounded() } == 10)
    }

    @Test("the first name of a list that the page has is taken")
    func preferred() {
        var page = PrometheusPage(names)
        _ = read(&page, "process_cpu_seconds_total 10\nagent_cpu 0.7", at: 1)
        #expect(read(&page, "process_cpu_seconds_total 11\nagent_cpu 0.7", at: 3) == LoadReport(cpu: 0.7))
    }

    @Test(
        "a line that cannot be read is passed over",
        arguments: [
            "agent_cpu", "agent_cpu x", "agent_cpu NaN", "agent_cpu -1", "agent_cpu{a=\"b 1", "agent_cpu{} +Inf",
            "{} 1",
        ])
    func broken(_ line: String) {
        var page = PrometheusPage(names)
        #expect(read(&page, "\(line)\nmem_percent 10\n") == LoadReport(memory: 0.1))
    }

    // MARK: any bytes at all

    @Test("no bytes make a figure that cannot be", arguments: [1, 2, 3] as [UInt64])
    func fuzz(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var page = PrometheusPage(names)
        let samples = [
            "TEXT cpu_utilization=0.5, named_metrics.queue_depth=3",
            "BIN CQAAAAAAAOA/EQAAAAAAANA/MQAAAAAAAClAQhYKC3F1ZXVlX2RlcHRoEQAAAAAAAAhA",
            #"JSON {"cpu":0.5,"named_metrics":{"queue_depth":"3"},"a":[1,{"b":null}]}"#,
            #"{"load":{"cpu":0.5},"queue_depth":3}"#,
            "vllm:num_requests_waiting{a=\"}\"} 3 1\nprocess_cpu_seconds_total 1.5\n",
        ]
        for round in 0..<20_000 {
            var bytes = Array(samples[round % samples.count].utf8)
            for _ in 0..<Int(random.next() % 5) where !bytes.isEmpty {
                let at = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: at)
                default: bytes.removeSubrange(at...)
                }
            }
            let found = bytes.withUnsafeBytes { bytes in
                [ORCA.parse(bytes), LoadJSON.parse(bytes), page.read(bytes, now: Int64(round))]
            }
            for case let report? in found where !isPossible(report) {
                Issue.record("seed \(seed), round \(round): \(report) of \(bytes)")
            }
        }
    }

    private func isPossible(_ report: LoadReport) -> Bool {
        let shares = [report.cpu, report.memory].compactMap { $0 }.allSatisfy { (0...1).contains($0) }
        let counts = [report.queueDepth, report.utilization, report.rps, report.eps].compactMap { $0 }
        return shares && counts.allSatisfy { $0 >= 0 && $0.isFinite } && !report.isEmpty
    }

    // MARK: settings

    @Test("settings name the metrics to look for")
    func settings() {
        let names = PrometheusMetricSettings().names
        #expect(names.cpu.first == "agent_cpu_utilization")
        #expect(names.queueDepth.contains("vllm:num_requests_waiting"))
        #expect(PrometheusSettings().path == nil, "no agent is asked for a page it may not have")
    }
}
