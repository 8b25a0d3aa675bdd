/// Finds in an answer what it has cost, as its bytes come: `usage` of a JSON body or of the events of a stream, and how
/// much text there was, for answers that say nothing or do not come to their end. It keeps a name and a few numbers.
///
/// Only `usage` at the top, or one object below (`response`, `message`), counts: deeper ones are a model's own words. Of a
/// number given more often the largest counts: usage only grows along a stream.
package struct UsageScanner: Sendable {
    private enum State: UInt8 {
        /// Between values. Exits: `string`, `number`.
        case between
        /// Exits: `escape`, `between`.
        case string
        /// Behind a backslash. Exits: `string`, `unicode`.
        case escape
        /// In the digits of an escape. Exits: `string`.
        case unicode
        /// Exits: `between`.
        case number
    }

    private enum Number: UInt8 { case none, prompt, answer, total }

    private static let longestName = 24
    private static let textNames: Set<[UInt8]> = Set(
        ["content", "text", "delta", "reasoning_content", "reasoning", "thinking", "partial_json", "arguments", "refusal"]
            .map { Array($0.utf8) })
    private static let usageName = Array("usage".utf8)

    package private(set) var usage = TokenUsage()
    /// Pieces of a stream that had text.
    package private(set) var pieces = 0
    private let isStream: Bool
    private var text = TokenEstimate()
    private var state = State.between
    private var depth = 0
    /// The depth within `usage`; 0: outside.
    private var usageDepth = 0
    /// The string that was read last, while it may be a name, and whether a colon followed it.
    private var name: [UInt8] = []
    private var isNamed = false
    private var isTooLong = false
    /// The string that is read is text.
    private var isText = false
    private var hadText = false
    private var number = Number.none
    private var digits = 0
    private var unit: UInt32 = 0
    private var unitDigits = 0
    private var surrogate: UInt32 = 0

    /// - Parameter isStream: each line begins anew, as those of an event stream do.
    package init(isStream: Bool) {
        self.isStream = isStream
        name.reserveCapacity(Self.longestName)
    }

    /// Tokens of the text so far. Where the pieces of a stream bear about a token each, as those of most servers do, they are
    /// counted; else the text is estimated.
    package var answerEstimate: Int {
        let estimate = text.count
        return isStream && pieces > 0 && (estimate <= pieces || estimate - pieces <= pieces / 2) ? pieces : estimate
    }

    package mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at < bytes.count {
            if state == .string {
                at = string(bytes, at)
                continue
            }
            let byte = bytes[at]
            at += 1
            switch state {
            case .between, .number: structure(byte)
            case .escape: escape(byte)
            case .unicode: unicode(byte)
            case .string: break
            }
        }
    }

    // MARK: structure

    private mutating func structure(_ byte: UInt8) {
        if state == .number {
            if byte &- 0x30 < 10 {
                if digits < 1_000_000_000 { digits = digits * 10 + Int(byte &- 0x30) }
                return
            }
            endNumber()
        }
        switch byte {
        case 0x22:
            isText = isNamed && Self.textNames.contains(name)
            isNamed = false
            isTooLong = false
            name.removeAll(keepingCapacity: true)
            state = .string
        case 0x3a: isNamed = !isTooLong && !name.isEmpty
        case 0x7b, 0x5b:
            depth &+= 1
            if byte == 0x7b, usageDepth == 0, isNamed, depth == 2 || depth == 3, name == Self.usageName {
                usageDepth = depth
            }
            forget()
        case 0x7d, 0x5d:
            if depth == usageDepth { usageDepth = 0 }
            depth = max(depth - 1, 0)
            forget()
        case 0x2c: forget()
        case 0x30...0x39:
            number = isNamed && usageDepth != 0 && depth == usageDepth ? Self.number(name) : .none
            guard number != .none else { return forget() }
            digits = Int(byte &- 0x30)
            state = .number
        case 0x0a where isStream: endLine()
        case 0x20, 0x09, 0x0d, 0x0a: break
        default: forget()
        }
    }

    private mutating func forget() {
        isNamed = false
        name.removeAll(keepingCapacity: true)
    }

    private mutating func endLine() {
        state = .between
        depth = 0
        usageDepth = 0
        if hadText {
            pieces &+= 1
            hadText = false
        }
        forget()
    }

    private static func number(_ name: [UInt8]) -> Number {
        switch String(decoding: name, as: UTF8.self) {
        case "prompt_tokens", "input_tokens": .prompt
        case "completion_tokens", "output_tokens": .answer
        case "total_tokens": .total
        default: .none
        }
    }

    private mutating func endNumber() {
        state = .between
        switch number {
        case .prompt: usage.prompt = max(usage.prompt ?? 0, digits)
        case .answer: usage.answer = max(usage.answer ?? 0, digits)
        case .total: usage.total = max(usage.total ?? 0, digits)
        case .none: break
        }
        number = .none
        forget()
    }

    // MARK: strings

    private mutating func string(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != 0x22, bytes[end] != 0x5c, !(isStream && bytes[end] == 0x0a) { end += 1 }
        keep(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        guard end < bytes.count else { return end }
        switch bytes[end] {
        case 0x5c: state = .escape
        case 0x22:
            state = .between
            if isText {
                isText = false
                name.removeAll(keepingCapacity: true)
            }
        default: endLine()
        }
        return end + 1
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        if isText {
            text.take(bytes)
            hadText = true
        } else if name.count + bytes.count <= Self.longestName {
            name.append(contentsOf: bytes)
        } else {
            isTooLong = true
        }
    }

    private mutating func escape(_ byte: UInt8) {
        if byte == UInt8(ascii: "u") {
            unit = 0
            unitDigits = 0
            state = .unicode
            return
        }
        state = .string
        let meant: UInt8 =
            switch byte {
            case UInt8(ascii: "n"): 0x0a
            case UInt8(ascii: "t"): 0x09
            case UInt8(ascii: "r"): 0x0d
            default: byte
            }
        withUnsafeBytes(of: meant) { keep($0) }
    }

    private mutating func unicode(_ byte: UInt8) {
        let digit: UInt32
        switch byte {
        case 0x30...0x39: digit = UInt32(byte &- 0x30)
        case 0x41...0x46, 0x61...0x66: digit = UInt32((byte | 0x20) &- 0x57)
        default:
            state = .string
            return
        }
        unit = unit << 4 | digit
        unitDigits += 1
        guard unitDigits == 4 else { return }
        state = .string
        var value = unit
        if value & 0xfc00 == 0xd800 {
            surrogate = value
            return
        }
        if value & 0xfc00 == 0xdc00, surrogate != 0 { value = 0x10000 + (surrogate & 0x3ff) << 10 + (value & 0x3ff) }
        surrogate = 0
        guard let scalar = Unicode.Scalar(value) else { return }
        var utf8 = UTF8.encode(scalar)?.map { $0 } ?? []
        utf8.withUnsafeMutableBytes { keep(UnsafeRawBufferPointer($0)) }
    }
}
