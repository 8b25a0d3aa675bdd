internal import CRE2

/// Many regular expressions that are looked for in one pass.
///
/// Where the set does not fit its memory, or runs out of it on a text (RE2 drops its caches first, so that only a
/// failed allocation is left), each expression is looked for on its own: slower, never wrong. An expression that could
/// not be compiled at all makes its answer `outOfMemory`, never "not found".
final class ExpressionSet: @unchecked Sendable {
    // Sendable: RE2 may match one compiled set from many threads; nothing else is done with it but its end.
    private let together: OpaquePointer?
    let patterns: [[UInt8]]
    private let expressions: [Expression?]
    private let memory: Int

    /// 64 MiB for program and caches of all together.
    static let memory = 64 << 20

    /// The patterns, each with its expression, or nil where there was no memory for it.
    init(_ patterns: [[UInt8]], _ expressions: [Expression?], memory: Int) {
        self.patterns = patterns
        self.expressions = expressions
        self.memory = memory
        together = expressions.contains { $0 == nil } ? nil : Self.compiled(patterns, memory)
    }

    deinit { cre2_set_free(together) }

    /// The one that was, where it is of the same patterns: compiling takes longer than all the rest.
    static func make(
        _ patterns: [[UInt8]], _ expressions: [Expression?], memory: Int, previous: ExpressionSet?
    ) -> ExpressionSet {
        if let previous, previous.memory == memory, previous.patterns == patterns { return previous }
        return ExpressionSet(patterns, expressions, memory: memory)
    }

    /// The compiled expressions by their pattern.
    var compiled: [[UInt8]: Expression] {
        var compiled: [[UInt8]: Expression] = [:]
        for (pattern, expression) in zip(patterns, expressions) { compiled[pattern] = expression }
        return compiled
    }

    private static func compiled(_ patterns: [[UInt8]], _ memory: Int) -> OpaquePointer? {
        guard !patterns.isEmpty, let set = cre2_set_new(Int64(memory)) else { return nil }
        for (index, pattern) in patterns.enumerated() {
            let added = pattern.withUnsafeBytes { cre2_set_add(set, $0.characters, $0.count, nil, 0) }
            guard added == Int32(index) else {
                cre2_set_free(set)
                return nil
            }
        }
        if cre2_set_compile(set) == 1 { return set }
        cre2_set_free(set)
        return nil
    }

    /// Whether all are looked for in one pass, memory permitting.
    var isOnePass: Bool { together != nil }

    func expression(_ number: Int) -> Expression? { expressions[number] }

    /// Calls `found` with the number of each expression that is in the text, in no order, and says whether that was all
    /// that could be said. `isWanted` spares those that cannot win any more where they are looked for one by one.
    func forEach(
        in text: UnsafeRawBufferPointer, isWanted: (Int) -> Bool, found: (Int) -> Void
    ) -> Bool {
        let count = expressions.count
        let isTold = withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, count)) { indices -> Bool in
            guard let together else { return false }
            let hits = cre2_set_match(together, text.characters, text.count, indices.baseAddress, Int32(count))
            guard hits >= 0 else { return false }
            for hit in 0..<min(Int(hits), count) { found(Int(indices[hit])) }
            return true
        }
        return isTold || oneByOne(in: text, isWanted: isWanted, found: found)
    }

    private func oneByOne(
        in text: UnsafeRawBufferPointer, isWanted: (Int) -> Bool, found: (Int) -> Void
    ) -> Bool {
        for index in expressions.indices where isWanted(index) {
            switch expressions[index]?.find(in: text) ?? .outOfMemory {
            case .found: found(index)
            case .notFound: continue
            case .outOfMemory: return false
            }
        }
        return true
    }
}
