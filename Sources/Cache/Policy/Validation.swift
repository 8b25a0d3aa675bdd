package import Wire

/// Asking the agent whether a kept answer still holds, and what its 304 changes (RFC 9111 4.3).
package enum Validation {
    /// The field lines that ask; empty where nothing is known to ask with. They take the place of the client's own.
    package static func conditions(for stored: StoredFacts) -> [UInt8] {
        var bytes: [UInt8] = []
        if !stored.etag.isEmpty {
            bytes += "If-None-Match: ".utf8
            bytes += stored.etag
            bytes += [13, 10]
        }
        if let modified = stored.lastModified {
            bytes += "If-Modified-Since: ".utf8
            HTTPDate.append(modified, to: &bytes)
            bytes += [13, 10]
        }
        return bytes
    }

    /// Whether a 304 speaks of this answer (4.3.4). One without any validator speaks of what was asked about: agents
    /// leave them out, although they should not.
    package static func updates(_ stored: StoredFacts, _ answer: ResponseHead) -> Bool {
        if let tag = answer.lines.first("etag"), tag.count > 0 {
            return stored.etag.withUnsafeBytes { known in
                EntityTag.isWeak(tag) ? EntityTag.matchesWeakly(tag, known) : EntityTag.matchesStrongly(tag, known)
            }
        }
        guard let value = answer.lines.first("last-modified") else { return true }
        return HTTPDate.seconds(value, now: stored.received / 1000) == stored.lastModified
    }

    /// Whether the answer to a HEAD is of the very content that is kept, of so many bytes (4.3.5): then its fields may
    /// take the place of the kept ones as those of a 304 do, and else what is kept is no longer true.
    package static func agrees(_ stored: StoredFacts, length: Int, with answer: ResponseHead) -> Bool {
        guard answer.status == stored.status else { return false }
        if let tag = answer.lines.first("etag"), !tag.elementsEqual(stored.etag) { return false }
        if let value = answer.lines.first("last-modified"),
            HTTPDate.seconds(value, now: stored.received / 1000) != stored.lastModified
        {
            return false
        }
        guard let value = answer.lines.first(.contentLength) else { return true }
        return value.elementsEqual(String(length).utf8)
    }

    /// The kept field lines with what the 304 says in their place (RFC 9111 3.2). `date` is a line that stands in for a
    /// missing `Date`: the kept one would make the confirmed answer as old as it was.
    package static func freshened(_ fields: [UInt8], by answer: ResponseHead, date: [UInt8] = []) -> [UInt8] {
        let withheld = HeadFields.withheld(answer.lines)
        var replaced: [[UInt8]] = []
        var added: [UInt8] = []
        HeadFields.forEachKept(answer, withheld) { name, line in
            guard !HeadFields.describesContent(name) else { return }
            replaced.append(name.map(ByteClass.lower))
            added += line
        }
        if !answer.hasDate, !date.isEmpty {
            replaced.append(Array("date".utf8))
            added += date
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.count + added.count)
        fields.withUnsafeBytes { kept in
            HeadFields.forEachLine(kept) { name, line in
                if !FieldNames.contains(replaced, name), !FieldNames.contains(withheld, name) { bytes += line }
            }
        }
        return bytes + added
    }

    /// What the confirmed answer's facts are: those of the kept answer with the fields of the 304, received when that
    /// was. `.not` says that it may be served this once and is not kept any longer.
    package static func judge(
        _ stored: StoredFacts, fields freshened: [UInt8], request: RequestFacts, by answer: ResponseHead,
        requested: Int64, received: Int64, _ policy: StoragePolicy
    ) -> Storability {
        let head = ResponseHead()
        var limits = WireLimits()
        limits.headBytes = .max / 2
        limits.fieldCount = .max / 2
        var text = Array("HTTP/1.1 \(stored.status) \r\n".utf8)
        text += freshened
        text += [13, 10]
        let step = text.withUnsafeBytes { head.take($0, toHead: true, limits: limits) }
        guard case .complete = step else { return .not(.status) }
        return Storage.judge(request, head, agesBy: answer, requested: requested, received: received, policy)
    }
}
