/// A text in the form in which everything here compares texts: NFKC, then lower case scalar by scalar (full mappings,
/// without the final sigma). Its memory is used again for the next text.
struct NormalText: Sendable {
    /// What the text is made of.
    private(set) var scalars: [UInt32] = []

    /// The last scalar before it was lowered, as a mark after it may change it, and how many scalars it became.
    private var last: UInt32 = 0
    private var lastCount = 0
    private var segment: [UInt32] = []
    private var segments = 0

    /// Non-starters that are composed in one go, as in UAX 15's stream-safe format: what has more is no writing of
    /// people, and the sorting of marks must not cost the square of a hostile text's length.
    private static let segmentLimit = 32

    /// Segments of a text that are composed; what needs more stays as it is. A page of Vietnamese with its marks apart
    /// needs some 1000; a hostile text must not hold a loop up.
    private static let segmentsLimit = 2048

    /// Reads a text.
    /// - Parameter limit: scalars after which the rest is left out.
    mutating func take(_ bytes: UnsafeRawBufferPointer, limit: Int = .max) {
        scalars.removeAll(keepingCapacity: true)
        segment.removeAll(keepingCapacity: true)
        lastCount = 0
        segments = 0
        var walk = UTF8Walk(bytes)
        while scalars.count < limit, let scalar = walk.next() {
            if Compatibility.isInert(scalar) {
                if !segment.isEmpty { closeSegment() }
                keep(scalar)
            } else {
                special(scalar)
            }
        }
        if !segment.isEmpty { closeSegment() }
    }

    private mutating func special(_ scalar: UInt32) {
        let plain = Compatibility.plain(scalar)
        if plain != 0 {
            if !segment.isEmpty { closeSegment() }
            keep(plain)
            return
        }
        if segment.isEmpty, lastCount > 0 {
            scalars.removeLast(lastCount)
            lastCount = 0
            segment.append(last)
        }
        segment.append(scalar)
        if segment.count >= Self.segmentLimit { closeSegment() }
    }

    private mutating func closeSegment() {
        segments += 1
        if segments <= Self.segmentsLimit {
            for scalar in Compatibility.composed(segment) { keep(scalar) }
        } else {
            for scalar in segment { keep(scalar) }
        }
        segment.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private mutating func keep(_ scalar: UInt32) {
        last = scalar
        if scalar < 0x80 {
            scalars.append(scalar &- 0x41 < 26 ? scalar | 0x20 : scalar)
            lastCount = 1
        } else if (0x3000...0xA63F).contains(scalar) {
            scalars.append(scalar) // no case in these
            lastCount = 1
        } else {
            lower(scalar)
        }
    }

    private mutating func lower(_ value: UInt32) {
        let before = scalars.count
        if let scalar = Unicode.Scalar(value), scalar.properties.changesWhenLowercased {
            for lowered in scalar.properties.lowercaseMapping.unicodeScalars { scalars.append(lowered.value) }
        } else {
            scalars.append(value)
        }
        lastCount = scalars.count - before
    }
}
