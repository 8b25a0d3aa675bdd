import Proxy
import Settings
import Testing

@Suite("the replicas that admin.peers names")
struct ReplicaPeersTests {
    private func report(_ groups: [ReplicaPeers.Group], killing place: Int? = nil) -> ReplicaReport? {
        let world = ReplicaWorld(3, seed: 1)
        if let place { world.kill(place, restartAfter: .seconds(60)) }
        world.change(at: 0, to: "v1", among: groups)
        world.run(for: .seconds(10))
        return world.reports.first?.report
    }

    private func group(_ name: String, _ kinds: [[Int]]) -> ReplicaPeers.Group {
        .init(name: name, kinds: kinds.map { $0.map { "10.0.0.\($0):18790" } })
    }

    @Test("one name for all of them will do; nobody is asked twice")
    func oneName() {
        let report = report([group("all", [[1, 2, 3]]), group("again", [[2]])])
        #expect(report?.outcome == .everywhere && report?.rows.count == 3)
    }

    @Test("a kind of address on which nobody listens does not count")
    func kinds() {
        // 10.0.0.4 and later are nobody's
        let report = report([group("a", [[1], [4]]), group("b", [[5, 6], [2]]), group("c", [[3]])])
        #expect(report?.outcome == .everywhere && report?.rows.count == 3)
    }

    @Test("one address of several that does not answer is a replica that is missing")
    func missing() {
        let report = report([group("all", [[1, 2, 3]])], killing: 2)
        #expect(report?.outcome == .nowhere)
        #expect(report?.rows.map(\.state) == [.aborted, .aborted, .unreachable])
    }

    @Test("a name without an address is missing too, by its name")
    func nothing() {
        let report = report([group("all", [[1, 2]]), group("clawproxy-3", [])])
        #expect(report?.outcome == .nowhere && report?.rows.last?.address == "clawproxy-3")
        #expect(report?.failure?.message.contains("clawproxy-3 has no address") == true)
    }

    @Test("without this one it takes part all the same")
    func withoutOwn() {
        let report = report([group("b", [[2]]), group("c", [[3]])])
        #expect(report?.outcome == .everywhere && report?.rows.count == 3)
    }

    @Test("are looked up, literals without asking anybody")
    func find() async {
        let names = ["127.0.0.1", "[::1]:7", "unix:/run/x", "10.1.2.3:99"].compactMap { PeerName($0) }
        let found = await ReplicaPeers.find(names, port: 18790)
        let kinds = [[["127.0.0.1:18790"]], [["[::1]:7"]], [["unix:/run/x"]], [["10.1.2.3:99"]]]
        #expect(found.groups.map(\.kinds) == kinds)
        let local = await ReplicaPeers.find([.host("localhost", port: 5)], port: 1)
        #expect(local.groups.first?.kinds.contains(["127.0.0.1:5"]) == true)
    }

    @Test(
        "are read in every form",
        arguments: [
            ("10.0.0.2:18790", "10.0.0.2:18790"), ("peers", "peers"), ("peers.svc.local:1", "peers.svc.local:1"),
            ("[::1]", "[::1]"), ("[2001:db8::2]:18790", "[2001:db8::2]:18790"), ("unix:/run/a", "unix:/run/a"),
            ("10.0.0.2", "10.0.0.2"),
        ])
    func names(text: String, spelling: String) {
        #expect(PeerName(text)?.spelling == spelling)
    }

    @Test(
        "are refused where nobody can be reached",
        arguments: [
            "", ":1", "0.0.0.0:1", "0.0.0.0", "[::]:1", "a:0", "a:70000", "::1", "http://a:1", "a b", "unix:", "unix:x",
            "10.0.0",
        ])
    func wrongNames(text: String) {
        #expect(PeerName(text) == nil)
        var reading = Reading()
        #expect(PeerName.read(.string(text), &reading) == nil && reading.problems.count == 1)
    }

    @Test("are told once each, and are not too many")
    func check() {
        #expect(PeerCheck.check([.host("a", port: 1), .host("a", port: 2)]) == nil)
        #expect(PeerCheck.check([.host("a", port: 1), .host("a", port: 1)])?.contains("'a:1' twice") == true)
        #expect(PeerCheck.check(.init((0...64).map { .host("a\($0)", port: nil) }))?.contains("at most 64") == true)
    }
}
