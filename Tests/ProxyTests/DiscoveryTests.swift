import Balancer
import Logging
@testable import Proxy
import Settings
import Synchronization
import Testing

@Suite("discovery runs sources and tells what changes")
struct DiscoveryTests {
    /// A source that tells what the test says.
    private final class Script: DiscoverySource, Sendable {
        private let stream: AsyncStream<SourceReport>
        private let say: AsyncStream<SourceReport>.Continuation
        let runs = Atomic<Int>(0)
        let ends = Atomic<Int>(0)

        init() { (stream, say) = AsyncStream<SourceReport>.makeStream() }

        func run(_ tell: @Sendable (SourceReport) async -> Void) async {
            runs.wrappingAdd(1, ordering: .relaxed)
            for await report in stream { await tell(report) }
            ends.wrappingAdd(1, ordering: .relaxed)
        }

        func tell(_ report: SourceReport) { say.yield(report) }

        func found(_ ids: String...) {
            tell(.found(ids.map { .place(FoundAgent.Place(id: $0, host: "10.0.0.1", port: 1)) }))
        }
    }

    /// The sources of a test, by the names that settings ask for.
    private final class Stage: Sendable {
        let scripts: [String: Script]
        let board = DiscoveryBoard()
        /// What was known each time that a change was told.
        let told = AsyncStream<[String]>.makeStream()

        init(_ names: String...) {
            scripts = Dictionary(uniqueKeysWithValues: names.map { ($0, Script()) })
        }

        func discovery() -> Discovery {
            Discovery(
                board: board, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, coalescing: .zero
            ) { settings in
                settings.dns.map { dns in
                    SourcePlan(
                        key: "\(dns.name) \(dns.minTTL.nanoseconds)", name: "dns:\(dns.name)", template: dns.template,
                        make: { self.scripts[dns.minTTL == .seconds(1) ? dns.name : dns.name + "'"] ?? Script() })
                }
            }
        }
    }

    private func settings(
        _ names: String..., change: (inout DiscoveryDNSSettings) -> Void = { _ in }
    )
        -> DiscoverySettings
    {
        var settings = DiscoverySettings()
        settings.method = [.dns]
        settings.dns = names.map { name in
            var dns = DiscoveryDNSSettings()
            dns.name = name
            dns.port = 1
            change(&dns)
            return dns
        }
        return settings
    }

    @Test("a start waits for the first answers, and puts the template on whom they name")
    func first() async {
        let stage = Stage("a", "b")
        let discovery = stage.discovery()
        stage.scripts["a"]?.found("x", "y")
        stage.scripts["b"]?.found("z")
        let asked = settings("a", "b") {
            $0.template.tags = ["t"]
            $0.template.weight = 7
        }
        let agents = await discovery.agents(for: asked, patience: .seconds(60))
        #expect(agents.map(\.id) == ["x", "y", "z"])
        #expect(agents.allSatisfy { $0.tags == ["t"] && $0.weight == 7 })
        #expect(agents.map { $0.metadata["discovery"] } == ["dns:a", "dns:a", "dns:b"])
        await discovery.keep(asked)
        #expect(stage.board.facts.map(\.name) == ["dns:a", "dns:b"] && stage.board.facts.map(\.agents) == [2, 1])
        await discovery.end()
    }

    @Test("who does not answer is not waited for forever")
    func silent() async {
        let stage = Stage("a")
        let discovery = stage.discovery()
        #expect(await discovery.agents(for: settings("a"), patience: .milliseconds(1)).isEmpty)
        await discovery.end()
    }

    @Test("a failure keeps whom it had, and is counted and shown until it is over")
    func failure() async throws {
        let stage = Stage("a")
        let discovery = stage.discovery()
        let asked = settings("a")
        let script = try #require(stage.scripts["a"])
        script.found("x")
        _ = await discovery.agents(for: asked, patience: .seconds(60))
        await discovery.keep(asked)
        script.tell(.failed("gone"))
        script.tell(.failed("gone"))
        await until { stage.board.facts.first?.errors == 2 }
        #expect(stage.board.facts.first?.error == "gone" && stage.board.facts.first?.agents == 1)
        #expect(await discovery.agentsNow(for: asked).map(\.id) == ["x"])
        script.tell(.found([], note: "none left"))
        await until { stage.board.facts.first?.error == nil }
        #expect(stage.board.facts.first?.note == "none left" && stage.board.facts.first?.errors == 2)
        #expect(await discovery.agentsNow(for: asked).isEmpty)
        await discovery.end()
    }

