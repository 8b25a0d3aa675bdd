package import Settings

/// The claims of a token, as they stand in it.
package struct JWTClaims: Sendable {
    /// An object without duplicates.
    private let node: Node

    package init(_ node: Node) { self.node = node }

    package var issuer: String? { node["iss"]?.string }

    /// A claim by its name; where there is none of that name, dots lead into objects: `realm_access.roles`.
    package subscript(_ name: String) -> Node? {
        if let found = node[name] { return found.isNull ? nil : found }
        guard name.utf8.contains(UInt8(ascii: ".")) else { return nil }
        var found: Node? = node
        for part in name.split(separator: ".", omittingEmptySubsequences: false) { found = found?[String(part)] }
        return found.flatMap { $0.isNull ? nil : $0 }
    }

    /// The one value of a claim: a string, a number or a boolean as text.
    package func text(_ name: String) -> String? { self[name].flatMap(Self.text) }

    /// All values of a claim: those of a list, or the one. Nil where it is neither.
    package func texts(_ name: String) -> [String]? {
        guard let node = self[name] else { return nil }
        guard let elements = node.elements else { return Self.text(node).map { [$0] } }
        let texts = elements.compactMap(Self.text)
        return texts.count == elements.count ? texts : nil
    }

    private static func text(_ node: Node) -> String? {
        switch node.value {
        case .string(let text): text
        case .number(let literal): literal
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// A time in milliseconds since 1970 (RFC 7519 2, NumericDate). `.some(nil)`: it is there, but is no time.
    func time(_ name: String) -> Int64?? {
        guard let given = node[name] else { return .none }
        // 1e11: the year 5138; what is later is no time, and no arithmetic overflows
        guard case .number(let literal) = given.value, let seconds = NumberLiteral.double(literal), seconds.isFinite,
            seconds >= 0, seconds < 1e11
        else { return .some(nil) }
        return .some(Int64((seconds * 1000).rounded(.down)))
    }
}
