package import NIOCore
internal import Settings

/// One loop's connection to a Redis: commands are pipelined, each is waited for a short time, and none ever throws or
/// waits for a connection. Everything happens on the loop; answers too, and those that are known at once (`.unavailable`,
/// `.busy`) before `send` returns.
///
/// It connects again by itself: `RedisLink` says when, `RedisBreaker` whom it spares the waiting meanwhile.
package final class RedisClient: @unchecked Sendable {
    package typealias Done = (Result<RedisReply, RedisFailure>) -> Void

    private struct Pending {
        var deadline: NIODeadline
        var isWrite: Bool
        /// Nil: it is late, and its reply will be dropped.
        var done: Done?
    }

    /// No reply at all for so long after a command was late: the connection is dead.
    private static let silence = TimeAmount.seconds(5)

    package let eventLoop: any EventLoop
    private let redis: Redis
    private let number: Int
    private let timeout: TimeAmount
    private let connectTimeout: TimeAmount
    private let maxPending: Int

    private var link = RedisLink()
    private var breaker = RedisBreaker()
    private var connection: RedisConnection?
    private var greeting: RedisGreeting?
    /// Tells a try to connect from the one before.
    private var serial = 0
    /// In the order in which they were sent; late ones stand first.
    private var pending = CircularBuffer<Pending>()
    private var lateCount = 0
    private var timer: Scheduled<Void>?
    private var rings = NIODeadline.distantFuture
    private var retry: Scheduled<Void>?
    private var connectLimit: Scheduled<Void>?
    /// It was a replica; a write that succeeds shows that it no longer is.
    private var isReplica = false

    init(_ redis: Redis, _ number: Int, _ eventLoop: any EventLoop) {
        self.redis = redis
        self.number = number
        self.eventLoop = eventLoop
        timeout = .nanoseconds(redis.settings.timeout.nanoseconds)
        connectTimeout = .nanoseconds(redis.settings.connectTimeout.nanoseconds)
        maxPending = redis.settings.maxPending
    }

    // MARK: for those who use it

    /// Connects; from anywhere.
    package func start() { eventLoop.execute { self.follow(self.link.started()) } }

    /// Ends for good; from anywhere. What is under way is `.unavailable`.
    package func stop() { eventLoop.execute { self.end() } }

    /// Whether a command would be sent now, as far as that is known.
    package var isUsable: Bool {
        link.isOpen && pending.count < maxPending && breaker.wouldPass(now: Self.nanoseconds(.now()))
    }

    /// Sends a command. `done` is called once, on the loop.
    package func send(_ command: RedisCommand, _ done: @escaping Done) {
        eventLoop.assertInEventLoop()
        guard link.isOpen, let connection else { return done(.failure(.unavailable)) }
        guard pending.count < maxPending else { return done(.failure(.busy)) }
        let now = NIODeadline.now()
        guard breaker.asked(now: Self.nanoseconds(now)) else { return done(.failure(.unavailable)) }
        guard connection.write(command) else {
            _ = breaker.failed(now: Self.nanoseconds(now))
            return done(.failure(.unavailable))
        }
        pending.append(Pending(deadline: now + timeout, isWrite: command.isWrite, done: done))
        if now + timeout < rings { arm() }
    }

    // MARK: the connection

    private func follow(_ action: RedisLink.Action) {
        switch action {
        case .nothing: break
        case .connect: connect()
        case .wait(let time):
            retry = eventLoop.scheduleTask(in: .nanoseconds(time)) { self.follow(self.link.waited()) }
        case .close: drop()
        }
    }

    private func connect() {
        serial += 1
        let serial = self.serial
        connectLimit = eventLoop.scheduleTask(in: connectTimeout) {
            self.failed(
                serial, .silent("no connection and login within \(self.redis.settings.connectTimeout.spelling)"))
        }
        let made = redis.dial.connect(on: eventLoop) {
            RedisConnection { connection, event in self.happened(serial, connection, event) }
        }
        made.whenFailure { error in self.failed(serial, .unreachable(Self.reason(error))) }
    }

    private func happened(_ serial: Int, _ connection: RedisConnection, _ event: RedisConnection.Event) {
        guard serial == self.serial, link.state != .stopped else { return connection.close() }
        switch event {
        case .active:
            self.connection = connection
            let greeting = RedisGreeting(redis.settings)
            for command in greeting.commands { _ = connection.write(command) }
            self.greeting = greeting
        case .reply(let reply):
            if greeting == nil { return replied(reply) }
            switch greeting?.replied(reply) {
            case .welcome:
                greeting = nil
                opened()
            case .refused(let trouble): failed(serial, trouble)
            case .more, nil: break
            }
        case .ended(let trouble):
            // one of several addresses may have failed, and the next be tried
            if self.connection === connection { failed(serial, trouble) }
        }
    }

    private func opened() {
        connectLimit?.cancel()
        connectLimit = nil
        _ = link.opened(now: Self.nanoseconds(.now()))
        _ = breaker.renewed()
        if !isReplica { redis.report(number, nil) }
    }

    /// The connection, or the try to get one, is over.
    private func failed(_ serial: Int, _ trouble: RedisTrouble) {
        guard serial == self.serial, link.state != .stopped, link.state != .waiting else { return }
        isReplica = trouble == .readOnly
        drop()
        redis.report(number, trouble)
        let random = UInt64.random(in: .min ... .max)
        follow(link.failed(now: Self.nanoseconds(.now()), random: random, again: isReplica))
    }

    /// Closes what there is; who waits hears of it.
    private func drop() {
        // what comes of this one no longer counts
        serial += 1
        connectLimit?.cancel()
        connectLimit = nil
        silenceTimer()
        greeting = nil
        connection?.close()
        connection = nil
        let left = pending
        pending = CircularBuffer()
        lateCount = 0
        for command in left { command.done?(.failure(.unavailable)) }
    }

    private func end() {
        retry?.cancel()
        redis.forget(number)
        follow(link.stopped())
    }

    // MARK: replies

    private func replied(_ reply: RedisReply) {
        guard let command = pending.popFirst() else { return failed(serial, .broken("it sent a reply to no command")) }
        guard let done = command.done else {
            lateCount -= 1
            return
        }
        if case .error(let words) = reply {
            let trouble = RedisTrouble(error: words)
            if trouble == nil {
                answered(false)
                redis.refused(words)
            }
            done(.failure(.refused(words)))
            if let trouble { failed(serial, trouble) }
            return
        }
        answered(command.isWrite)
        done(.success(reply))
    }

    private func answered(_ isWrite: Bool) {
        let isClosing = breaker.answered()
        guard isClosing || (isReplica && isWrite) else { return }
        if isWrite { isReplica = false }
        if !isReplica { redis.report(number, nil) }
    }

    // MARK: time

    /// One timer for all: they all wait as long, so the first that is not late is the next to be.
    private func arm() {
        guard let deadline = lateCount < pending.count ? pending[offset: lateCount].deadline : pending.first?.deadline
        else { return }
        silenceTimer()
        rings = lateCount < pending.count ? deadline : deadline + Self.silence
        timer = eventLoop.scheduleTask(deadline: rings) { self.rang() }
    }

    private func silenceTimer() {
        timer?.cancel()
        timer = nil
        rings = .distantFuture
    }

    private func rang() {
        silenceTimer()
        let now = NIODeadline.now()
        if let first = pending.first, lateCount > 0, first.deadline + Self.silence <= now {
            return failed(serial, .silent("no reply for \(Self.silence.nanoseconds / 1_000_000_000)s"))
        }
        let current = serial
        while lateCount < pending.count, pending[offset: lateCount].deadline <= now {
            let done = pending[offset: lateCount].done
            pending[offset: lateCount].done = nil
            lateCount += 1
            let isOpening = breaker.failed(now: Self.nanoseconds(now))
            done?(.failure(.late))
            // whoever was told may have done anything
            guard serial == current else { return }
            guard isOpening else { continue }
            let times = "\(RedisBreaker.threshold) times in a row"
            redis.report(number, .silent("no reply within \(redis.settings.timeout.spelling), \(times)"))
        }
        if timer == nil { arm() }
    }

    private static func nanoseconds(_ time: NIODeadline) -> Int64 { Int64(time.uptimeNanoseconds) }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let failure as ResolveFailure: failure.message
        case let failure as TLSFailure: "\(failure)"
        default: Upstream.reason(error)
        }
    }
}

extension CircularBuffer {
    /// The element so many behind the first.
    fileprivate subscript(offset offset: Int) -> Element {
        get { self[index(startIndex, offsetBy: offset)] }
        set { self[index(startIndex, offsetBy: offset)] = newValue }
    }
}
