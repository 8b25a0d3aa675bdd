/// One queue of a shelf: where it begins and ends. Entries come in at the head and leave at the tail.
struct ShelfQueue: Sendable {
    /// -1: none.
    private(set) var head: Int32 = -1
    private(set) var tail: Int32 = -1
    private(set) var count = 0
    var bytes = 0

    mutating func took(_ place: Int32, _ cost: Int) {
        head = place
        if tail < 0 { tail = place }
        count += 1
        bytes += cost
    }

    /// The entry between these two has left.
    mutating func lost(next: Int32, previous: Int32, _ cost: Int) {
        if previous < 0 { head = next }
        if next < 0 { tail = previous }
        count -= 1
        bytes -= cost
    }
}
