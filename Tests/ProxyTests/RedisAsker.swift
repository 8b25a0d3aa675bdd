import Balancer
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Proxy
import Settings

/// A client, asked from a task, and what was logged of its Redis.
final class RedisAsker: Sendable {
    private struct Lines: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let reason = event.metadata?["reason"].map { ": \($0)" } ?? ""
            lines.withLockedValue { $0.append("\(event.message)\(reason)") }
        }
    }

    let redis: Redis
    let client: RedisClient
    private let lines = NIOLockedValueBox<[String]>([])

    init(_ endpoint: String, _ change: (inout RedisSettings) -> Void = { _ in }) {
        var settings = RedisSettings()
        settings.endpoint = RedisEndpoint(endpoint)
        // the machines of tests are slow at times
        settings.timeout = .seconds(5)
        settings.connectTimeout = .seconds(60)
        change(&settings)
        let lines = self.lines
        let log = Logger(label: "redis") { _ in Lines(lines: lines) }
        redis = Redis(settings, resolver: Proxy.Resolver(ResolverSettings()), log: log)
        client = redis.client(on: MultiThreadedEventLoopGroup.singleton.any())
        client.start()
    }

    deinit { client.stop() }

    var log: [String] { lines.withLockedValue { $0 } }

    /// Waits for a connection.
    func connected() async throws -> RedisAsker {
        try await eventually("a connection") { await isUsable }
        return self
    }

    /// Waits for a line in the log.
    func tells(_ line: String) async throws { try await eventually("a line") { log.last == line } }

    var isUsable: Bool {
        get async { (try? await client.eventLoop.submit { self.client.isUsable }.get()) ?? false }
    }

    func send(_ command: RedisCommand) async -> Result<RedisReply, RedisFailure> {
        await withCheckedContinuation { continuation in
            client.eventLoop.execute { self.client.send(command) { continuation.resume(returning: $0) } }
        }
    }

    func send(_ words: String...) async -> Result<RedisReply, RedisFailure> {
        var command = RedisCommand("ECHO")
        switch words.first {
        case "GET": command = RedisCommand("GET")
        case "SET": command = RedisCommand("SET", .stores)
        case "CLIENT": command = RedisCommand("CLIENT")
        case "REPLICAOF": command = RedisCommand("REPLICAOF")
        case "LPUSH": command = RedisCommand("LPUSH", .stores)
        default: break
        }
        for word in words.dropFirst() { command.add(word.utf8) }
        return await send(command)
    }

    /// All at once, in their order.
    func sendAll(_ commands: [RedisCommand]) async -> [Result<RedisReply, RedisFailure>] {
        await withCheckedContinuation { continuation in
            client.eventLoop.execute {
                var results: [Result<RedisReply, RedisFailure>] = []
                for command in commands {
                    self.client.send(command) { result in
                        results.append(result)
                        if results.count == commands.count { continuation.resume(returning: results) }
                    }
                }
            }
        }
    }
}
