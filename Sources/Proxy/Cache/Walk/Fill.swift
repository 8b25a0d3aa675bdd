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
final class Fill: @unchecked Sendable {
    /// What a reader is told.
    enum News {
        case nothing
        /// The head; the body follows, piece by piece. With facts it is kept, and judged by them for each reader.
        case head(SharedHead, StoredFacts?)
        /// A whole answer that was kept before, and is as good now.
        case stored(StoredAnswer, FillEnd)
        case reply(Reply, Failure.Kind?)
        /// Not for this reader.
        case alone
    }

    /// Of which readers are told at once.
    enum Verdict {
        case open
        case head(SharedHead, StoredFacts?, varyValues: [UInt8], extra: [UInt8])
        case stored(StoredAnswer, FillEnd)
        case reply(Reply, Failure.Kind?)
    }

    /// The readers of one loop.
    struct Side {
        let loop: Loop
        var readers: [Reader]
        /// They are told already, and have not looked yet.
        var isTold = false
    }

    struct State {
        var verdict = Verdict.open
        var body = FillBody()
        var sides: [Side] = []
        /// What came after the verdict can still be had from its beginning.
        var isOpen = true
    }

    /// It reads ahead of its slowest reader by so much, in bytes.
    static let ahead = 1 << 20

    let key: CacheKey
    let loop: Loop
    let plan: Plan
    let caching: CachePlan
    let client: Client
    let ask: FillAsk
    let state = Mutex(State())
    var exchange: Exchange?
    /// Set while it runs: nobody else need hold it.
    var own: Fill?
    var isListed: Bool
    var requested: Int64 = 0
    var firstTarget: LoopTarget?
    /// Of an answer that is being kept.
    var kept: FillKeeping?
    /// The rest of this answer is nobody's.
    var isIgnored = false
    /// All that readers get is here, or on its way from what is kept: who leaves now ends nothing.
    var isOver = false
    /// What came back does not fit what was to be validated: it is asked for anew, whole.
    var mustRepeat = false
    var isPaused = false

    init(
        _ key: CacheKey, _ ask: FillAsk, _ plan: Plan, _ caching: CachePlan, _ client: Client, on loop: Loop,
        isListed: Bool
    ) {
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
    func leaveAlone() { isListed = false }

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
            takeOver(inner, from: leader)
            // what it costs is known here
            inner.charge = leader.charge
            leader.charge = nil
            if inner.charge?.readsAnswers == true { inner.wantsIdentity = true }
            inner.target = leader.target
        }
    }

    /// What is known of a request besides its head and body, which is asked again.
    func takeOver(_ inner: Exchange, from before: Exchange) {
        inner.credential = before.credential
        inner.withheld = before.withheld
        inner.forwarded = before.forwarded
        inner.rewrittenPath = before.rewrittenPath
        inner.heldTrailers = before.heldTrailers
        inner.models = before.models?.copy
        inner.contentLength = before.contentLength
        inner.copyRequestID(of: before)
    }

    func begin(head: RequestHead, body: ByteBuffer?, _ prepare: (Exchange) -> Void) {
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

    /// False: it is too late to have all of it, or this is not to be shared. The one for whom it is begun always joins:
    /// something may have changed, and closed it, between its entry among those under way and this.
    func join(_ reader: Reader) -> Bool {
        state.withLock { state in
            guard state.isOpen || reader.isLeader else { return false }
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

    static func fits(_ facts: StoredFacts, _ values: [UInt8], _ head: RequestHead) -> Bool {
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

    func onOwnLoop(_ body: @escaping @Sendable (Fill) -> Void) {
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

    /// How long the end of a stream is waited for that has said all.
    private static let ending = TimeAmount.seconds(1)

    /// Nobody is left to read it. What will be kept and is not long is read to its end all the same.
    func deserted() {
        guard !isOver, !ask.isBackground else { return }
        if kept?.isWorthEnding == true { return }
        if kept != nil, state.withLock({ $0.body.hasSaidAll }) {
            loop.eventLoop.scheduleTask(in: Self.ending) { [weak self] in
                self?.loop.touch()
                self?.endUnlessRead()
            }
        } else {
            endUnlessRead()
        }
    }

    /// It ends here, unless somebody reads it.
    private func endUnlessRead() {
        guard let exchange, !isOver else { return }
        let isWanted = state.withLock { state in
            let isRead = !state.sides.allSatisfy(\.readers.isEmpty)
            if !isRead { state.isOpen = false }
            return isRead
        }
        if isWanted { return }
        unlist()
        exchange.clientGone()
    }

    /// Reads on where the slowest reader is near, and waits where it is far behind.
    func pace() {
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
    func tell() {
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

    func readers(of loop: Loop) -> [Reader] {
        state.withLock { state in
            guard let at = state.sides.firstIndex(where: { $0.loop === loop }) else { return [] }
            state.sides[at].isTold = false
            return state.sides[at].readers
        }
    }
}
