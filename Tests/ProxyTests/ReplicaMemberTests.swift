import Proxy
import Settings
import Testing

/// Of every `replica.prepare` here.
private let common = "'transaction': 't', 'epoch': 'e', 'addresses': ['a', 'b'], 'replicas': ['x', 'y']"

@Suite("a replica on its own")
struct ReplicaMemberTests {
    private func answer(
        _ world: ReplicaWorld, _ place: Int, _ method: String, _ params: [(String, Node)]
    ) -> Result<Node, ControlFailure> {
        let box = Box()
        guard let process = world.replicas[place].process else { return .failure(.invalid("dead")) }
        Task(executorPreference: world.executor) {
            do throws(ControlFailure) {
                box.result = .success(try await ReplicaMethods.answer(method, .object(params), process.member))
            } catch {
                box.result = .failure(error)
            }
        }
        world.run(for: .milliseconds(200))
        return box.result
    }

    private final class Box: @unchecked Sendable {
        var result = Result<Node, ControlFailure>.failure(.invalid("no answer"))
    }

    private func prepare(_ epoch: String, _ version: String = "v1", transaction: String = "t") -> [(String, Node)] {
        [
            ("transaction", .string(transaction)), ("epoch", .string(epoch)), ("method", .string("config.patch")),
            ("params", .object([("raw", .string(version))])),
            ("addresses", Node(.array(["10.0.0.1:18790", "10.0.0.2:18790", "10.0.0.3:18790"].map { .string($0) }))),
            ("replicas", Node(.array(["x", "y", "z"].map { .string($0) }))),
            ("member", Node(.number("1"))),
        ]
    }

    private let transaction = ("transaction", Node.string("t"))

    private func number(_ name: String, _ value: Int) -> (String, Node) { (name, Node(.number("\(value)"))) }

    private func epoch(_ world: ReplicaWorld) throws -> String {
        try #require(try answer(world, 1, "replica.hello", []).get()["epoch"]?.string)
    }

