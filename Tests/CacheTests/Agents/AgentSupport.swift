import Cache
import Testing
import Wire

/// Requests to agents as tests write them.
enum Agents {
    /// A head as the wire gives it. It is never freed: its slices are valid as long as it is.
    static func head(
        _ fields: [String] = [], method: String = "POST", type: String? = "application/json"
    ) -> RequestHead {
        let head = Unmanaged.passRetained(RequestHead()).takeUnretainedValue()
        let lines =
            ["\(method) /v1/chat/completions HTTP/1.1", "Host: a"] + (type.map { ["Content-Type: \($0)"] } ?? [])
        let text = (lines + fields + ["", ""]).joined(separator: "\r\n")
        let step = Array(text.utf8).withUnsafeBytes { head.take($0, limits: WireLimits()) }
        #expect(step == .complete(text.utf8.count), "\(text)")
        return head
    }

    static func key(
        _ body: String, _ fields: [String] = [], _ policy: AgentCachePolicy = AgentCachePolicy()
    ) -> Result<AgentKey, NotCached> {
        key(Array(body.utf8), head(fields), policy)
    }

    static func key(
        _ body: [UInt8], _ head: RequestHead, _ policy: AgentCachePolicy = AgentCachePolicy()
    ) -> Result<AgentKey, NotCached> {
        body.withUnsafeBytes { AgentKey.make(body: $0, head: head, settings: policy) }
    }

    static func judge(
        _ body: String, status: Int = 200, type: String? = "application/json", isStream: Bool = false
    ) -> AgentVerdict {
        Array(body.utf8).withUnsafeBytes { body in
            guard let type else {
                return AgentAnswers.judge(status: status, contentType: nil, body: body, isStreamRequest: isStream)
            }
            return Array(type.utf8).withUnsafeBytes {
                AgentAnswers.judge(status: status, contentType: $0, body: body, isStreamRequest: isStream)
            }
        }
    }

    static func judge(events: [String], type: String = "text/event-stream") -> AgentVerdict {
        judge(events.map { $0 + "\n\n" }.joined(), type: type, isStream: true)
    }
}

extension Result where Failure == NotCached {
    /// Nil: there is a key.
    var refusal: NotCached? { if case .failure(let reason) = self { reason } else { nil } }
}

/// SplitMix64, for tests that must repeat.
struct AgentDice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}
