import Balancer
import Settings
import Testing

@Suite("settings of discovery")
struct DiscoverySettingsTests {
    private func discovery(_ text: String) throws -> (value: DiscoverySettings, problems: [String]) {
        let (value, problems) = try read(AgentsSettings.self, "{discovery: \(text)}")
        return (value.discovery, problems)
    }

    @Test("nothing said means what is written out, and nobody is looked for")
    func nothing() throws {
        let (value, problems) = try discovery("{static: [{id: 'a', endpoint: 'http://h'}]}")
        #expect(problems.isEmpty && !value.isDynamic && value.agents.map(\.id) == ["a"])
        #expect(value.names.isEmpty && value.files.isEmpty && value.clusters.isEmpty)
    }

    @Test(
        "one method or several; what is written out is always there",
        arguments: [
            ("'dns'", 1, 0, 0), ("['static', 'dns']", 1, 0, 0), ("['dns', 'file', 'kubernetes']", 1, 1, 1),
            ("'k8s'", 0, 0, 1), ("'File'", 0, 1, 0),
        ])
    func methods(_ method: String, _ names: Int, _ files: Int, _ clusters: Int) throws {
        let (value, problems) = try discovery(
            """
            {method: \(method), static: [{id: 'a', endpoint: 'http://h'}], dns: {name: 'gateways', port: 9090},
             file: {path: '/etc/agents.json'}, k8s: {service: 'gateways'}}
            """)
        #expect(value.isDynamic && value.agents.map(\.id) == ["a"])
        #expect([value.names.count, value.files.count, value.clusters.count] == [names, files, clusters])
        // each section that no method names is told once
        #expect(problems.count == 3 - names - files - clusters, "\(problems)")
        #expect(problems.allSatisfy { $0.hasPrefix("warning") && $0.contains("does not name it") })
    }

    @Test("the owner's selector of pods is read as it stands")
    func owners() throws {
        let (value, problems) = try discovery(
            """
            {"method": "k8s", "k8s": {"namespace": "openclaw", "selector": "app=openclaw-agent", "port": 9090}}
            """)
        #expect(problems.isEmpty, "\(problems)")
        #expect(value.clusters.first?.port == .number(9090) && value.clusters.first?.namespace == "openclaw")
    }

    @Test("a section may be a list, in any spelling of its keys")
    func lists() throws {
        let (value, problems) = try discovery(
            """
            {method: 'dns', dns: [{name: 'a', port: 1, min_ttl: '2s', max_concurrent: 3},
                                  {name: '_http._tcp.b.example.', type: 'SRV', tags: ['x'], kind: 'llm'}]}
            """)
        #expect(problems.isEmpty, "\(problems)")
        #expect(value.dns.map(\.name) == ["a", "_http._tcp.b.example."])
        #expect(value.dns[0].minTTL == .seconds(2) && value.dns[0].template.maxConcurrent == 3)
        #expect(value.dns[1].type == .srv && value.dns[1].template.tags == ["x"] && value.dns[1].template.kind == .llm)
    }

    @Test(
        "what cannot be is an error at its place",
        arguments: [
            ("{method: 'dns'}", "method"), ("{method: ['static', 'k8s']}", "method"), ("{method: []}", "method"),
            ("{method: 'dns', dns: {port: 1}}", "dns[0].name"),
            ("{method: 'dns', dns: {name: 'a'}}", "dns[0].port"),
            ("{method: 'dns', dns: {name: 'a b', port: 1}}", "dns[0].name"),
            ("{method: 'dns', dns: {name: '10.0.0.1', port: 1}}", "dns[0].name"),
            ("{method: 'dns', dns: {name: 'a', port: 70000}}", "dns[0].port"),
            ("{method: 'dns', dns: {name: 'a', port: 1, minTTL: '2m'}}", "dns[0].minTTL"),
            ("{method: 'dns', dns: {name: 'a', port: 1, minTTL: '0s'}}", "dns[0].minTTL"),
            ("{method: 'dns', dns: {name: 'a', port: 1, weight: -1}}", "dns[0].weight"),
            ("{method: 'file', file: {path: 'agents.json'}}", "file[0].path"), ("{method: 'file', file: 7}", "file"),
            ("{method: 'k8s', k8s: {port: 1}}", "k8s[0]"),
            ("{method: 'k8s', k8s: {service: 'A_B'}}", "k8s[0].service"),
            ("{method: 'k8s', k8s: {service: 'a', port: 0}}", "k8s[0].port"),
            ("{method: 'k8s', k8s: {service: 'a', server: 'ftp://x'}}", "k8s[0].server"),
        ])
    func wrong(_ text: String, _ key: String) throws {
        let problems = try discovery(text).problems
        #expect(problems.contains { $0.hasPrefix("error") && $0.contains(" discovery.\(key): ") }, "\(problems)")
    }

