/// Ways in which a request can say who it is from, as `requiresAuth` of a rule names them: any of them suffices.
package struct AuthKinds: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A bearer token of `auth.tokens`.
    package static let token = AuthKinds(rawValue: 1)
    /// A key of `auth.apiKeys`.
    package static let apiKey = AuthKinds(rawValue: 2)
    /// A JSON Web Token of an issuer of `auth.jwt`.
    package static let jwt = AuthKinds(rawValue: 4)
    /// A certificate that `auth.clientCertificates` knows.
    package static let clientCertificate = AuthKinds(rawValue: 8)
    /// The word of the service at `auth.forwardAuth.url`.
    package static let forward = AuthKinds(rawValue: 16)
    /// `true`: whatever of these is configured.
    package static let any = AuthKinds(rawValue: 128)

    /// In the order in which they are looked at.
    package static let named: [(kind: AuthKinds, name: String, key: String)] = [
        (.token, "token", "auth.tokens"), (.apiKey, "apiKey", "auth.apiKeys"),
        (.clientCertificate, "clientCertificate", "auth.clientCertificates"), (.jwt, "jwt", "auth.jwt"),
        (.forward, "forward", "auth.forwardAuth"),
    ]

    package var names: [String] { Self.named.filter { contains($0.kind) }.map(\.name) }
}

extension AuthKinds: SettingValue {
    package static var shape: Shape {
        let kind = Shape.choice(named.map(\.name), noun: "kind of credential")
        return .either(
            [Bool.shape, kind, .list(of: kind)], words: "boolean, or one or a list of \(kind.words)",
            expected: "true, false, or kinds of credentials: \(Quoted.list(named.map(\.name)))", example: "true")
    }

    package var text: String {
        if contains(.any) { return "true" }
        return isEmpty ? "false" : names.text
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> AuthKinds? {
        switch node.value {
        case .bool(let isWanted): return isWanted ? .any : []
        case .string: return kind(node, &reading)
        case .array(let elements):
            guard !elements.isEmpty else {
                reading.error(node.position, "names no kind, which nobody could meet; expected \(shape.expected)")
                return nil
            }
            var kinds: AuthKinds = []
            var isWhole = true
            for (index, element) in elements.enumerated() {
                let found = reading.under("[\(index)]") { kind(element, &$0) }
                isWhole = isWhole && found != nil
                kinds.formUnion(found ?? [])
            }
            return isWhole ? kinds : nil
        default:
            reading.expected(shape.expected, node)
            return nil
        }
    }

    private static func kind(_ node: Node, _ reading: inout Reading) -> AuthKinds? {
        guard let word = node.string else {
            reading.expected("a kind of credential: \(Quoted.list(named.map(\.name)))", node)
            return nil
        }
        let folded = Nearest.fold(word)
        if let known = named.first(where: { Nearest.fold($0.name) == folded }) { return known.kind }
        // what the environment and flags give is text
        if word == "true" { return .any }
        if word == "false" { return [] }
        let hint = Nearest.word(to: word, among: named.map(\.name)).map { "; did you mean '\($0)'?" }
        reading.error(
            node.position,
            "no kind of credential \(Quoted.quote(word))\(hint ?? "; expected \(Quoted.list(named.map(\.name)))")")
        return nil
    }
}
