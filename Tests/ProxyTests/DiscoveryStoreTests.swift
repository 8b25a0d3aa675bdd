import Balancer
@testable import Proxy
import Settings
import Testing

@Suite("endpoint slices become agents")
struct DiscoveryStoreTests {
    /// An endpoint of a pod, `ready` unless conditions are given.
    static func endpoint(_ address: String, _ pod: String? = nil, _ conditions: String = "") -> String {
        let target = pod.map { ", \"targetRef\": {\"kind\": \"Pod\", \"name\": \"\($0)\"}" } ?? ""
        return "{\"addresses\": [\"\(address)\"], \"zone\": \"z1\", \"conditions\": {\(conditions)}\(target)}"
    }

    static func slice(
        _ name: String, version: String = "1", _ endpoints: [String], family: String = "IPv4",
        ports: String = #"[{"name": "http", "port": 9090, "protocol": "TCP"}]"#
    ) -> String {
        """
        {"metadata": {"name": "\(name)", "resourceVersion": "\(version)",
                      "labels": {"kubernetes.io/service-name": "gw"}},
         "addressType": "\(family)", "ports": \(ports), "endpoints": [\(endpoints.joined(separator: ","))]}
        """
    }

    static func line(_ type: String, _ object: String) -> [UInt8] {
        Array("{\"type\": \"\(type)\", \"object\": \(object.filter { $0 != "\n" })}".utf8)
    }

    private func store(_ slices: [String], port: PortName? = nil) throws -> EndpointSliceStore {
        var store = EndpointSliceStore(port: port)
        let body = "{\"metadata\": {\"resourceVersion\": \"7\"}, \"items\": [\(slices.joined(separator: ","))]}"
        let list = try SliceList(body: Array(body.utf8))
        store.replace(list.slices, version: list.version)
        return store
    }

    /// `ID HOST:PORT` of each agent.
    private func agents(_ store: EndpointSliceStore) -> [String] {
        store.standing.agents.map { agent in
            guard case .place(let place) = agent else { return "?" }
            return "\(place.id) \(FoundAgent.authority(place.host, place.port))"
        }
    }

    @Test("pods are agents by their names, other endpoints by their addresses; zones are kept")
    func pods() throws {
        let store = try store([Self.slice("a", [Self.endpoint("10.0.0.2", "gw-1"), Self.endpoint("10.0.0.1")])])
        #expect(agents(store) == ["gw-10.0.0.1:9090 10.0.0.1:9090", "gw-1 10.0.0.2:9090"].sorted())
        #expect(store.version == "7" && store.standing.note.isEmpty)
        guard case .place(let place)? = store.standing.agents.first else { throw KubernetesFailure.gone }
        #expect(place.zone == "z1")
    }

