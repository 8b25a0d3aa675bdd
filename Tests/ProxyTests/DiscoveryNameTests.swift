import Balancer
@testable import Proxy
import Testing

@Suite("answers to a name become agents")
struct DiscoveryNameTests {
    private func agent(_ id: String, host: String = "10.0.0.1") -> FoundAgent {
        .place(FoundAgent.Place(id: id, host: host, port: 1))
    }

    /// What was told, in short: ids, `-` for nothing, `!` for a failure.
    private func told(_ report: SourceReport?) -> String {
        switch report {
        case nil: "-"
        case .found(let agents, _): agents.map(\.id).joined(separator: " ")
        case .failed: "!"
        }
    }

    private func run(_ answers: [NameAnswer<FoundAgent>]) -> [String] {
        var machine = NameAnswers(minTTL: .seconds(1), maxTTL: .seconds(60))
        return answers.map { told(machine.take($0).report) }
    }

    private var a: NameAnswer<FoundAgent> { .found([agent("a")], ttl: .seconds(5)) }
    private var none: NameAnswer<FoundAgent> { .nothing("no such name", ttl: nil) }
    private var lost: NameAnswer<FoundAgent> { .failed("SERVFAIL") }

    @Test("one 'no' is not believed; the second in a row is")
    func negative() {
        #expect(run([a, none, none, none]) == ["a", "-", "", ""])
        #expect(run([a, none, a, none, a]) == ["a", "-", "a", "-", "a"])
        #expect(run([none, none]) == ["-", ""])
    }

    @Test("a failure keeps what was, and a 'no' after it is the first again")
    func failure() {
        #expect(run([a, lost, lost, a]) == ["a", "!", "!", "a"])
        #expect(run([a, none, lost, none, none]) == ["a", "-", "!", "-", ""])
    }

    @Test("the answer's time is kept to, within the bounds")
    func waits() {
        var machine = NameAnswers(minTTL: .seconds(1), maxTTL: .seconds(60))
        for (ttl, wait) in [(0, 1), (1, 1), (30, 30), (3600, 60)] {
            #expect(machine.take(.found([agent("a")], ttl: .seconds(ttl))).wait == .seconds(wait))
        }
        #expect(machine.take(.nothing("", ttl: .seconds(50))).wait == .seconds(1))
        #expect(machine.take(.nothing("", ttl: .seconds(50))).wait == .seconds(50))
        let waits = (0..<8).map { _ in machine.take(.failed("")).wait }
        #expect(waits == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
    }

    @Test("where one family has no answer, its agents stay")
    func partial() {
        var machine = NameAnswers(minTTL: .seconds(1), maxTTL: .seconds(60))
        let (four, six) = (agent("four"), agent("six", host: "::1"))
        #expect(told(machine.take(.found([six, four], ttl: .seconds(5))).report) == "four six")
        let step = machine.take(.found([four], ttl: .seconds(50), isPartial: true))
        #expect(told(step.report) == "four six" && step.wait == .seconds(1))
        #expect(told(machine.take(.found([four], ttl: .seconds(5))).report) == "four")
    }

    @Test("addresses have stable ids, each once")
    func addresses() {
        var settings = DiscoveryDNSSettings()
        settings.name = "Gateways.example."
        settings.port = 9090
        let agents = NameSource.agents(at: ["10.0.0.1", "fd00::1", "10.0.0.1"], settings)
        #expect(Set(agents.map(\.id)) == ["gateways.example-10.0.0.1:9090", "gateways.example-[fd00::1]:9090"])
        #expect(agents.count == 2)
    }

    @Test("services bring ports and weights, and priorities become levels")
    func services() throws {
        var settings = DiscoveryDNSSettings()
        settings.name = "_http._tcp.gw"
        settings.type = .srv
        let found = NameSource.agents(
            of: [
                NamedService(host: "A.gw.", port: 1, priority: 20, weight: 0),
                NamedService(host: "b.gw", port: 2, priority: 10, weight: 5),
                NamedService(host: "b.gw", port: 2, priority: 10, weight: 5),
                NamedService(host: ".", port: 0, priority: 0, weight: 0),
            ], settings)
        let places = found.compactMap { agent -> FoundAgent.Place? in
            if case .place(let place) = agent { place } else { nil }
        }
        #expect(places.map(\.id) == ["_http._tcp.gw-a.gw:1", "_http._tcp.gw-b.gw:2"])
        #expect(places.map(\.weight) == [1, 5] && places.map(\.priority) == [1, 0])
        let plain = NameSource.agents(of: [NamedService(host: "a", port: 1, priority: 0, weight: 0)], settings)
        guard case .place(let place)? = plain.first else { throw KubernetesFailure.gone }
        #expect(place.weight == nil)
    }

    @Test("a file of agents is read whole or not at all, with the place of the first mistake")
    func files() throws {
        let json = try AgentFile.read(Array("[{id: 'a', endpoint: 'http://h'}]".utf8), path: "/x/a.json")
        #expect(json.map(\.id) == ["a"])
        let yaml = try AgentFile.read(Array("agents:\n- {id: b, endpoint: 'http://h'}\n".utf8), path: "/x/a.yaml")
        #expect(yaml.map(\.id) == ["b"])
        for (text, place) in [("[{id: 'a'},\n{id: 'b'}]", "/x/a.json:1:2: agents[0].endpoint"), ("[", "/x/a.json:1:2")]
        {
            do throws(AgentFile.Wrong) {
                _ = try AgentFile.read(Array(text.utf8), path: "/x/a.json")
                Issue.record("\(text) was read")
            } catch {
                #expect(error.message.hasPrefix(place), "\(error.message)")
            }
        }
    }
}
