internal import NIOCore

/// Whether a client takes what is written to it: what waits for its socket, and since when that has not become less.
struct UnsentBytes {
    private var waiting = 0
    private var since: Int64 = 0

    /// Bytes that were written and that the socket has not taken.
    static func count(of context: ChannelHandlerContext?) -> Int {
        guard let context else { return 0 }
        return (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// From now on it is looked at.
    mutating func begin(_ context: ChannelHandlerContext?, now: Int64) {
        waiting = Self.count(of: context)
        since = now
    }

    /// When to look first: what was on its way when its agent was paused is here by then.
    static let settled: Int64 = 1_000_000_000

    /// Until when the client has time to take some of it. Nil: nothing waits.
    mutating func look(_ context: ChannelHandlerContext?, patience: Int64, now: Int64) -> Int64? {
        let left = Self.count(of: context)
        // more than before: it may have taken some, and what was on its way from the agent has been added; that ends, as no
        // more is read from the agent
        if left != waiting || waiting == 0 { since = now }
        waiting = left
        return left == 0 ? nil : since + patience
    }
}
