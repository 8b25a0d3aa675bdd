/// A text in the form in which everything here compares texts: NFKC, then lower case scalar by scalar (full mappings,
/// without the final sigma); what is past `costLimit` or `segmentLimit` is not composed. Its memory is used again for
/// the next text.
struct NormalText: Sendable {
    /// What the text is made of.
    private(set) var scalars: [UInt32] = []

    /// The last scalar before it was lowered, as a mark after it may change it, and how many scalars it became.
    private var last: UInt32 = 0
    private var lastCount = 0
    /// Marks behind it that were kept as they are, and the combining class of the last of them; `unknown` where what
    /// stands there was composed.
    private var marks: [UInt32] = []
    private var markClass: UInt8 = 0
    private var segment: [UInt32] = []
    private var cost = 0

    /// Non-starters that are composed in one go, as in UAX 15's stream-safe format: what has more is no writing of
    /// people, and the sorting of marks must not cost the square of a hostile text's length.
    private static let segmentLimit = 32

    /// What the segments of a text that are composed may cost, each its scalars and `segmentCost`; what is beyond stays
    /// as it is. A page of Vietnamese with its marks apart costs some 2000; a hostile text must not hold a loop up.
    private static let costLimit = 2048
    private static let segmentCost = 2
    private static let unknown = UInt8.max

    /// Reads a text.
    /// - Parameter limit: scalars after which the rest is left out.
    mutating func take(_ bytes: UnsafeRawBufferPointer, limit: Int = .max) {
        scalars.removeAll(keepingCapacity: true)
        segment.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        (lastCount, markClass, cost) = (0, 0, 0)
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
        if scalar == 0x0E33 || scalar == 0x0EB3 { return openVowel(scalar) }
        let mark = Compatibility.markClass(scalar)
        if mark != 0, segment.isEmpty, mark >= markClass, marks.count < Self.segmentLimit {
            markClass = mark
            marks.append(scalar)
            scalars.append(scalar)
            return
        }
        if segment.isEmpty, lastCount + marks.count > 0 {
            scalars.removeLast(lastCount + marks.count)
            if lastCount > 0 { segment.append(last) }
            lastCount = 0
            segment.append(contentsOf: marks)
            marks.removeAll(keepingCapacity: true)
        }
        segment.append(scalar)
        if segment.count >= Self.segmentLimit { closeSegment() }
    }

    /// Thai and Lao am: a nasal and the vowel, whatever stands before.
    private mutating func openVowel(_ scalar: UInt32) {
        if !segment.isEmpty { closeSegment() }
        keep(scalar + 0x1A)
        keep(scalar - 1)
    }

    private mutating func closeSegment() {
        cost += segment.count + Self.segmentCost
        if cost <= Self.costLimit {
            for scalar in Compatibility.composed(segment) { keep(scalar) }
        } else {
            for scalar in segment { keep(scalar) }
        }
        markClass = Self.unknown
        segment.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private mutating func keep(_ scalar: UInt32) {
        last = scalar
        if markClass != 0 { forgetMarks() }
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

    private mutating func forgetMarks() {
        markClass = 0
        marks.removeAll(keepingCapacity: true)
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
