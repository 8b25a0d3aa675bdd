/// Counts what `ComplexityEstimate` weighs: words by `ComplexityTerms`, and the structure of lines. Words inside of
/// fenced code are not asks and are left out.
struct ComplexityCount {
    var estimate: ComplexityEstimate
    private let table = ComplexityTerms.table
    private var last = WordTable.Key()
    private var hasLast = false
    private var isFenced = false
    /// The block that is open has been counted: it began before what is passed over.
    private var isCounted = false
    private var isLineStart = true

    init(_ estimate: ComplexityEstimate) { self.estimate = estimate }

    /// `take` may come twice, with what lies between passed over.
    mutating func take(_ text: UnsafeRawBufferPointer) {
        var at = 0
        hasLast = false
        while at < text.count {
            let byte = text[at]
            if isLineStart, byte != 0x20, byte != 0x09 {
                isLineStart = false
                if fence(text, at) {
                    at += 3
                    continue
                }
                line(text, at)
            }
            if byte == 0x0a { isLineStart = true }
            if isFenced {
                at += 1
            } else if (0x61...0x7a).contains(byte | 0x20) {
                at = word(text, at)
            } else {
                if byte > 0x3e { other(text, at, byte) }
                at += 1
            }
        }
        if isFenced, !isCounted { estimate.add(.codeBlocks) }
        isCounted = isFenced
    }

    /// Only where fenced code begins and ends is looked at, so that what follows is taken for what it is.
    mutating func pass(over text: UnsafeRawBufferPointer) {
        for at in text.indices {
            let byte = text[at]
            if isLineStart, byte != 0x20, byte != 0x09 {
                isLineStart = false
                if Self.isFence(text, at) {
                    isFenced.toggle()
                    isCounted = false
                }
            }
            if byte == 0x0a { isLineStart = true }
        }
    }

    /// Whether three backticks begin or end a block here.
    private mutating func fence(_ text: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        guard Self.isFence(text, at) else { return false }
        if isFenced, !isCounted { estimate.add(.codeBlocks) }
        isCounted = false
        isFenced.toggle()
        return true
    }

    private static func isFence(_ text: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        at + 2 < text.count && text[at] == 0x60 && text[at + 1] == 0x60 && text[at + 2] == 0x60
    }

    /// The first mark of a line: `#`, `- `, `* `, `1.`, `1)`, `1、`.
    private mutating func line(_ text: UnsafeRawBufferPointer, _ at: Int) {
        guard !isFenced, at + 1 < text.count else { return }
        let following = text[at + 1]
        switch text[at] {
        case UInt8(ascii: "#") where following == 0x20 || following == 0x23: estimate.add(.headings)
        case UInt8(ascii: "-") where following == 0x20, UInt8(ascii: "*") where following == 0x20: estimate.add(.items)
        case 0x30...0x39:
            var end = at
            while end < text.count, (0x30...0x39).contains(text[end]) { end += 1 }
            guard end < text.count, end - at <= 2 else { return }
            if text[end] == 0x2e || text[end] == 0x29 || text[end] == 0xe3 { estimate.add(.items) }
        default: break
        }
    }

    /// Letters, with hyphens and apostrophes inside. Answers their end.
    private mutating func word(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var key = WordTable.Key()
        var at = start
        while at < text.count {
            let byte = text[at]
            if (0x61...0x7a).contains(byte | 0x20) {
                key.take(byte | 0x20)
            } else if byte == 0x2d || byte == 0x27 {
                key.take(byte)
            } else {
                break
            }
            at += 1
        }
        count(table[key])
        if hasLast { count(table[last.with(key)]) }
        last = key
        hasLast = true
        return at
    }

    private mutating func other(_ text: UnsafeRawBufferPointer, _ at: Int, _ byte: UInt8) {
        switch byte {
        case 0x60: span(text, at)
        case 0x3f: if at == 0 || text[at - 1] != 0x3f { estimate.add(.questions) }
        // the full-width question mark
        case 0xef: if at + 2 < text.count, text[at + 1] == 0xbc, text[at + 2] == 0x9f { estimate.add(.questions) }
        case 0xe4...0xe9:
            guard at + 5 < text.count else { return }
            var key = WordTable.Key()
            for index in at..<at + 6 { key.take(text[index]) }
            count(table[key])
        default: break
        }
    }

    @inline(__always)
    private mutating func count(_ features: UInt32) {
        if features != 0 { add(features) }
    }

    private mutating func add(_ features: UInt32) {
        var rest = features
        while rest != 0 {
            if let feature = ComplexityEstimate.Feature(rawValue: rest.trailingZeroBitCount) { estimate.add(feature) }
            rest &= rest - 1
        }
    }

    /// A backtick that begins a span of code: a word begins behind it, and none ends before it.
    private mutating func span(_ text: UnsafeRawBufferPointer, _ at: Int) {
        guard at + 1 < text.count, text[at + 1] > 0x20, text[at + 1] != 0x60 else { return }
        if at == 0 || text[at - 1] <= 0x28 { estimate.add(.codeSpans) }
    }
}
