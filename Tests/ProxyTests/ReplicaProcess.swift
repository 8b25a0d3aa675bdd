import Balancer
import Logging
import Proxy
import Settings

/// A replica: its disk, which outlives its processes, and the process that runs just now.
final class SimulatedReplica: @unchecked Sendable {
    let place: Int
    let address: String
    unowned let world: ReplicaWorld
    /// How often it still fails to apply a change.
    var failures = 0
    // on disk
    var file = "v0"
    var pending: (transaction: String, version: String, peers: [String])?
    var history: [String: String] = [:]
    var record = ReplicaRecord()
    /// Every version that the file ever had, in their order.
    var taken = ["v0"]
    // of the process
    var process: SimulatedProcess?
    /// Nil while nothing is served.
    var inForce: String?
    var lives = 0

    init(_ place: Int, _ world: ReplicaWorld) {
        self.place = place
        self.world = world
        address = "10.0.0.\(place + 1):18790"
    }

    func start() {
        guard process == nil else { return }
        lives += 1
        let process = SimulatedProcess(self, lives)
        self.process = process
        Task(executorPreference: world.executor) {
            if let pending = self.pending {
                _ = await process.member.recover(pending.transaction, members: pending.peers)
            }
            await process.step("listen")
            self.inForce = self.file
            process.isListening = true
            self.world.listens(self)
        }
    }

    func stop() {
        process?.die()
        process = nil
        inForce = nil
    }
}

/// One life of a replica: what its member sees of disk, network and time. Once killed, nothing that it began goes on.
final class SimulatedProcess: ReplicaParticipant, ReplicaRecords, ReplicaSurroundings, @unchecked Sendable {
    struct Killed: Error {}

    let replica: SimulatedReplica
    let instance: String
    var isListening = false
    private(set) var isAlive = true
    private var preparedAt: Duration?
    private(set) var member: ReplicaMember!
    private var calls: [SimulatedCall] = []
    private var world: ReplicaWorld { replica.world }

    init(_ replica: SimulatedReplica, _ life: Int) {
        self.replica = replica
        // the order of instances is not that of addresses, and changes with every life
        instance = "\((replica.place * 7 + life * 5) % 11)-\(replica.place)-\(life)"
        member = ReplicaMember(
            self, self, self, log: Logger(label: "simulated") { _ in SwiftLogNoOpLogHandler() },
            times: replica.world.times, epoch: "\(replica.place).\(life)")
    }

    func die() {
        isAlive = false
        isListening = false
        for call in calls { world.after(world.delay()) { call.end(.failure(.broken("the connection was reset"))) } }
    }

    /// A place where the process may be killed; a killed one never gets past it.
    func step(_ name: String) async {
        if isAlive, !world.dies(replica.place, name), isAlive { return }
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }

    // MARK: disk

    func load() -> ReplicaRecord { replica.record }

    func save(_ record: ReplicaRecord) throws {
        if !isAlive || world.dies(replica.place, "before a vote is kept") { throw Killed() }
        replica.record = record
        if world.dies(replica.place, "after a vote is kept") { throw Killed() }
    }

    // MARK: time

    var executor: (any TaskExecutor)? { world.executor }

    func now() -> Duration { world.now }

