internal import Balancer
internal import Cache
internal import NIOCore
internal import Routing
internal import Synchronization
internal import Telemetry
internal import Wire

/// One fetch for all who ask for the same: an exchange of its own with an agent, which no client's leaving ends, and the
/// answer as it comes, for readers on any loop.
///
/// It belongs to the loop of the first who asked; what readers see stands behind a lock. Nobody gets a byte before the head
/// has shown whether the answer may be shared; who may not have it goes on alone.
final class Fill: InnerDownstream, @unchecked Sendable {
    /// What a reader is told.
    enum News {
        case nothing
        /// The head; the body follows, piece by piece. `isShared`: it is kept, and so judged by its facts for each reader.
        case head(SharedHead, StoredFacts?)
        /// A whole answer that was kept before, and is as good now.
        case stored(StoredAnswer, FillEnd)
        case reply(Reply, Failure.Kind?)
        /// Not for this reader.
        case alone
    }

    /// Of which readers are told at once.
    private enum Verdict {
        case open
        case head(SharedHead, StoredFacts?, varyValues: [UInt8], extra: [UInt8])
        case stored(StoredAnswer, FillEnd)
        case reply(Reply, Failure.Kind?)
    }

    /// The readers of one loop.
    private struct Side {
        let loop: Loop
        var readers: [Reader]
        /// They are told already, and have not looked yet.
        var isTold = false
    }

    private struct State {
        var verdict = Verdict.open
        var body = FillBody()
        var sides: [Side] = []
        /// What came after the verdict can still be had from its beginning.
        var isOpen = true
    }

    /// It reads ahead of its slowest reader by so much, in bytes.
    private static let ahead = 1 << 20

    let key: CacheKey
    let loop: Loop
    let plan: Plan
    let caching: CachePlan
    let client: Client
    let ask: FillAsk
    private let state = Mutex(State())
    private var exchange: Exchange?
    /// Set while it runs: nobody else need hold it.
    private var own: Fill?
    private var isListed: Bool
    private var requested: Int64 = 0
    private var firstTarget: LoopTarget?
    /// Of an answer that is being kept.
    private var kept: FillKeeping?
    /// The rest of this answer is nobody's.
    private var isIgnored = false
    /// All that readers get is here, or on its way from what is kept: who leaves now ends nothing.
    private var isOver = false
    /// What came back does not fit what was to be validated: it is asked for anew, whole.
    private var mustRepeat = false
    private var isPaused = false
    private var pauses = 0

    init(_ key: CacheKey, _ ask: FillAsk, _ plan: Plan, _ caching: CachePlan, _ client: Client, on loop: Loop, isListed: Bool) {
        self.key = key
        self.ask = ask
        self.plan = plan
        self.caching = caching
        self.client = client
        self.loop = loop
        self.isListed = isListed
    }

    // MARK: the request

    /// Nobody is to join it.
    func isAlone() { isListed = false }

    /// It is not needed after all, and is not begun; who joined it asks for himself.
    func abandon() {
        isOver = true
        state.withLock { $0.body.end = .broken }
        unlist()
        tell()
    }

    /// Nobody joins any more: what comes is of before something that has changed. From any thread.
    func close() { state.withLock { $0.isOpen = false } }

    /// Sends the request out. `leader` is read, and not needed any more after that.
    func start(for leader: Exchange) {
        own = self
        begin(head: leader.head, body: leader.held) { inner in
            inner.credential = leader.credential
            inner.rewrittenPath = leader.rewrittenPath
            inner.target = leader.target
            inner.heldTrailers = leader.heldTrailers
            inner.copyRequestID(of: leader)
        }
    }

    private func begin(head: RequestHead, body: ByteBuffer?, _ prepare: (Exchange) -> Void) {
        let inner = loop.newExchange()
        exchange = inner
        requested = loop.wallMilliseconds
        loop.process.caches.invalidations.fetches(ask.address)
        inner.beginInside(self, head, body, plan, ask.conditions)
        if case .agent = ask.kind { inner.wantsIdentity = true }
        prepare(inner)
        if inner.target == nil { inner.target = plan.target(&loop.random) }
        firstTarget = inner.target
        if inner.findsBinding(plan) { inner.balance(plan) }
    }

    // MARK: readers, from any loop

    /// False: it is too late to have all of it, or this is not to be shared.
    func join(_ reader: Reader) -> Bool {
        state.withLock { state in
            guard state.isOpen else { return false }
            if let at = state.sides.firstIndex(where: { $0.loop === reader.loop }) {
                state.sides[at].readers.append(reader)
            } else {
                state.sides.append(Side(loop: reader.loop, readers: [reader]))
            }
            return true
        }
    }

