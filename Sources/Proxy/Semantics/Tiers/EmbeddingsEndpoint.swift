internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Semantics
internal import Settings

/// Vectors of a server that speaks OpenAI's `/v1/embeddings`. A text is sent at once where nothing is under way; what
/// comes while something is goes together, when that is answered or its askers have given up.
///
/// Touched on its loop only, but for `vector` and `vectors`, which go there: that is what makes it `Sendable`.
final class EmbeddingsEndpoint: VectorSource, @unchecked Sendable {
    typealias Destination = @Sendable () throws(TLSFailure) -> HTTPDestination

    private struct Waiting {
        let text: String
        let limit: NIODeadline
        let done: @Sendable (Result<[Float], TierFault>) -> Void
    }

    /// Texts that were sent together.
    private final class Batch {
        let waiting: [Waiting]
        /// Nobody who asked waits any more: others are sent, though this may be answered yet.
        var isOverdue = false
        var overdue: Scheduled<Void>?

        init(_ waiting: [Waiting]) { self.waiting = waiting }
    }

    /// Texts that wait for what is under way; more come too late anyway.
    static let mostWaiting = 1024
    /// Overdue requests are left to end by themselves, so many at once.
    private static let mostOverdue = 4

    let lessonSize: Int
    private let name: String
    private let request: EmbeddingsRequest
    private let timeout: Duration
    private let destination: Destination
    private let eventLoop: any EventLoop
    private let client: HTTPClient
    private let log: Logger

    private var waiting: [Waiting] = []
    private var breaker: TierBreaker
    /// Requests that somebody waits for: one, but where a refused one was halved; and those that nobody waits for now.
    private var underWay = 0
    private var overdue = 0
    private var dimensions = 0
    private var isClosed = false
    private let outlived: @Sendable () -> Void

    /// - Parameter outlived: called where another model answers than the one that was learnt from.
    init(
        _ settings: SemanticTierSettings, _ url: EmbeddingsURL, _ destination: @escaping Destination, log: Logger,
        outlived: @escaping @Sendable () -> Void
    ) {
        name = settings.name
        lessonSize = settings.batch
        timeout = settings.timeout
        request = EmbeddingsRequest(url, model: settings.model ?? "", apiKey: settings.apiKey)
        breaker = TierBreaker(failures: settings.failures, cooldown: settings.cooldown)
        self.destination = destination
        self.log = log
        self.outlived = outlived
        eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        client = HTTPClient(on: eventLoop)
    }

    func expect(dimensions: Int) { eventLoop.execute { self.dimensions = dimensions } }

    /// How many texts wait for what is under way.
    var waitingTexts: Int {
        get async {
            await withCheckedContinuation { next in
                eventLoop.execute { next.resume(returning: self.waiting.count) }
            }
        }
    }

    func close() {
        eventLoop.execute {
            self.isClosed = true
            self.client.close()
            let given = self.waiting
            self.waiting = []
            for one in given { one.done(.failure(.closed)) }
        }
    }

    // MARK: examples

    func vectors(of examples: [String]) async throws(TierFault) -> [[Float]] {
        let destination = try await place()
        let answer: HTTPAnswer
        do throws(HTTPClientFailure) {
            answer = try await client.send(request.asking(examples), to: destination, within: timeout)
        } catch {
            throw Self.fault(error)
        }
        return try EmbeddingsRequest.vectors(in: answer, count: examples.count, dimensions: 0).get()
    }

    /// Reads certificates where nobody has yet: not on a loop.
    private func place() async throws(TierFault) -> HTTPDestination {
        let destination = destination
        let found: Result<HTTPDestination, TierFault> = await withCheckedContinuation { continuation in
            NIOThreadPool.singleton.submit { _ in
                do throws(TLSFailure) {
                    continuation.resume(returning: .success(try destination()))
                } catch {
                    continuation.resume(returning: .failure(.failed(error.description)))
                }
            }
        }
        return try found.get()
    }

    // MARK: requests' texts

    func vector(
        of text: String, until limit: NIODeadline, _ done: @escaping @Sendable (Result<[Float], TierFault>) -> Void
    ) {
        eventLoop.execute { self.take(Waiting(text: text, limit: limit, done: done)) }
    }

