/// The query of a target, as `name=value` pairs. Nothing is decoded: the test routes take numbers and words.
struct Query {
    private let pairs: [(name: Substring, value: Substring)]

    init(_ text: Substring) {
        pairs = text.split(separator: "&").map { pair in
            guard let equals = pair.firstIndex(of: "=") else { return (pair, "") }
            return (pair[..<equals], pair[pair.index(after: equals)...])
        }
    }

    func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }

    subscript(_ name: String) -> Substring? { pairs.first { $0.name == name }?.value }

    /// A count; none if it is missing, negative or no number.
    func count(_ name: String) -> Int? {
        self[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}