    func leave(_ reader: Reader) {
        let isDeserted = state.withLock { state in
            for at in state.sides.indices { state.sides[at].readers.removeAll { $0 === reader } }
            return state.sides.allSatisfy(\.readers.isEmpty)
        }
        resumeIfRead()
        if isDeserted { onOwnLoop { $0.deserted() } }
    }

    func news(for reader: Reader, _ head: RequestHead) -> News {
        let verdict = state.withLock { $0.verdict }
        switch verdict {
        case .open: return .nothing
        case .stored(let answer, let end):
            return reader.isLeader || Self.fits(answer.facts, answer.varyValues, head) ? .stored(answer, end) : .alone
        case .reply(let reply, let kind): return .reply(reply, kind)
        case .head(var shared, let facts, let values, let extra):
            if reader.isLeader {
                shared.own = extra
                return .head(shared, facts)
            }
            guard let facts, Self.fits(facts, values, head) else { return .alone }
            return .head(shared, facts)
        }
    }

    private static func fits(_ facts: StoredFacts, _ values: [UInt8], _ head: RequestHead) -> Bool {
        facts.vary.isEmpty || VaryKey.values(facts.vary, head) == values
    }

    /// Pieces of the body from the one with this number on.
    func pieces(from number: Int) -> (pieces: ArraySlice<ByteBuffer>, end: FillBody.End) {
        state.withLock { $0.body.pieces(from: number) }
    }

    /// Field lines behind the body, once that is whole.
    var trailers: [UInt8] { state.withLock { $0.body.trailers } }

    /// Whose answer it is, for those on its loop.
    var agent: (target: LoopTarget, index: Int, attempts: Int)? {
        guard let exchange, let target = exchange.target, exchange.agentIndex >= 0 else { return nil }
        return (target, exchange.agentIndex, exchange.attempts)
    }

    /// A reader has passed on some.
    func resumeIfRead() {
        if state.withLock({ $0.body.isPaused }) { onOwnLoop { $0.pace() } }
    }

    private func onOwnLoop(_ body: @escaping @Sendable (Fill) -> Void) {
        if loop.eventLoop.inEventLoop {
            body(self)
        } else {
            loop.eventLoop.execute { [self] in
                loop.touch()
                body(self)
            }
        }
    }

    /// How many follow it beside the first.
    var waiting: Int { state.withLock { $0.sides.reduce(0) { $0 + $1.readers.count { !$0.isLeader } } } }

    // MARK: pace

    /// Nobody is left to read it. What will be kept and is not long is read to its end all the same.
    private func deserted() {
        guard let exchange, !isOver, !ask.isBackground else { return }
        let isWorthEnding = kept?.isWorthEnding == true
        let isWanted = state.withLock { state in
            let isRead = !state.sides.allSatisfy(\.readers.isEmpty)
            if !isRead, !isWorthEnding { state.isOpen = false }
            return isRead
        }
        if isWanted || isWorthEnding { return }
        unlist()
        exchange.clientGone()
    }

    /// Reads on where the slowest reader is near, and waits where it is far behind.
    private func pace() {
        let lag = state.withLock { state -> Int in
            let slowest = state.sides.lazy.flatMap(\.readers).map(\.taken).min()
            if kept == nil, let slowest { state.body.drop(upTo: slowest) }
            let lag = slowest.map { state.body.count - $0 } ?? 0
            state.body.isPaused = lag > Self.ahead
            return lag
        }
        let wanted = lag <= Self.ahead
        guard wanted == isPaused else { return }
        isPaused = !wanted
        exchange?.stream?.wantAnswer(wanted)
    }

    /// Tells the readers of every loop that there is something new: those of this one at once.
    private func tell() {
        let (here, elsewhere) = state.withLock { state -> ([Reader], [Loop]) in
            var here: [Reader] = []
            var elsewhere: [Loop] = []
            for at in state.sides.indices where !state.sides[at].readers.isEmpty {
                if state.sides[at].loop === loop {
                    here = state.sides[at].readers
                } else if !state.sides[at].isTold {
                    state.sides[at].isTold = true
                    elsewhere.append(state.sides[at].loop)
                }
            }
            return (here, elsewhere)
        }
        for other in elsewhere {
            other.eventLoop.execute { [self] in
                other.touch()
                for reader in readers(of: other) { reader.advance() }
            }
        }
        for reader in here { reader.advance() }
    }

    private func readers(of loop: Loop) -> [Reader] {
        state.withLock { state in
            guard let at = state.sides.firstIndex(where: { $0.loop === loop }) else { return [] }
            state.sides[at].isTold = false
            return state.sides[at].readers
        }
    }

