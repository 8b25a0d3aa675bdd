internal import NIOCore
internal import NIOPosix
internal import Semantics
internal import Synchronization

/// Vectors of a sentence encoder in this process. Its files are read when it first learns, again and again until that
/// succeeds.
final class EncoderSource: VectorSource {
    typealias Opening = @Sendable () throws(EncoderFault) -> any SentenceModel

    /// Some ten milliseconds of a small BERT: as long as a request may have to wait behind examples.
    let lessonSize = 4

    private let threads: EncoderThreads
    private let open: Opening
    private let model = Mutex<(any SentenceModel)?>(nil)

    init(on threads: EncoderThreads, _ open: @escaping Opening) {
        self.threads = threads
        self.open = open
    }

    func vector(
        of text: String, until limit: NIODeadline, _ done: @escaping @Sendable (Result<[Float], TierFault>) -> Void
    ) {
        guard let model = model.withLock({ $0 }) else { return done(.failure(.closed)) }
        threads.run(until: limit) { fault in
            if let fault { return done(.failure(fault)) }
            done(Self.embed([text], model).map { $0[0] })
        }
    }

    func vectors(of examples: [String]) async throws(TierFault) -> [[Float]] {
        let model = try await opened()
        return try await threads.run { Self.embed(examples, model) }
    }

    /// Reading a model takes a second or more: not on the threads that others compute on.
    private func opened() async throws(TierFault) -> any SentenceModel {
        if let known = model.withLock({ $0 }) { return known }
        let open = open
        let made: Result<any SentenceModel, TierFault> = await withCheckedContinuation { continuation in
            NIOThreadPool.singleton.submit { _ in
                do throws(EncoderFault) {
                    continuation.resume(returning: .success(try open()))
                } catch {
                    continuation.resume(returning: .failure(.failed(error.description)))
                }
            }
        }
        let opened = try made.get()
        model.withLock { $0 = opened }
        return opened
    }

    private static func embed(_ texts: [String], _ model: any SentenceModel) -> Result<[[Float]], TierFault> {
        do throws(EncoderFault) {
            let vectors = try model.embed(texts)
            guard vectors.count == texts.count, vectors.allSatisfy({ $0.count == model.dimensions }) else {
                return .failure(.failed("\(model.name): expected a vector a text, found others; use another model"))
            }
            return .success(vectors)
        } catch {
            return .failure(.failed(error.description))
        }
    }

    /// A model has one length of vectors.
    func expect(dimensions: Int) {}

    func close() { model.withLock { $0 = nil } }
}
