import Cache
import Testing
import Wire

/// Heads of requests and answers as tests write them. They are never freed: their slices are valid as long as they are.
enum Heads {
    /// 15 January 2027, 08:00:00; milliseconds.
    static let now: Int64 = 1_800_000_000_000

    static func request(_ fields: String..., method: String = "GET", target: String = "/a/b?c=d") -> RequestHead {
        request(fields, method: method, target: target)
    }

    static func request(_ fields: [String], method: String = "GET", target: String = "/a/b?c=d") -> RequestHead {
        let head = Unmanaged.passRetained(RequestHead()).takeUnretainedValue()
        let text = (["\(method) \(target) HTTP/1.1", "Host: example.com"] + fields + ["", ""]).joined(separator: "\r\n")
        let step = Array(text.utf8).withUnsafeBytes { head.take($0, limits: WireLimits()) }
        #expect(step == .complete(text.utf8.count), "\(text)")
        return head
    }

    static func answer(_ fields: String..., status: Int = 200) -> ResponseHead { answer(fields, status: status) }

    static func answer(_ fields: [String], status: Int = 200) -> ResponseHead {
        let head = Unmanaged.passRetained(ResponseHead()).takeUnretainedValue()
        let text = (["HTTP/1.1 \(status) X"] + fields + ["", ""]).joined(separator: "\r\n")
        let step = Array(text.utf8).withUnsafeBytes { head.take($0, toHead: true, limits: WireLimits()) }
        #expect(step == .complete(text.utf8.count), "\(text)")
        return head
    }

    /// A date so many seconds from `now`.
    static func date(_ seconds: Int64) -> String {
        var bytes: [UInt8] = []
        HTTPDate.append(now / 1000 + seconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What is made of an answer that came at once and now.
    static func judge(
        _ fields: [String], status: Int = 200, request: [String] = [], method: String = "GET",
        delay: Int64 = 0, _ policy: StoragePolicy = StoragePolicy()
    ) -> Storability {
        let facts = RequestFacts(Heads.request(request, method: method))
        return Storage.judge(
            facts, answer(fields, status: status), requested: now - delay * 1000, received: now, policy)
    }

    static func facts(
        _ fields: [String], status: Int = 200, request: [String] = [], method: String = "GET",
        delay: Int64 = 0, _ policy: StoragePolicy = StoragePolicy()
    ) -> StoredFacts? {
        judge(fields, status: status, request: request, method: method, delay: delay, policy).facts
    }
}

extension Storability {
    var facts: StoredFacts? { if case .store(let facts) = self { facts } else { nil } }
    var reason: NotStored? { if case .not(let reason) = self { reason } else { nil } }
}

extension Array<UInt8> {
    var text: String { String(decoding: self, as: UTF8.self) }
}
