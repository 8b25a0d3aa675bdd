import Balancer
import Logging
@testable import Proxy
import Settings
import Telemetry
import Testing

@Suite("the doctor says what is wrong with the running proxy, and what to do about it")
struct DoctorTests {
    /// An examination of a proxy in which all is well.
    private func well(_ text: String = ExplainTests.plain) throws -> Examination {
        var facts = DoctorFacts()
        facts.targetFile = "/etc/gateway.json"
        var seen = Examination(try ExplainTests.generation(text), facts: facts)
        seen.now = 100_000_000_000
        seen.wallMs = 1_800_000_000_000
        seen.uptime = 3600
        seen.seconds = 60
        seen.descriptors = Descriptors(open: 50, limit: 100_000)
        for agent in seen.generation.fleet.agents { agent.state.publish(.up, now: 0) }
        return seen
    }

    private func traffic(
        _ requests: Int, errors: [Failure.Kind: Int] = [:], _ tallies: [AgentTally: Int] = [:]
    ) -> TrafficFigures {
        var labels = CounterLabels(errorKinds: Failure.Kind.names)
        let agent = labels.agent("a")
        let counters = LoopCounters(labels: labels)
        for _ in 0..<requests { counters.requestEnded(route: 0, status: 200, nanoseconds: 1) }
        for (kind, count) in errors { for _ in 0..<count { counters.failed(kind: kind.index) } }
        for (tally, count) in tallies { counters.add(count, to: tally, agent: agent) }
        return counters.figures()
    }

    /// What is told of a thing beside `ok`.
    private func told(_ what: String, _ seen: Examination) -> [Finding] {
        Doctor.findings(of: seen).filter { $0.what == what && $0.severity != .ok }
    }

    @Test("where all is well, each area says so once, and nothing else is said")
    func allWell() throws {
        var seen = try well()
        seen.traffic = traffic(
            1000, errors: [.badRequest: 400], [.requests: 1000, .connectionsReused: 990, .connectionsOpened: 10])
        let findings = Doctor.findings(of: seen)
        #expect(findings.allSatisfy { $0.severity == .ok }, "\(findings.filter { $0.severity != .ok })")
        #expect(Set(findings.map(\.what)).count == findings.count)
        let areas = [
            "configuration", "configuration file", "agents", "pools", "rules", "client connections", "requests",
            "failures", "attempts",
            "kept connections", "open files", "log", "admin token", "process",
        ]
        #expect(findings.map(\.what) == areas)
    }

