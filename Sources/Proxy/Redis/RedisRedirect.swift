package import Settings

/// What a node of a cluster says of a key that is not its own: `MOVED 3999 10.0.0.3:6381`, `ASK ...`.
package struct RedisRedirect: Sendable, Equatable {
    package var slot: Int
    /// Without a name: the host of the node that says it.
    package var host: RedisHost
    /// For this one command only, and after `ASKING`: the slot is on its way to that node.
    package var isAsk: Bool

    /// Nil for other errors.
    package init?(error: String) {
        let words = error.split(separator: " ")
        guard words.count >= 3, words[0] == "MOVED" || words[0] == "ASK", let slot = Int(words[1]),
            (0..<RedisSlot.count).contains(slot), let host = RedisHost(told: words[2])
        else { return nil }
        self.slot = slot
        self.host = host
        isAsk = words[0] == "ASK"
    }
}
