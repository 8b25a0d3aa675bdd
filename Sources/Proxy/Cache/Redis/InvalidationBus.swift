internal import Logging
package import NIOCore
internal import Synchronization

/// Purges, told to all replicas that share a Redis: published on a channel, counted under a name. Who was away compares
/// the count when he hears again, and drops what he has in memory where purges were missed.
///
/// A purge that Redis could not be told of is owed, and tried again until it is done; nothing of that Redis serves here
/// meanwhile (`PurgeMarks`).
package final class InvalidationBus: @unchecked Sendable {
    /// What another replica did, or nobody knows.
    package enum Heard: Sendable, Equatable {
        case purge(Purge)
        /// Purges may have been made that were not heard of: nothing that is in memory can be trusted.
        case missed
    }

    package enum Outcome: Sendable, Equatable {
        /// It is out of Redis, or no replica serves it from there, and so many replicas were told, this one among them.
        case told(replicas: Int)
        /// There is no Redis that could be told. It will be.
        case owed
    }

    private static let retryEvery = TimeAmount.milliseconds(100)
    /// A purge that was counted may take so many looks until it is heard of; looks, and not a time, for after a loop that
    /// stood still its timers come first, and what was heard meanwhile after them.
    package static let gapLasts = 5
    private static let looksEvery = TimeAmount.milliseconds(20)
    /// More than these, and all is removed in their place.
    private static let mostOwed = 4096

    private let eventLoop: any EventLoop
    private let client: RedisClient
    private let marks: PurgeMarks
    private let tell: @Sendable (Heard) -> Void
    private let clock: @Sendable () -> Int64
    private let patience: Int
    /// Who we are among replicas.
    private let name = String(UInt64.random(in: .min ... .max), radix: 16)
    private let counted = Atomic<Int64>(-1)
    private var subscriber: RedisSubscriber?
    private var epoch: PurgeEpoch
    /// The count must be read before anything can be said.
    private var isBehind = false
    private var isReading = false
    private var isWaiting = false
    private var owed: [Purge] = []
    private var underWay = 0
    private var retries: RepeatedTask?

    /// - Parameters:
    ///   - known: the count up to which what is kept here (on the disk) is known to be clean; nil: nothing is kept.
    ///   - patience: how many looks, each after 20 ms, find a purge missing between others until it was missed.
    ///   - clock: wall-clock milliseconds.
    ///   - tell: called on `eventLoop`.
    package init(
        _ redis: Redis, marks: PurgeMarks, on eventLoop: any EventLoop, known: Int64? = nil,
        patience: Int = InvalidationBus.gapLasts, clock: @escaping @Sendable () -> Int64,
        _ tell: @escaping @Sendable (Heard) -> Void
    ) {
        self.eventLoop = eventLoop
        self.marks = marks
        self.clock = clock
        self.patience = patience
        self.tell = tell
        epoch = PurgeEpoch(known: known)
        client = redis.client(on: eventLoop)
        subscriber = RedisSubscriber(redis, channel: RedisNames.channel, on: eventLoop) { [self] in happened($0) }
    }

    /// Connects; from anywhere.
    package func start() {
        client.start()
        subscriber?.start()
        eventLoop.execute {
            self.retries = self.eventLoop.scheduleRepeatedTask(initialDelay: Self.retryEvery, delay: Self.retryEvery) {
                _ in self.tick()
            }
        }
    }

    /// Ends for good; from anywhere.
    package func stop() {
        eventLoop.execute {
            self.retries?.cancel()
            self.client.stop()
            self.subscriber?.stop()
            self.subscriber = nil
        }
    }

    /// How many purges Redis has counted, as far as was heard; nil before anything was.
    package var count: Int64? {
        let count = counted.load(ordering: .relaxed)
        return count < 0 ? nil : count
    }

    // MARK: telling

    /// Removes from Redis and tells all replicas but this one, which has done it already. From anywhere; `done` is
    /// called on the loop of the bus, when no replica that can be reached serves what is meant.
    package func purge(_ purge: Purge, _ done: @escaping @Sendable (Outcome) -> Void = { _ in }) {
        marks.add(purge.selection, at: purge.at, now: clock())
        eventLoop.execute { self.carryOut(purge, done) }
    }

    private func carryOut(_ purge: Purge, _ done: @escaping @Sendable (Outcome) -> Void) {
        guard client.isUsable else { return owe(purge, done) }
        underWay += 1
        let sweep = RedisSweep(client: client)
        if purge.selection.exactName != nil {
            // first out of Redis, so that nobody who is told takes it from there again
            sweep.remove(purge.selection) { [self] removal in
                if case .unreached = removal { return failed(purge, done) }
                announce(purge) { [self] outcome in
                    guard let outcome else { return failed(purge, done) }
                    ended()
                    done(outcome)
                }
            }
        } else {
            // a sweep takes its time: all are told first, and what is still in Redis serves nobody (`PurgeMarks`)
            announce(purge) { [self] outcome in
                guard let outcome else { return failed(purge, done) }
                done(outcome)
                sweep.remove(purge.selection) { [self] removal in
                    if case .unreached = removal { failed(purge) { _ in } } else { ended() }
                }
            }
        }
    }

    /// Counts and publishes; nil where one of them fails.
    private func announce(_ purge: Purge, _ done: @escaping @Sendable (Outcome?) -> Void) {
        // made smaller, as far as a full Redis is concerned: it is to be asked
        client.send(RedisCommand("INCR", .removes, key: RedisNames.epoch)) { [self] result in
            var number: Int64?
            switch result {
            case .success(.integer(let counted)):
                number = counted
                heard(counted)
            // it is full, or an ACL forbids it: who hears does, and who is away will not know
            case .failure(.refused): break
            default: return done(nil)
            }
            let text = PurgeMessage(purge, epoch: number, from: name).text
            client.send(RedisCommand("PUBLISH").with(RedisNames.channel).with(text)) { result in
                guard case .success(.integer(let replicas)) = result else { return done(nil) }
                done(.told(replicas: Int(replicas)))
            }
        }
    }

    private func ended() {
        underWay -= 1
        settle()
    }

    private func failed(_ purge: Purge, _ done: @escaping @Sendable (Outcome) -> Void) {
        underWay -= 1
        owe(purge, done)
    }

    private func owe(_ purge: Purge, _ done: @escaping @Sendable (Outcome) -> Void) {
        if owed.count >= Self.mostOwed {
            owed = [Purge(.all, at: max(purge.at, owed.map(\.at).max() ?? purge.at))]
        } else {
            owed.append(purge)
        }
        marks.isOwing = true
        done(.owed)
    }

    private func settle() {
        if owed.isEmpty, underWay == 0 { marks.isOwing = false }
    }

    private func tick() {
        if isBehind { readCount() }
        guard !owed.isEmpty, client.isUsable else { return }
        let batch = owed.prefix(256)
        owed.removeFirst(batch.count)
        for purge in batch {
            marks.add(purge.selection, at: purge.at, now: clock())
            carryOut(purge) { _ in }
        }
    }

    // MARK: hearing

    private func happened(_ event: RedisSubscriber.Event) {
        switch event {
        case .subscribed:
            isBehind = true
            readCount()
        case .lost:
            isBehind = false
            epoch.lost()
        case .message(let bytes):
            guard let message = PurgeMessage(Array(bytes.readableBytesView)) else { return }
            if message.from != name {
                marks.add(message.purge.selection, at: message.purge.at, now: clock())
                tell(.purge(message.purge))
            }
            if let number = message.epoch { heard(number) }
        }
    }

    private func heard(_ number: Int64) {
        epoch.heard(number)
        note()
        guard epoch.hasGap, !isWaiting else { return }
        isWaiting = true
        look(since: epoch.known, left: patience)
    }

    /// Waits for what is missing between what was heard of.
    private func look(since before: Int64?, left: Int) {
        eventLoop.scheduleTask(in: Self.looksEvery) { [self] in
            guard epoch.hasGap else { return isWaiting = false }
            // others have come since, and may still
            guard epoch.known == before else { return look(since: epoch.known, left: patience) }
            guard left == 1 else { return look(since: before, left: left - 1) }
            isWaiting = false
            epoch.gapLasted()
            tell(.missed)
            note()
        }
    }

    /// Everything is heard again from now on: what was counted meanwhile was missed.
    private func readCount() {
        guard !isReading else { return }
        isReading = true
        client.get(RedisNames.epoch) { [self] result in
            isReading = false
            guard isBehind, case .success(let bytes) = result else { return }
            isBehind = false
            let number = bytes.flatMap { Int64(String(buffer: $0)) } ?? 0
            let isMissed = epoch.read(number)
            // first told, and then counted: who sees the count may rely on what it says
            if isMissed { tell(.missed) }
            note()
        }
    }

    private func note() {
        if let known = epoch.known { counted.store(known, ordering: .relaxed) }
    }
}