    @Test("whatever is told beside ok has a remedy, errors come first, and lines are lines")
    func remedies() throws {
        var seen = try well(ExplainTests.text)
        for agent in seen.generation.fleet.agents { agent.state.publish(.down, now: 0) }
        seen.facts = DoctorFacts()
        seen.facts.hasAdminToken = false
        seen.facts.isEphemeral = true
        seen.facts.restart = ["gateway.performance.workerThreads"]
        seen.facts.confirmBy = seen.wallMs + 30_000
        seen.connections = 9_999
        seen.exchanges = 20_000
        seen.droppedLines = 4
        seen.isDraining = true
        seen.descriptors = Descriptors(open: 95, limit: 100)
        seen.traffic = traffic(
            100, errors: [.agentReset: 30, .noAgent: 2],
            [.requests: 120, .failures: 40, .retries: 20, .connectionsOpened: 110, .connectionsReused: 10])
        let findings = Doctor.findings(of: seen)
        let ranks = findings.map { [Finding.Severity.error, .warning, .ok].firstIndex(of: $0.severity) ?? 9 }
        #expect(ranks == ranks.sorted())
        for finding in findings where finding.severity != .ok { #expect(!finding.remedy.isEmpty, "\(finding)") }
        for finding in findings { #expect(!(finding.detail + finding.remedy).contains { $0.isNewline }, "\(finding)") }
    }

    // MARK: configuration

    @Test("a refused file is told with its first problems, and where they stand")
    func refused() throws {
        var seen = try well()
        let problems = (1...5).map {
            Problem(
                severity: .error, position: Position(source: "g.json", line: $0, column: 1), path: "gateway.x\($0)",
                message: "wrong")
        }
        seen.facts.lastRefusal = ReloadFacts.Refusal(
            time: seen.wallMs - 90_000, source: "file", problems: problems, files: [])
        let finding = try #require(told("configuration", seen).first)
        #expect(finding.severity == .error)
        #expect(finding.detail.contains("1m30s ago") && finding.detail.contains("g.json:1:1: gateway.x1: wrong"))
        #expect(finding.detail.hasSuffix("; and 2 more"))
    }

    @Test("a file that cannot be written is told with what the file's own words advise")
    func target() throws {
        var seen = try well()
        seen.facts.targetObstacle = "/etc/gateway.json: read-only file system; change it where it is mounted from"
        let finding = try #require(told("configuration file", seen).first)
        #expect(
            finding.detail == "/etc/gateway.json: read-only file system"
                && finding.remedy == "change it where it is mounted from")
        seen.facts.targetFile = nil
        #expect(told("configuration file", seen).first?.detail.contains("there is none") == true)
    }

    @Test("warnings of the check are told by their keys")
    func features() throws {
        var seen = try well()
        seen.facts.problems = [
            Problem(
                severity: .warning, position: Position(source: "g.json", line: 3, column: 5), path: "gateway.budget",
                message: "not yet in this version")
        ]
        let finding = try #require(told("gateway.budget", seen).first)
        #expect(finding.severity == .warning && finding.detail == "not yet in this version (g.json:3:5)")
        #expect(finding.remedy.contains("clawproxy explain budget"))
    }

    // MARK: agents

    @Test("an agent that is down is told with why, since when, and how to ask it oneself")
    func down() throws {
        let seen = try well()
        let state = seen.generation.fleet.agents[0].state
        state.publish(.down, now: 0)
        state.checkFailed("connection refused", now: seen.now - 40_000_000_000)
        let never = try #require(told("agent a", seen).first)
        #expect(
            never.severity == .error && never.detail.contains("never reached")
                && never.remedy.contains("curl -v http://10.0.0.1:9090/health"))
        state.checkPassed(now: 0)
        state.checkFailed("status 503", now: seen.now - 40_000_000_000)
        #expect(told("agent a", seen).first?.detail == "down for 40s: http://10.0.0.1:9090/health: status 503")
        state.publish(.up, now: 0)
        #expect(told("agent a", seen).first?.severity == .warning, "failing, and not yet taken out")
    }

    @Test("ejected and drained agents are warnings; without any agent nothing can be served")
    func away() throws {
        let seen = try well()
        let agents = seen.generation.fleet.agents
        for _ in 0..<3 {
            agents[0].state.record(.failure(.reset), began: seen.now, now: seen.now, BreakerPolicy())
        }
        agents[1].state.setDrained(true)
        #expect(told("agent a", seen).first?.detail.contains("breaker is open for 1") == true)
        #expect(told("agent b", seen).first?.detail.contains("operator") == true)
        #expect(told("agents", try well("{}")).first?.severity == .error)
    }

