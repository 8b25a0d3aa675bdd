package import Wire

/// The one form of a request field by which answers vary: written differently but meaning the same, it selects the same
/// (RFC 9111 4.1).
package enum SelectingField {
    /// How much the ways of writing a field may differ.
    private enum Kind {
        /// Blanks inside mean something.
        case verbatim
        /// A list: lines are joined, blanks around commas go.
        case list
        /// A list with weights, whose order means nothing: members are sorted, case and weight unified.
        case weighted(isMedia: Bool, isCoding: Bool)
    }

    private static func kind(_ name: [UInt8]) -> Kind {
        name.withUnsafeBytes { name in
            switch name.count {
            case 6: name.isExactly("accept") ? .weighted(isMedia: true, isCoding: false) : verbatimOrList(name)
            case 14: name.isExactly("accept-charset") ? .weighted(isMedia: false, isCoding: false) : .list
            case 15:
                name.isExactly("accept-encoding")
                    ? .weighted(isMedia: false, isCoding: true)
                    : name.isExactly("accept-language") ? .weighted(isMedia: false, isCoding: false) : .list
            default: verbatimOrList(name)
            }
        }
    }

    private static func verbatimOrList(_ name: UnsafeRawBufferPointer) -> Kind {
        name.isExactly("cookie") || name.isExactly("user-agent") || name.isExactly("authorization")
            || name.isExactly("referer") || name.isExactly("origin") ? .verbatim : .list
    }

    package static func isPresent(_ name: [UInt8], _ lines: HeadLines) -> Bool {
        name.withUnsafeBytes { name in
            for at in 0..<lines.fieldCount where lines.name(lines.fields[at]).isCaseless(name) { return true }
            return false
        }
    }

    /// The one form of the field; nil where it is absent.
    package static func canonical(_ name: [UInt8], _ lines: HeadLines) -> [UInt8]? {
        guard isPresent(name, lines) else { return nil }
        switch kind(name) {
        case .verbatim: return joined(values(name, lines), by: [0x2c, 0x20])
        case .list: return joined(members(name, lines), by: [0x2c])
        case .weighted(let isMedia, let isCoding):
            var members = members(name, lines).filter { !$0.isEmpty }.map { weighted($0, isMedia: isMedia) }
            if isCoding { members = withoutRefused(members) }
            members.sort { $0.lexicographicallyPrecedes($1) }
            var last: [UInt8]?
            members.removeAll { member in
                defer { last = member }
                return member == last
            }
            return joined(members, by: [0x2c])
        }
    }

    /// Whether the field's one form is this. A field that is written so costs one comparison, and a list without weights
    /// one look at its members: neither takes memory.
    static func says(_ stored: ArraySlice<UInt8>, _ name: [UInt8], _ lines: HeadLines) -> Bool {
        var count = 0
        var isSame = false
        name.withUnsafeBytes { name in
            for at in 0..<lines.fieldCount where lines.name(lines.fields[at]).isCaseless(name) {
                count += 1
                isSame = lines.value(lines.fields[at]).elementsEqual(stored)
            }
        }
        if count == 1, isSame { return true }
        if case .weighted = kind(name), let answer = holdsPlainly(stored, name, lines) { return answer }
        return canonical(name, lines).map { $0.elementsEqual(stored) } ?? false
    }

    /// Whether the members of a list are those of its one form; nil where one has a weight or quotes, or there are many.
    private static func holdsPlainly(_ stored: ArraySlice<UInt8>, _ name: [UInt8], _ lines: HeadLines) -> Bool? {
        var places: UInt64 = 0
        var isPlain = true
        var isKnown = true
        let count = stored.withUnsafeBytes { stored in
            name.withUnsafeBytes { name in
                for at in 0..<lines.fieldCount where lines.name(lines.fields[at]).isCaseless(name) {
                    lines.value(lines.fields[at]).forEachListMember { member in
                        if member.count == 0 { return }
                        if !member.allSatisfy({ $0 != 0x3b && $0 != 0x22 }) { isPlain = false }
                        if let place = place(of: member, in: stored) { places |= 1 << place } else { isKnown = false }
                    }
                }
            }
            return stored.count == 0 ? 0 : stored.reduce(1) { $0 + ($1 == 0x2c ? 1 : 0) }
        }
        guard isPlain, count < 64 else { return nil }
        return isKnown && places == (1 as UInt64) << UInt64(count) &- 1
    }

    /// Which member of a list this is, but for the case of letters.
    private static func place(of member: UnsafeRawBufferPointer, in list: UnsafeRawBufferPointer) -> UInt64? {
        var place: UInt64 = 0
        var found: UInt64?
        list.forEachListMember { known in
            if found == nil, place < 64, known.isCaseless(member) { found = place }
            place += 1
        }
        return found
    }

    private static func values(_ name: [UInt8], _ lines: HeadLines) -> [[UInt8]] {
        var values: [[UInt8]] = []
        name.withUnsafeBytes { name in
            for at in 0..<lines.fieldCount where lines.name(lines.fields[at]).isCaseless(name) {
                values.append(Array(lines.value(lines.fields[at])))
            }
        }
        return values
    }

    /// The members of all lines; commas inside of quotes do not separate.
    private static func members(_ name: [UInt8], _ lines: HeadLines) -> [[UInt8]] {
        var members: [[UInt8]] = []
        for value in values(name, lines) { members += split(value, at: 0x2c) }
        return members
    }

    private static func split(_ text: [UInt8], at separator: UInt8) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start = 0
        var at = 0
        var isQuoted = false
        while at <= text.count {
            if at == text.count || (text[at] == separator && !isQuoted) {
                parts.append(text[start..<at].withUnsafeBytes { Array($0.trimmed) })
                start = at + 1
            } else if text[at] == 0x22 {
                isQuoted.toggle()
            } else if text[at] == 0x5c, isQuoted {
                at += 1
            }
            at += 1
        }
        if start < text.count { parts.append(text[start...].withUnsafeBytes { Array($0.trimmed) }) }
        return parts
    }

    private static func joined(_ parts: [[UInt8]], by separator: [UInt8]) -> [UInt8] {
        Array(parts.joined(separator: separator))
    }
}

