internal import Wire

/// JSON text (RFC 8259) as a flat list of its values, in the order in which they stand: a tree without a node of its
/// own for each value.
///
/// The list points into the text, which must outlive it. The text is judged strictly: no comment, no comma too many, no
/// byte that is not UTF-8, no half of a surrogate pair. Names that stand twice in an object are for `CanonicalJSON`.
final class JSONTape {
    enum Kind: UInt8 { case null, `true`, `false`, number, string, name, array, object }

    struct Value {
        var kind: Kind
        /// The text had escapes: the string stands in the tape's own memory instead.
        var isUnescaped = false
        /// Of strings and names, what stands between the quotes.
        var start: UInt32
        var end: UInt32
        /// The place after the value and all that it holds.
        var next: UInt32
    }

    /// What keeps a text from being read.
    enum Fault: Error {
        case syntax
        case tooDeep
        case tooLong
        /// Two members of one object have the same name, so readers differ about what it says.
        case nameTwice
        /// An exponent of more than nine digits: no reader of numbers gives it back.
        case number
    }

    static let deepest = 64
    /// Values and names; 2 MiB of list.
    static let mostValues = 131_072
    static let mostBytes = 16 << 20

    let text: UnsafeRawBufferPointer
    var values: [Value] = []
    /// Strings that had escapes, without them: never longer than with them, so the text's length is enough for all.
    private var plain: UnsafeMutableRawBufferPointer?
    private(set) var plainCount = 0

    /// The whole text is one value.
    init(_ text: UnsafeRawBufferPointer) throws(Fault) {
        self.text = text
        guard text.count <= Self.mostBytes else { throw .tooLong }
        values.reserveCapacity(min(Self.mostValues, 16 + text.count / 16))
        var reader = JSONTapeReader(self)
        try reader.read()
    }

    deinit { plain?.deallocate() }

    /// What a string or a name says, or how a number is written.
    func bytes(_ at: Int) -> UnsafeRawBufferPointer {
        let value = values[at]
        let range = Int(value.start)..<Int(value.end)
        if value.isUnescaped, let plain { return UnsafeRawBufferPointer(rebasing: plain[range]) }
        return UnsafeRawBufferPointer(rebasing: text[range])
    }

    /// What a string says; nil for other kinds.
    func string(_ at: Int) -> UnsafeRawBufferPointer? { values[at].kind == .string ? bytes(at) : nil }

    /// Neither null, false nor empty.
    func isSomething(_ at: Int) -> Bool {
        let value = values[at]
        switch value.kind {
        case .null, .false: return false
        case .true, .number: return true
        case .string, .name: return value.end > value.start
        case .array, .object: return Int(value.next) > at + 1
        }
    }

    /// The first member of this name of the object at `object`; nil where that is no object.
    func member(_ object: Int, _ name: StaticString) -> Int? {
        guard values[object].kind == .object else { return nil }
        return elements(object).first { bytes($0).isExactly(name) }.map { $0 + 1 }
    }

    /// The places of an array's values, or of an object's names, each of which its value follows.
    func elements(_ at: Int) -> Elements {
        let isObject = values[at].kind == .object
        return Elements(tape: self, at: at + 1, end: isObject || values[at].kind == .array ? Int(values[at].next) : 0)
    }

    struct Elements: Sequence, IteratorProtocol {
        let tape: JSONTape
        var at: Int
        let end: Int

        mutating func next() -> Int? {
            guard at < end else { return nil }
            let found = at
            // a name is followed by its value, which is passed with it
            at = Int(tape.values[tape.values[found].kind == .name ? found + 1 : found].next)
            return found
        }
    }

    /// Keeps a byte of a string that has escapes.
    func keep(_ byte: UInt8) { withUnsafeBytes(of: byte) { keep($0) } }

    /// Keeps a part of it that has none.
    func keep(_ range: Range<Int>) { keep(UnsafeRawBufferPointer(rebasing: text[range])) }

    private func keep(_ bytes: UnsafeRawBufferPointer) {
        if plain == nil { plain = .allocate(byteCount: text.count, alignment: 1) }
        guard let plain, bytes.count <= plain.count - plainCount else { return }
        UnsafeMutableRawBufferPointer(rebasing: plain[plainCount...]).copyMemory(from: bytes)
        plainCount += bytes.count
    }
}
