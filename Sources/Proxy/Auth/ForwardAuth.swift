internal import Access
internal import Balancer
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Settings
internal import Synchronization
internal import Wire

/// Asks a service of the operator's who may come in (forward authentication). What it says is kept for as long as the
/// settings allow; one that fails is left alone for a while.
final class ForwardAuth: Sendable {
    enum Answer: Sendable {
        case passes(Credential)
        /// The client gets what the service says.
        case answered(Reply, AuthResult)
        case fault(AuthFault)
    }

    typealias Done = @Sendable (Answer) -> Void

    /// Of an answer's body, in bytes.
    static let mostBytes = 64 * 1024
    /// Questions under way at once.
    static let mostUnderWay = 256
    /// Requests that share the answer to one question.
    static let mostWaiters = 1024
    static let mostKept = 10_000
    /// Questions at once of those who waited for one that was not for them.
    static let lanes = 32
    /// Bytes of an answer that is kept, at most.
    static let mostKeptBytes = 4 * 1024
    private static let failures = 5
    private static let cooldown = Duration.seconds(5)

    /// One who waits for the answer to somebody else's question.
    private struct Waiter {
        let question: ForwardQuestion
        /// Where that answer is not for him: until when his own may have begun.
        let end: NIODeadline
        let done: Done
    }

    private struct State {
        var breaker = TierBreaker(failures: ForwardAuth.failures, cooldown: ForwardAuth.cooldown)
        var underWay = 0
        /// Who waits for the answer to the same question.
        var waiting: [SHA256Digest: [Waiter]] = [:]
        var kept: [SHA256Digest: (answer: Answer, until: Int64)] = [:]
        var client: HTTPClient?
        var tls: AgentTLS?
        var log: Logger?
        var isStopped = false
        var figures = ForwardFigures()
    }

    let settings: ForwardAuthSettings
    let url: ServiceURL
    private let state = Mutex(State())

    /// Nil where none is configured, or the address is none; checks have told of that.
    init?(_ settings: ForwardAuthSettings) {
        guard let text = settings.url, let url = try? ServiceURL(text) else { return nil }
        self.settings = settings
        self.url = url
    }

    deinit { stop() }

    /// How it does.
    var figures: ForwardFigures {
        state.withLock { state in
            var figures = state.figures
            figures.kept = state.kept.count
            figures.underWay = state.underWay
            figures.isLeftAlone = if case .closed = state.breaker.state { false } else { true }
            return figures
        }
    }

    // MARK: asking

    /// - Parameters:
    ///   - address: of the client, as text.
    ///   - scheme: `http` or `https`, by which the client came.
    func question(_ head: RequestHead, address: [UInt8], scheme: String) -> ForwardQuestion? {
        ForwardQuestion(head, settings, target: url.target, address: address, scheme: scheme)
    }

    /// What it said of the same before, and holds still.
    func known(_ question: ForwardQuestion, now: Int64) -> Answer? {
        guard settings.cacheFor > .zero else { return nil }
        return state.withLock { state in
            guard let kept = state.kept[question.key] else { return nil }
            if now < kept.until {
                state.figures.fromCache += 1
                return kept.answer
            }
            state.kept[question.key] = nil
            return nil
        }
    }

    /// Calls back, once, on any thread.
    ///
    /// - Parameter now: milliseconds since 1970.
    func ask(_ question: ForwardQuestion, now: Int64, _ done: @escaping Done) {
        ask(question, now: now, mayShare: settings.cacheFor > .zero, done)
    }

    private func ask(_ question: ForwardQuestion, now: Int64, mayShare: Bool, _ done: @escaping Done) {
        let clock = NIODeadline.now().uptimeNanoseconds
        let begun = state.withLock { state -> Result<(HTTPClient, AgentTLS)?, Refusal> in
            guard !state.isStopped, let client = state.client, let tls = state.tls else {
                return .failure(Refusal("the service is not asked any more"))
            }
            if mayShare, state.waiting[question.key] != nil {
                guard state.waiting[question.key, default: []].count < Self.mostWaiters else {
                    return .failure(Refusal("too many requests wait"))
                }
                let end = NIODeadline.now() + TimeAmount(settings.timeout * 2)
                state.waiting[question.key]?.append(Waiter(question: question, end: end, done: done))
                return .success(nil)
            }
            guard state.breaker.passes(now: clock) else {
                return .failure(Refusal("the service has failed, and is left alone for a moment"))
            }
            guard state.underWay < Self.mostUnderWay else {
                return .failure(Refusal("too many requests wait for the service"))
            }
            state.breaker.asked()
            state.underWay += 1
            if mayShare { state.waiting[question.key] = [] }
            return .success((client, tls))
        }
        switch begun {
        case .success(nil): return
        case .failure(let refusal):
            state.withLock { $0.figures.notAsked += 1 }
            done(failed(refusal.words, question))
        case .success(.some((let client, let tls))): send(question, client, tls, now, mayShare, done)
        }
    }

