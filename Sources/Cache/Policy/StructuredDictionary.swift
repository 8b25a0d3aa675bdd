/// A dictionary of structured field values (RFC 9651 4.2.2), as targeted cache fields are. One fault makes it void.
struct StructuredDictionary {
    enum Item: Equatable {
        case integer(Int64)
        case string([UInt8])
        case token([UInt8])
        case boolean(Bool)
        case list([Item])
        /// A decimal, bytes, a date or a display string: read, but no directive takes one.
        case other
    }

    /// The members in order; of a key given twice the last counts.
    private(set) var members: [(key: [UInt8], item: Item)] = []

    /// More members than any sender needs.
    private static let most = 64

    /// nil where the text is no dictionary.
    init?(_ text: [UInt8]) {
        var reader = StructuredReader(text)
        reader.skipSpaces()
        while !reader.isAtEnd {
            guard members.count < Self.most, let key = reader.key() else { return nil }
            var item = Item.boolean(true)
            if reader.takes(0x3d) {
                guard let given = reader.itemOrList() else { return nil }
                item = given
            }
            guard reader.skipParameters() else { return nil }
            members.removeAll { $0.key == key }
            members.append((key, item))
            reader.skipBlanks()
            if reader.isAtEnd { return }
            guard reader.takes(0x2c) else { return nil }
            reader.skipBlanks()
            // a comma with nothing behind it
            if reader.isAtEnd { return nil }
        }
    }
}