    func pause(_ time: Duration) async {
        let call = SimulatedCall()
        world.after(time) { call.end(.success(.null)) }
        _ = await call.result()
        // not a step: nobody notices a pause
        if !isAlive { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
    }

    // MARK: network

    func call(
        _ address: String, _ method: String, _ params: Node, within limit: Duration
    ) async throws(RPCFailure) -> Node {
        await step("before \(method) is sent")
        let call = SimulatedCall()
        world.after(limit) { call.end(.failure(.broken("no answer in time"))) }
        if let target = world.route(address, method), !world.isCut(replica.place, target.place) {
            world.after(world.delay()) {
                let process = self.world.route(address, method)?.process
                process?.receive(method, params, call) ?? call.end(.failure(.unreachable("nobody listens")))
            }
        }
        let result = await call.result()
        await step("after the answer to \(method)")
        return try result.get()
    }

    private func receive(_ method: String, _ params: Node, _ call: SimulatedCall) {
        guard isListening else { return call.end(.failure(.unreachable("nobody listens"))) }
        calls.append(call)
        Task(executorPreference: world.executor) {
            await self.step("before \(method) is handled")
            var result: Result<Node, RPCFailure>
            do throws(ControlFailure) {
                result = .success(try await ReplicaMethods.answer(method, params, self.member))
            } catch {
                result = .failure(
                    .refused(
                        code: error.code.rawValue, message: error.message, retryAfterMs: error.retryAfterMs,
                        error: error.node))
            }
            await self.step("before \(method) is answered")
            let answer = result
            self.world.after(self.world.delay()) { call.end(answer) }
        }
    }

    // MARK: the participant

    func prepare(_ change: ReplicaChange) async throws(ControlFailure) -> PreparedChange {
        await pause(world.below(world.build(replica.place)))
        let version = change.params["raw"]?.string ?? ""
        if version.hasPrefix("wrong at \(replica.place)") { throw .invalid("a wrong change") }
        if let base = change.baseHash, base != replica.file { throw .invalid("config changed since last load") }
        await step("before a change is kept as prepared")
        replica.pending = (change.transaction, version, change.peers)
        preparedAt = world.now
        await step("after a change is kept as prepared")
        let answer = Node.object([("noop", Node(.bool(version == replica.file)))])
        return PreparedChange(instance: instance, hash: replica.file, newHash: version, answer: answer)
    }

    func commit(_ transaction: String) async throws(ControlFailure) -> CommittedChange {
        guard let pending = replica.pending, pending.transaction == transaction else {
            if let version = replica.history[transaction] {
                return CommittedChange(instance: instance, generation: 1, hash: version)
            }
            throw .invalid("no change '\(transaction)' is prepared here")
        }
        if let preparedAt { world.waited(world.now - preparedAt) }
        if replica.failures > 0 {
            replica.failures -= 1
            throw ControlFailure(.unavailable, "the disk is full")
        }
        await step("before the file is replaced")
        let isNoop = replica.file == pending.version
        replica.file = pending.version
        if !replica.taken.contains(pending.version) { replica.taken.append(pending.version) }
        await step("after the file is replaced")
        await pause(.milliseconds(world.random.below(50)))
        if replica.inForce != nil { replica.inForce = pending.version }
        world.look()
        await step("before the history has the change")
        // nothing changed here, so there is no version to keep
        if !isNoop { replica.history[transaction] = pending.version }
        await step("after the history has the change")
        replica.pending = nil
        await step("after nothing is kept as prepared")
        return CommittedChange(instance: instance, generation: replica.history.count, hash: pending.version)
    }

    func abort(_ transaction: String) async {
        guard replica.pending?.transaction == transaction else { return }
        if let preparedAt { world.waited(world.now - preparedAt) }
        await step("before a prepared change is dropped")
        replica.pending = nil
        await step("after a prepared change is dropped")
    }

    func outcome(_ transaction: String) async -> ReplicaOutcome {
        if replica.history[transaction] != nil { return .committed }
        return replica.pending?.transaction == transaction ? .prepared : .unknown
    }
}

/// A question that waits for one end of several.
final class SimulatedCall: @unchecked Sendable {
    private var ended: Result<Node, RPCFailure>?
    private var waiting: UnsafeContinuation<Void, Never>?

    func end(_ result: Result<Node, RPCFailure>) {
        guard ended == nil else { return }
        ended = result
        waiting?.resume()
        waiting = nil
    }

    func result() async -> Result<Node, RPCFailure> {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if ended != nil { continuation.resume() } else { waiting = continuation }
            }
        } onCancel: {
            end(.failure(.broken("given up")))
        }
        return ended ?? .failure(.broken("no end"))
    }
}
