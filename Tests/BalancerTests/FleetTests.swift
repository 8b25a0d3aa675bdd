import Balancer
import Settings
import Testing

@Suite("a fleet")
struct FleetTests {
    private func fleet(
        _ text: String, _ balancing: String = "{strategy: 'round-robin'}", after previous: Fleet? = nil
    ) throws -> Fleet {
        let settings = try read(AgentsSettings.self, text).value
        return Fleet(settings, try read(LoadBalancingSettings.self, balancing).value, previous: previous)
    }

    private static let text = """
        {discovery: {static: [
           {id: 'a', endpoint: 'http://h:1', tags: ['x', 'y'], weight: 5},
           {id: 'b', endpoint: 'http://h:2', tags: ['x'], pool: 'side', kind: 'llm'},
           {id: 'c', endpoint: 'http://h:1', pool: 'main'}]},
         pools: {
           main: {agents: ['b', 'a'], kind: 'llm', loadBalancing: {strategy: 'ip-hash', circuitBreaker: {maxFails: 1}}},
           tagged: {tags: ['x'], healthCheck: {interval: '2s'}}}}
        """

    private func ids(_ pool: Pool?) -> [String]? { pool?.agents.map(\.id) }

    @Test("agents, tags, pools and all are pools")
    func pools() throws {
        let fleet = try fleet(Self.text)
        #expect(ids(fleet.all) == ["a", "b", "c"])
        #expect(ids(fleet.pool(agent: "b")) == ["b"])
        #expect(ids(fleet.pool(tag: "x")) == ["a", "b"])
        #expect(ids(fleet.pool(tag: "y")) == ["a"])
        #expect(ids(fleet.pool(named: "main")) == ["b", "a", "c"])
        #expect(ids(fleet.pool(named: "side")) == ["b"])
        #expect(ids(fleet.pool(named: "tagged")) == ["a", "b"])
        #expect(fleet.poolNames == ["main", "side", "tagged"])
        #expect(fleet.tagNames == ["x", "y"])
    }

    @Test("names that nobody bears are nothing")
    func unknown() throws {
        let fleet = try fleet(Self.text)
        #expect(fleet.pool(agent: "x") == nil && fleet.pool(tag: "a") == nil && fleet.pool(named: "x") == nil)
        #expect(fleet.bare("zzz") == nil && fleet.agent("zzz") == nil)
    }

    @Test("a bare name is an agent, else a pool, else a tag")
    func bare() throws {
        let fleet = try fleet(
            """
            {discovery: {static: [{id: 'a', endpoint: 'http://h', tags: ['a', 'p', 't']},
                                  {id: 'b', endpoint: 'http://i', tags: ['p', 't']}]},
             pools: {a: {agents: ['b']}, p: {agents: ['b']}}}
            """)
        #expect(fleet.bare("a") === fleet.pool(agent: "a"))
        #expect(fleet.bare("p") === fleet.pool(named: "p"))
        #expect(fleet.bare("t") === fleet.pool(tag: "t"))
    }

    @Test("a pool's own settings go before the common ones, in that pool alone")
    func ownSettings() throws {
        let fleet = try fleet(Self.text)
        #expect(fleet.pool(named: "main")?.strategy.rawValue == "ip-hash")
        #expect(fleet.pool(named: "main")?.breaker.maxFails == 1)
        #expect(fleet.pool(named: "main")?.breaker.cooldown == 10 * second)
        #expect(fleet.pool(tag: "x")?.strategy.rawValue == "round-robin")
        #expect(fleet.pool(tag: "x")?.breaker.maxFails == 3)
        #expect(fleet.agent("a")?.healthCheck.interval == .seconds(2))
        #expect(fleet.agent("c")?.healthCheck.interval == .seconds(10))
    }

    @Test("kind: the agent's, else the pool's; outside pools what all of its pools agree on, else openclaw")
    func kinds() throws {
        let fleet = try fleet(Self.text)
        let main = try #require(fleet.pool(named: "main"))
        #expect(main.kind(of: 1) == .llm)
        #expect(fleet.pool(agent: "a")?.kind(of: 0) == .llm)
        let torn = try self.fleet(
            """
            {discovery: {static: [{id: 'a', endpoint: 'http://h'}]},
             pools: {p: {agents: ['a'], kind: 'llm'}, q: {agents: ['a'], kind: 'openclaw'}, r: {agents: ['a']}}}
            """)
        #expect(torn.all.kind(of: 0) == .openclaw)
        #expect(torn.pool(named: "p")?.kind(of: 0) == .llm)
        #expect(torn.pool(named: "r")?.kind(of: 0) == .openclaw)
    }

    @Test("two agents of one address have a state each")
    func sameAddress() throws {
        let fleet = try fleet(Self.text)
        #expect(fleet.agent("a")?.endpoint == fleet.agent("c")?.endpoint)
        #expect(fleet.agent("a")?.state !== fleet.agent("c")?.state)
    }

    @Test("what did not change stays the same object")
    func unchanged() throws {
        let old = try fleet(Self.text)
        let new = try fleet(Self.text, after: old)
        #expect(new.all === old.all)
        #expect(new.pool(named: "main") === old.pool(named: "main"))
        #expect(zip(new.agents, old.agents).allSatisfy { $0 === $1 })
    }

    @Test("a changed fact makes a new agent with the old state; its pools are new, others are not")
    func changedFact() throws {
        let old = try fleet(Self.text)
        let new = try fleet(Self.text.replacing("weight: 5", with: "weight: 6"), after: old)
        #expect(new.agent("a") !== old.agent("a"))
        #expect(new.agent("a")?.weight == 6)
        #expect(new.agent("a")?.state === old.agent("a")?.state)
        #expect(new.agent("b") === old.agent("b"))
        #expect(new.pool(tag: "x") !== old.pool(tag: "x"))
        #expect(new.pool(agent: "b") === old.pool(agent: "b"))
        #expect(new.changes === old.changes)
    }

    @Test("an agent at another address is another agent")
    func movedAgent() throws {
        let old = try fleet(Self.text)
        let new = try fleet(Self.text.replacing("h:2", with: "h:3"), after: old)
        #expect(new.agent("b")?.state !== old.agent("b")?.state)
        #expect(new.agent("a")?.state === old.agent("a")?.state)
    }

    @Test("ejection and drain outlive a change of the strategy")
    func stateOutlives() throws {
        let old = try fleet(Self.text)
        old.agent("a")?.state.failUntilEjected(0)
        let new = try fleet(Self.text, "{strategy: 'random'}", after: old)
        #expect(new.all !== old.all)
        #expect(LoopPool(new.all, seed: 1).counts(50)[0] == 0)
    }

    @Test("building a fleet beside another changes nothing for it")
    func building() throws {
        let old = try fleet(Self.text)
        old.agent("a")?.state.publish(.down, now: 0)
        let loop = LoopPool(old.all, seed: 1)
        let unchecked = Self.text.replacing("{discovery", with: "{healthCheck: {enabled: false}, discovery")
        let new = try fleet(unchecked.replacing(", healthCheck: {interval: '2s'}", with: ""), after: old)
        #expect(loop.counts(20)[0] == 0)
        #expect(LoopPool(new.all, seed: 1).counts(30)[0] == 10)
    }

    @Test("no agents: every pool there is refuses")
    func empty() throws {
        let fleet = try fleet("{pools: {p: {tags: ['x']}}}")
        #expect(LoopPool(fleet.all, seed: 1).refusal() == .noAgents)
        #expect(fleet.pool(named: "p").map { LoopPool($0, seed: 1).refusal() } == .noAgents)
    }
}
