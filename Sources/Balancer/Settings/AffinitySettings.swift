package import Settings

/// The key `loadBalancing.affinity`: which requests stay with one agent, and what becomes of them when it is away.
package struct AffinitySettings: Section {
    package static let sessionHeaders = ["x-openclaw-session-key", "x-session-key"]

    package var enabled = true
    package var keys = AffinityKeys()
    package var learn = true
    package var ttl = Duration.seconds(3600)
    package var entries = 100_000
    package var bodyBytes = ByteSize(bytes: 1 << 20)
    package var onMissing = AffinityMiss.rehash
    package var wait = Duration.seconds(30)
    package var cookie = AffinityCookieSettings()
    package var redis = RedisSettings()

    package init() {}

    package static let keys: [Key<AffinitySettings>] = [
        .value("enabled", \.enabled, "whether anything binds a request to an agent"),
        .value(
            "keys", \.keys,
            "what names a session, the first that a request has: `header:NAME`, `cookie:NAME`, `query:NAME`, `body:KEY` "
                + "(a string at the top of a JSON body), `response` (`previous_response_id`: the agent that gave it), "
                + "`host`, `path`, `address`; `openclaw` stands for header:x-openclaw-session-key, body:user, response. "
                + "The header x-user-id counts from `http.trustedProxies` alone"),
        .value(
            "learn", \.learn,
            "remembers whom a session was given to, so that it stays when agents join; without it the key's hash alone "
                + "decides, which all replicas compute alike"),
        .value("ttl", \.ttl, "a session that is silent for longer is forgotten", check: Check.positive),
        .value(
            "entries", \.entries, "sessions that are remembered at most; of more, those silent longest go",
            check: Check.range(16...10_000_000)),
        .value(
            "bodyBytes", \.bodyBytes, "how much of a body is read ahead at most to find a key in it",
            check: Check.range(ByteSize(bytes: 1024)...ByteSize(bytes: 64 << 20))),
        .value(
            "onMissing", \.onMissing,
            "what becomes of a session whose agent is gone: `rehash` gives it another, `reject` answers 503"),
        .value(
            "wait", \.wait,
            "how long a request of a session waits for its agent when that one said that it restarts (`shutdown` on a "
                + "WebSocket, 503 draining); new sessions go elsewhere meanwhile"),
        .section("cookie", \.cookie, "a signed cookie that names the agent"),
        .section(
            "redis", \.redis,
            "where replicas share what they learn; one for all pools: `loadBalancing.affinity.redis` itself"),
    ]
}

/// The key `loadBalancing.affinity.cookie`.
package struct AffinityCookieSettings: Section {
    package var name: String?
    package var maxAge: Duration?
    package var path = "/"
    package var secure = false
    package var sameSite = SameSite.lax

    package init() {}

    package static let keys: [Key<AffinityCookieSettings>] = [
        .value("name", \.name, "name of the cookie; without it none is set or read", check: checkName),
        .value(
            "maxAge", \.maxAge, "how long a browser keeps it; without it until it is closed",
            check: ifGiven(Check.positive)),
        .value("path", \.path, "the paths that it is for", check: Check.absolutePath),
        .value("secure", \.secure, "whether it is sent over TLS alone"),
        .value("sameSite", \.sameSite, "`lax`, `strict` or `none`; `none` wants `secure`"),
    ]

    package static func check(_ value: AffinityCookieSettings, _ node: Node, _ reading: inout Reading) {
        guard value.sameSite == .none, !value.secure else { return }
        reading.error(node.position, "browsers take sameSite none with secure: true alone; set it (RFC 6265bis 5.7)")
    }

    /// A token of RFC 9110 5.6.2.
    private static func checkName(_ name: String?) -> String? {
        guard let name else { return nil }
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        let isToken = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || marks.contains(byte)
        }
        return isToken && !name.isEmpty ? nil : "expected the name of a cookie: letters, digits and -_. without blanks"
    }
}

package enum SameSite: String, Variant {
    case lax, strict, none
    package static var noun: String { "sameSite" }
}

/// What becomes of a session whose agent is gone.
package enum AffinityMiss: String, Variant {
    case rehash, reject
    package static var noun: String { "answer" }
}

/// The list of keys, in which the word `openclaw` stands for several.
package struct AffinityKeys: SettingValue {
    private let written: [String]
    package let keys: [HashKey]

    package init() {
        written = AffinitySettings.sessionHeaders.map { "header:\($0)" }
        keys = AffinitySettings.sessionHeaders.map(HashKey.header)
    }

    package init?(_ words: [String]) {
        var keys: [HashKey] = []
        for word in words {
            if word == "openclaw" {
                keys += [.header("x-openclaw-session-key"), .body("user"), .response]
            } else {
                guard let key = HashKey(word) else { return nil }
                keys.append(key)
            }
        }
        written = words
        self.keys = keys
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> AffinityKeys? {
        guard let nodes = node.elements ?? (node.string == nil ? nil : [node]) else {
            reading.expected(shape.expected, node)
            return nil
        }
        var words: [String] = []
        for (index, element) in nodes.enumerated() {
            if element.string != "openclaw" {
                guard reading.under("[\(index)]", { HashKey.read(element, &$0) }) != nil else { return nil }
            }
            words.append(element.string ?? "")
        }
        return AffinityKeys(words)
    }

    package static var shape: Shape { .list(of: HashKey.shape) }
    package var text: String { written.text }
    package static func == (one: AffinityKeys, other: AffinityKeys) -> Bool { one.written == other.written }
}
