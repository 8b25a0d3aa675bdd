/// How much an agent has to do for its weight, were it given one request more: a fraction, compared without dividing.
struct Load {
    static let most = Load(requests: 1, weight: 0)

    private let requests: Int
    private let weight: Int

    init(requests: Int, weight: Int) {
        self.requests = requests
        self.weight = weight
    }

    @inline(__always)
    init(_ seat: Seat) {
        requests = seat.inFlight + 1
        weight = seat.weight
    }

    /// Weights are at most a million, so the products fit.
    @inline(__always)
    static func < (a: Load, b: Load) -> Bool { a.requests &* b.weight < b.requests &* a.weight }
}
