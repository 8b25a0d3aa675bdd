package import Wire

/// Whether a client that has an answer already must be sent it again (RFC 9110 13.2.2).
package enum Conditions {
    package enum Verdict: Sendable, Equatable {
        /// The answer as it is.
        case whole
        /// 304: the client has it.
        case notModified
        /// 412: the client wanted another one.
        case failed
    }

    /// Judges the conditions of a request against the answer that it would be served; `If-Range` is for `ByteRanges`.
    package static func judge(_ head: RequestHead, _ stored: StoredFacts) -> Verdict {
        let lines = head.lines
        // 13.2.1: conditions are for answers that would be a success without them
        guard isAny(in: lines), (200..<300).contains(stored.status), head.method == .get || head.method == .head else {
            return .whole
        }
        if lines.first(.ifMatch) != nil {
            guard matches(lines, .ifMatch, stored, EntityTag.matchesStrongly) else { return .failed }
        } else if let since = moment(lines, .ifUnmodifiedSince, stored), changed(stored) > since {
            return .failed
        }
        if lines.first(.ifNoneMatch) != nil {
            return matches(lines, .ifNoneMatch, stored, EntityTag.matchesWeakly) ? .notModified : .whole
        }
        guard let since = moment(lines, .ifModifiedSince, stored) else { return .whole }
        return changed(stored) <= since ? .notModified : .whole
    }

    /// One look at the names tells for most requests that there is nothing to judge.
    private static func isAny(in lines: HeadLines) -> Bool {
        for at in 0..<lines.fieldCount {
            switch lines.fields[at].id {
            case .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince: return true
            default: continue
            }
        }
        return false
    }

    /// RFC 9111 4.3.2: without `Last-Modified` the date of the answer is compared.
    private static func changed(_ stored: StoredFacts) -> Int64 { stored.lastModified ?? stored.date }

    /// Seconds since 1970; nil where the field is absent, given twice or no date, and then says nothing.
    private static func moment(_ lines: HeadLines, _ field: FieldName, _ stored: StoredFacts) -> Int64? {
        var count = 0
        var moment: Int64?
        lines.forEach(field) { value in
            count += 1
            moment = HTTPDate.seconds(value, now: stored.received / 1000)
        }
        return count == 1 ? moment : nil
    }

    private static func matches(
        _ lines: HeadLines, _ field: FieldName, _ stored: StoredFacts,
        _ isSame: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        var found = false
        stored.etag.withUnsafeBytes { known in
            lines.forEach(field) { value in
                if value.isExactly("*") {
                    found = true
                } else {
                    EntityTag.forEach(value) { if isSame($0, known) { found = true } }
                }
            }
        }
        return found
    }
}