    private func take(_ one: Waiting) {
        if isClosed { return one.done(.failure(.closed)) }
        guard breaker.passes(now: NIODeadline.now().uptimeNanoseconds) else { return one.done(.failure(.resting)) }
        guard waiting.count < Self.mostWaiting else { return one.done(.failure(.full)) }
        waiting.append(one)
        sendNext()
    }

    private func sendNext() {
        while underWay == 0, overdue < Self.mostOverdue, !waiting.isEmpty {
            let now = NIODeadline.now()
            // others may have failed since these came
            guard breaker.passes(now: now.uptimeNanoseconds) else { return refuse(.resting) }
            let next = waiting.prefix(lessonSize)
            waiting.removeFirst(next.count)
            for late in next where late.limit <= now { late.done(.failure(.late)) }
            let wanted = next.filter { $0.limit > now }
            if !wanted.isEmpty { send(Batch(wanted)) }
        }
    }

    private func refuse(_ fault: TierFault) {
        let given = waiting
        waiting = []
        for one in given { one.done(.failure(fault)) }
    }

    private func send(_ batch: Batch) {
        underWay += 1
        breaker.asked()
        let question = request.asking(batch.waiting.map(\.text))
        let place: HTTPDestination
        do throws(TLSFailure) {
            place = try destination()
        } catch {
            return ended(batch, .failure(.failed(error.description)))
        }
        let limit = batch.waiting.map(\.limit).max() ?? .now()
        let bound = NIOLoopBound(batch, eventLoop: eventLoop)
        batch.overdue = eventLoop.scheduleTask(deadline: limit) { self.isLate(bound.value) }
        client.ask(question, of: place, within: timeout).whenComplete { result in
            let batch = bound.value
            switch result {
            case .success(let answer):
                self.ended(
                    batch,
                    EmbeddingsRequest.vectors(in: answer, count: batch.waiting.count, dimensions: self.dimensions))
            case .failure(let error): self.ended(batch, .failure(Self.fault(HTTPClientFailure(breaking: error))))
            }
        }
    }

    /// All who asked have given up. Its vectors are good for the cache still.
    private func isLate(_ batch: Batch) {
        batch.isOverdue = true
        overdue += 1
        underWay -= 1
        failed("no answer within the budget of requests; give `budget` more, or a faster server")
        sendNext()
    }

    private func ended(_ batch: Batch, _ result: Result<[[Float]], TierFault>) {
        batch.overdue?.cancel()
        if batch.isOverdue { overdue -= 1 } else { underWay -= 1 }
        switch result {
        case .success(let vectors):
            if !batch.isOverdue { answered() }
            for (one, vector) in zip(batch.waiting, vectors) { one.done(.success(vector)) }
        case .failure(.refused(let status)):
            if !batch.isOverdue { answered() }
            refused(batch, status)
        case .failure(let fault):
            if !batch.isOverdue { failed(fault.description) }
            if case .dimensions = fault { outlived() }
            for one in batch.waiting { one.done(.failure(fault)) }
        }
        sendNext()
    }

    /// One text may spoil the others: they are sent again by halves, while somebody waits for them.
    private func refused(_ batch: Batch, _ status: Int) {
        guard batch.waiting.count > 1, !batch.isOverdue else {
            for one in batch.waiting { one.done(.failure(.refused(status: status))) }
            return
        }
        let half = batch.waiting.count / 2
        send(Batch(Array(batch.waiting[..<half])))
        send(Batch(Array(batch.waiting[half...])))
    }

    // MARK: health

    private func answered() {
        guard breaker.answered() else { return }
        log.notice("a semantic tier answers again", metadata: ["tier": "\(name)"])
    }

    private func failed(_ reason: String) {
        guard !isClosed, breaker.failed(now: NIODeadline.now().uptimeNanoseconds) else { return }
        log.warning(
            "a semantic tier has failed too often and is left alone for its `cooldown`; others and the built-in decide",
            metadata: ["tier": "\(name)", "reason": "\(reason)"])
    }

    private static func fault(_ failure: HTTPClientFailure) -> TierFault {
        switch failure {
        case .cancelled: .closed
        case .unreachable: .failed("\(failure); see whether the server runs, and whether `url` is right")
        case .late: .failed("\(failure); see how busy the server is, or give `timeout` more")
        default: .failed("\(failure)")
        }
    }
}
