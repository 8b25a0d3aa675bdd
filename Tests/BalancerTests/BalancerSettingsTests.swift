import Balancer
import Settings
import Testing

@Suite("settings of agents and balancing")
struct BalancerSettingsTests {
    @Test("the owner's agents are read as they stand")
    func ownersAgents() throws {
        let (value, problems) = try read(
            AgentsSettings.self,
            """
            {"discovery": {"method": "static", "static": [
               {"id": "agent-chat-001", "endpoint": "http://10.0.1.10:9090", "weight": 100,
                "tags": ["chat", "production"]},
               {"id": "agent-code-001", "endpoint": "http://10.0.1.11:9090", "weight": 80,
                "tags": ["code", "production"]}]},
             "healthCheck": {"enabled": true, "path": "/health", "interval": "10s", "timeout": "3s",
               "failThreshold": 3, "passThreshold": 2},
             "connectionPool": {"maxIdleConns": 100, "maxIdleConnsPerHost": 10, "idleTimeout": "90s"}}
            """)
        #expect(problems.isEmpty)
        #expect(value.discovery.agents.map(\.id) == ["agent-chat-001", "agent-code-001"])
        #expect(value.discovery.agents[1].weight == 80)
        #expect(value.healthCheck == HealthCheckSettings())
        #expect(value.connectionPool == ConnectionPoolSettings())
    }

    /// Problems of a text in which the agents a and b stand, as `severity path`.
    private func problems(pools: String) throws -> [String] {
        try read(
            AgentsSettings.self,
            """
            {discovery: {static: [{id: 'a', endpoint: 'http://h', tags: ['x']}, {id: 'b', endpoint: 'http://h'}]},
             pools: \(pools)}
            """
        ).problems
    }

    @Test("pools that agree with the agents are well; one address may serve two agents")
    func wellFormed() throws {
        #expect(try problems(pools: "{p: {agents: ['a', 'b'], tags: ['x']}}").isEmpty)
    }

    @Test("an unknown agent, one that is listed twice, and a pool named like an agent are told, with their places")
    func disagreement() throws {
        let unknown = try problems(pools: "{p: {agents: ['a',\n 'bb']}}")
        #expect(unknown.count == 1)
        #expect(unknown[0].hasPrefix("error test.json:3:2 pools.p.agents[1]: no agent 'bb'"), "\(unknown)")
        let twice = try problems(pools: "{p: {agents: ['a', 'a']}}")
        #expect(twice.count == 1)
        #expect(twice[0].contains("pools.p.agents[1]: agent 'a' is in this pool already"), "\(twice)")
        let named = try problems(pools: "{a: {agents: ['b']}}")
        #expect(named.count == 1)
        #expect(named[0].hasPrefix("warning") && named[0].contains("write 'pool:a' for the pool"), "\(named)")
        let tag = try problems(pools: "{p: {tags: ['zzz']}}")
        #expect(tag.count == 1 && tag[0].hasPrefix("warning"))
    }

    @Test("two pools that check one agent in two ways are told")
    func healthChecks() throws {
        let problems = try problems(
            pools: """
                {p: {agents: ['a'], healthCheck: {interval: '1s'}},
                 q: {agents: ['a'], healthCheck: {interval: '2s'}}}
                """)
        #expect(problems.count == 1)
        #expect(problems[0].hasPrefix("warning") && problems[0].contains("pools.q.healthCheck"), "\(problems)")
    }

    @Test("two agents of one id are an error")
    func duplicateIDs() throws {
        let problems = try read(
            AgentsSettings.self,
            """
            {discovery: {static: [{id: 'a', endpoint: 'http://h'}, {id: 'a', endpoint: 'http://i'}]}}
            """
        ).problems
        #expect(problems.count == 1 && problems[0].hasPrefix("error"))
    }