    /// Who waited for an answer that is for somebody else asks for himself: not all at once.
    private func askInTurn(_ waiters: [Waiter], _ at: Int, _ now: Int64) {
        guard at < waiters.count else { return }
        let waiter = waiters[at]
        let then: Done = { answer in
            waiter.done(answer)
            self.askInTurn(waiters, at + Self.lanes, now)
        }
        guard NIODeadline.now() < waiter.end else {
            return then(failed("too many requests wait for the service", waiter.question, isLate: true))
        }
        ask(waiter.question, now: now, mayShare: false, then)
    }

    private struct Refusal: Error {
        let words: String
        init(_ words: String) { self.words = words }
    }

    private func send(
        _ question: ForwardQuestion, _ client: HTTPClient, _ tls: AgentTLS, _ now: Int64, _ isShared: Bool,
        _ done: @escaping Done
    ) {
        let end: @Sendable (Answer, Bool) -> Void = { answer, isKept in
            let others = self.state.withLock { state -> [Waiter] in
                state.underWay -= 1
                if isKept { self.keep(answer, question.key, now, &state) }
                return isShared ? state.waiting.removeValue(forKey: question.key) ?? [] : []
            }
            done(answer)
            if Self.isForAll(answer) {
                for other in others { other.done(answer) }
            } else {
                for lane in 0..<min(Self.lanes, others.count) { self.askInTurn(others, lane, now) }
            }
        }
        let destination: HTTPDestination
        do throws(TLSFailure) {
            destination = try url.destination(tls, options)
        } catch {
            note(failure: error.description)
            return end(failed(error.description, question), false)
        }
        client.ask(question.request, of: destination, within: settings.timeout).whenComplete { result in
            switch result {
            case .success(let answer):
                let judged = self.judge(answer, question)
                // what it makes of one request says nothing of the next: no client can have it left alone, or
                // passed over
                if case .fault(.unavailable(_, let why, _)) = judged, answer.status >= 500 {
                    self.note(failure: why)
                    return end(self.failed(why, question), false)
                }
                self.noteAnswer()
                end(judged, self.settings.cacheFor > .zero)
            case .failure(let error):
                let failure = HTTPClientFailure(breaking: error)
                self.note(failure: failure.description)
                var isLate = false
                if case .late = failure { isLate = true }
                end(self.failed("the service gives \(failure)", question, isLate: isLate), false)
            }
        }
    }

    private var options: TLSClientOptions {
        var options = TLSClientOptions()
        options.caFile = settings.caFile
        options.section = "auth.forwardAuth"
        return options
    }

    // MARK: keeping

    /// It may be told to others who ask the same: what sets cookies, or sends elsewhere, is for one client alone.
    private static func isForAll(_ answer: Answer) -> Bool {
        guard case .answered(let reply, _) = answer else { return true }
        return (reply.status == 401 || reply.status == 403) && !ForwardedReply.setsCookies(reply)
    }

    private func keep(_ answer: Answer, _ key: SHA256Digest, _ now: Int64, _ state: inout State) {
        switch answer {
        case .passes(let credential): if credential.lines.count > Self.mostKeptBytes { return }
        case .answered(let reply, _):
            guard Self.isForAll(answer), reply.body.count + reply.fields.count <= Self.mostKeptBytes else { return }
        case .fault: return
        }
        if state.kept.count >= Self.mostKept, state.kept[key] == nil {
            state.kept = state.kept.filter { now < $0.value.until }
            let excess = state.kept.count - Self.mostKept * 7 / 8
            if excess > 0 { for old in Array(state.kept.keys.prefix(excess)) { state.kept[old] = nil } }
        }
        state.kept[key] = (answer, now + settings.cacheFor.nanoseconds / 1_000_000)
    }

    // MARK: health

    private func noteAnswer() {
        let log = state.withLock { state in
            state.figures.answered += 1
            state.figures.trouble = nil
            return state.breaker.answered() ? state.log : nil
        }
        log?.notice("the service of auth.forwardAuth answers again", metadata: ["url": "\(url.endpoint.spelling)"])
    }

    private func note(failure: String) {
        let log = state.withLock { state in
            state.figures.failed += 1
            state.figures.trouble = failure
            return state.breaker.failed(now: NIODeadline.now().uptimeNanoseconds) && !state.isStopped ? state.log : nil
        }
        log?.warning(
            "the service of auth.forwardAuth has failed too often and is left alone for a moment",
            metadata: [
                "url": "\(url.endpoint.spelling)", "reason": "\(failure)",
                "requests": "\(settings.failOpen ? "pass unasked" : "are refused")",
            ])
    }

    // MARK: life

    func start(tls: AgentTLS, log: Logger) {
        let isFirst = state.withLock { state in
            guard state.client == nil, !state.isStopped else { return false }
            state.client = HTTPClient()
            state.tls = tls
            state.log = log
            return true
        }
        guard isFirst, url.endpoint.isTLS else { return }
        // its certificates are read before the first request asks
        NIOThreadPool.singleton.submit { [options] _ in _ = try? tls.context(options) }
    }

    func stop() {
        let client = state.withLock { state -> HTTPClient? in
            state.isStopped = true
            state.kept = [:]
            return state.client
        }
        client?.close()
    }
}