    @Test("changes are told, the same again is not")
    func changes() async throws {
        let stage = Stage("a")
        let discovery = stage.discovery()
        let asked = settings("a")
        let script = try #require(stage.scripts["a"])
        script.found("x")
        _ = await discovery.agents(for: asked, patience: .seconds(60))
        await discovery.keep(asked)
        let told = Mutex<[[String]]>([])
        await discovery.begin {
            let ids = await discovery.agentsNow(for: asked).map(\.id)
            told.withLock { $0.append(ids) }
        }
        // the first telling is for what came before anybody listened
        await until { told.withLock { $0.count } == 1 }
        script.found("x")
        script.found("x", "y")
        await until { told.withLock { $0.last } == ["x", "y"] }
        #expect(told.withLock { $0 } == [["x"], ["x", "y"]])
        await discovery.end()
    }

    @Test("sources that are no longer asked for end; one that is asked in another way begins with what was known")
    func keep() async throws {
        let stage = Stage("a", "a'")
        let discovery = stage.discovery()
        stage.scripts["a"]?.found("x")
        _ = await discovery.agents(for: settings("a"), patience: .seconds(60))
        await discovery.keep(settings("a"))
        let other = settings("a") { $0.minTTL = .seconds(2) }
        #expect(await discovery.agents(for: other, patience: .milliseconds(1)).map(\.id) == ["x"])
        await discovery.keep(other)
        let first = try #require(stage.scripts["a"])
        await until { first.ends.load(ordering: .relaxed) == 1 }
        #expect(stage.board.facts.map(\.name) == ["dns:a"] && stage.board.facts.first?.lastSuccess == nil)
        await discovery.keep(settings())
        #expect(stage.board.facts.isEmpty)
        #expect(await discovery.agentsNow(for: settings()).isEmpty)
        await discovery.end()
    }

    /// Lets others run until it is so.
    private func until(_ condition: () -> Bool) async {
        for _ in 0..<200_000 where !condition() { await Task.yield() }
        #expect(condition())
    }

    // MARK: merging

    @Test("two sources with one id: the same place is one agent, another place gets its address into the id")
    func merge() {
        func plan(_ name: String) -> SourcePlan { SourcePlan(key: name, name: name, make: { Script() }) }
        func place(_ id: String, _ host: String) -> FoundAgent {
            .place(FoundAgent.Place(id: id, host: host, port: 9))
        }
        let merged = SourcePlan.merge([
            (plan("k8s:a"), [place("pod-0", "10.0.0.1")]),
            (plan("k8s:b"), [place("pod-0", "10.0.0.1"), place("pod-0", "10.0.0.2")]),
        ])
        #expect(merged.map(\.id) == ["pod-0", "pod-0-10.0.0.2:9"])
        #expect(merged.map { $0.metadata["discovery"] } == ["k8s:a", "k8s:b"])
    }