    @Test("a pool at its caps, or with nobody available, is an error")
    func pools() throws {
        let seen = try well()
        let agents = seen.generation.fleet.agents
        for agent in agents { while agent.state.tryAcquire(cap: agent.cap) {} }
        let full = try #require(told("pool tag:chat", seen).first)
        #expect(
            full.severity == .error && full.detail.contains("4 in flight, 4 allowed")
                && full.remedy.contains("maxConcurrent"))
        agents[0].state.release()
        #expect(told("pool tag:chat", seen).isEmpty)
        for agent in agents { agent.state.publish(.down, now: 0) }
        #expect(told("pool tag:chat", seen).first?.detail.hasPrefix("so few agents are available") == true)
        for agent in agents { agent.state.setDrained(true) }
        #expect(told("pool tag:chat", seen).first?.detail == "nobody is available: a drained, b drained")
    }

    @Test("a rule whose target nobody bears is an error, and a warning where others of it serve")
    func rules() throws {
        let seen = try well(ExplainTests.text)
        #expect(
            told("rule empty", seen).first?.severity == .error
                && told("rule empty", seen).first?.detail.contains("'tag:ghost'") == true)
        #expect(told("rule nobody", seen).first?.severity == .warning)
        #expect(told("rule open", seen).isEmpty)
    }

    // MARK: load

    @Test("connections, requests and files near their limits are told with the key that sets them")
    func limits() throws {
        var seen = try well()
        seen.connections = 7_999
        seen.exchanges = 7_999
        #expect(told("client connections", seen).isEmpty && told("requests", seen).isEmpty)
        seen.connections = 8_000
        seen.exchanges = 8_000
        #expect(told("client connections", seen).first?.remedy.contains("http.limits.maxConnections") == true)
        #expect(told("requests", seen).first?.severity == .warning)
        seen.exchanges = 10_000
        #expect(told("requests", seen).first?.severity == .error)
        seen.descriptors = Descriptors(open: 10, limit: 4096)
        #expect(told("open files", seen).first?.detail.contains("about 2048 connections") == true)
        seen.descriptors = Descriptors(open: 80_000, limit: 100_000)
        #expect(told("open files", seen).first?.severity == .error)
    }

    @Test("failures of agents and of the proxy are told by kind; those of clients are no matter")
    func failures() throws {
        var seen = try well()
        seen.traffic = traffic(1000, errors: [.badRequest: 500, .agentReset: 9])
        #expect(told("failures", seen).isEmpty)
        seen.traffic = traffic(1000, errors: [.agentReset: 30, .noAgent: 10])
        #expect(told("failures", seen).first?.severity == .warning)
        #expect(told("failures", seen).first?.detail == "40 of 1000 (4 %) in the last 1m: agent_reset 30, no_agent 10")
        seen.traffic = traffic(1000, errors: [.noAgent: 50])
        #expect(
            told("failures", seen).first?.severity == .error
                && told("failures", seen).first?.remedy.contains("fallback") == true)
        seen.traffic = traffic(10, errors: [.noAgent: 10])
        #expect(told("failures", seen).isEmpty, "too few to judge by")
    }

    @Test("few kept connections name the key that keeps more")
    func reuse() throws {
        var seen = try well()
        seen.traffic = traffic(1000, [.requests: 1000, .connectionsOpened: 400, .connectionsReused: 600])
        let finding = try #require(told("kept connections", seen).first)
        #expect(
            finding.severity == .warning && finding.remedy.contains("agents.connectionPool.maxIdleConnsPerHost (10 "))
        seen.traffic = traffic(1000, [.requests: 1000, .connectionsOpened: 100, .connectionsReused: 900])
        #expect(told("kept connections", seen).isEmpty)
    }

    @Test("the last minute is the difference to a look of a minute ago")
    func minute() throws {
        let recent = RecentTraffic()
        let second: Int64 = 1_000_000_000
        #expect(recent.minute(until: traffic(5), at: 0) == nil)
        for time in 0..<200 { recent.add(traffic(time), at: Int64(time) * second) }
        let (figures, seconds) = try #require(recent.minute(until: traffic(200), at: 200 * second))
        #expect((60...68).contains(seconds) && figures.requests == seconds)
        let fresh = RecentTraffic()
        fresh.add(traffic(1), at: 0)
        #expect(fresh.minute(until: traffic(4), at: 3 * second)?.figures.requests == 3)
        #expect(fresh.minute(until: traffic(4), at: 300 * second) == nil, "nobody looked for minutes")
    }

    @Test("rules that ask for a token where there are none are an error")
    func auth() throws {
        let text = "{routing: {rules: [{name: 'a', match: {type: 'default'}, target: 'a', requiresAuth: true}]}}"
        #expect(told("auth.tokens", try well(text)).first?.detail.contains("answered with 401: a") == true)
    }

    @Test("a whole process is examined without a loop that answers")
    func process() async throws {
        var logging = LogSettings()
        logging.accessLog = false
        let state = ProcessState(
            try ExplainTests.generation(ExplainTests.plain), sink: LogSink(logging),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, loopCount: 1, startTime: 0)
        let findings = await Doctor.findings(process: state, facts: DoctorFacts())
        #expect(findings.contains { $0.what == "open files" } && findings.contains { $0.what == "process" })
        let status = await Status.payload(process: state, facts: StatusFacts())
        #expect(status["generations"]?.json == "[{\"generation\": 1, \"exchanges\": 0}]")
        #expect(status["agents"]?.json == "{\"up\": 2, \"down\": 0, \"ejected\": 0, \"drained\": 0}")
        #expect(status["reloads"]?["lastRefusal"]?.isNull == true)
    }
}

extension ExplainTests {
    /// Two agents of one tag, and one rule that names it.
    static let plain = """
        {agents: {discovery: {static: [
           {id: 'a', endpoint: 'http://10.0.0.1:9090', tags: ['chat'], maxConcurrent: 2},
           {id: 'b', endpoint: 'http://10.0.0.2:9090', tags: ['chat'], maxConcurrent: 2}]}},
         routing: {rules: [{name: 'chat', match: {type: 'prefix', pattern: '/'}, target: 'tag:chat'}]}}
        """
}
