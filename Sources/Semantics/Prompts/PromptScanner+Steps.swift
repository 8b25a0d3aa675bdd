/// The walk over the bytes: what each state does with the next of them.
extension PromptScanner {
    package mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at < bytes.count, state != .done {
            switch state {
            case .string: at = string(bytes, at)
            case .skipped: at = skip(bytes, at)
            case .literal: at = literal(bytes, at)
            default:
                step(bytes[at], offset + at)
                at += 1
            }
        }
        offset += bytes.count
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    mutating func fail() {
        isBroken = true
        state = .done
    }

    /// A byte outside strings, literals and what is skipped.
    private mutating func step(_ byte: UInt8, _ position: Int) {
        switch state {
        case .escape: escape(byte)
        case .unicode: unicode(byte)
        case .start, .member, .colon, .value, .element:
            if Self.isBlank(byte) { return }
            between(byte, position)
        case .string, .skipped, .literal, .done: break
        }
    }

    private mutating func between(_ byte: UInt8, _ position: Int) {
        switch state {
        case .start:
            // a mark of the byte order, which some who send JSON put before it
            if position < 3, byte == [0xef, 0xbb, 0xbf][position] { return }
            guard byte == UInt8(ascii: "{") else { return fail() }
            isObject = true
            objectStart = position + 1
            let alive = UInt32(truncatingIfNeeded: (UInt64(1) << paths.count) - 1)
            frames.append(PromptFrame(isArray: false, alive: alive))
            state = .member
        case .member:
            if byte == UInt8(ascii: "\"") {
                isEmpty = false
                begin(.name, position)
            } else if byte == UInt8(ascii: "}") {
                close()
            } else if byte != UInt8(ascii: ",") {
                fail()
            }
        case .colon:
            if byte == UInt8(ascii: ":") { state = .value } else { fail() }
        case .value: value(byte, position)
        case .element:
            if byte == UInt8(ascii: "]") {
                close()
            } else if byte != UInt8(ascii: ",") {
                value(byte, position)
            }
        default: break
        }
    }

    /// A value is over: on with what it stands in.
    mutating func endValue() {
        guard let frame = frames.last else {
            state = .done
            return
        }
        state = frame.isArray ? .element : .member
    }

    // MARK: what nobody asked for

    /// Passes over a container, or over a string where `byte` is a quote.
    mutating func beginSkip(_ byte: UInt8) {
        isSkippingString = byte == UInt8(ascii: "\"")
        skippedDepth = isSkippingString ? 0 : 1
        isEscaped = false
        state = .skipped
    }

    private mutating func skip(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        while at < bytes.count {
            if isSkippingString {
                at = skipString(bytes, at)
                if isSkippingString { return at }
                if skippedDepth == 0 { return endSkip(at) }
                continue
            }
            switch bytes[at] {
            case UInt8(ascii: "\""): isSkippingString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): skippedDepth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                skippedDepth -= 1
                if skippedDepth == 0 { return endSkip(at + 1) }
            default: break
            }
            at += 1
        }
        return at
    }

    /// One past the quote that ends the string, or the end of the bytes.
    private mutating func skipString(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        if isEscaped {
            isEscaped = false
            at += 1
        }
        while true {
            at = PlainRun.end(bytes, at)
            guard at < bytes.count else { return bytes.count }
            if bytes[at] == UInt8(ascii: "\"") {
                isSkippingString = false
                return at + 1
            }
            at += 2
            if at > bytes.count { isEscaped = true }
        }
    }

    private mutating func endSkip(_ end: Int) -> Int {
        if watched == .model { place(.other(range: start..<(offset + end), isNull: false)) }
        watched = .other
        endValue()
        return end
    }

    /// A number, true, false or null, up to what ends it.
    private mutating func literal(_ bytes: UnsafeRawBufferPointer, _ begin: Int) -> Int {
        var at = begin
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x2c || byte == 0x7d || byte == 0x5d || Self.isBlank(byte) { break }
            // such bytes are in no literal
            if byte == 0x22 || byte == 0x7b || byte == 0x5b || byte == 0x3a {
                fail()
                return at
            }
            if watched == .most {
                number = number >= 0 && number < 100_000_000 && byte &- 0x30 < 10 ? number * 10 + Int(byte &- 0x30) : -1
            }
            at += 1
        }
        guard at < bytes.count else { return at }
        if watched == .most, number >= 0 { mostTokens = number }
        if watched == .model { place(.other(range: start..<(offset + at), isNull: firstByte == UInt8(ascii: "n"))) }
        if watched == .stream {
            stream = firstByte == UInt8(ascii: "t") ? true : firstByte == UInt8(ascii: "f") ? false : nil
        }
        watched = .other
        endValue()
        return at
    }

    mutating func place(_ model: ModelPlace) {
        if models.count < Self.mostModels { models.append(model) } else { models[Self.mostModels - 1] = model }
    }
}
