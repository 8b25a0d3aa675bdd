internal import Balancer
internal import Wire

/// A second attempt at a request that waits unusually long, while the first goes on. Whichever is answered first is
/// the exchange's; the other is cancelled.
///
/// Exits: alone (the first attempt failed) -> the exchange's only attempt; answered -> the exchange's; failed, or the
/// first was answered -> gone.
final class Hedge {
    let target: LoopTarget
    let lease: Lease
    /// Swapped with the exchange's when it has won.
    var answer = ResponseHead()
    /// Nil while it is being made.
    var connection: (any AgentStream)?
    /// The first attempt failed before the connection of this one was there.
    var isAlone = false

    init(_ target: LoopTarget, _ lease: Lease) {
        self.target = target
        self.lease = lease
    }
}
