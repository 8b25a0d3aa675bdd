/// Strings that are wanted: their escapes, and where their bytes go.
extension PromptScanner {
    mutating func begin(_ purpose: Purpose, _ position: Int) {
        self.purpose = purpose
        if purpose != .text {
            small.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        start = position
        highSurrogate = 0
        state = .string
    }

    mutating func string(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        let end = PlainRun.end(bytes, from)
        if end > from {
            loseSurrogate()
            keep(UnsafeRawBufferPointer(rebasing: bytes[from..<end]))
        }
        guard end < bytes.count else { return end }
        if bytes[end] == UInt8(ascii: "\"") {
            loseSurrogate()
            endString(offset + end + 1)
        } else {
            state = .escape
        }
        return end + 1
    }

    mutating func escape(_ byte: UInt8) {
        state = .string
        if byte == UInt8(ascii: "u") {
            digits = 0
            unit = 0
            state = .unicode
            return
        }
        loseSurrogate()
        switch byte {
        case UInt8(ascii: "n"): keep(0x0a)
        case UInt8(ascii: "t"): keep(0x09)
        case UInt8(ascii: "r"): keep(0x0d)
        case UInt8(ascii: "b"): keep(0x08)
        case UInt8(ascii: "f"): keep(0x0c)
        // of an escape that there is not, the character
        default: keep(byte)
        }
    }

    mutating func unicode(_ byte: UInt8) {
        let digit: UInt32
        switch byte {
        case 0x30...0x39: digit = UInt32(byte - 0x30)
        case 0x41...0x46: digit = UInt32(byte - 0x37)
        case 0x61...0x66: digit = UInt32(byte - 0x57)
        default: return fail()
        }
        unit = unit << 4 | digit
        digits += 1
        guard digits == 4 else { return }
        state = .string
        if highSurrogate != 0, unit & 0xfc00 == 0xdc00 {
            let scalar = 0x10000 + (highSurrogate & 0x3ff) << 10 + (unit & 0x3ff)
            highSurrogate = 0
            keep(scalar: scalar)
            return
        }
        loseSurrogate()
        if unit & 0xfc00 == 0xd800 {
            highSurrogate = unit
        } else {
            keep(scalar: unit & 0xfc00 == 0xdc00 ? 0xfffd : unit)
        }
    }

    /// A first half without its second stands for the replacement character.
    private mutating func loseSurrogate() {
        guard highSurrogate != 0 else { return }
        highSurrogate = 0
        keep(scalar: 0xfffd)
    }

    private mutating func keep(scalar: UInt32) {
        switch scalar {
        case ..<0x80: keep(UInt8(scalar))
        case ..<0x800: keep(two(scalar >> 6 | 0xc0, scalar), 2)
        case ..<0x10000: keep(two(scalar >> 12 | 0xe0, scalar >> 6) | tail(scalar) << 16, 3)
        default: keep(two(scalar >> 18 | 0xf0, scalar >> 12) | tail(scalar >> 6) << 16 | tail(scalar) << 24, 4)
        }
    }

    private func tail(_ bits: UInt32) -> UInt32 { bits & 0x3f | 0x80 }
    private func two(_ lead: UInt32, _ bits: UInt32) -> UInt32 { lead | tail(bits) << 8 }

    private mutating func keep(_ little: UInt32, _ count: Int) {
        withUnsafeBytes(of: little.littleEndian) { keep(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    private mutating func keep(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { keep($0) }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        guard purpose == .text else {
            isTooLong = isTooLong || small.count + bytes.count > Self.longestName
            if !isTooLong { small.append(contentsOf: bytes) }
            return
        }
        textBytes += bytes.count
        if area == .system { systemBytes += bytes.count }
        if counts { tokens.take(bytes) }
        guard gatherer >= 0 else { return }
        if needsBreak {
            needsBreak = false
            pending[gatherer].append(0x0a)
        }
        pending[gatherer].append(bytes)
    }

    private mutating func endString(_ end: Int) {
        switch purpose {
        case .name: return endName()
        case .model:
            let range = start..<end
            place(isTooLong ? .other(range: range, isNull: false) : .string(value: small, range: range))
        case .agent:
            agent = isTooLong ? nil : small
            agentRange = isTooLong ? nil : start..<end
        case .role: frames[frames.count - 1].role = Self.role(small)
        case .type: endType()
        case .text:
            if counts { tokens.separate() }
            if gatherer >= 0, endsPath { settle(gatherer) }
        }
        endValue()
    }

    private mutating func endName() {
        name = isTooLong ? .other : PromptName.of(small)
        if counts, frames[frames.count - 1].area == .tools {
            small.withUnsafeBytes { tokens.take($0) }
            tokens.separate()
        }
        state = .colon
    }

    private static func role(_ name: [UInt8]) -> PromptFrame.Role {
        if name.elementsEqual("user".utf8) || name.elementsEqual("human".utf8) { return .user }
        if name.elementsEqual("system".utf8) || name.elementsEqual("developer".utf8) { return .system }
        return .other
    }

    private mutating func endType() {
        let kinds = ["text", "input_text", "message"]
        let pictures = ["image_url", "input_image", "image"]
        frames[frames.count - 1].isText = kinds.contains { small.elementsEqual($0.utf8) }
        if pictures.contains(where: { small.elementsEqual($0.utf8) }) { images += 1 }
    }
}
