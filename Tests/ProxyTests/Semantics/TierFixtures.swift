import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
@testable import Proxy
import Semantics
import Settings

/// A judge whose word is the vector: what a text's vector says is its probabilities, and 0.8 is clear.
struct PlainJudge: TierJudge {
    func judge(_ vector: [Float], of text: String) -> (probabilities: [Float], isClear: Bool) {
        (vector, vector.contains { $0 >= 0.8 })
    }
}

/// Texts and their vectors, as all tiers of these tests have them.
enum Spoken {
    static let categories = [
        CategoryExamples(name: "code", examples: ["write a loop", "fix this bug"]),
        CategoryExamples(name: "verse", examples: ["a sonnet", "a haiku"], negatives: ["a contract"]),
    ]

    static func vector(_ text: String) -> [Float] {
        if text.contains("unsure") { return [0.5, 0.25] }
        return text.contains("verse") ? [0.125, 0.875] : [0.875, 0.125]
    }
}

/// Remembers what is logged.
final class LogBook: Sendable {
    let lines = NIOLockedValueBox<[String]>([])

    struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(_ book: LogBook) { self.book = book }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            book.lines.withLockedValue { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }

    var logger: Logger { Logger(label: "test") { _ in Handler(self) } }

    func count(of text: String) -> Int { lines.withLockedValue { $0.count { $0.contains(text) } } }
}

/// An encoder that does as it is told, and remembers what it was asked.
final class ScriptedModel: SentenceModel {
    let name: String
    let dimensions = 2
    let seen = NIOLockedValueBox<[String]>([])
    private let act: @Sendable (String) throws(EncoderFault) -> [Float]

    init(
        _ name: String = "model",
        _ act: @escaping @Sendable (String) throws(EncoderFault) -> [Float] = { text throws(EncoderFault) in
            Spoken.vector(text)
        }
    ) {
        self.name = name
        self.act = act
    }

    func embed(_ texts: [String]) throws(EncoderFault) -> [[Float]] {
        var vectors: [[Float]] = []
        for text in texts {
            seen.withLockedValue { $0.append(text) }
            vectors.append(try act(text))
        }
        return vectors
    }

    func count(of text: String) -> Int { seen.withLockedValue { $0.count { $0 == text } } }
}

/// Holds threads up until it is opened, for good.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let waiting = NIOLockedValueBox(0)

    var isReached: Bool { waiting.withLockedValue { $0 > 0 } }

    func wait() {
        waiting.withLockedValue { $0 += 1 }
        semaphore.wait()
        semaphore.signal()
    }

    func open() { semaphore.signal() }
}

/// Tiers of a test, and a loop on which they are asked.
final class TierBench: Sendable {
    let tiers: SemanticTiers
    let book = LogBook()
    let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
    private let endpoint: NIOLockedValueBox<EmbeddingsEndpoint?>

    /// - Parameter models: by the name of their tiers; tiers of type endpoint are real.
    init(_ models: [String: ScriptedModel] = [:], room: Int? = nil) {
        let log = book.logger
        let real = TierSources.live(AgentTLS(log), log)
        let endpoint = NIOLockedValueBox<EmbeddingsEndpoint?>(nil)
        self.endpoint = endpoint
        let slim = room.map { EncoderThreads(1, room: $0) }
        let sources = TierSources(
            make: { order in
                if order.settings.type == .endpoint {
                    let source = real.make(order)
                    endpoint.withLockedValue { $0 = source as? EmbeddingsEndpoint }
                    return source
                }
                guard let model = models[order.settings.name], let threads = slim ?? order.threads else { return nil }
                return EncoderSource(on: threads) { () throws(EncoderFault) in model }
            }, learn: { _, _ in PlainJudge() })
        tiers = SemanticTiers(log: log, sources: sources, patience: .milliseconds(1))
    }

    static func settings(_ tiers: [SemanticTierSettings], budget: Duration = .seconds(30)) -> SemanticSettings {
        var settings = SemanticSettings()
        settings.tiers = tiers
        settings.budget = budget
        return settings
    }

    static func tier(_ name: String, _ edit: (inout SemanticTierSettings) -> Void = { _ in }) -> SemanticTierSettings {
        var tier = SemanticTierSettings()
        tier.name = name
        tier.path = "/model"
        edit(&tier)
        return tier
    }

    /// Waits until so many tiers are ready.
    func learn(_ tiers: [SemanticTierSettings], budget: Duration = .seconds(30)) async throws {
        self.tiers.follow(Spoken.categories, Self.settings(tiers, budget: budget))
        try await ready(tiers.count)
    }

    func ready(_ count: Int) async throws {
        try await eventually("the tiers to be ready") {
            tiers.current(for: Spoken.categories)?.seats.count == count
        }
    }

    func ask(_ text: String) async -> SemanticOpinion? {
        guard let judges = tiers.current(for: Spoken.categories) else { return nil }
        return await ask(text, judges)
    }

    func ask(_ text: String, _ judges: SemanticJudges) async -> SemanticOpinion? {
        await withCheckedContinuation { continuation in
            eventLoop.execute { [eventLoop] in
                judges.ask(Array(text.utf8), on: eventLoop) { opinion in
                    eventLoop.preconditionInEventLoop()
                    continuation.resume(returning: opinion)
                }
            }
        }
    }

    /// Texts that wait in the endpoint that was made last.
    var waiting: Int {
        get async { await endpoint.withLockedValue { $0 }?.waitingTexts ?? 0 }
    }

    func facts(_ name: String) throws -> TierFacts {
        guard let facts = tiers.facts.first(where: { $0.name == name }) else { throw CancellationError() }
        return facts
    }
}
