/// Reads JSON (RFC 8259, strictly) or JSON5 (spec.json5.org) into nodes with positions. Nesting is held on a stack of
/// its own and bounded, so no input exhausts the thread's.
package struct JSONReader {
    package enum Dialect: Sendable {
        case strict, json5
    }

    package enum Duplicates: Sendable {
        /// Two members of one name are an error that names the first.
        case refused
        /// The last one stays, as most readers have it.
        case lastStays
    }

    /// The one value that a text holds.
    package static func read(
        _ bytes: [UInt8], source: String, dialect: Dialect, duplicates: Duplicates = .refused
    ) throws(SyntaxError) -> Node {
        var reader = JSONReader(bytes, source: source, dialect: dialect, duplicates: duplicates)
        return try reader.checkedDocument()
    }

    /// The value of a JSON5 text without duplicates, and where its nodes stand.
    static func readSpans(_ bytes: [UInt8], source: String) throws(SyntaxError) -> (Node, Spans) {
        var reader = JSONReader(bytes, source: source, dialect: .json5, duplicates: .refused)
        reader.recorder = SpanRecorder()
        let node = try reader.checkedDocument()
        return (node, reader.recorder?.spans ?? Spans())
    }

    /// A container that is being read.
    private struct Frame {
        let isObject: Bool
        let position: Position
        var elements: [Node] = []
        var members: [Node.Member] = []
        /// Where each name stands in `members`, once there are too many to look through.
        var names: [String: Int] = [:]
        var name = ""
        var namePosition: Position

        func place(of name: String) -> Int? {
            members.count <= Frame.fewMembers ? members.firstIndex { $0.name == name } : names[name]
        }

        mutating func append(_ member: Node.Member) {
            members.append(member)
            if members.count == Frame.fewMembers + 1 {
                for (place, member) in members.enumerated() { names[member.name] = place }
            } else if members.count > Frame.fewMembers {
                names[member.name] = members.count - 1
            }
        }

        private static let fewMembers = 8
    }

    private var scanner: JSONScanner
    private let duplicates: Duplicates
    private var stack: [Frame] = []
    private var recorder: SpanRecorder?

    private init(_ bytes: [UInt8], source: String, dialect: Dialect, duplicates: Duplicates) {
        scanner = JSONScanner(bytes, source: source, isJSON5: dialect == .json5)
        self.duplicates = duplicates
    }

    private mutating func checkedDocument() throws(SyntaxError) -> Node {
        if let fault = UTF8Text.firstFault(scanner.bytes) {
            throw scanner.failure(at: fault, "expected UTF-8, found a byte that it does not have here")
        }
        return try document()
    }

    private mutating func document() throws(SyntaxError) -> Node {
        try scanner.skipSpace()
        var finished = try value()
        while true {
            guard let node = finished else {
                // A container was opened: it ends at once, or its first item follows.
                try scanner.skipSpace()
                finished = closes() ? try close() : try item()
                continue
            }
            try scanner.skipSpace()
            guard !stack.isEmpty else {
                guard scanner.isAtEnd else { throw scanner.unexpected("the end of the text") }
                return node
            }
            try attach(node)
            finished = try afterItem()
        }
    }

    /// What follows an item: a comma and the next one, or the container's end.
    private mutating func afterItem() throws(SyntaxError) -> Node? {
        let closer = stack[stack.count - 1].isObject ? "}" : "]"
        if closes() { return try close() }
        guard scanner.take(UInt8(ascii: ",")) else { throw scanner.unexpected("',' or '\(closer)'") }
        try scanner.skipSpace()
        if scanner.isJSON5, closes() { return try close() }
        return try item()
    }

    /// One element, or one member: its value, or nil where that is a container just opened.
    private mutating func item() throws(SyntaxError) -> Node? {
        let top = stack.count - 1
        if stack[top].isObject {
            let start = scanner.offset
            let name = try scanner.name()
            let position = scanner.position(at: start)
            if duplicates == .refused, let first = stack[top].place(of: name) {
                let place = stack[top].members[first].namePosition.text
                throw SyntaxError(position, "key \(Quoted.quote(name)) was given before, at \(place); keep one")
            }
            (stack[top].name, stack[top].namePosition) = (name, position)
            recorder?.name(start..<scanner.offset)
            try scanner.skipSpace()
            guard scanner.take(UInt8(ascii: ":")) else { throw scanner.unexpected("':' after the key") }
            try scanner.skipSpace()
        }
        return try value()
    }

    private mutating func attach(_ node: Node) throws(SyntaxError) {
        let top = stack.count - 1
        guard stack[top].isObject else {
            stack[top].elements.append(node)
            return
        }
        let member = Node.Member(name: stack[top].name, namePosition: stack[top].namePosition, node: node)
        // Refused ones do not get here.
        if duplicates == .lastStays, let earlier = stack[top].place(of: member.name) {
            stack[top].members[earlier] = member
        } else {
            stack[top].append(member)
        }
    }

    /// The value that starts here; nil after opening a container.
    private mutating func value() throws(SyntaxError) -> Node? {
        let start = scanner.offset
        switch scanner.current {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let position = scanner.position(at: start)
            guard stack.count < Bounds.depth else {
                throw SyntaxError(position, "nested deeper than \(Bounds.depth) levels; flatten it")
            }
            let isObject = scanner.current == UInt8(ascii: "{")
            scanner.advance()
            stack.append(Frame(isObject: isObject, position: position, namePosition: position))
            recorder?.open(at: start, .flow)
            return nil
        default:
            let value = try scanner.scalar()
            recorder?.add(start..<scanner.offset, .quoted)
            return Node(value, at: scanner.position(at: start))
        }
    }

    private func closes() -> Bool {
        scanner.current == (stack[stack.count - 1].isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    private mutating func close() throws(SyntaxError) -> Node {
        scanner.advance()
        recorder?.close(at: scanner.offset)
        let frame = stack.removeLast()
        return Node(frame.isObject ? .object(frame.members) : .array(frame.elements), at: frame.position)
    }
}