    // MARK: the answer

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
        let isFirst = exchange.target === firstTarget
        let storability = Storage.judge(ask.facts, answer, requested: requested, received: now, ask.policy(caching))
        let isKept = if case .store = storability { isFirst } else { false }
        let shared = SharedHead(
            status: answer.status, reason: Array(answer.reason), fields: exchange.sharedFields(isKept: isKept),
            length: answer.framing.knownLength)
        var why = Unkept.fallback
        if isFirst, case .store(var facts) = storability, !tooLong(shared.length) {
            facts.tags += caching.tags.filter { !facts.tags.contains($0) }
            let keeping = FillKeeping(facts, shared, varyValues(facts), sized: shared.length)
            if case .agent(isStream: true) = ask.kind, caching.agents?.pace == .original { keeping.pace = PaceRecorder() }
            kept = keeping
            return settle(
                .head(shared, facts, varyValues: keeping.varyValues, extra: leaderLines(exchange, answer, nil)))
        }
        if isFirst, case .not(let reason) = storability { why = .policy(reason) } else if isFirst { why = .tooLong }
        refuse(why)
        settle(.head(shared, nil, varyValues: [], extra: leaderLines(exchange, answer, why)))
    }

    /// A 304: what was kept is as good as new (RFC 9111 4.3.4).
    private func validated(_ stale: StoredAnswer, _ answer: ResponseHead, _ now: Int64) {
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

    private func varyValues(_ facts: StoredFacts) -> [UInt8] {
        guard let exchange, !facts.vary.isEmpty else { return [] }
        return VaryKey.values(facts.vary, exchange.head)
    }

    private func tooLong(_ length: Int?) -> Bool { (length ?? 0) > caching.layers.longest }

    private func refuse(_ why: Unkept) {
        loop.counters.notStored(reason: why.index)
        if why.isLasting, caching.remember > 0 {
            loop.process.caches.marks.mark(key.hash, until: loop.wallMilliseconds &+ caching.remember)
        }
    }

    /// What the one who asked first is told, and no other: an answer that is not kept, as it came.
    private func leaderLines(_ exchange: Exchange, _ answer: ResponseHead, _ why: Unkept?) -> [UInt8] {
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
        let lines = trailers.map(Trailers.lines) ?? []
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
    private func endIgnored() {
        guard let exchange, !mustRepeat, exchange.answer.status != 304, (exchange.answer.framing.knownLength ?? .max) > 64 * 1024
        else { return }
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
    private func settle(_ verdict: Verdict) {
        var isShared = true
        if case .head(_, nil, _, _) = verdict { isShared = false }
        let followed = if case .head = verdict { true } else { false }
        state.withLock { state in
            guard case .open = state.verdict else { return }
            state.verdict = verdict
            state.isOpen = isShared && followed
        }
        if !isShared || !followed { unlist() }
        if !followed { tell() }
    }

    private func unlist() {
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
                inner.credential = ended.credential
                inner.target = firstTarget
                inner.rewrittenPath = ended.rewrittenPath
                inner.copyRequestID(of: ended)
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
        loop.recycle(ended)
        tell()
        own = nil
    }

    // MARK: keeping

    private func keepWhole() {
        guard let keeping = kept else { return }
        kept = nil
        let body = state.withLock { $0.body.whole }
        guard keeping.isWhole(body.readableBytes) else { return }
        if let why = ask.refuses(keeping, body) {
            refuse(why)
            return
        }
        keep(
            StoredAnswer(
                facts: keeping.facts, reason: keeping.head.reason, fields: keeping.head.fields, body: body,
                pace: keeping.pace?.plan.bytes ?? [], varyValues: keeping.varyValues, key: key.bytes, kind: ask.kind))
    }

    private func keep(_ answer: StoredAnswer) {
        let caches = loop.process.caches
        compare(answer)
        loop.counters.add(1, to: .cacheStored)
        caches.marks.unmark(key.hash)
        guard let name else { return }
        guard !caches.purged.covers(answer, name) else { return }
        let now = loop.wallMilliseconds
        caching.layers.keep(answer, key, name, now: now)
        // a purge that came in between has looked already
        guard !caches.purged.covers(answer, name) else { return caches.drop(key, name, on: loop) }
        caching.layers.send(answer, name, now: now, on: loop)
    }

    private var name: CacheName? { ask.name ?? caching.name(of: key, tenant: ask.tenant, secret: loop.process.secret) }

    /// In a rehearsal: what would have been served, with what the agent says now.
    private func compare(_ answer: StoredAnswer) {
        guard let shadowed = ask.shadowed else { return }
        let type = FieldLines.first("content-type", in: answer.fields).map(Array.init) ?? []
        let isSame = shadowed.body.withUnsafeReadableBytes { one in
            answer.body.withUnsafeReadableBytes { other in
                type.withUnsafeBytes { AgentAnswers.saySame(one, other, contentType: $0.isEmpty ? nil : $0) }
            }
        }
        loop.counters.shadowed(isSame: isSame)
    }

    /// What is kept is not fetched.
    func sendHead(_ head: SharedHead, for exchange: Exchange) {}
}
