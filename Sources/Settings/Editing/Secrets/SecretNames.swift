/// What a name says about its value where nothing declares it: in keys of later versions and in free maps.
enum SecretNames {
    enum Kind {
        /// The strings in it are secrets, however deep.
        case secret
        /// A string or a list of strings is a secret; an object may be anything.
        case token
        /// Tokens that are counted, so that a number in a string is none.
        case count
    }

    private static let secrets = ["password", "secret", "apikey", "privatekey", "passphrase", "credential"].map {
        Array($0.utf8)
    }
    private static let token = Array("token".utf8)
    private static let key = Array("key".utf8)

    /// Nil for a name that says nothing of secrets.
    static func kind(of name: String) -> Kind? {
        let folded = Nearest.fold(name)
        if secrets.contains(where: { folded.firstRange(of: $0) != nil }) { return .secret }
        if let place = folded.firstRange(of: token) {
            let isCounted = place.upperBound < folded.count || folded.starts(with: "max".utf8)
            return isCounted ? .count : .token
        }
        return folded.reversed().starts(with: key.reversed()) ? .token : nil
    }

    /// A number, as `200000`, `200k` or `1.5M`: how many tokens, not which.
    static func isQuantity(_ text: String) -> Bool {
        guard let first = text.utf8.first, NumberLiteral.isDigit(first), text.utf8.count <= 24 else { return false }
        let rest = text.utf8.drop { NumberLiteral.isDigit($0) || ".,_ ".utf8.contains($0) }
        return rest.count <= 1 && rest.allSatisfy { "kmbgtKMBGT%".utf8.contains($0) }
    }

    /// Whether a string is an address with a password in it: `scheme://user:password@host`.
    static func isAddressWithPassword(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "@")), let scheme = text.firstRange(of: "://") else { return false }
        let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A password may hold the characters that end an authority, where somebody did not escape them.
        let rest = authority.contains("@") ? authority : text[scheme.upperBound...]
        guard let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") else { return false }
        return rest.index(after: colon) < at
    }

    /// `${NAME}` and nothing else: it tells where the secret is, not what it is.
    static func isVariable(_ text: String) -> Bool {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return false }
        return Variables.isName(String(text.dropFirst(2).dropLast()))
    }
}