    @Test("the names of sources tell them apart, and the environment says where the API server is")
    func plans() throws {
        let tools = DiscoveryTools(
            names: ResolverLookup(resolver: Resolver()), kubernetes: { KubernetesClient($0, caFile: $1) },
            environment: ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"])
        var discovery = settings("a", "b")
        discovery.method = [.dns, .file, .k8s]
        discovery.dns[1].type = .srv
        var file = DiscoveryFileSettings()
        file.path = "/x.json"
        discovery.file = [file]
        var cluster = DiscoveryK8sSettings()
        cluster.namespace = "prod"
        cluster.service = "gw"
        cluster.port = .name("http")
        discovery.k8s = [cluster]
        let plans = tools.plans(discovery)
        #expect(plans.map(\.name) == ["dns:a:1", "dns:b", "file:/x.json", "k8s:prod/gw:http"])
        #expect(plans.last?.key.contains("https://[fd00::1]:6443") == true)
        discovery.method = [.static]
        #expect(tools.plans(discovery).isEmpty)
    }

    // MARK: generations

    @Test("found agents are in a generation's fleet and not in its settings")
    func generation() throws {
        let plain = try ExplainTests.generation(ExplainTests.plain)
        let found = DiscoveryTemplate().agent("c", host: "10.0.0.3", port: 9090)
        let next = Generation(plain.settings, found: [found], previous: plain)
        #expect(next.fleet.agents.map(\.id) == ["a", "b", "c"] && next.settings == plain.settings)
        #expect(next.number == plain.number + 1 && next.agentLabels["c"] != nil)
        let after = Generation(plain.settings, previous: next)
        #expect(after.fleet.agents.map(\.id) == ["a", "b"])
        #expect(after.fleet.agent("a") === plain.fleet.agent("a"))
    }

    // MARK: by hand

    @Test("what is set by hand outlives a reload, and the absence of an agent for ten minutes")
    func byHand() throws {
        let first = try ExplainTests.generation(ExplainTests.plain)
        let found = DiscoveryTemplate().agent("c", host: "10.0.0.3", port: 9090)
        let with = Generation(first.settings, found: [found], previous: first)
        let book = AgentsByHand()
        let agent = try #require(with.fleet.agent("c"))
        book.setDrained(agent, true, now: 1, wall: 1000)
        book.setWeight(agent, 5, wall: 2000)
        #expect(agent.state.isDrained && agent.state.handWeight == 5)
        #expect(book.setting(of: agent)?.drainedSince == 1000)
        // gone, and back within the time: a state of its own, which is told
        let without = Generation(first.settings, previous: with)
        book.note(without.fleet, wall: 10_000)
        let back = Generation(first.settings, found: [found], previous: without)
        book.carry(to: back.fleet)
        let again = try #require(back.fleet.agent("c"))
        #expect(again !== agent && again.state.isDrained && again.state.handWeight == 5)
        book.note(back.fleet, wall: 20_000)
        // gone for longer
        book.note(without.fleet, wall: 30_000)
        book.note(without.fleet, wall: 30_001 + AgentsByHand.memory)
        let late = Generation(first.settings, found: [found], previous: without)
        book.carry(to: late.fleet)
        #expect(late.fleet.agent("c")?.state.isDrained == false && book.setting(of: again) == nil)
    }

    @Test("ready and reset leave nothing behind")
    func undone() throws {
        let generation = try ExplainTests.generation(ExplainTests.plain)
        let agent = try #require(generation.fleet.agent("a"))
        let book = AgentsByHand()
        book.setDrained(agent, true, now: 1, wall: 1)
        book.setWeight(agent, 0, wall: 1)
        book.setDrained(agent, false, now: 2, wall: 2)
        #expect(!agent.state.isDrained && book.setting(of: agent)?.weight == 0)
        book.setWeight(agent, nil, wall: 2)
        #expect(agent.state.handWeight == nil && book.setting(of: agent) == nil)
    }

    @Test("ready closes an agent's breaker, drained or not, and its share rises from then on", arguments: [true, false])
    func readyClosesBreaker(_ isDrained: Bool) throws {
        let agent = try #require(try ExplainTests.generation(ExplainTests.plain).fleet.agent("a"))
        let book = AgentsByHand()
        let policy = BreakerPolicy()
        for _ in 0..<policy.maxFails { agent.state.record(.failure(.reset), began: 0, now: 1, policy) }
        if isDrained { book.setDrained(agent, true, now: 2, wall: 2) }
        #expect(agent.state.isSetAside)
        book.setDrained(agent, false, now: 3, wall: 3)
        #expect(agent.isAvailable(3) && agent.state.rampStart == 3 && agent.state.consecutiveFailures == 0)
    }

    @Test(
        "paths are methods; ids may be escaped, and hold what paths hold",
        arguments: [
            ("/agents/a/drain", "", "agents.drain", #"{"id": "a"}"#),
            ("/agents/gw-%5Bfd00::1%5D:90/ready", "", "agents.ready", #"{"id": "gw-[fd00::1]:90"}"#),
            ("/agents/a/b/weight", #"{"weight": 5, "id": "x"}"#, "agents.weight", #"{"id": "a/b", "weight": 5}"#),
        ])
    func paths(_ path: String, _ body: String, _ method: String, _ params: String) throws {
        let question = try AgentMethods.question(path: path, body: Array(body.utf8))
        #expect(question.method == method && question.params.json == params)
        #expect(AdminMethods.needToken(method, question.params))
    }

    @Test("other paths are refused", arguments: ["/agents/a", "/agents//", "/agents/a/kill", "/agents/drain"])
    func wrongPaths(_ path: String) {
        #expect(throws: ControlFailure.self) { try AgentMethods.question(path: path, body: []) }
    }

    @Test("the doctor tells of sources that fail, and of those that find nobody")
    func doctor() throws {
        var seen = Examination(try ExplainTests.generation(ExplainTests.plain), facts: DoctorFacts())
        #expect(Doctor.discovery(seen).isEmpty)
        var facts = SourceFacts("dns:gw:1")
        facts.lastSuccess = 1
        facts.agents = 2
        seen.discovery = [facts]
        #expect(Doctor.discovery(seen).map(\.severity) == [.ok])
        facts.error = "SERVFAIL"
        facts.errorSince = 0
        seen.discovery = [facts]
        seen.wallMs = 60_000
        let failing = try #require(Doctor.discovery(seen).first)
        #expect(failing.severity == .error && failing.detail.contains("the 2 agents known before stay"))
        facts.error = nil
        facts.agents = 0
        facts.note = "1 not ready"
        seen.discovery = [facts, SourceFacts("k8s:a")]
        let findings = Doctor.discovery(seen)
        #expect(findings.map(\.severity) == [.error, .warning] && findings.allSatisfy { !$0.remedy.isEmpty })
        #expect(findings[0].detail.contains("1 not ready"))
    }
}
