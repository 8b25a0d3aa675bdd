internal import Settings

/// A change that goes back by itself: unless it is confirmed in time, or as soon as the answers get worse.
struct Confirmation: Sendable {
    /// What goes back to its place.
    var before: [UInt8]?
    /// The hash of the file as the change left it: another one means that somebody changed it since.
    var hash: String
    /// The generation of the change.
    var number: Int
    /// Monotonic nanoseconds.
    var began: Int64
    /// The same; nil where nobody needs to confirm and the objective alone watches.
    var deadline: Int64?
    /// Unix milliseconds of the deadline, for people.
    var deadlineWall: Int64?

    init(before: [UInt8]?, hash: String, number: Int, began: Int64) {
        self.before = before
        self.hash = hash
        self.number = number
        self.began = began
    }

    var node: Node {
        .object([("deadlineMs", deadlineWall.map { .int($0) } ?? .null), ("hash", .string(hash))])
    }
}

/// A change that went back by itself, and why.
struct TakenBack: Sendable {
    /// Unix milliseconds.
    var time: Int64
    var reason: String
    var generation: Int

    var node: Node {
        .object([("timeMs", .int(time)), ("reason", .string(reason)), ("generation", .int(generation))])
    }
}
