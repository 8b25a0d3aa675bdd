package import Cache
internal import Settings

/// Which entries of the cache an operator means.
package enum CacheSelection: Sendable, Equatable {
    case all
    /// The whole name, `agent:response:RULE:TENANT:DIGEST`.
    case key(String)
    case prefix(String)
    case pattern(KeyPattern)
    /// As the agent gave it in `Cache-Tag` or `Surrogate-Key`, or the rule in `cache.tags`.
    case tag(String)
    /// What is kept of an address, whatever the rule, the tenant and the variant; the path normalised.
    case url(CacheAddress)

    /// The word for it in parameters and messages between replicas.
    package var kind: String {
        switch self {
        case .all: "all"
        case .key: "key"
        case .prefix: "prefix"
        case .pattern: "pattern"
        case .tag: "tag"
        case .url: "url"
        }
    }

    /// What goes with the word; empty for all.
    package var value: String {
        switch self {
        case .all: ""
        case .key(let text), .prefix(let text), .tag(let text): text
        case .pattern(let pattern): pattern.spelling
        case .url(let address): address.spelling
        }
    }

    /// Nil where the value is none of its kind.
    package init?(kind: String, value: String) {
        switch kind {
        case "all": self = .all
        case "key" where !value.isEmpty: self = .key(value)
        case "prefix" where !value.isEmpty: self = .prefix(value)
        case "tag" where !value.isEmpty: self = .tag(value)
        case "pattern":
            guard let pattern = KeyPattern(value) else { return nil }
            self = .pattern(pattern)
        case "url":
            guard let address = CacheAddress(value) else { return nil }
            self = .url(address)
        default: return nil
        }
    }

    /// Whether an entry is meant; `name` is its logical name, which is only made where it is asked for.
    package func selects(_ answer: StoredAnswer, named name: @autoclosure () -> [UInt8]) -> Bool {
        switch self {
        case .all: true
        case .key(let text): name().elementsEqual(text.utf8)
        case .prefix(let text): name().starts(with: text.utf8)
        case .pattern(let pattern): pattern.matches(name())
        case .tag(let text): answer.facts.tags.contains { $0.elementsEqual(text.utf8) }
        case .url(let address): address.isAddress(of: answer.key)
        }
    }
}

extension CacheAddress {
    /// Whether a key is one of this address. Clear text and TLS are the same here: who asks for a resource to be
    /// removed means it however it was fetched.
    func isAddress(of key: [UInt8]) -> Bool {
        guard let authority = CacheKey.first(.authority, in: key), authority.elementsEqual(self.authority.utf8),
            let path = CacheKey.first(.path, in: key)
        else { return false }
        let wanted = target.utf8
        guard let mark = wanted.firstIndex(of: UInt8(ascii: "?")) else {
            return CacheKey.first(.query, in: key) == nil && path.elementsEqual(wanted)
        }
        guard let query = CacheKey.first(.query, in: key) else { return false }
        return path.elementsEqual(wanted[..<mark]) && query.elementsEqual(wanted[wanted.index(after: mark)...])
    }

    /// The address of a key, for people; nil where the key has none.
    init?(of key: [UInt8]) {
        guard let authority = CacheKey.first(.authority, in: key), let path = CacheKey.first(.path, in: key) else {
            return nil
        }
        var target = String(decoding: path, as: UTF8.self)
        if let query = CacheKey.first(.query, in: key) { target += "?" + String(decoding: query, as: UTF8.self) }
        let isTLS = CacheKey.first(.scheme, in: key).map { $0.elementsEqual("https".utf8) } ?? false
        self.init(isTLS: isTLS, authority: String(decoding: authority, as: UTF8.self), target: target)
    }
}
