internal import NIOCore

/// An answer whose body is taken as it comes.
package struct HTTPStream: Sendable {
    package let status: Int
    package let fields: HTTPFields
    package let body: HTTPBody
}

/// The pieces of a body, as they came; ends with an `HTTPClientFailure` where it was cut short. For one iteration.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    typealias Producer = NIOThrowingAsyncSequenceProducer<
        [UInt8], any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, StreamedAnswer.Demand
    >

    let producer: Producer

    package struct AsyncIterator: AsyncIteratorProtocol {
        let inner: Producer.AsyncIterator

        package mutating func next() async throws -> [UInt8]? { try await inner.next() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(inner: producer.makeAsyncIterator()) }
}

/// Passes an answer on piece by piece; the connection is read no faster than that.
final class StreamedAnswer: HTTPAnswerTaker {
    /// What the reader of the pieces says back.
    struct Demand: NIOAsyncSequenceProducerDelegate {
        let eventLoop: any EventLoop
        let turn: HTTPTurn

        func produceMore() { eventLoop.execute { turn.want(true) } }
        func didTerminate() { eventLoop.execute { turn.finish(.cancelled) } }
    }

    /// Pieces that may wait: reading goes on below the first number, and pauses at the second.
    private static let waiting = (low: 4, high: 16)

    let promise: EventLoopPromise<HTTPStream>
    /// Set before it starts.
    unowned(unsafe) var turn: HTTPTurn?
    private var source: HTTPBody.Producer.Source?

    init(_ promise: EventLoopPromise<HTTPStream>) { self.promise = promise }

    func head(_ status: Int, _ fields: HTTPFields) {
        guard let turn else { return }
        let made = HTTPBody.Producer.makeSequence(
            elementType: [UInt8].self, failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: Self.waiting.low, highWatermark: Self.waiting.high),
            finishOnDeinit: false, delegate: Demand(eventLoop: promise.futureResult.eventLoop, turn: turn))
        source = made.source
        promise.succeed(HTTPStream(status: status, fields: fields, body: HTTPBody(producer: made.sequence)))
    }

    func content(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let source else { return false }
        if case .stopProducing = source.yield(Array(bytes)) { turn?.want(false) }
        return true
    }

    func ended(_ failure: HTTPClientFailure?, isCut: Bool) {
        guard let source else {
            promise.fail(failure ?? .broken("there was no answer"))
            return
        }
        self.source = nil
        if let failure { source.finish(failure) } else { source.finish() }
    }
}
