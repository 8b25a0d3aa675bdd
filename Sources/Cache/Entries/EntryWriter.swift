/// Puts numbers and texts one after the other.
struct EntryWriter {
    var bytes: [UInt8] = []

    init(room: Int) { bytes.reserveCapacity(room) }

    mutating func number<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// In place of a number that was written before all was known.
    mutating func put(_ number: UInt32, at place: Int) {
        withUnsafeBytes(of: number.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
    }

    mutating func text(_ text: UnsafeRawBufferPointer) {
        number(UInt32(clamping: text.count))
        bytes.append(contentsOf: text)
    }

    mutating func text(_ text: [UInt8]) { text.withUnsafeBytes { self.text($0) } }

    mutating func texts(_ texts: [[UInt8]]) {
        number(UInt32(clamping: texts.count))
        for text in texts { self.text(text) }
    }
}
