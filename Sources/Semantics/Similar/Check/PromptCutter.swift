/// Cuts a prompt into tokens. Full-width forms count as plain ones, and so do the many quotes.
struct PromptCutter {
    private(set) var tokens: [PromptToken] = []
    private var text: [UInt32] = []
    private var at = 0
    private var isSentenceStart = true
    /// What follows is not asked, it is what the question is about: after a colon, or in further lines.
    private var isPayload = false

    init(_ bytes: UnsafeRawBufferPointer) {
        var walk = UTF8Walk(bytes)
        text.reserveCapacity(bytes.count)
        while let scalar = walk.next() { text.append(Self.folded(scalar)) }
        while let last = text.last, Self.isBlank(last) { text.removeLast() }
        while at < text.count { step() }
    }

    private static func folded(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0xFF01...0xFF5E: scalar - 0xFEE0
        case 0x3000, 0xA0: 0x20
        case 0x2018, 0x2019: 0x27
        case 0x201C, 0x201D, 0x300C, 0x300D, 0x300E, 0x300F, 0x300A, 0x300B, 0xAB, 0xBB: 0x22
        case 0x2013, 0x2014, 0x2212: 0x2D
        case 0x3001: 0x2C
        case 0x3002: 0x2E
        default: scalar
        }
    }

    private static func isBlank(_ scalar: UInt32) -> Bool { ScalarKinds.of(scalar).contains(.space) }

    private func peek(_ offset: Int = 1) -> UInt32 { at + offset < text.count ? text[at + offset] : 0 }

    private mutating func step() {
        let scalar = text[at]
        if scalar == 0x0A, !tokens.isEmpty {
            isPayload = true
            at += 1
        } else if Self.isBlank(scalar) {
            at += 1
        } else if scalar == 0x22 || scalar == 0x60 {
            quote(scalar)
        } else if scalar == 0x27, tokens.isEmpty || Self.isBlank(text[at - 1]), hasClosing {
            quote(scalar)
        } else if ScalarKinds.isHan(scalar) {
            han()
        } else if scalar &- 0x30 < 10 {
            number()
        } else if ScalarKinds.of(scalar).contains(.word) || scalar == 0x5F || scalar == 0x40 || scalar == 0x23 {
            word()
        } else {
            sign(scalar)
        }
    }

    /// A quote in front of a word has one behind a word, and is no apostrophe.
    private var hasClosing: Bool {
        for place in at + 1..<text.count where text[place] == 0x27 {
            let next = place + 1 < text.count ? text[place + 1] : 0x20
            if !ScalarKinds.of(next).contains(.word) { return place > at + 1 }
        }
        return false
    }

    private mutating func quote(_ mark: UInt32) {
        let start = at + 1
        var end = start
        while end < text.count, text[end] != mark { end += 1 }
        guard end < text.count, end > start else {
            at += 1
            return
        }
        // a single word in quotes is the same word without
        var inner = Array(text[start..<end])
        if !inner.contains(where: Self.isBlank) { inner = Self.lower(inner) }
        tokens.append(PromptToken(kind: .literal, text: inner))
        isSentenceStart = false
        at = end + 1
    }

    private mutating func han() {
        let start = at
        while at < text.count, ScalarKinds.isHan(text[at]) { at += 1 }
        tokens.append(PromptToken(kind: isPayload ? .literal : .han, text: Array(text[start..<at])))
        isSentenceStart = false
    }

    /// `1,000`, `3.14`, `12:30`, `2024-05-01`; letters behind it are a unit and a word of their own.
    private mutating func number() {
        var digits: [UInt32] = []
        while at < text.count {
            let scalar = text[at]
            let isInner = scalar == 0x2E || scalar == 0x2C || scalar == 0x3A || scalar == 0x2D || scalar == 0x2F
            guard scalar &- 0x30 < 10 || isInner && peek() &- 0x30 < 10 else { break }
            if scalar != 0x2C { digits.append(scalar) }
            at += 1
        }
        if digits.contains(0x2E), !digits.contains(0x3A) {
            while digits.last == 0x30 { digits.removeLast() }
            if digits.last == 0x2E { digits.removeLast() }
        }
        tokens.append(PromptToken(kind: .number, text: digits))
        isSentenceStart = false
    }

    private mutating func word() {
        let start = at
        var isCode = text[at] == 0x5F || text[at] == 0x40 || text[at] == 0x23
        at += 1
        while at < text.count {
            let scalar = text[at]
            if ScalarKinds.of(scalar).contains(.word), !ScalarKinds.isHan(scalar) {
                if scalar &- 0x30 < 10 { isCode = true }
            } else if scalar == 0x5F {
                isCode = true
            } else if scalar == 0x2E || scalar == 0x2F || scalar == 0x3A || scalar == 0x40 || scalar == 0x5C,
                ScalarKinds.of(peek()).contains(.word) || scalar != 0x2E && peek() == 0x2F, !ScalarKinds.isHan(peek())
            {
                isCode = isCode || scalar != 0x2F
            } else if scalar == 0x2B || scalar == 0x23, peek() == 0x2B || !ScalarKinds.of(peek()).contains(.word) {
                isCode = true
            } else if scalar == 0x28, peek() == 0x29 {
                isCode = true
                at += 1
            } else if scalar != 0x27 || !ScalarKinds.of(peek()).contains(.word) {
                break
            }
            at += 1
        }
        add(Array(text[start..<at]), isCode: isCode)
    }

    private mutating func add(_ written: [UInt32], isCode: Bool) {
        var lowered = Self.lower(written)
        let isCapital = written.first.map { $0 != lowered.first } ?? false
        let hasCapitalInside = written.dropFirst().enumerated().contains { $1 != lowered[$0 + 1] }
        var isOwner = false
        if lowered.count > 3, lowered.suffix(2) == [0x27, 0x73], Lexicon.shared.role(WordHash.of(lowered)) == nil {
            lowered.removeLast(2)
            isOwner = true
        }
        let isName = hasCapitalInside || isCapital && !isSentenceStart && lowered != [0x69]
        isSentenceStart = false
        tokens.append(
            PromptToken(kind: isCode || isPayload ? .literal : .word, text: lowered, isName: isName, isOwner: isOwner))
    }

    private mutating func sign(_ scalar: UInt32) {
        let isMarked: Bool
        switch scalar {
        // + * < = > ^ | ~ $ % & and the signs of currencies and degrees
        case 0x2B, 0x2A, 0x3C...0x3E, 0x5E, 0x7C, 0x7E, 0x24...0x26, 0xA3, 0xA5, 0xB0, 0xD7, 0xF7, 0x20AC:
            isMarked = true
        case 0x2D, 0x2F: isMarked = Self.isBlank(peek()) && at > 0 && Self.isBlank(text[at - 1]) || peek() &- 0x30 < 10
        default: isMarked = isPayload && scalar >= 0x80
        }
        tokens.append(PromptToken(kind: isMarked ? .sign : .stop, text: [scalar]))
        if scalar == 0x2E || scalar == 0x21 || scalar == 0x3F || scalar == 0x3A { isSentenceStart = true }
        if scalar == 0x3A, at + 1 < text.count { isPayload = true }
        at += 1
    }

    private static func lower(_ scalars: [UInt32]) -> [UInt32] {
        scalars.map { scalar in
            if scalar < 0x80 { return scalar &- 0x41 < 26 ? scalar | 0x20 : scalar }
            let mapped = Unicode.Scalar(scalar)?.properties.lowercaseMapping.unicodeScalars
            return mapped?.count == 1 ? mapped?.first?.value ?? scalar : scalar
        }
    }
}
