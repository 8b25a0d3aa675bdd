internal import Telemetry

/// How many exchanges of one loop began under one generation and are still open: what is left of a generation for those
/// that outlive it, tunnels and streams of hours among them.
///
/// Touched on its loop only. An exchange holds it from `begin` to `account`.
final class GenerationShare {
    let generation: Int
    var open = 0

    init(_ generation: Int) { self.generation = generation }
}

extension Loop {
    /// Lists the share of a runtime that settles here; those of older ones go once nothing of theirs is open.
    func list(_ share: GenerationShare) {
        shares.removeAll { $0.open == 0 }
        shares.append(share)
    }

    /// Open exchanges by generation: the one that runs, and every older one of which something is left.
    func generationShares() -> [(generation: Int, open: Int)] {
        shares.filter { $0.open > 0 || $0 === runtime.share }.map { ($0.generation, $0.open) }
    }

    /// A copy of everything that is counted here, to be summed with those of the other loops.
    func snapshot() -> Snapshot {
        var snapshot = counters.snapshot()
        for (generation, open) in generationShares() { snapshot.generations[generation, default: 0] += open }
        return snapshot
    }
}
