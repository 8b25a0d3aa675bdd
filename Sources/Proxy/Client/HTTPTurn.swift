internal import NIOCore
internal import Wire

/// Who takes an answer as it comes. On the loop of the connection.
protocol HTTPAnswerTaker: AnyObject {
    func head(_ status: Int, _ fields: HTTPFields)
    /// False: that was too much, and no more is wanted.
    func content(_ bytes: UnsafeRawBufferPointer) -> Bool
    func trailers(_ fields: HTTPFields)
    /// Called once, whatever happened before. `isCut`: after `content` said no.
    func ended(_ failure: HTTPClientFailure?, isCut: Bool)
}

extension HTTPAnswerTaker {
    func trailers(_ fields: HTTPFields) {}
}

/// A question on its way, and the one end that it has.
///
/// Made anywhere; touched on its loop only afterwards, which is what makes it `Sendable`.
final class HTTPTurn: @unchecked Sendable {
    let request: HTTPRequest
    private let taker: any HTTPAnswerTaker
    private(set) var isFinished = false
    /// Nil while there is none.
    private var connection: HTTPConnection?
    private var deadline: Scheduled<Void>?
    /// An answer that may last: the limit is for its head, and after that there is one on silence, or none.
    private let isStream: Bool
    private let idle: TimeAmount?

    /// Told of the end, by its client.
    var ended: ((HTTPTurn) -> Void)?

    init(_ request: HTTPRequest, _ taker: any HTTPAnswerTaker, isStream: Bool = false, idle: TimeAmount? = nil) {
        self.request = request
        self.taker = taker
        self.isStream = isStream
        self.idle = idle
    }

    func end(at limit: NIODeadline, _ loop: any EventLoop) {
        deadline = loop.scheduleTask(deadline: limit) { self.finish(.late(connecting: self.connection == nil)) }
    }

    func travels(on connection: HTTPConnection) { self.connection = connection }

    /// Whether more of the answer is wanted now.
    func want(_ wanted: Bool) { connection?.wantAnswer(wanted) }

    func head(_ status: Int, _ fields: HTTPFields) {
        if isStream { waitOn() }
        taker.head(status, fields)
    }

    func content(_ bytes: UnsafeRawBufferPointer) {
        if isStream { waitOn() }
        guard !isFinished, !taker.content(bytes) else { return }
        finish(request.cutsLongAnswers ? nil : .tooLong(request.mostBytes), isCut: true)
    }

    func trailers(_ fields: HTTPFields) { if !isFinished { taker.trailers(fields) } }

    private func waitOn() {
        deadline?.cancel()
        deadline = nil
        guard let idle, let connection, !isFinished else { return }
        deadline = connection.eventLoop.scheduleTask(in: idle) { self.finish(.late(connecting: false)) }
    }

    /// Later ends do not count. What ends before its time closes the connection.
    func finish(_ failure: HTTPClientFailure?, isCut: Bool = false) {
        guard !isFinished else { return }
        isFinished = true
        deadline?.cancel()
        deadline = nil
        let connection = self.connection
        self.connection = nil
        if failure != nil || isCut { connection?.abandon() }
        ended?(self)
        ended = nil
        taker.ended(failure, isCut: isCut)
    }
}
