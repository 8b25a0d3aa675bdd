internal import Cache
internal import NIOCore
internal import Routing
internal import Telemetry
internal import Wire

/// Answers that do not come from an agent's connection: those that are kept, and those that a fill brings.
extension Exchange {
    // MARK: what is kept

    /// Serves what is kept: all of it, a part, or that the client has it already.
    ///
    /// - Parameters:
    ///   - detail: the layer that it comes from, or why it may be stale.
    ///   - similarity: of the request that it is the answer to; nil: the same.
    func serve(_ answer: StoredAnswer, from detail: String, similarity: Double? = nil) {
        let now = loop.wallMilliseconds
        var own = loop.takeLines()
        own.put("Age: ", decimal: answer.facts.age(now))
        own.put("Cache-Status: clawproxy; hit; ttl=", decimal: answer.facts.freshFor(now), ending: false)
        if let similarity {
            own.put("; detail=", detail, similarity: similarity)
        } else {
            own.put("; detail=", detail)
        }
        cacheOutcome = "hit"
        loop.counters.add(1, to: .cacheHits)
        send(answer, own)
    }

    /// Serves what a fill found to be as good as new, or stands in for a failure.
    func serve(_ answer: StoredAnswer, after end: FillEnd, isLeader: Bool) {
        var text = CacheStatusText.forwarded(.stale)
        switch end {
        case .validated:
            text.forwardedStatus = 304
            text.isStored = true
        case .staleIfError(let status):
            text.forwardedStatus = status
            text.detail = "stale-if-error"
            cacheOutcome = "stale"
        }
        text.isCollapsed = !isLeader
        caching = nil
        var own = loop.takeLines()
        own.put("Age: ", decimal: answer.facts.age(loop.wallMilliseconds))
        own += text.line()
        send(answer, own)
    }

    private func send(_ answer: StoredAnswer, _ told: [UInt8]) {
        var own = told
        tell(&own, of: answer.facts, answer.fields)
        let debug = plan?.tellsDebug == true ? debugFields() + Array("X-ClawProxy-Cache: hit\r\n".utf8) : []
        var shared = SharedHead(
            status: answer.facts.status, reason: answer.reason, fields: answer.fields,
            own: debug.isEmpty ? own : own + debug, length: answer.body.readableBytes)
        stream = nil
        phase = .answering
        switch part(of: answer.facts, length: answer.body.readableBytes) {
        case .whole:
            let pace = answer.pace.isEmpty ? nil : pace(of: answer, &shared)
            answerWith(&shared, answer.body, answer.body.readerIndex, answer.body.writerIndex, at: pace)
        case .head(let status): answerWithHead(status, &shared)
        case .range(let range):
            shared.status = 206
            shared.reason = []
            shared.length = range.count
            shared.own += PartialAnswer.contentRange(range, length: answer.body.readableBytes)
            let start = answer.body.readerIndex + range.lowerBound
            answerWith(&shared, answer.body, start, start + range.count)
        case .ranges(let ranges):
            let body = several(ranges, answer, &shared)
            answerWith(&shared, body, body.readerIndex, body.writerIndex)
        case .unsatisfiable:
            shared.own += PartialAnswer.unsatisfied(length: answer.body.readableBytes)
            answerWithHead(416, &shared)
        }
    }

    /// When its events are sent; they end as they came, with a last chunk.
    private func pace(of answer: StoredAnswer, _ shared: inout SharedHead) -> ReplayPlan? {
        guard plan?.caching?.agents?.pace == .original, head.method == .post else { return nil }
        shared.length = nil
        return answer.pace.withUnsafeBytes { ReplayPlan(bytes: $0) }
    }

    /// Several ranges in one body: `multipart/byteranges`.
    private func several(_ ranges: [Range<Int>], _ answer: StoredAnswer, _ shared: inout SharedHead) -> ByteBuffer {
        let type = FieldLines.first("content-type", in: answer.fields).map(Array.init) ?? []
        let parts = PartialAnswer(
            ranges, length: answer.body.readableBytes, contentType: type, seed: loop.random.next())
        var body = loop.eventLoop.newBuffer(capacity: parts.count)
        for (index, range) in ranges.enumerated() {
            body.writeBytes(parts.head(of: index))
            let start = answer.body.readerIndex + range.lowerBound
            if let bytes = answer.body.getSlice(at: start, length: range.count) { body.writeImmutableBuffer(bytes) }
        }
        body.writeBytes(parts.end)
        shared.status = 206
        shared.reason = []
        shared.fields = FieldLines.without([Array("content-type".utf8)], answer.fields) + parts.typeLine
        shared.length = body.readableBytes
        return body
    }

