package import Cache
internal import NIOCore
internal import NIOCore
package import Settings

/// One entry as `cache.get` tells of it: everything but its body.
package struct CacheEntryFacts: Sendable {
    let layer: String
    let name: String
    let answer: StoredAnswer
    /// Wall-clock milliseconds.
    let now: Int64

    /// - Parameter name: the logical name, with all its parts.
    package init(_ answer: StoredAnswer, layer: String, name: [UInt8], now: Int64) {
        self.answer = answer
        self.layer = layer
        self.name = String(decoding: name, as: UTF8.self)
        self.now = now
    }

    private var kind: String {
        switch answer.kind {
        case .http: "http"
        case .agent(let isStream): isStream ? "agent-stream" : "agent"
        }
    }

    /// Times are seconds.
    package var node: Node {
        let facts = answer.facts
        return .object([
            ("layer", .string(layer)), ("key", .string(name)),
            ("url", .text(CacheAddress(of: answer.key)?.spelling)), ("kind", .string(kind)),
            ("status", .int(facts.status)), ("age", .int(facts.age(now))), ("freshFor", .int(facts.freshFor(now))),
            ("softPurged", .flag(answer.isSoftPurged)), ("storedMs", .int(facts.received)),
            ("bodyBytes", .int(answer.body.readableBytes)), ("bytes", .int(answer.cost)),
            ("etag", .text(facts.etag.isEmpty ? nil : Self.text(facts.etag))),
            ("vary", .strings(facts.vary.map { Self.text($0) })),
            ("tags", .strings(facts.tags.map { Self.text($0) })), ("fields", .strings(fields)),
        ])
    }

    /// The field lines that clients get, without those that are made anew each time.
    private var fields: [String] {
        answer.fields.split { $0 == 0x0D || $0 == 0x0A }.map { Self.text($0) }
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
