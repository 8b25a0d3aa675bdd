/// Tells from a row of looks when files have changed: replaced by rename, written in place, a link in the path swapped
/// (Kubernetes: `..data`), gone, or there again.
///
/// Each path is, as it was last told of,
/// - same: another signature leads to moving; absence leads to missing;
/// - moving: what is the same for `settle`, over all paths, is told as `changed` and is same then;
/// - missing: a file within `grace` leads to same or moving; after `grace` it is told as `vanished`, and same is that
///   there is none.
package struct WatchMachine: Sendable {
    /// Which paths, by their index.
    package enum Event: Sendable, Equatable {
        case changed([Int])
        case vanished([Int])
    }

    /// Nanoseconds that files must stay the same, so that none is read half written.
    package static let settle: Int64 = 150_000_000
    /// Nanoseconds that a file may be away: some tools remove and write anew.
    package static let grace: Int64 = 1_000_000_000
    /// Times of files go by the kernel's ticks of up to 10 ms: two writes within one look the same. A file younger than
    /// this may still be written within the same tick.
    static let tick: Int64 = 50_000_000
    /// A file this young at the first look may have changed after it was loaded, and is told of once in any case.
    package static let doubt: Int64 = 10_000_000_000

    private var reported: [FileSignature?]
    private var seen: [FileSignature?]
    private var seenSince: Int64
    private var absentSince: [Int64?]
    private var isDoubtful: [Bool]

    /// - Parameters:
    ///   - signatures: the first look, one a path: what is to be told from here on is what differs from it.
    ///   - now: monotonic nanoseconds.
    ///   - wall: Unix nanoseconds of the same moment.
    package init(_ signatures: [FileSignature?], at now: Int64, wall: Int64) {
        reported = signatures
        seen = signatures
        seenSince = now
        absentSince = Array(repeating: nil, count: signatures.count)
        isDoubtful = signatures.map { Self.age($0, wall) < Self.doubt }
    }

    /// The same with other paths: for each the index that it had, or nil where it is new.
    package mutating func replacePaths(
        _ former: [Int?], _ signatures: [FileSignature?], at now: Int64, wall: Int64
    ) {
        let old = self
        self = WatchMachine(signatures, at: now, wall: wall)
        for (index, before) in former.enumerated() where index < signatures.count {
            guard let before, before < old.reported.count else { continue }
            reported[index] = old.reported[before]
            absentSince[index] = old.absentSince[before]
            isDoubtful[index] = old.isDoubtful[before]
        }
    }

    /// Another look at the same paths.
    package mutating func saw(_ signatures: [FileSignature?], at now: Int64, wall: Int64) -> Event? {
        guard signatures.count == reported.count else { return nil }
        var looks = signatures
        var gone: [Int] = []
        for index in signatures.indices {
            guard signatures[index] == nil, reported[index] != nil else {
                absentSince[index] = nil
                continue
            }
            let since = absentSince[index] ?? now
            absentSince[index] = since
            // within the grace, as if nothing were
            looks[index] = reported[index]
            if now - since >= Self.grace { gone.append(index) }
        }
        if !gone.isEmpty {
            for index in gone { forget(index) }
            return .vanished(gone)
        }
        if looks != seen {
            seen = looks
            seenSince = now
            return nil
        }
        return settled(now, wall)
    }

    private mutating func forget(_ index: Int) {
        reported[index] = nil
        seen[index] = nil
        absentSince[index] = nil
        isDoubtful[index] = false
    }

    private mutating func settled(_ now: Int64, _ wall: Int64) -> Event? {
        let changed = seen.indices.filter { index in
            seen[index] != reported[index] || (isDoubtful[index] && absentSince[index] == nil)
        }
        guard !changed.isEmpty, now - seenSince >= Self.settle else { return nil }
        guard changed.allSatisfy({ Self.age(seen[$0], wall) >= Self.tick }) else { return nil }
        for index in changed {
            reported[index] = seen[index]
            isDoubtful[index] = false
        }
        return .changed(changed)
    }

    /// Nanoseconds since anything about the file changed. A clock that has been put back, or another machine's, makes
    /// no file young for longer than it would be.
    private static func age(_ signature: FileSignature?, _ wall: Int64) -> Int64 {
        guard let signature, signature.error == 0 else { return .max }
        let (age, isOver) = wall.subtractingReportingOverflow(signature.newest)
        return isOver || age == .min ? .max : abs(age)
    }
}
