internal import CRE2

/// One pattern of a template, compiled by RE2 so that it takes a whole prompt or nothing.
final class TemplateExpression: @unchecked Sendable {
    // Sendable: RE2 may match one compiled pattern from many threads; nothing else is done with it but its end.
    private let pointer: OpaquePointer
    /// Of the groups, in their order; a group without a name is called by its number.
    let names: [String]

    /// Program and caches, in bytes.
    private static let memory: Int64 = 8 << 20

    enum Finding {
        /// Where the groups stand; nil for one that took no part.
        case found([Range<Int>?])
        case notFound
        case outOfMemory
    }

    init(_ pattern: String, foldsCase: Bool) throws(AgentTemplate.Refusal) {
        let parameters = TemplateParameters(pattern)
        if let fault = parameters.fault { throw AgentTemplate.Refusal(pattern: pattern, message: fault) }
        // on its own first: what is a whole pattern cannot reach out of the group that it is put in
        cre2_free(try Self.compile(pattern, pattern))
        pointer = try Self.compile("\\A\\s*(?s\(foldsCase ? "i" : ""):\(pattern))\\s*\\z", pattern)
        names = parameters.names
        guard Int(cre2_captures(pointer)) == names.count else {
            cre2_free(pointer)
            throw AgentTemplate.Refusal(pattern: pattern, message: "its groups cannot be told")
        }
    }

    deinit { cre2_free(pointer) }

    func find(_ text: UnsafeRawBufferPointer) -> Finding {
        let groups = names.count + 1
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * groups) { ranges in
            let characters = text.baseAddress?.assumingMemoryBound(to: CChar.self)
            switch cre2_match_groups(pointer, characters, text.count, ranges.baseAddress, Int32(groups)) {
            case 0: return .notFound
            case 1: break
            default: return .outOfMemory
            }
            return .found(
                (1..<groups).map { group in
                    let start = Int(ranges[2 * group])
                    return start < 0 ? nil : start..<(start + Int(ranges[2 * group + 1]))
                })
        }
    }

    private static func compile(_ text: String, _ pattern: String) throws(AgentTemplate.Refusal) -> OpaquePointer {
        let capacity = 256
        var message = ""
        var text = text
        let made = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { error -> OpaquePointer? in
            error.initialize(repeating: 0)
            let made = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    cre2_new($0.baseAddress, $0.count, memory, error.baseAddress, capacity)
                }
            }
            if made == nil, let start = error.baseAddress { message = String(cString: start) }
            return made
        }
        guard let made else { throw AgentTemplate.Refusal(pattern: pattern, message: message) }
        return made
    }
}
