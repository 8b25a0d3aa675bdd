internal import Wire

/// Lists of field names, in lower case, as `Vary`, `Connection` and `no-cache="..."` have them.
package enum FieldNames {
    /// The names between the commas; nil when something that can be no name stands there, or more than 64 do.
    package static func read(_ list: UnsafeRawBufferPointer) -> [[UInt8]]? {
        var names: [[UInt8]] = []
        var isValid = true
        list.forEachListMember { member in
            if member.count == 0 { return }
            guard names.count < 64, member.allSatisfy(ByteClass.isToken) else {
                isValid = false
                return
            }
            names.append(member.map(ByteClass.lower))
        }
        return isValid ? names : nil
    }

    /// `name` is one of these.
    package static func contains(_ names: [[UInt8]], _ name: UnsafeRawBufferPointer) -> Bool {
        for known in names where known.withUnsafeBytes({ name.isCaseless($0) }) { return true }
        return false
    }
}
