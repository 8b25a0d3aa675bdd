internal import NIOCore
internal import Settings

/// One loop's connection to one Redis: commands are pipelined, each is waited for a short time, and none ever throws or
/// waits for a connection. `RedisBreaker` spares them the waiting for one that does not answer.
final class RedisNode: @unchecked Sendable {
    typealias Done = RedisClient.Done

    private struct Pending {
        var deadline: NIODeadline
        var effect: RedisCommand.Effect
        var count: Int
        /// Nil: it is late, and its reply will be dropped.
        var done: Done?
    }

    /// No reply at all for so long after a command was late: the connection is dead.
    private static let silence = Duration.milliseconds(1500)
    /// A timer that rings later than this tells of our own loop, not of Redis.
    private static let lateness = TimeAmount.milliseconds(2)
    /// Bytes of commands that are under way at most, so that a slow Redis does not fill the memory.
    private static let mostBytes = 16 << 20
    /// One that is full is not sent what it would refuse, but one in this time, in nanoseconds.
    private static let fullEvery: Int64 = 1_000_000_000

    private let redis: Redis
    private let line: RedisLine
    private let timeout: TimeAmount
    private let maxPending: Int

    private var breaker = RedisBreaker()
    /// In the order in which they were sent; late ones stand first.
    private var pending = CircularBuffer<Pending>()
    private var pendingBytes = 0
    private var lateCount = 0
    private var timer: Scheduled<Void>?
    private var rings = NIODeadline.distantFuture
    private var isSecondRing = false
    /// It takes no writes (a replica), or nothing more (full); one that it took shows that it does again.
    private var withheld: RedisTrouble?
    private var fullUntil: Int64 = 0

    /// - Parameter node: one of a cluster; nil for what the settings name.
    init(_ redis: Redis, node: RedisHost? = nil, on eventLoop: any EventLoop) {
        self.redis = redis
        line = RedisLine(redis, node: node, on: eventLoop)
        timeout = .nanoseconds(redis.settings.timeout.nanoseconds)
        maxPending = redis.settings.maxPending
    }

    /// Connects; from anywhere.
    func start() { line.start { self.happened($0) } }

    /// Ends for good. What is under way is `.unavailable`.
    func stop() { line.stop() }

    /// It is no part of the cluster any more; what was wrong with it is nobody's trouble.
    func retire() { line.retire() }

    /// Whether a command would be sent now, as far as that is known.
    var isUsable: Bool {
        line.isOpen && pending.count < maxPending && pendingBytes < Self.mostBytes
            && breaker.wouldPass(now: Self.nanoseconds(.now()))
    }

    /// Sends a command. `done` is called once.
    func send(_ command: RedisCommand, _ done: @escaping Done) {
        guard line.isOpen else { return done(.failure(.unavailable)) }
        guard pending.count < maxPending, pendingBytes < Self.mostBytes else { return done(.failure(.busy)) }
        let now = NIODeadline.now()
        if command.effect == .stores, isFull(Self.nanoseconds(now)) { return done(.failure(.unavailable)) }
        guard breaker.asked(now: Self.nanoseconds(now)) else { return done(.failure(.unavailable)) }
        guard line.write(command) else {
            _ = breaker.failed(now: Self.nanoseconds(now))
            return done(.failure(.unavailable))
        }
        let count = command.count
        pending.append(Pending(deadline: now + timeout, effect: command.effect, count: count, done: done))
        pendingBytes += count
        if now + timeout < rings { arm() }
    }

    /// One command passes in each `fullEvery`, to see whether there is room again.
    private func isFull(_ now: Int64) -> Bool {
        guard case .full? = withheld else { return false }
        if now < fullUntil { return true }
        fullUntil = now + Self.fullEvery
        return false
    }

    // MARK: the connection

