internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Semantics
internal import Synchronization
internal import Telemetry
internal import Wire

/// The agent's answer, as the fill's exchange brings it: judged by its head, passed to readers, kept.
extension Fill: InnerDownstream {
    func sendInterim(_ answer: ResponseHead) {
        let leader = state.withLock { $0.sides.lazy.flatMap(\.readers).first { $0.isLeader && $0.loop === self.loop } }
        leader?.passInterim(answer)
    }

    func sendHead(of exchange: Exchange) {
        let answer = exchange.answer
        let now = loop.wallMilliseconds
        if let stale = ask.stale {
            if answer.status == 304, ask.kind == .http { return validated(stale, answer, now) }
            if ask.servesOnError, FillEnd.isError(answer.status) {
                isIgnored = true
                isOver = true
                return settle(.stored(stale, .staleIfError(status: answer.status)))
            }
        }
        let isFirst = exchange.target === firstTarget && exchange.models?.chain?.isFallback != true
        let storability = Storage.judge(ask.facts, answer, requested: requested, received: now, ask.policy(caching))
        let isKept = if case .store = storability { isFirst } else { false }
        let shared = SharedHead(
            status: answer.status, reason: Array(answer.reason), fields: exchange.sharedFields(isKept: isKept),
            length: answer.framing.knownLength)
        var why = Unkept.fallback
        if isFirst, case .store(var facts) = storability, !tooLong(shared.length) {
            facts.tags += caching.tags.filter { !facts.tags.contains($0) }
            let keeping = FillKeeping(facts, shared, varyValues(facts), sized: shared.length)
            if case .agent(isStream: true) = ask.kind, caching.agents?.pace == .original {
                keeping.pace = PaceRecorder()
            }
            kept = keeping
            return settle(
                .head(shared, facts, varyValues: keeping.varyValues, extra: leaderLines(exchange, answer, nil)))
        }
        if isFirst, case .not(let reason) = storability { why = .policy(reason) } else if isFirst { why = .tooLong }
        refuse(why)
        settle(.head(shared, nil, varyValues: [], extra: leaderLines(exchange, answer, why)))
    }

    /// A 304: what was kept is as good as new (RFC 9111 4.3.4).
    func validated(_ stale: StoredAnswer, _ answer: ResponseHead, _ now: Int64) {
        isIgnored = true
        isOver = true
        guard Validation.updates(stale.facts, answer) else {
            mustRepeat = true
            return
        }
        let raw = Validation.freshened(stale.fields, by: answer, date: loop.dateField)
        let fields = plan.edited(raw)
        // by the agent's words, and not by what the rule makes of them
        let judged = Validation.judge(
            stale.facts, fields: raw, request: ask.facts, by: answer, requested: requested, received: now,
            ask.policy(caching))
        guard case .store(let facts) = judged else {
            // it says now that it is not to be kept: good for those who asked, and gone
            if case .not(let reason) = judged, reason.isLasting { loop.process.caches.drop(key, name, on: loop) }
            return settle(.stored(stale.freshened(facts: stale.facts, fields: fields), .validated))
        }
        let fresh = StoredAnswer(
            facts: facts, reason: stale.reason, fields: fields, body: stale.body, pace: stale.pace,
            varyValues: varyValues(facts), key: stale.key, kind: stale.kind)
        keep(fresh)
        settle(.stored(fresh, .validated))
    }

    func varyValues(_ facts: StoredFacts) -> [UInt8] {
        guard let exchange, !facts.vary.isEmpty else { return [] }
        return VaryKey.values(facts.vary, exchange.head)
    }

    func tooLong(_ length: Int?) -> Bool { (length ?? 0) > caching.layers.longest }

    func refuse(_ why: Unkept) {
        loop.counters.notStored(reason: why.index)
        if why.isLasting, caching.remember > 0 {
            loop.process.caches.marks.mark(key.hash, until: loop.wallMilliseconds &+ caching.remember)
        }
    }

