package import Settings

/// The oldest version of TLS that is spoken. Older ones than these are broken (RFC 8996).
package enum TLSVersion: String, Variant {
    case v12 = "1.2"
    case v13 = "1.3"

    package static var noun: String { "TLS version" }
    package static var spellings: [String: TLSVersion] {
        ["TLSv1.2": .v12, "TLSv1.3": .v13, "TLS1.2": .v12, "TLS1.3": .v13]
    }

    /// A number is what YAML makes of it.
    package static func read(_ node: Node, _ reading: inout Reading) -> TLSVersion? {
        guard case .number(let literal) = node.value else { return word(node, &reading) }
        return word(Node(.string(literal), at: node.position), &reading)
    }

    private static func word(_ node: Node, _ reading: inout Reading) -> TLSVersion? {
        guard let text = node.string else {
            reading.expected(TLSVersion.self, node)
            return nil
        }
        if let version = TLSVersion(rawValue: text) ?? spellings[text] { return version }
        reading.error(node.position, "no TLS version \(Quoted.quote(text)); expected '1.2' or '1.3'")
        return nil
    }
}
