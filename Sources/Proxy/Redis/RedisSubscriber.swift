package import NIOCore

/// One connection to a Redis that hears what is published on a channel. It subscribes again whenever it has connected
/// again; what was published meanwhile is not heard, and whoever uses this asks for it.
package final class RedisSubscriber: @unchecked Sendable {
    package enum Event: Sendable {
        /// From now on everything is heard.
        case subscribed
        case message(ByteBuffer)
        /// Nothing is heard any more, or still nothing.
        case lost
    }

    /// How often it is asked whether it is there; without a reply until the next time, the connection is dead.
    private static let askEvery = TimeAmount.seconds(1)

    private let line: RedisLine
    private let channel: String
    private let tell: @Sendable (Event) -> Void
    /// Pings without a reply.
    private var unanswered = 0
    private var asking: RepeatedTask?

    /// - Parameter tell: called on the loop.
    package init(
        _ redis: Redis, channel: String, on eventLoop: any EventLoop, _ tell: @escaping @Sendable (Event) -> Void
    ) {
        self.channel = channel
        self.tell = tell
        line = RedisLine(redis, on: eventLoop)
    }

    /// Connects; from anywhere.
    package func start() {
        line.start { self.happened($0) }
        line.eventLoop.execute {
            self.asking = self.line.eventLoop.scheduleRepeatedTask(
                initialDelay: Self.askEvery, delay: Self.askEvery
            ) { _ in self.ask() }
        }
    }

    /// Ends for good; from anywhere.
    package func stop() {
        line.eventLoop.execute {
            self.asking?.cancel()
            self.line.stop()
        }
    }

    private func happened(_ event: RedisLine.Event) {
        switch event {
        case .opened:
            unanswered = 0
            _ = line.write(RedisCommand("SUBSCRIBE").with(channel))
        case .reply(let reply): replied(reply)
        case .closed: tell(.lost)
        }
    }

    private func replied(_ reply: RedisReply) {
        unanswered = 0
        switch reply {
        case .error(let words):
            line.fail(RedisTrouble(error: words) ?? .credentials(words))
        case .list(let parts) where parts.count == 3 && parts[0].isText("message"):
            if case .bytes(let payload) = parts[2] { tell(.message(payload)) }
        case .list(let parts) where parts.first?.isText("subscribe") == true:
            line.report(nil)
            tell(.subscribed)
        default: break
        }
    }

    private func ask() {
        guard line.isOpen else { return }
        if unanswered > 1 { return line.fail(.silent("no reply to a subscriber's PING")) }
        unanswered += 1
        _ = line.write(RedisCommand("PING"))
    }
}
