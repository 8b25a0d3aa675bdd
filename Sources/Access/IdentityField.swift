internal import Settings
internal import Wire

/// Names of fields in which the edge tells, or is told, who somebody is.
package enum IdentityField {
    /// RFC 9110 5.1.
    static func isName(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(ByteClass.isToken) }

    /// Why a field cannot serve for that; nil where it can.
    static func refusal(_ name: String) -> String? {
        guard isName(name) else {
            return "expected the name of a field (RFC 9110 5.1), found \(Quoted.quote(name))"
        }
        var name = name
        let id = name.withUTF8 { FieldName(UnsafeRawBufferPointer($0)) }
        switch id {
        case .other, .authorization, .cookie, .openclawScopes, .sessionKey: return nil
        default: return "\(name) is written by the proxy itself, or frames the message; choose another field"
        }
    }

    /// The unreserved characters of RFC 3986 2.3: what a query parameter is found by needs no escape.
    static func isParameter(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                ByteClass.isDigit($0) || ($0 | 0x20) &- 0x61 < 26 || "-._~".utf8.contains($0)
            }
    }

    /// RFC 9110 5.5, without tabs: nothing that ends a line or hides in one.
    package static func isValue(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }

    /// The spellings of a name that back ends which read `_` as `-` take for it, in lower case, itself first.
    package static func spellings(_ name: String) -> [String] {
        var all = [name.lowercased()]
        let dashes = all[0].utf8.count { $0 == UInt8(ascii: "-") }
        guard dashes > 0, dashes <= 5 else { return all }
        let parts = all[0].split(separator: "-", omittingEmptySubsequences: false)
        for choice in 1..<(1 << dashes) {
            var text = String(parts[0])
            for at in 1..<parts.count { text += (choice >> (at - 1) & 1 == 1 ? "_" : "-") + parts[at] }
            all.append(text)
        }
        return all
    }
}