    private func happened(_ event: RedisLine.Event) {
        switch event {
        case .opened:
            _ = breaker.renewed()
            if withheld == nil { line.report(nil) }
        case .reply(let reply): replied(reply)
        case .closed(let trouble):
            withheld = trouble == .readOnly ? trouble : nil
            silenceTimer()
            let left = pending
            pending = CircularBuffer()
            pendingBytes = 0
            lateCount = 0
            for command in left { command.done?(.failure(.unavailable)) }
        }
    }

    private func replied(_ reply: RedisReply) {
        guard let command = pending.popFirst() else { return line.fail(.broken("it sent a reply to no command")) }
        pendingBytes -= command.count
        if command.done == nil { lateCount -= 1 }
        guard case .error(let words) = reply else {
            guard let done = command.done else { return }
            answered(command.effect)
            return done(.success(reply))
        }
        refused(words, command.done)
    }

    private func refused(_ words: String, _ done: Done?) {
        if let redirect = RedisRedirect(error: words) {
            answered(.reads)
            done?(.failure(.moved(redirect)))
            return
        }
        let trouble = RedisTrouble(error: words)
        if trouble?.leavesConnection ?? true, done != nil { answered(.reads) }
        switch trouble {
        // it only forgot a script, which is sent anew
        case nil where words.hasPrefix("NOSCRIPT"): break
        case nil: redis.refused(words)
        case let trouble? where trouble.leavesConnection:
            withheld = trouble
            fullUntil = Self.nanoseconds(.now()) + Self.fullEvery
            line.report(trouble)
        default: break
        }
        done?(.failure(.refused(words)))
        if let trouble, !trouble.leavesConnection { line.fail(trouble) }
    }

    private func answered(_ effect: RedisCommand.Effect) {
        let isClosing = breaker.answered()
        let takesAgain =
            switch withheld {
            case nil: false
            case .full: effect == .stores
            default: effect != .reads
            }
        if takesAgain { withheld = nil }
        if isClosing || takesAgain { line.report(withheld) }
    }

    // MARK: time

    /// One timer for all: they all wait as long, so the first that is not late is the next to be.
    private func arm() {
        guard let deadline = lateCount < pending.count ? pending[offset: lateCount].deadline : pending.first?.deadline
        else { return }
        silenceTimer()
        rings = lateCount < pending.count ? deadline : deadline + .nanoseconds(Self.silence.nanoseconds)
        timer = line.eventLoop.scheduleTask(deadline: rings) { self.rang() }
    }

    private func silenceTimer() {
        timer?.cancel()
        timer = nil
        isSecondRing = false
        rings = .distantFuture
    }

    private func rang() {
        let now = NIODeadline.now()
        // the loop was busy, or did not run: replies may wait to be read. A loop runs all tasks that are due before it
        // reads, so this one must not be due at once
        if now - rings > Self.lateness, !isSecondRing {
            isSecondRing = true
            timer = line.eventLoop.scheduleTask(in: .milliseconds(1)) { self.rang() }
            return
        }
        silenceTimer()
        if let first = pending.first, lateCount > 0, first.deadline + .nanoseconds(Self.silence.nanoseconds) <= now {
            return line.fail(.silent("no reply for \(Self.silence.spelling)"))
        }
        let current = line.current
        while lateCount < pending.count, pending[offset: lateCount].deadline <= now {
            let done = pending[offset: lateCount].done
            pending[offset: lateCount].done = nil
            lateCount += 1
            let isOpening = breaker.failed(now: Self.nanoseconds(now))
            done?(.failure(.late))
            // whoever was told may have done anything
            guard line.current == current else { return }
            guard isOpening else { continue }
            let times = "\(RedisBreaker.threshold) times in a row"
            line.report(.silent("no reply within \(redis.settings.timeout.spelling), \(times)"))
        }
        if timer == nil { arm() }
    }

    private static func nanoseconds(_ time: NIODeadline) -> Int64 { Int64(time.uptimeNanoseconds) }
}

extension CircularBuffer {
    /// The element so many behind the first.
    fileprivate subscript(offset offset: Int) -> Element {
        get { self[index(startIndex, offsetBy: offset)] }
        set { self[index(startIndex, offsetBy: offset)] = newValue }
    }
}
