internal import CRE2

/// One regular expression of RE2, compiled: linear time on every input.
final class Expression: @unchecked Sendable {
    // Sendable: RE2 may match one compiled pattern from many threads; nothing else is done with it but its end.
    let pointer: OpaquePointer
    /// Program and caches of one pattern, in bytes: RE2's own default.
    static let memory = 8 << 20

    /// What RE2 has against a pattern, as `failure`.
    struct Refusal: Error {
        var message: String
    }

    init(_ pattern: [UInt8], memory: Int = Expression.memory) throws(Refusal) {
        let capacity = 256
        var message = ""
        let made = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { error -> OpaquePointer? in
            error.initialize(repeating: 0)
            let made = pattern.withUnsafeBytes {
                cre2_new($0.characters, $0.count, Int64(memory), error.baseAddress, capacity)
            }
            if made == nil, let text = error.baseAddress { message = String(cString: text) }
            return made
        }
        guard let made else { throw Refusal(message: message) }
        pointer = made
    }

    deinit { cre2_free(pointer) }

    /// Capturing groups, the whole match not counted.
    var captures: Int { Int(cre2_captures(pointer)) }

    enum Finding { case found, notFound, outOfMemory }

    static func find(_ expression: OpaquePointer, in text: UnsafeRawBufferPointer) -> Finding {
        switch cre2_match(expression, text.characters, text.count) {
        case 0: .notFound
        case 1: .found
        default: .outOfMemory
        }
    }

    func find(in text: UnsafeRawBufferPointer) -> Finding { Self.find(pointer, in: text) }

    /// Where the groups 0 to 9 stand in the text; a group that took no part is empty. Nil where memory ran out or the
    /// pattern is not found.
    func groups(in text: UnsafeRawBufferPointer) -> [Range<Int>]? {
        let most = Int(CRE2_MAX_GROUPS)
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * most) { ranges in
            let found = cre2_match_groups(pointer, text.characters, text.count, ranges.baseAddress, Int32(most))
            guard found == 1 else { return nil }
            return (0..<most).map { group in
                let start = Int(ranges[2 * group])
                return start < 0 ? 0..<0 : start..<(start + Int(ranges[2 * group + 1]))
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as C's characters; nil where there are none.
    var characters: UnsafePointer<CChar>? { baseAddress?.assumingMemoryBound(to: CChar.self) }
}