    @Test(
        "who is ready serves; what is not said is ready; who terminates is drained",
        arguments: [
            ("", 1, ""), (#""ready": true"#, 1, ""), (#""ready": null"#, 1, ""),
            (#""ready": false"#, 0, "1 not ready"),
            (#""ready": false, "serving": true, "terminating": true"#, 0, "1 terminating"),
            (#""ready": true, "terminating": true"#, 0, "1 terminating"),
        ])
    func conditions(_ conditions: String, _ count: Int, _ note: String) throws {
        let store = try store([Self.slice("a", [Self.endpoint("10.0.0.1", "p", conditions)])])
        #expect(store.standing.agents.count == count && store.standing.note == note)
    }

    @Test("an endpoint in two slices is one agent, ready if one says so; a pod of two families is its IPv4 address")
    func duplicates() throws {
        let moved = try store([
            Self.slice("a", [Self.endpoint("10.0.0.1", "p", #""ready": false"#)]),
            Self.slice("b", [Self.endpoint("10.0.0.1", "p")]),
        ])
        #expect(agents(moved) == ["p 10.0.0.1:9090"])
        let both = try store([
            Self.slice("a", [Self.endpoint("fd00::1", "p"), Self.endpoint("fd00::2", "q")], family: "IPv6"),
            Self.slice("b", [Self.endpoint("10.0.0.1", "p")]),
        ])
        #expect(agents(both) == ["p 10.0.0.1:9090", "q [fd00::2]:9090"])
    }

    @Test(
        "the port is the number that is set, the one of that name, or the only one",
        arguments: [
            (PortName.number(7000), "[]", ["p 10.0.0.1:7000"], ""),
            (.name("ws"), #"[{"name": "http", "port": 1}, {"name": "ws", "port": 2}]"#, ["p 10.0.0.1:2"], ""),
            (.name("x"), #"[{"name": "http", "port": 1}]"#, [], "gw has no port \"x\""),
            (nil, #"[{"port": 5}, {"name": "u", "port": 6, "protocol": "UDP"}]"#, ["p 10.0.0.1:5"], ""),
            (
                nil, #"[{"name": "a", "port": 1}, {"name": "b", "port": 2}]"#, [],
                "gw has several ports or none: set port"
            ),
        ] as [(PortName?, String, [String], String)])
    func ports(_ port: PortName?, _ ports: String, _ expected: [String], _ note: String) throws {
        let store = try store([Self.slice("a", [Self.endpoint("10.0.0.1", "p")], ports: ports)], port: port)
        #expect(agents(store) == expected && store.standing.note == note, "\(store.standing.note)")
    }

    @Test("a selector that fits nothing says whose labels it is about")
    func nothing() throws {
        #expect(try store([]).standing.note.contains("the labels are the service's"))
    }

    // MARK: events

    private func apply(
        _ store: inout EndpointSliceStore, _ type: String, _ object: String
    ) throws
        -> EndpointSliceStore.Outcome
    {
        store.apply(try SliceEvent(line: Self.line(type, object)))
    }

    @Test("events change the slices one by one, and each brings its version")
    func events() throws {
        var store = try store([Self.slice("a", [Self.endpoint("10.0.0.1", "p")])])
        #expect(try apply(&store, "ADDED", Self.slice("b", version: "8", [Self.endpoint("10.0.0.2", "q")])) == .goesOn)
        #expect(agents(store) == ["p 10.0.0.1:9090", "q 10.0.0.2:9090"] && store.version == "8")
        #expect(try apply(&store, "MODIFIED", Self.slice("a", version: "9", [])) == .goesOn)
        #expect(agents(store) == ["q 10.0.0.2:9090"] && store.version == "9")
        #expect(try apply(&store, "BOOKMARK", #"{"metadata": {"resourceVersion": "12"}}"#) == .goesOn)
        #expect(agents(store) == ["q 10.0.0.2:9090"] && store.version == "12")
        #expect(try apply(&store, "DELETED", Self.slice("b", version: "13", [])) == .goesOn)
        #expect(agents(store).isEmpty && store.version == "13")
        #expect(try apply(&store, "LATER", "{}") == .goesOn)
    }

    @Test("a version that is too old asks for a list, and nobody vanishes before it is there")
    func gone() throws {
        var store = try store([Self.slice("a", [Self.endpoint("10.0.0.1", "p")])])
        #expect(try apply(&store, "ERROR", #"{"kind": "Status", "code": 410, "reason": "Expired"}"#) == .relist)
        #expect(store.version == nil && agents(store) == ["p 10.0.0.1:9090"])
        store.replace([], version: "20")
        #expect(store.version == "20" && agents(store).isEmpty)
    }

    @Test("another error ends the watch and keeps the version")
    func error() throws {
        var store = try store([])
        let outcome = try apply(&store, "ERROR", #"{"code": 500, "message": "etcd is away"}"#)
        #expect(outcome == .failed(code: 500, message: "etcd is away") && store.version == "7")
    }

    @Test("what is no event is a failure", arguments: ["", "{", "{\"type\": \"ADDED\"}", "[]x"])
    func broken(_ line: String) {
        #expect(throws: KubernetesFailure.self) { try SliceEvent(line: Array(line.utf8)) }
    }

    @Test("lines are lines however they come in pieces")
    func lines() throws {
        let text = Array("{\"a\": 1}\n\n{\"b\": 2}\r\n{\"c\"".utf8)
        for size in 1...text.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                for line in try splitter.take(text[start..<min(start + size, text.count)]) {
                    lines.append(String(decoding: line, as: UTF8.self))
                }
            }
            #expect(lines == ["{\"a\": 1}", "{\"b\": 2}\r"])
        }
    }

    @Test(
        "a refusal names the verb, the resource, the namespace, and what to do",
        arguments: [
            (
                403,
                "list endpointslices in namespace prod is forbidden (403): give the service account a Role with"
            ),
            (
                401,
                "list endpointslices in namespace prod is unauthorized (401): the API server does not accept"
            ),
            (404, "list endpointslices in namespace prod is not found (404)"),
            (500, "list endpointslices in namespace prod is answered with 500 by https://k"),
        ])
    func refusals(_ status: Int, _ text: String) {
        let body = Array(#"{"kind": "Status", "message": "no\nway"}"#.utf8)
        let failure = KubernetesFailure(verb: "list", namespace: "prod", status: status, body: body)
        let told = failure.text(KubernetesPlace(server: "https://k", tokenFile: "/t"))
        #expect(told.hasPrefix(text) && told.contains("(the API server says: no\\nway)"), "\(told)")
        #expect(KubernetesFailure(verb: "list", namespace: "p", status: 410, body: []) == .gone)
    }

    @Test("pauses double up to the longest, and differ")
    func backoff() {
        var backoff = Backoff(first: .seconds(1), longest: .seconds(8))
        #expect(
            (0..<5).map { _ in backoff.next(0.5) } == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8)])
        #expect(backoff.next(0) == .seconds(6) && backoff.failures == 6)
        backoff.reset()
        #expect(backoff.next(0.5) == .seconds(1))
    }

    @Test("selectors are escaped for the query")
    func escaping() {
        #expect(KubernetesText.escaped("app in (a,b)") == "app%20in%20%28a%2Cb%29")
    }
}
