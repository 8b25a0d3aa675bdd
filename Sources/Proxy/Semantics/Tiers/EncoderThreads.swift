internal import Dispatch
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The threads on which encoders compute, off the loops. What waits for them is bounded: a text that finds too many
/// before it would be too late anyway.
final class EncoderThreads: Sendable {
    /// Texts that may wait for each thread.
    static let mostWaiting = 64

    private let pool: NIOThreadPool
    private let room: Int
    private let waiting = Atomic<Int>(0)
    private let isClosed = Atomic<Bool>(false)

    /// - Parameter room: texts that may wait or be computed, all together.
    init(_ count: Int, room: Int? = nil) {
        pool = NIOThreadPool(numberOfThreads: count)
        self.room = room ?? count * (Self.mostWaiting + 1)
        pool.start()
    }

    deinit { close() }

    /// Computes for a request, unless too many wait, or its time is over when its turn comes. `work` is called once.
    func run(until limit: NIODeadline, _ work: @escaping @Sendable (TierFault?) -> Void) {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= room else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            return work(.full)
        }
        pool.submit { [self] state in
            defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
            guard state == .active else { return work(.closed) }
            work(NIODeadline.now() < limit ? nil : .late)
        }
    }

    /// Computes for whom nobody waits.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Result<Value, TierFault>
    ) async throws(TierFault) -> Value {
        let result = await withCheckedContinuation { continuation in
            pool.submit { state in continuation.resume(returning: state == .active ? work() : .failure(.closed)) }
        }
        return try result.get()
    }

    /// What has begun is ended by its thread, the rest is told that nothing comes of it.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        pool.shutdownGracefully { _ in }
    }
}
