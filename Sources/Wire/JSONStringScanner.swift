/// Finds strings at the top of a JSON object as its bytes come, in pieces of any size: `user` in `{"user": "u-1", ...}`.
/// It builds nothing, keeps no more than the values it looks for, and does not judge whether the rest is JSON.
package struct JSONStringScanner: Sendable {
    package enum Step: Sendable, Equatable {
        /// More bytes are wanted.
        case more
        /// The object is over, or all names were found, or this is no object.
        case done
    }

    /// A longer value or name is no key.
    package static let longest = 1024

    private enum State: Sendable {
        case start, between, name, colon, value, inString, skipping, done
    }

    private let names: [[UInt8]]
    /// As many as names: what was found, unescaped as far as `\"`, `\\` and `\/` go.
    package private(set) var values: [[UInt8]?]
    private var state = State.start
    private var text: [UInt8] = []
    private var isEscaped = false
    private var isTooLong = false
    private var wanted = -1
    /// Of what is skipped: open brackets, and whether a string is being read.
    private var depth = 0
    private var inSkippedString = false

    package init(_ names: [[UInt8]]) {
        self.names = names
        values = Array(repeating: nil, count: names.count)
    }

    package mutating func take(_ bytes: UnsafeRawBufferPointer) -> Step {
        var at = 0
        while at < bytes.count, state != .done {
            if state == .skipping {
                at = skip(bytes, from: at)
            } else {
                take(bytes[at])
                at += 1
            }
        }
        return state == .done ? .done : .more
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .start:
            if Self.isBlank(byte) { return }
            state = byte == 0x7b ? .between : .done
        case .between:
            switch byte {
            case 0x22:
                begin()
                state = .name
            case 0x7d: state = .done
            case 0x2c: break
            default: if !Self.isBlank(byte) { state = .done }
            }
        case .name:
            if ends(byte) {
                wanted = isTooLong ? -1 : names.firstIndex(of: text) ?? -1
                state = .colon
            }
        case .colon:
            if byte == 0x3a { state = .value } else if !Self.isBlank(byte) { state = .done }
        case .value:
            if Self.isBlank(byte) { return }
            if byte == 0x22, wanted >= 0 {
                begin()
                state = .inString
            } else {
                depth = 0
                inSkippedString = false
                isEscaped = false
                state = .skipping
                _ = withUnsafeBytes(of: byte) { skip($0, from: 0) }
            }
        case .inString:
            if ends(byte) {
                if !isTooLong, !text.isEmpty, values[wanted] == nil {
                    // a name may be asked for more than once
                    for index in names.indices where names[index] == names[wanted] { values[index] = text }
                }
                state = values.contains(nil) ? .between : .done
            }
        case .skipping, .done: break
        }
    }

    private mutating func begin() {
        text.removeAll(keepingCapacity: true)
        isEscaped = false
        isTooLong = false
    }

    /// Takes a byte of a string; true at its end.
    private mutating func ends(_ byte: UInt8) -> Bool {
        if isEscaped {
            isEscaped = false
            // A code point's escape stays as it is written: equal strings stay equal.
            if byte != 0x22, byte != 0x5c, byte != 0x2f { append(0x5c) }
            append(byte)
            return false
        }
        if byte == 0x5c {
            isEscaped = true
            return false
        }
        if byte == 0x22 { return true }
        append(byte)
        return false
    }

    private mutating func append(_ byte: UInt8) {
        if text.count < Self.longest { text.append(byte) } else { isTooLong = true }
    }

    /// Goes past a value that nobody asked for. Answers where it stopped.
    private mutating func skip(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var at = start
        while at < bytes.count {
            let byte = bytes[at]
            if inSkippedString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5c {
                    isEscaped = true
                } else if byte == 0x22 {
                    inSkippedString = false
                }
                at += 1
                continue
            }
            switch byte {
            case 0x22: inSkippedString = true
            case 0x7b, 0x5b: depth += 1
            case 0x7d, 0x5d:
                // The bracket of the object itself ends it.
                if depth == 0 {
                    state = .done
                    return at
                }
                depth -= 1
            case 0x2c where depth == 0:
                state = .between
                return at + 1
            default: break
            }
            at += 1
        }
        return at
    }
}