    @Test("prepares nothing for one that greeted it in an earlier life")
    func earlierLife() throws {
        let world = ReplicaWorld(3, seed: 1)
        let epoch = try epoch(world)
        world.kill(1, restartAfter: .milliseconds(10))
        world.run(for: .seconds(1))
        let failure = #expect(throws: ControlFailure.self) {
            try answer(world, 1, "replica.prepare", prepare(epoch)).get()
        }
        #expect(failure?.code == .unavailable && failure?.retryAfterMs == 500)
        #expect(world.replicas[1].pending == nil)
        _ = try answer(world, 1, "replica.prepare", prepare(try self.epoch(world))).get()
        #expect(world.replicas[1].pending?.version == "v1")
    }

    @Test("that was asked to vote on a change before it heard of it will not prepare it any more")
    func veto() throws {
        let world = ReplicaWorld(3, seed: 1)
        #expect(try answer(world, 1, "replica.outcome", [transaction]).get()["outcome"]?.string == "unknown")
        let vote = try answer(world, 1, "replica.promise", [transaction, number("ballot", 5)]).get()
        #expect(vote["standing"]?.string == "aborted")
        let epoch = try epoch(world)
        #expect(throws: ControlFailure.self) { try answer(world, 1, "replica.prepare", prepare(epoch)).get() }
        #expect(try answer(world, 1, "replica.outcome", [transaction]).get()["outcome"]?.string == "aborted")
        #expect(world.replicas[1].pending == nil)
    }

    @Test("that is asked to vote while it still prepares gives the change up")
    func vetoWhilePreparing() throws {
        let world = ReplicaWorld(3, seed: 1)
        let epoch = try epoch(world)
        world.build = { _ in .seconds(30) }
        #expect(throws: ControlFailure.self) { try answer(world, 1, "replica.prepare", prepare(epoch)).get() }
        let vote = try answer(world, 1, "replica.promise", [transaction, number("ballot", 5)]).get()
        #expect(vote["standing"]?.string == "aborted")
        world.run(for: .seconds(40))
        #expect(world.replicas[1].pending == nil)
        #expect(try answer(world, 1, "replica.outcome", [transaction]).get()["outcome"]?.string == "aborted")
        world.build = { _ in .zero }
        _ = try answer(world, 1, "replica.prepare", prepare(epoch, transaction: "u")).get()
    }

    @Test("that has a change on disk and has not taken it up yet does not vote on it")
    func notYet() throws {
        let world = ReplicaWorld(3, seed: 1)
        world.replicas[1].pending = ("t", "v1", world.replicas.map(\.address))
        let failure = #expect(throws: ControlFailure.self) {
            try answer(world, 1, "replica.promise", [transaction, number("ballot", 5)]).get()
        }
        #expect(failure?.code == .unavailable)
    }

    @Test("that was killed in the last step of a commit ends it without asking anybody")
    func lastStep() throws {
        let world = ReplicaWorld(3, seed: 1)
        let epoch = try epoch(world)
        _ = try answer(world, 1, "replica.prepare", prepare(epoch)).get()
        world.isCut = { _, _ in true }
        world.restart = .milliseconds(20)
        world.kills = { $0.name == "after the history has the change" && world.kill == 0 }
        #expect(throws: ControlFailure.self) { try answer(world, 1, "replica.commit", [transaction]).get() }
        world.run(for: .milliseconds(500))
        #expect(world.kill == 1 && world.replicas[1].pending == nil && world.replicas[1].inForce == "v1")
    }

    @Test("that has lost its vote believes all the others together, and one that has committed")
    func lostVote() throws {
        for (isCommitted, expected) in [(true, "v1"), (false, "v0")] {
            let world = ReplicaWorld(3, seed: 1)
            let addresses = world.replicas.map(\.address)
            world.kill(1, restartAfter: .milliseconds(20))
            world.replicas[1].pending = ("t", "v1", [addresses[0], addresses[2]])
            if isCommitted { world.replicas[2].history["t"] = "v1" }
            world.run(for: .seconds(3))
            #expect(world.replicas[1].pending == nil && world.replicas[1].inForce == expected)
        }
    }

    @Test("takes one change at a time, and tells to try again")
    func busy() throws {
        let world = ReplicaWorld(3, seed: 1)
        let epoch = try epoch(world)
        _ = try answer(world, 1, "replica.prepare", prepare(epoch)).get()
        let failure = #expect(throws: ControlFailure.self) {
            try answer(world, 1, "replica.prepare", prepare(epoch, transaction: "u")).get()
        }
        #expect(failure?.code == .unavailable)
        _ = try answer(world, 1, "replica.abort", [transaction]).get()
        _ = try answer(world, 1, "replica.prepare", prepare(epoch, transaction: "u")).get()
    }

    @Test("answers a commit twice with the same, also in its next life")
    func commitTwice() throws {
        let world = ReplicaWorld(3, seed: 1)
        _ = try answer(world, 1, "replica.prepare", prepare(try epoch(world))).get()
        for _ in 0..<2 {
            let done = try answer(world, 1, "replica.commit", [transaction]).get()
            #expect(done["committed"]?.bool == true && done["hash"]?.string == "v1")
        }
        world.kill(1, restartAfter: .milliseconds(10))
        world.run(for: .seconds(1))
        #expect(try answer(world, 1, "replica.commit", [transaction]).get()["hash"]?.string == "v1")
        let vote = try answer(world, 1, "replica.promise", [transaction, number("ballot", 7)]).get()
        #expect(vote["standing"]?.string == "committed")
        #expect(world.replicas[1].record.committed == ["t"])
    }

    @Test("remembers its vote in its next life")
    func keepsVote() throws {
        let world = ReplicaWorld(3, seed: 1)
        // alone, so that nobody tells it an outcome
        world.isCut = { _, _ in true }
        _ = try answer(world, 1, "replica.prepare", prepare(try epoch(world))).get()
        let accept = [transaction, number("ballot", 0), ("decision", Node.string("commit"))]
        #expect(try answer(world, 1, "replica.accept", accept).get()["standing"]?.string == "accepted")
        world.kill(1, restartAfter: .milliseconds(10))
        world.run(for: .seconds(4))
        // it has held ballots of its own meanwhile, in vain
        let promise = try answer(world, 1, "replica.promise", [transaction, number("ballot", 5000)]).get()
        #expect(promise["standing"]?.string == "promised" && promise["accepted"]?["decision"]?.string == "commit")
        #expect(try answer(world, 1, "replica.accept", accept).get()["standing"]?.string == "refused")
        #expect(world.replicas[1].inForce == "v0" && world.replicas[1].pending != nil)
    }

    @Test(
        "refuses parameters that it cannot read",
        arguments: [
            ("replica.hello", "{'a': 1}"), ("replica.commit", "{}"), ("replica.commit", "{'transaction': ''}"),
            ("replica.promise", "{'transaction': 't'}"),
            ("replica.promise", "{'transaction': 't', 'ballot': 99999999999999}"),
            ("replica.accept", "{'transaction': 't', 'ballot': 1, 'decision': 'x'}"),
            ("replica.prepare", "{\(common), 'method': 'config.get', 'member': 1}"),
            ("replica.prepare", "{\(common), 'method': 'config.set', 'member': 2}"),
            ("replica.prepare", "{\(common), 'method': 'config.set', 'member': 0}"),
            ("replica.prepare", "{\(common), 'method': 'config.set', 'member': 1, 'more': 1}"),
        ])
    func parameters(method: String, params: String) throws {
        let world = ReplicaWorld(2, seed: 1)
        let node = try JSONReader.read(Array(params.utf8), source: "test", dialect: .json5)
        let members = (node.members ?? []).map { ($0.name, $0.node) }
        let failure = #expect(throws: ControlFailure.self) { try answer(world, 1, method, members).get() }
        #expect(failure?.code == .invalidRequest && failure?.message.contains(method) == true)
    }
}