    private enum Part {
        case whole
        case head(Int)
        case range(Range<Int>)
        case ranges([Range<Int>])
        case unsatisfiable
    }

    private func part(of facts: StoredFacts, length: Int) -> Part {
        guard head.method == .get || head.method == .head, facts.status == 200 else { return .whole }
        switch Conditions.judge(head, facts) {
        case .notModified: return .head(304)
        case .failed: return .head(412)
        case .whole: break
        }
        guard head.method == .get else { return .whole }
        switch ByteRanges.judge(head, facts, length: length) {
        case .whole: return .whole
        case .one(let range): return .range(range)
        case .many(let ranges): return .ranges(ranges)
        case .unsatisfiable: return .unsatisfiable
        }
    }

    /// The answer is here, whole.
    private func answerWith(
        _ shared: inout SharedHead, _ body: ByteBuffer, _ start: Int, _ end: Int, at plan: ReplayPlan? = nil
    ) {
        guard let downstream else { return }
        status = shared.status
        downstream.sendHead(shared, for: self)
        loop.giveBackLines(&shared.own)
        if let plan {
            let serial = self.serial
            downstream.flush()
            // the write may have ended the connection
            guard self.serial == serial else { return }
            stream = Replay(self, body, plan)
            return heedRoom()
        }
        if head.method != .head, end > start {
            bytesOut &+= end &- start
            downstream.sendBody(body, start, end)
        }
        downstream.endAnswer(trailers: nil)
        downstream.finish()
        account()
    }

    /// The head is all: 304, 412, 416.
    private func answerWithHead(_ status: Int, _ shared: inout SharedHead) {
        shared.status = status
        shared.reason = []
        shared.length = 0
        shared.fields = status == 304 ? HeadFields.notModified(shared.fields) : loop.dateField
        answerWith(&shared, ByteBuffer(), 0, 0)
    }

    // MARK: what a fill brings

    /// A head that others may get too, or this exchange alone. The body follows, unless the head is all.
    func follow(_ shared: SharedHead, _ facts: StoredFacts?, _ reader: Reader) {
        guard let downstream else { return }
        var shared = shared
        phase = .answering
        if reader.isLeader, let agent = reader.fill.agent {
            target = agent.target
            agentIndex = agent.index
            attempts = agent.attempts
        }
        if let facts {
            if !reader.isLeader { shared.own += told(facts) }
            tell(&shared.own, of: facts, shared.fields)
        }
        if let facts, facts.status == 200, head.method == .get || head.method == .head {
            switch Conditions.judge(head, facts) {
            case .notModified: return answerShort(304, &shared, reader)
            case .failed: return answerShort(412, &shared, reader)
            case .whole: break
            }
        }
        status = shared.status
        downstream.sendHead(shared, for: self)
        if shared.isBodiless || head.method == .head { reader.skipBody() }
    }

    /// What the cache says of an answer for the client's own cache, and for one in front.
    @inline(__always)
    private func tell(_ lines: inout [UInt8], of facts: StoredFacts, _ fields: [UInt8]) {
        guard let caching = plan?.caching else { return }
        caching.tell(
            &lines, of: facts, fields, isTenants: caching.byTenant && credential != nil, now: loop.wallMilliseconds)
    }

    private func answerShort(_ status: Int, _ shared: inout SharedHead, _ reader: Reader) {
        reader.cancel()
        answerWithHead(status, &shared)
    }

    private func told(_ facts: StoredFacts) -> [UInt8] {
        var text = CacheStatusText.forwarded(caching?.reason ?? .uriMiss)
        text.isCollapsed = true
        var lines = text.line()
        let age = facts.age(loop.wallMilliseconds)
        if age > 0 { lines.put("Age: ", decimal: age) }
        return lines
    }

    func followedToEnd(trailers lines: [UInt8]) {
        caching = nil
        downstream?.endAnswer(trailers: lines.isEmpty ? nil : Trailers.read(lines, limits: loop.runtime.wireLimits))
        downstream?.flush()
        account()
    }

    /// The agent broke off within its answer.
    func followedToBreak() {
        caching = nil
        failure = .answerCutShort
        downstream?.abort()
        account()
    }

    /// No agent answered the fill. Who only waited for it may try once for itself.
    func fillFailed(_ reply: Reply, _ kind: Failure.Kind?, attempts attemptsMade: Int, isLeader: Bool) {
        guard !isEnded else { return }
        if !isLeader, let turn = caching, !turn.hasRejoined {
            turn.hasRejoined = true
            return fetchAgain()
        }
        caching = nil
        failure = kind
        attempts = max(attempts, attemptsMade)
        status = reply.status
        bytesOut = reply.body.count
        downstream?.sendReply(reply, for: self)
        account()
    }
}
