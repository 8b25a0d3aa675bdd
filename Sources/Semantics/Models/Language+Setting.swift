package import Settings

/// Languages of configurations go by their codes, in any case, without a region.
extension Language: SettingValue {
    /// All that texts are told apart by.
    private static var codes: [String] { allCases.filter { $0 != .unknown }.map(\.rawValue) }

    package static var shape: Shape {
        var shape = Shape.choice(codes, noun: "language")
        shape.expected = "the code of a language, one of \(Quoted.list(codes))"
        return shape
    }

    package var text: String { JSONText.quoted(rawValue) }

    package static func read(_ node: Node, _ reading: inout Reading) -> Language? {
        guard let code = node.string else {
            reading.expected(shape.expected, node)
            return nil
        }
        if let language = Language(rawValue: code.lowercased()), language != .unknown { return language }
        let bare = String(code.prefix { $0 != "-" && $0 != "_" }).lowercased()
        if bare.utf8.count < code.utf8.count, codes.contains(bare) {
            reading.error(
                node.position, "expected a language without a region, found \(Quoted.quote(code)); write '\(bare)'")
        } else {
            reading.expected(shape.expected, node)
        }
        return nil
    }
}
