package import Settings

/// What the protocol needs of the world: the other replicas, and time. Tests have a world of their own.
package protocol ReplicaSurroundings: Sendable {
    /// Asks another replica.
    func call(
        _ address: String, _ method: String, _ params: Node, within limit: Duration
    ) async throws(RPCFailure) -> Node
    /// Returns early when the task is cancelled.
    func pause(_ time: Duration) async
    /// Time since some moment; never goes back.
    func now() -> Duration
    /// Where background work runs; nil is anywhere.
    var executor: (any TaskExecutor)? { get }
}

/// How long the protocol waits. Safety does not depend on any of these; how fast it comes to an end does.
package struct ReplicaTimes: Sendable {
    package init() {}

    /// Greeting a replica; the connection alone may take 2 s.
    package var greeting = Duration.milliseconds(2500)
    /// Validating a change and building its runtime.
    package var build = Duration.seconds(10)
    /// A question that is answered from memory, or after one small write.
    package var question = Duration.milliseconds(500)
    /// Swapping and writing.
    package var apply = Duration.seconds(5)
    /// After which a prepared replica that heard nothing asks.
    package var silence = Duration.milliseconds(700)
    /// Between two such questions; nobody asks again sooner.
    package var again = Duration.milliseconds(250)
    /// By which replicas ask one after another, so that two do not hold ballots against each other.
    package var stagger = Duration.milliseconds(100)
    /// For how long, and how often, a replica that does not answer a commit is asked again.
    package var insist = Duration.milliseconds(1500)
    package var insistEvery = Duration.milliseconds(200)
    /// For how long a coordinator that could not get a quorum tries to find the outcome.
    package var patience = Duration.seconds(5)
    /// Between the questions of a replica that starts.
    package var recovering = Duration.milliseconds(100)

    /// The stagger of one replica; four steps at most, so that the last of many is in time too.
    func turn(of member: Int) -> Duration { stagger * min(member, 4) }
}

/// The world as it is.
struct ReplicaCalls: ReplicaSurroundings {
    /// Asked for every call: the token may change while the proxy runs.
    let token: @Sendable () async -> String?
    var executor: (any TaskExecutor)? { nil }
    private let start = ContinuousClock.now

    init(token: @escaping @Sendable () async -> String?) { self.token = token }

    func call(
        _ address: String, _ method: String, _ params: Node, within limit: Duration
    ) async throws(RPCFailure) -> Node {
        guard let place = ListenAddress(address) else {
            throw .unreachable(address.isEmpty ? "the coordinator's address is not known" : "\(address) is no address")
        }
        return try await RPCClient(place, token: await token()).call(method, params, timeout: limit)
    }

    func pause(_ time: Duration) async { try? await Task.sleep(for: time) }

    func now() -> Duration { ContinuousClock.now - start }
}