    @Test("where agents are found, nobody is called unknown")
    func unknown() throws {
        let (_, problems) = try read(
            AgentsSettings.self,
            """
            {discovery: {method: 'dns', dns: {name: 'a', port: 1}},
             pools: {p: {agents: ['a-10.0.0.1:1'], tags: ['zzz']}}}
            """)
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test("a written agent stands before a found one of its id; of two found ones the first stands")
    func adding() throws {
        let (value, _) = try read(AgentsSettings.self, "{discovery: {static: [{id: 'a', endpoint: 'http://h'}]}}")
        var found: [AgentSettings] = []
        for (id, host) in [("a", "x"), ("b", "y"), ("b", "z")] {
            found.append(DiscoveryTemplate().agent(id, host: host, port: 9090))
        }
        let all = value.adding(found).discovery.agents
        #expect(all.map(\.id) == ["a", "b"])
        #expect(all.map(\.endpoint.spelling) == ["http://h", "http://y:9090"])
        #expect(value.adding([]) == value)
    }

    @Test("found agents stand in the pools that their tags and their pool say")
    func members() throws {
        let (value, _) = try read(AgentsSettings.self, "{pools: {p: {tags: ['t']}}}")
        var template = DiscoveryTemplate()
        template.tags = ["t"]
        template.pool = "q"
        template.scheme = .https
        let fleet = Fleet(value.adding([template.agent("a", host: "::1", port: 443)]), LoadBalancingSettings())
        #expect(fleet.pool(named: "p")?.agents.map(\.id) == ["a"])
        #expect(fleet.pool(named: "q")?.agents.map(\.id) == ["a"])
        #expect(fleet.pool(tag: "t")?.agents.map(\.endpoint.spelling) == ["https://[::1]"])
    }

    // MARK: files of agents

    private func list(_ text: String) throws -> (agents: [AgentSettings], problems: [Problem]) {
        let node = try JSONReader.read(Array(text.utf8), source: "agents.json", dialect: .json5)
        var reading = Reading()
        return (AgentList.read(node, &reading), reading.problems)
    }

    @Test(
        "a file is a list, or an object that has one",
        arguments: [
            "[{id: 'a', endpoint: 'http://h'}]", "{agents: [{id: 'a', endpoint: 'http://h'}]}",
        ])
    func files(_ text: String) throws {
        let (agents, problems) = try list(text)
        #expect(problems.isEmpty && agents.map(\.id) == ["a"], "\(problems)")
    }

    @Test(
        "what is wrong with it is told with its place",
        arguments: [
            ("{}", "agents.json:1:1: expected a list of agents"), ("7", "agents.json:1:1: expected a list of agents"),
            ("[{id: 'a'}]", "agents.json:1:2: agents[0].endpoint: is missing"),
            (
                "[{id: 'a', endpoint: 'http://h'},\n{id: 'a', endpoint: 'http://i'}]",
                "agents.json:2:6: agents[1].id: 'a' is taken"
            ),
            ("[{id: 'a', endpoint: 'http://h', wieght: 3}]", "agents.json:1:34: agents[0].wieght: unknown key"),
        ])
    func wrongFiles(_ text: String, _ message: String) throws {
        let problems = try list(text).problems
        #expect(problems.first?.description.hasPrefix(message) == true, "\(problems.map(\.description))")
    }
}