extension SelectingField {
    /// `De ; Q=1.0` as `de`: lower case, no blanks, a weight of 1 left out and others without needless zeros. Only the
    /// type itself of a media range is put in lower case.
    private static func weighted(_ member: [UInt8], isMedia: Bool) -> [UInt8] {
        var text: [UInt8] = []
        for (index, part) in split(member, at: 0x3b).enumerated() {
            if index > 0, let weight = weight(part) {
                if weight != [0x31] { text += Array(";q=".utf8) + weight }
                continue
            }
            if index > 0 { text.append(0x3b) }
            text += isMedia && index > 0 ? part : part.map(ByteClass.lower)
        }
        return text
    }

    /// The digits of `q=0.500` without needless ones; nil where this is no weight.
    private static func weight(_ part: [UInt8]) -> [UInt8]? {
        guard part.count >= 3, ByteClass.lower(part[0]) == 0x71, part[1] == 0x3d else { return nil }
        var digits = Array(part[2...])
        guard digits.allSatisfy({ ByteClass.isDigit($0) || $0 == 0x2e }) else { return nil }
        if digits.contains(0x2e) {
            while digits.last == 0x30 { digits.removeLast() }
            if digits.last == 0x2e { digits.removeLast() }
        }
        return digits
    }

    /// A coding that is refused is as one that is not named, unless `*` takes all that are not; `identity` is taken
    /// unless it is refused (RFC 9110 12.5.3).
    private static func withoutRefused(_ members: [[UInt8]]) -> [[UInt8]] {
        guard !members.contains(where: { $0.first == 0x2a }) else { return members }
        let refused = Array(";q=0".utf8)
        let identity = Array("identity;q=0".utf8)
        return members.filter { $0 == identity || !$0.ends(with: refused) }
    }
}

extension Array<UInt8> {
    fileprivate func ends(with suffix: [UInt8]) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...] == suffix[...]
    }
}