    /// What the one who asked first is told, and no other: an answer that is not kept, as it came.
    func leaderLines(_ exchange: Exchange, _ answer: ResponseHead, _ why: Unkept?) -> [UInt8] {
        var lines = exchange.ownFields()
        // what is not kept of an answer that is, he gets all the same
        if why == nil { lines += HeadFields.unkept(answer) }
        if let age = answer.first(named: "age") { lines += Array("Age: ".utf8) + age + [0x0D, 0x0A] }
        lines += ask.told(status: answer.status, notKept: why)
        if plan.tellsDebug { lines += Array("X-ClawProxy-Cache: miss\r\n".utf8) }
        return lines
    }

    func sendBody(_ buffer: ByteBuffer, _ start: Int, _ end: Int) {
        guard !isIgnored, end > start else { return }
        var piece = loop.eventLoop.newBuffer(capacity: end &- start)
        buffer.withUnsafeReadableBytes { bytes in
            let offset = start &- buffer.readerIndex
            let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ end &- start)])
            piece.writeBytes(part)
            kept?.pace?.take(part, now: loop.now / 1_000_000)
        }
        let count = state.withLock { state -> Int in
            state.body.add(piece)
            return state.body.count
        }
        if kept != nil, tooLong(count) {
            kept = nil
            refuse(.tooLong)
            unlist()
        }
    }

    func endAnswer(trailers: HeadLines?) {
        guard !isIgnored else { return }
        isOver = true
        keepWhole()
        let lines = trailers.map { Trailers.lines($0) } ?? []
        state.withLock { state in
            state.body.trailers = lines
            state.body.end = .whole
        }
        unlist()
    }

    func flush() {
        guard !isIgnored else { return endIgnored() }
        tell()
        if exchange != nil { pace() }
        // nobody reads it, and nothing keeps it
        guard let exchange, kept == nil, !isOver else { return }
        let isIdle = state.withLock { state in
            guard case .head = state.verdict, state.sides.allSatisfy(\.readers.isEmpty) else { return false }
            state.isOpen = false
            return true
        }
        if isIdle { exchange.clientGone() }
    }

    /// What stands behind an answer in whose place another is given is read to its end if that is near.
    func endIgnored() {
        guard let exchange, !mustRepeat, exchange.answer.status != 304,
            (exchange.answer.framing.knownLength ?? .max) > 64 * 1024
        else { return }
        // what it says of itself counts all the same
        exchange.recordOutcome(Outcome.of(status: exchange.status), retryAfter: exchange.askedPause)
        exchange.clientGone()
    }

    func abort() {
        isOver = true
        state.withLock { $0.body.end = .broken }
        unlist()
        tell()
    }

    func sendReply(_ reply: Reply, for exchange: Exchange) {
        isOver = true
        if let stale = ask.stale, ask.servesOnError {
            return settle(.stored(stale, .staleIfError(status: reply.status)))
        }
        settle(.reply(reply, exchange.failure))
    }

    /// From here on every reader knows what it gets.
    func settle(_ verdict: Verdict) {
        var isShared = true
        if case .head(_, nil, _, _) = verdict { isShared = false }
        let followed = if case .head = verdict { true } else { false }
        state.withLock { state in
            guard case .open = state.verdict else { return }
            state.verdict = verdict
            state.isOpen = state.isOpen && isShared && followed
        }
        if !isShared || !followed { unlist() }
        if !followed { tell() }
    }

    func unlist() {
        state.withLock { $0.isOpen = false }
        guard isListed else { return }
        isListed = false
        loop.process.caches.fills.end(self)
    }

    func exchangeEnded() {
        guard let ended = exchange else { return }
        exchange = nil
        if mustRepeat {
            mustRepeat = false
            isIgnored = false
            isOver = false
            ask.forgetStale()
            return begin(head: ended.head, body: ended.held) { inner in
                takeOver(inner, from: ended)
                inner.target = firstTarget
                loop.recycle(ended)
            }
        }
        // whoever still waits has been forgotten by an exchange that ended without a word
        state.withLock { state in
            state.isOpen = false
            if case .open = state.body.end { state.body.end = .broken }
        }
        unlist()
        ask.lease?.release()
        tell()
        loop.recycle(ended)
        own = nil
    }

    /// What is kept is not fetched.
    func sendHead(_ head: SharedHead, for exchange: Exchange) {}
}
