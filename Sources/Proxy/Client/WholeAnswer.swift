internal import NIOCore

/// Collects an answer.
final class WholeAnswer: HTTPAnswerTaker {
    let promise: EventLoopPromise<HTTPAnswer>
    private let mostBytes: Int
    private var status = 0
    private var fields: HTTPFields?
    private var body: [UInt8] = []
    private var trailers: HTTPFields?

    init(_ promise: EventLoopPromise<HTTPAnswer>, _ mostBytes: Int) {
        self.promise = promise
        self.mostBytes = mostBytes
    }

    func head(_ status: Int, _ fields: HTTPFields) {
        self.status = status
        self.fields = fields
    }

    func trailers(_ fields: HTTPFields) { trailers = fields }

    func content(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let room = mostBytes - body.count
        body += bytes.prefix(room)
        return bytes.count <= room
    }

    func ended(_ failure: HTTPClientFailure?, isCut: Bool) {
        if let failure {
            promise.fail(failure)
        } else if let fields {
            promise.succeed(HTTPAnswer(status: status, fields: fields, body: body, trailers: trailers, isCut: isCut))
        } else {
            promise.fail(HTTPClientFailure.broken("there was no answer"))
        }
    }
}
