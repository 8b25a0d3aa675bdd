/// IP addresses as text: IPv4 in four decimal numbers, IPv6 as RFC 4291 section 2.2 and RFC 5952 have it.
package enum IPText {
    /// 4 or 16 bytes; nil for anything else. Leading zeros in IPv4 are refused: some read them as octal.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        text.utf8.contains(UInt8(ascii: ":")) ? bytes(six: Array(text.utf8)[...]) : bytes(four: Array(text.utf8)[...])
    }

    package static func text(_ bytes: [UInt8]) -> String {
        bytes.count == 4 ? String(decoding: four(bytes), as: UTF8.self) : text(six: bytes)
    }

    /// Four bytes in four decimal numbers, as ASCII; made without a string, for who writes one for each connection.
    package static func four(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 15) { text, count in
            for (place, byte) in bytes.prefix(4).enumerated() {
                if place > 0 { put(UInt8(ascii: ".")) }
                if byte >= 100 { put(UInt8(ascii: "0") + byte / 100) }
                if byte >= 10 { put(UInt8(ascii: "0") + byte / 10 % 10) }
                put(UInt8(ascii: "0") + byte % 10)
            }
            func put(_ character: UInt8) {
                text[count] = character
                count += 1
            }
        }
    }

    private static func bytes(four text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count <= 15 else { return nil }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard !part.isEmpty, part.count <= 3, part.allSatisfy(NumberLiteral.isDigit),
                part.count == 1 || part.first != UInt8(ascii: "0"),
                let byte = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func bytes(six text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count <= 45 else { return nil }
        guard let gap = doubleColon(text) else {
            guard let bytes = groups(text, endsAddress: true), bytes.count == 16 else { return nil }
            return bytes
        }
        guard let head = groups(text[..<gap], endsAddress: false),
            let tail = groups(text[(gap + 2)...], endsAddress: true), head.count + tail.count <= 14
        else {
            return nil
        }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func doubleColon(_ text: ArraySlice<UInt8>) -> Int? {
        text.indices.dropLast().first { text[$0] == UInt8(ascii: ":") && text[$0 + 1] == UInt8(ascii: ":") }
    }

    /// Groups of up to four hexadecimal digits; the last of the address may be an IPv4 address.
    private static func groups(_ text: ArraySlice<UInt8>, endsAddress: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if endsAddress, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let four = Self.bytes(four: part) else { return nil }
                bytes += four
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for byte in part {
                guard let digit = NumberLiteral.hexDigit(byte) else { return nil }
                group = group << 4 | UInt16(digit)
            }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes.count <= 16 ? bytes : nil
    }

    /// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups shortened.
    private static func text(six bytes: [UInt8]) -> String {
        guard bytes.count == 16 else { return "" }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var longest = 0..<0
        var index = 0
        while index < groups.count {
            let end = groups[index...].firstIndex { $0 != 0 } ?? groups.count
            if end - index > max(1, longest.count) { longest = index..<end }
            index = max(end, index + 1)
        }
        let words = groups.map { String($0, radix: 16) }
        guard !longest.isEmpty else { return words.joined(separator: ":") }
        return words[..<longest.lowerBound].joined(separator: ":") + "::"
            + words[longest.upperBound...].joined(separator: ":")
    }
}
