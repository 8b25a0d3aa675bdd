internal import NIOCore
internal import Settings
internal import Synchronization

/// A question on its way and the one end that it has: an answer, a failure, its deadline, or that nobody waits any
/// more.
final class RPCTurn: Sendable {
    private struct State {
        var isFinished = false
        var channel: (any Channel)?
        var deadline: Scheduled<Void>?
    }

    private let address: String
    private let loop: any EventLoop
    private let promise: EventLoopPromise<RPCAnswer>
    private let state = Mutex(State())

    init(_ loop: any EventLoop, _ address: String) {
        self.loop = loop
        self.address = address
        promise = loop.makePromise()
    }

    func end(after time: Duration) {
        let deadline = loop.scheduleTask(in: .nanoseconds(time.nanoseconds)) {
            self.finish(.failure(.broken("\(self.address) did not answer within \(time)")))
        }
        state.withLock { $0.deadline = deadline }
    }

    /// The connection stands. On its loop.
    func ask(_ request: ByteBuffer, on channel: any Channel) {
        let isWanted = state.withLock { state in
            if !state.isFinished { state.channel = channel }
            return !state.isFinished
        }
        guard isWanted else { return channel.close(promise: nil) }
        do {
            try channel.pipeline.syncOperations.addHandler(RPCConnection(self, address))
        } catch {
            return finish(.failure(.broken("\(address) closed the connection")))
        }
        // one that refuses may answer before it has read all: its answer counts, so a failed write ends nothing
        channel.writeAndFlush(request, promise: nil)
    }

    /// Later ends do not count.
    func finish(_ result: Result<RPCAnswer, RPCFailure>) {
        let ended = state.withLock { state -> State? in
            if state.isFinished { return nil }
            state.isFinished = true
            return state
        }
        guard let ended else { return }
        ended.deadline?.cancel()
        promise.completeWith(result.mapError { $0 as any Error })
        ended.channel?.close(promise: nil)
    }

    func answer() async throws(RPCFailure) -> RPCAnswer {
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                finish(.failure(.broken("the question to \(address) was given up")))
            }
        } catch let failure as RPCFailure {
            throw failure
        } catch {
            throw .broken("\(address): \(error)")
        }
    }
}