    @Test(
        "values out of bounds are errors",
        arguments: [
            "{discovery: {static: [{id: 'a'}]}}", "{discovery: {static: [{endpoint: 'http://h'}]}}",
            "{discovery: {static: [{id: '', endpoint: 'http://h'}]}}",
            "{discovery: {static: [{id: 'tag:a', endpoint: 'http://h'}]}}",
            "{discovery: {static: [{id: 'a\\nb', endpoint: 'http://h'}]}}",
            "{discovery: {static: [{id: 'a', endpoint: 'http://h', weight: -1}]}}",
            "{discovery: {static: [{id: 'a', endpoint: 'http://h', weight: 1000001}]}}",
            "{discovery: {static: [{id: 'a', endpoint: 'http://h', maxConcurrent: -1}]}}",
            "{discovery: {static: [{id: 'a', endpoint: 'http://h', kind: 'human'}]}}",
            "{discovery: {method: 'zookeeper'}}", "{healthCheck: {failThreshold: 0}}",
            "{healthCheck: {interval: '0s'}}",
            "{healthCheck: {path: 'health'}}", "{healthCheck: {path: '/a b'}}", "{healthCheck: {jitter: 0.9}}",
            "{connectionPool: {maxIdleConns: -1}}", "{pools: {p: {healthCheck: {passThreshold: 0}}}}",
            "{pools: {p: {loadBalancing: {circuitBreaker: {maxEjected: '101%'}}}}}",
        ])
    func bounds(_ text: String) throws {
        let problems = try read(AgentsSettings.self, text).problems
        #expect(problems.count == 1 && problems[0].hasPrefix("error"), "\(problems)")
    }

    @Test(
        "the preset decides the path, unless a path is given",
        arguments: [
            ("{}", "/health"), ("{preset: 'openclaw'}", "/startupz"), ("{preset: 'openclaw', path: '/mine'}", "/mine"),
        ])
    func preset(_ text: String, _ path: String) throws {
        #expect(try read(HealthCheckSettings.self, text).value.probedPath == path)
        let pool = try read(PoolHealthSettings.self, text).value
        #expect(pool.over(HealthCheckSettings()).probedPath == path)
    }

    @Test("a pool's health check changes what it names, and nothing else")
    func poolHealth() throws {
        var base = HealthCheckSettings()
        base.path = "/base"
        base.timeout = .seconds(1)
        let pool = try read(PoolHealthSettings.self, "{interval: '2s'}").value.over(base)
        #expect(pool.path == "/base" && pool.timeout == .seconds(1) && pool.interval == .seconds(2))
        #expect(!PoolHealthSettings().isGiven)
    }
}

@Suite("names of strategies")
struct StrategyNameTests {
    private func strategy(_ text: String) throws -> (name: StrategyName, problems: [String]) {
        let (value, problems) = try read(LoadBalancingSettings.self, text)
        return (value.strategy, problems)
    }

    @Test("every name of the list is read without a word", arguments: Strategies.list.map { $0.name })
    func ready(_ name: String) throws {
        let (strategy, problems) = try strategy("{strategy: '\(name)'}")
        #expect(problems.isEmpty && strategy.rawValue == name)
    }

    @Test("is adaptive where nobody wrote one")
    func absent() throws {
        let (strategy, problems) = try strategy("{}")
        #expect(problems.isEmpty && strategy == .adaptive)
    }

    @Test(
        "other spellings are read too",
        arguments: [
            "round_robin", "roundRobin", "Round Robin", "ROUND-ROBIN", "roundrobin",
        ])
    func spellings(_ text: String) throws {
        #expect(try strategy("{strategy: '\(text)'}").name.rawValue == "round-robin")
    }

    @Test("an unknown one is an error that suggests")
    func unknown() throws {
        let problems = try strategy("{strategy: 'leastconn'}").problems
        #expect(
            problems == [
                "error test.json:1:12 strategy: no strategy 'leastconn'; did you mean 'least-connections'?"
            ])
    }

    @Test("the owner's document is accepted whole")
    func owners() throws {
        let problems = try read(
            LoadBalancingSettings.self,
            """
            {"strategy": "adaptive", "adaptive": {"metrics": ["cpu"], "updateInterval": "5s"},
             "slowStart": {"enabled": true, "duration": "30s", "initialWeight": 10},
             "circuitBreaker": {"enabled": true, "errorThreshold": 0.5, "minRequests": 20, "cooldown": "10s"}}
            """
        ).problems
        #expect(problems.isEmpty, "\(problems)")
    }
}
