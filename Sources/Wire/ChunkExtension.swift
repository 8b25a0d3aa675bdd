/// Checks what may stand behind a chunk's size, byte by byte: `*( BWS ";" BWS name [ BWS "=" BWS ( token | quoted ) ] )`
/// (RFC 9112 7.1.1). Nobody here acts on it; it is checked so that nobody behind can read it as something else.
struct ChunkExtension {
    /// `before` a semicolon; then `name` after `beforeName`, `afterName`, and after an equals sign `beforeValue`,
    /// `value` or `quoted` (with `escaped`), and `before` again.
    private enum Part { case before, beforeName, name, afterName, beforeValue, value, quoted, escaped }

    private var part = Part.before
    private(set) var bytes = 0

    /// The line may end here: blanks with nothing after them are no extension.
    var mayEnd: Bool { bytes > 0 && (part == .name || part == .value || (part == .before && hasSome)) }
    /// An extension ended with the byte before.
    private var hasSome = false

    /// False: the byte may not stand there.
    mutating func take(_ byte: UInt8) -> Bool {
        bytes += 1
        switch part {
        case .before:
            if byte == 0x3b {
                part = .beforeName
                return true
            }
            hasSome = false
            return ByteClass.isBlank(byte)
        case .beforeName:
            if ByteClass.isBlank(byte) { return true }
            part = .name
            return ByteClass.isToken(byte)
        case .name, .afterName:
            if byte == 0x3b {
                part = .beforeName
            } else if byte == 0x3d {
                part = .beforeValue
            } else if ByteClass.isBlank(byte) {
                part = .afterName
            } else {
                return part == .name && ByteClass.isToken(byte)
            }
            return true
        case .beforeValue:
            if ByteClass.isBlank(byte) { return true }
            part = byte == 0x22 ? .quoted : .value
            return byte == 0x22 || ByteClass.isToken(byte)
        case .value:
            if byte == 0x3b {
                part = .beforeName
                return true
            }
            if ByteClass.isBlank(byte) {
                part = .before
                hasSome = false
                return true
            }
            return ByteClass.isToken(byte)
        case .quoted:
            if byte == 0x22 {
                part = .before
                hasSome = true
            } else if byte == 0x5c {
                part = .escaped
            }
            return byte >= 0x20 && byte != 0x7f || byte == 0x09
        case .escaped:
            part = .quoted
            return byte >= 0x20 && byte != 0x7f || byte == 0x09
        }
    }
}
