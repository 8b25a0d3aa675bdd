internal import Settings
internal import Wire

/// Collects conditions and their texts for the tables.
struct ConditionDrafts {
    private struct Line {
        var kind: Condition.Kind
        var name: Range<Int>
        var value: Range<Int>
        var expression: Expression?
    }

    private var lines: [Line] = []
    private var texts: [UInt8] = []
    /// Texts that many rules have are kept once.
    private var known: [[UInt8]: Range<Int>] = [:]
    private(set) var expressions: [Expression] = []

    /// Adds what a match asks beside path and host. The range of its conditions; nil where one has a fault: then the
    /// rule cannot be known to fit, and takes nothing.
    mutating func add(_ match: MatchSettings, memory: Int) -> Range<Int>? {
        let start = lines.count
        let others = match.methods.filter { MethodNames.method($0) == .other }
        if !others.isEmpty {
            lines.append(Line(kind: .otherMethod, name: 0..<0, value: place(Array(others.joined(separator: ",").utf8))))
        }
        for (name, value) in match.headers.sorted(by: { $0.key < $1.key }) {
            guard addField(Field.lower(name), value, memory) else { return nil }
        }
        for (name, value) in match.query.sorted(by: { $0.key < $1.key }) {
            let isPresent = value == "*"
            lines.append(
                Line(
                    kind: isPresent ? .parameterPresent : .parameterExact, name: place(Array(name.utf8)),
                    value: place(isPresent ? [] : Array(value.utf8))))
        }
        return start..<lines.count
    }

    private mutating func addField(_ name: [UInt8], _ value: String, _ memory: Int) -> Bool {
        var line = Line(kind: .fieldExact, name: place(name), value: 0..<0)
        if value == "*" {
            line.kind = .fieldPresent
        } else if value.hasPrefix("~") {
            guard let expression = try? Expression(Array(value.utf8.dropFirst()), memory: memory) else { return false }
            line.kind = .fieldFound
            line.expression = expression
            expressions.append(expression)
        } else {
            line.value = place(Array(Field.trimmed(value).utf8))
        }
        lines.append(line)
        return true
    }

    private mutating func place(_ text: [UInt8]) -> Range<Int> {
        if let range = known[text] { return range }
        let range = texts.count..<(texts.count + text.count)
        texts += text
        known[text] = range
        return range
    }

    /// The conditions, and the texts that they point into.
    func build() -> (conditions: UnsafeMutablePointer<Condition>, texts: UnsafeMutablePointer<UInt8>) {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, texts.count))
        memory.initialize(from: texts, count: texts.count)
        let conditions = UnsafeMutablePointer<Condition>.allocate(capacity: max(1, lines.count))
        for (index, line) in lines.enumerated() {
            func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(start: memory + range.lowerBound, count: range.count)
            }
            (conditions + index).initialize(
                to: Condition(
                    kind: line.kind, name: text(line.name), value: text(line.value),
                    expression: line.expression?.pointer))
        }
        return (conditions, memory)
    }
}
