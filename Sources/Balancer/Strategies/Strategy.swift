/// Who gets the next request. A strategy knows nothing of health, ejections, caps and retries: it is offered those
/// that can serve now. One a loop and pool, so it needs no locks; it allocates in `init` alone.
package protocol Strategy: SendableMetatype {
    /// As configurations spell it.
    static var name: String { get }
    /// For the reference, in a line.
    static var meaning: String { get }

    /// `seats` stay valid as long as the strategy. Beginning at a random place keeps loops, and generations of the
    /// configuration, from all beginning with the same agent.
    init(_ seats: UnsafeBufferPointer<Seat>, _ random: inout SplitMix64)

    /// The usable agent that is to have the request, or nothing if none is usable. `key` is the client's.
    mutating func choose(_ among: Candidates, _ key: UInt64, _ random: inout SplitMix64) -> Int?
}
