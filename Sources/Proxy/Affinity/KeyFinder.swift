internal import Balancer
internal import Wire

/// Finds what binds a request in its head, and says whether its body must be looked at too.
struct KeyFinder: Sendable {
    enum Found {
        /// The value's hash: the same value, the same session, wherever it stands.
        case key(UInt64)
        /// The first key that may be there stands in the body.
        case body
        case none
    }

    let keys: [HashKey]
    /// Of strings at the top of a JSON body.
    let names: [[UInt8]]
    /// All keys are headers that the parser notices by itself.
    private let isNoticed: Bool

    /// Nil where nothing binds a request.
    init?(_ keys: [HashKey]) {
        guard !keys.isEmpty else { return nil }
        self.keys = keys
        names = keys.compactMap { key in
            switch key {
            case .body(let name): Array(name.utf8)
            case .response: Self.previousResponse
            default: nil
            }
        }
        isNoticed = keys.allSatisfy { key in
            if case .header(let name) = key { AffinitySettings.sessionHeaders.contains(name) } else { false }
        }
    }

    static let previousResponse = Array("previous_response_id".utf8)

    /// Nothing is to be found in this head, at the cost of one load.
    @inline(__always)
    func isIdle(_ head: RequestHead) -> Bool { isNoticed && !head.hasSessionKey }

    /// The first key that the request has.
    ///
    /// - Parameters:
    ///   - address: who it is from, where a trusted peer brought it.
    ///   - body: what the strings of `names` were found to be; nil where the body has not been looked at.
    func find(_ head: RequestHead, _ client: Client, address: UInt64? = nil, body: [[UInt8]?]? = nil) -> Found {
        var position = 0
        for key in keys {
            switch key {
            case .address: return .key(StableHash.mix(address ?? client.key))
            case .host: if let found = Self.hash(head.host, lowered: true) { return .key(found) }
            case .path: if let found = Self.hash(head.path) { return .key(found) }
            case .header(let name):
                // who a user is, only those know who have asked
                if name == "x-user-id", !client.isTrusted { continue }
                if let value = head.first(named: name), let found = Self.hash(value) { return .key(found) }
            case .cookie(let name):
                if let value = Self.cookie(name, head), let found = Self.hash(value) { return .key(found) }
            case .query(let name):
                if let value = Self.query(name, head.query), let found = Self.hash(value) { return .key(found) }
            case .body, .response:
                defer { position += 1 }
                guard let body else {
                    if head.bringsJSON { return .body }
                    continue
                }
                guard position < body.count else { continue }
                if let value = body[position], let found = value.withUnsafeBytes({ Self.hash($0) }) {
                    return .key(key == .response ? Self.response(found) : found)
                }
            }
        }
        return .none
    }

    /// The session of a response's id, kept apart from those of users.
    static func response(_ hash: UInt64) -> UInt64 { StableHash.mix(hash ^ 0x7265_7370_6f6e_7365) }

    static func hash(_ value: UnsafeRawBufferPointer, lowered: Bool = false) -> UInt64? {
        guard value.count > 0 else { return nil }
        guard lowered else { return StableHash.of(value) }
        return value.map(ByteClass.lower).withUnsafeBytes { StableHash.of($0) }
    }

    /// The value of a cookie (RFC 6265 4.2.1), in whichever `Cookie` field it stands.
    static func cookie(_ name: String, _ head: RequestHead) -> UnsafeRawBufferPointer? {
        let wanted = Array(name.utf8)
        for at in 0..<head.lines.fieldCount where head.lines.name(head.lines.fields[at]).isCaseless("cookie") {
            let value = head.lines.value(head.lines.fields[at])
            if let found = member(wanted, of: value, separator: 0x3b) { return found }
        }
        return nil
    }

    static func query(_ name: String, _ query: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        member(Array(name.utf8), of: query, separator: 0x26)
    }

    /// The value of `name=value` among members between separators and blanks.
    private static func member(
        _ name: [UInt8], of list: UnsafeRawBufferPointer, separator: UInt8
    ) -> UnsafeRawBufferPointer? {
        var start = 0
        while start < list.count {
            while start < list.count, list[start] == 0x20 || list[start] == 0x09 { start += 1 }
            var end = start
            while end < list.count, list[end] != separator { end += 1 }
            if end - start > name.count, list[start + name.count] == 0x3d,
                list[start..<(start + name.count)].elementsEqual(name)
            {
                var last = end
                while last > start, list[last - 1] == 0x20 { last -= 1 }
                return UnsafeRawBufferPointer(rebasing: list[(start + name.count + 1)..<last])
            }
            start = end + 1
        }
        return nil
    }
}
