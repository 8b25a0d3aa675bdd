internal import CRE2

/// The names of a pattern's groups, read from the pattern: RE2's C surface does not tell them.
struct TemplateParameters {
    private(set) var names: [String] = []
    /// What is wrong with them.
    private(set) var fault: String?

    /// RE2's surface tells of so many groups at most.
    static let most = Int(CRE2_MAX_GROUPS) - 1

    init(_ pattern: String) {
        let bytes = Array(pattern.utf8)
        var at = 0
        while at < bytes.count {
            switch bytes[at] {
            case 0x5c: at = Self.escapeEnd(bytes, at)
            case 0x5b: at = Self.classEnd(bytes, at)
            case 0x28:
                if let name = Self.name(bytes, at + 1, number: names.count + 1) { names.append(name) }
                at += 1
            default: at += 1
            }
        }
        if names.count > Self.most { fault = "it has more than \(Self.most) groups" }
        if Set(names).count < names.count { fault = "two of its groups have the same name" }
    }

    /// Past a backslash and what belongs to it: a character, or everything between `\Q` and `\E`.
    private static func escapeEnd(_ bytes: [UInt8], _ start: Int) -> Int {
        guard start + 1 < bytes.count, bytes[start + 1] == 0x51 else { return start + 2 }
        var at = start + 2
        while at < bytes.count {
            if bytes[at] == 0x5c, at + 1 < bytes.count, bytes[at + 1] == 0x45 { return at + 2 }
            at += 1
        }
        return at
    }

    /// Past a bracketed class. A `]` at its beginning belongs to it, and so does `[:alpha:]`.
    private static func classEnd(_ bytes: [UInt8], _ start: Int) -> Int {
        var at = start + 1
        if at < bytes.count, bytes[at] == 0x5e { at += 1 }
        if at < bytes.count, bytes[at] == 0x5d { at += 1 }
        while at < bytes.count, bytes[at] != 0x5d {
            if bytes[at] == 0x5c {
                at += 2
            } else if bytes[at] == 0x5b, at + 1 < bytes.count, bytes[at + 1] == 0x3a {
                at += 2
                while at + 1 < bytes.count, bytes[at] != 0x3a || bytes[at + 1] != 0x5d { at += 1 }
                at += 2
            } else {
                at += 1
            }
        }
        return at + 1
    }

    /// The name of the group that `(` before `start` opens; nil where it captures nothing: `(?:`, `(?i)`.
    private static func name(_ bytes: [UInt8], _ start: Int, number: Int) -> String? {
        guard start < bytes.count, bytes[start] == 0x3f else { return String(number) }
        var at = start + 1
        if at < bytes.count, bytes[at] == 0x50 { at += 1 }
        guard at < bytes.count, bytes[at] == 0x3c, let end = bytes[at...].firstIndex(of: 0x3e) else { return nil }
        return String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
    }
}
