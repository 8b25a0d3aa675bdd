package import Cache
package import NIOCore
internal import NIOPosix

/// What one loop keeps in Redis and finds there. It does not wait longer than a command may take, and nothing fails by
/// it: where Redis is of no use, nothing is found and nothing is kept.
package final class RedisEntries: @unchecked Sendable {
    package enum Found: Sendable {
        case hit(StoredAnswer)
        case miss
        /// Not in time.
        case late
        /// There is no Redis to ask, or it has too much to do.
        case unavailable
        /// Something is there that this version cannot read.
        case unreadable
        /// It was just purged, and is still there.
        case purged

        package var answer: StoredAnswer? {
            if case .hit(let answer) = self { answer } else { nil }
        }
    }

    /// Bytes of an entry that are read or written on the loop; longer ones elsewhere, for packing takes its time.
    private static let mostOnLoop = 32 * 1024
    /// Milliseconds that an entry stays that could be confirmed by its agent after it is stale.
    private static let validated: Int64 = 86_400
    private static let longestStay: Int64 = 30 * 86_400_000

    let client: RedisClient
    private let budget: TimeAmount
    private let marks: PurgeMarks
    private var storing: [CacheName: Storing] = [:]

    /// Answers of one name that are on their way to Redis, and what is to be done when they have come there.
    private struct Storing {
        var count = 0
        var next: [() -> Void] = []
    }

    /// - Parameter budget: as long as the client waits for a command.
    package init(_ client: RedisClient, budget: TimeAmount, marks: PurgeMarks) {
        self.client = client
        self.budget = budget
        self.marks = marks
    }

    // MARK: finding

    /// Looks an answer up. `done` is called once, on the loop.
    ///
    /// - Parameter selecting: what the request says in the fields of these names (`VaryKey.values`), asked where what
    /// is   kept varies; nil where nobody waits any more.
    package func find(
        _ name: CacheName, selecting: @escaping ([[UInt8]]) -> [UInt8]?, _ done: @escaping (Found) -> Void
    ) {
        guard !marks.isOwing else { return done(.unavailable) }
        let began = NIODeadline.now()
        let entry = RedisNames.entry(name)
        client.get(entry) { [self] result in
            switch result {
            case .success(nil): done(.miss)
            case .success(let bytes?):
                guard let marker = VaryMarker(bytes.readableBytesView) else { return read(bytes, nil, name, done) }
                // two questions together take little longer than one may
                guard NIODeadline.now() - began < .nanoseconds(budget.nanoseconds / 4) else { return done(.late) }
                guard let values = selecting(marker.names) else { return done(.miss) }
                findVariant(RedisNames.variant(entry, marker.generation, values), values, name, done)
            case .failure(.late): done(.late)
            case .failure: done(.unavailable)
            }
        }
    }

    private func findVariant(
        _ variant: [UInt8], _ values: [UInt8], _ name: CacheName, _ done: @escaping (Found) -> Void
    ) {
        client.get(variant) { [self] result in
            switch result {
            case .success(nil): done(.miss)
            case .success(let bytes?): read(bytes, values, name, done)
            case .failure(.late): done(.late)
            case .failure: done(.unavailable)
            }
        }
    }

    private func read(
        _ bytes: ByteBuffer, _ values: [UInt8]?, _ name: CacheName, _ done: @escaping (Found) -> Void
    ) {
        let judge = { [marks] (answer: StoredAnswer?) -> Found in
            guard let answer, answer.varyValues == values ?? [] else { return .unreadable }
            return marks.covers(answer, name) ? .purged : .hit(answer)
        }
        if bytes.readableBytes <= Self.mostOnLoop {
            return done(judge(bytes.withUnsafeReadableBytes { EntryCodec.decode($0) }))
        }
        let told = NIOLoopBound((judge, done), eventLoop: client.eventLoop)
        elsewhere {
            bytes.withUnsafeReadableBytes { EntryCodec.decode($0) }
        } then: { answer in
            told.value.1(told.value.0(answer))
        }
    }

    // MARK: keeping

    /// Keeps an answer. `done` is told on the loop whether it is there now.
    ///
    /// - Parameters:
    ///   - until: the longest stay; `now`: both in wall-clock milliseconds.
    package func store(
        _ answer: StoredAnswer, _ name: CacheName, until: Int64, now: Int64,
        _ done: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        let end = min(until, answer.facts.usefulUntil(validated: Self.validated), now + Self.longestStay)
        guard end > now, client.isUsable, !marks.isOwing else { return done(false) }
        let stay = end - now
        storing[name, default: Storing()].count += 1
        let ended: @Sendable (Bool) -> Void = { [self] isKept in
            done(isKept)
            stored(name)
        }
        let keep: @Sendable ([UInt8]) -> Void = { [self] bytes in
            // a purge may have come while it was packed
            guard !marks.covers(answer, name) else { return ended(false) }
            index(answer, name, until: end, stay: stay) { [self] isListed in
                guard isListed else { return ended(false) }
                put(bytes, answer, RedisNames.entry(name), stay, ended)
            }
        }
        if answer.body.readableBytes <= Self.mostOnLoop { return keep(EntryCodec.encode(answer)) }
        elsewhere {
            EntryCodec.encode(answer)
        } then: {
            keep($0)
        }
    }

    private func stored(_ name: CacheName) {
        guard let known = storing[name] else { return }
        guard known.count <= 1 else {
            storing[name]?.count -= 1
            return
        }
        storing[name] = nil
        for next in known.next { next() }
    }

    /// Calls `next` when what is being kept under a name has come to Redis; at once where nothing is.
    func afterStoring(_ name: CacheName, _ next: @escaping () -> Void) {
        if storing[name] == nil { next() } else { storing[name]?.next.append(next) }
    }

    private func put(
        _ bytes: [UInt8], _ answer: StoredAnswer, _ entry: [UInt8], _ stay: Int64,
        _ done: @escaping @Sendable (Bool) -> Void
    ) {
        guard !answer.facts.vary.isEmpty else {
            return client.set(entry, bytes, milliseconds: stay) { done($0 == .success(true)) }
        }
        marker(answer.facts.vary, entry, stay) { [self] marker in
            guard let marker else { return done(false) }
            let variant = RedisNames.variant(entry, marker.generation, answer.varyValues)
            client.set(variant, bytes, milliseconds: stay) { done($0 == .success(true)) }
        }
    }

    /// The marker that is there, or a new one; it stays at least as long as what it stands for.
    private func marker(
        _ names: [[UInt8]], _ entry: [UInt8], _ stay: Int64, _ done: @escaping @Sendable (VaryMarker?) -> Void
    ) {
        client.get(entry) { [self] result in
            guard case .success(let bytes) = result else { return done(nil) }
            let known = bytes.flatMap { VaryMarker($0.readableBytesView) }.flatMap { $0.names == names ? $0 : nil }
            let marker = known ?? VaryMarker(generation: .random(in: 1 ... .max), names: names)
            // another replica may make one at the same moment: whoever is first is right
            client.set(entry, marker.bytes, milliseconds: stay, onlyNew: bytes == nil) { [self] result in
                switch result {
                case .success(true): done(marker)
                case .success(false):
                    client.get(entry) { result in
                        guard case .success(let bytes?) = result else { return done(nil) }
                        done(VaryMarker(bytes.readableBytesView).flatMap { $0.names == names ? $0 : nil })
                    }
                case .failure: done(nil)
                }
            }
        }
    }

    /// Notes under each tag, and under its address, that the answer is there, before it is: what is not listed would
    /// not be found by who removes it.
    private func index(
        _ answer: StoredAnswer, _ name: CacheName, until: Int64, stay: Int64, _ done: @escaping (Bool) -> Void
    ) {
        let lists =
            answer.facts.tags.map { RedisNames.tag($0) } + [RedisNames.address(of: answer.key)].compactMap { $0 }
        guard !lists.isEmpty else { return done(true) }
        var left = lists.count * 3
        var isWell = true
        let count = { (result: Result<RedisReply, RedisFailure>) in
            left -= 1
            if case .failure = result { isWell = false }
            if left == 0 { done(isWell) }
        }
        let entry = RedisNames.entry(name)
        for list in lists {
            client.send(RedisCommand("ZADD", .stores, key: list).with("\(until)").with(entry), count)
            let gone = "(\(until - stay)"
            client.send(RedisCommand("ZREMRANGEBYSCORE", .removes, key: list).with("-inf").with(gone), count)
            // no entry outlives the list: it lasts as long as the longest stay of any
            client.send(
                RedisCommand("PEXPIRE", .removes, key: list).with("\(Self.longestStay)"), count)
        }
    }

    /// Removes an answer and all its variants.
    package func remove(_ name: CacheName, _ done: @escaping (Bool) -> Void = { _ in }) {
        client.delete(RedisNames.entry(name)) { result in
            if case .success = result { done(true) } else { done(false) }
        }
    }

    private func elsewhere<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value, then: @escaping @Sendable (Value) -> Void
    ) {
        NIOThreadPool.singleton.runIfActive(eventLoop: client.eventLoop, work).whenSuccess(then)
    }
}
