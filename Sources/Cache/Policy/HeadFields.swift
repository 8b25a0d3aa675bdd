package import Wire

/// The field lines of an answer that are kept with it (RFC 9111 3.1).
package enum HeadFields {
    // Fields of one connection or one exchange, and those that are written anew for each use.
    private static let never: UInt64 =
        Dropping.hopByHop
        | Dropping.bits(.contentLength, .age, .setCookie, .trailer, .xRequestID, .loadMetrics)

    /// `date`: the line `Date: ...` with its CR LF, put in where the answer has none (RFC 9110 6.6.1).
    package static func stored(_ answer: ResponseHead, date: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(answer.lines.count + date.count)
        var isDated = false
        forEachKept(answer, withheld(answer.lines)) { name, line in
            bytes += line
            if name.isCaseless("date") { isDated = true }
        }
        return isDated ? bytes : bytes + date
    }

    /// The field lines that `stored` leaves out although they are for whoever asked first: cookies, and what
    /// `private="..."` and `no-cache="..."` name.
    package static func unkept(_ answer: ResponseHead) -> [UInt8] {
        let lines = answer.lines
        let named = reserved(lines)
        var bytes: [UInt8] = []
        for at in 0..<lines.fieldCount {
            let field = lines.fields[at]
            let name = lines.name(field)
            let isCookie = field.id == .setCookie
            guard isCookie || FieldNames.contains(named, name) else { continue }
            if isCookie || (never >> UInt64(field.id.rawValue)) & 1 == 0 {
                bytes += lines.slice(field.start, field.end)
            }
        }
        return bytes
    }

    /// Of the kept lines those that a 304 repeats: all but what describes a content that is not sent (RFC 9110 15.4.5).
    package static func notModified(_ fields: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        fields.withUnsafeBytes { kept in
            forEachLine(kept) { name, line in
                if !describesContent(name), !name.isCaseless("content-language") { bytes += line }
            }
        }
        return bytes
    }

    /// Fields that say how to read a content. A 304 has none, so that it can say nothing new about the kept one.
    static func describesContent(_ name: UnsafeRawBufferPointer) -> Bool {
        name.isCaseless("content-encoding") || name.isCaseless("content-type") || name.isCaseless("content-range")
    }

    /// Calls `body` with the name and the whole line of each kept field line.
    static func forEachLine(
        _ fields: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        var start = 0
        while start < fields.count {
            var end = start
            while end < fields.count, fields[end] != 0x0a { end += 1 }
            end = min(end + 1, fields.count)
            let line = UnsafeRawBufferPointer(rebasing: fields[start..<end])
            body(UnsafeRawBufferPointer(rebasing: line[0..<(line.firstIndex(of: 0x3a) ?? line.count)]), line)
            start = end
        }
    }

    /// Calls `body` with the name and the whole line of each field that is kept.
    static func forEachKept(
        _ answer: ResponseHead, _ withheld: [[UInt8]],
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        let lines = answer.lines
        for at in 0..<lines.fieldCount {
            let field = lines.fields[at]
            if (never >> UInt64(field.id.rawValue)) & 1 == 1 { continue }
            let name = lines.name(field)
            if name.isPrefixedCaseless("proxy-") || FieldNames.contains(withheld, name) { continue }
            if name.isCaseless("cache-status"), isOurs(lines.value(field)) { continue }
            body(name, lines.slice(field.start, field.end))
        }
    }

    /// Names that `Connection` lists, and those that a shared cache may not keep or may not use again unasked.
    static func withheld(_ lines: HeadLines) -> [[UInt8]] {
        var names: [[UInt8]] = []
        for at in 0..<lines.fieldCount where lines.fields[at].id == .connection {
            names += FieldNames.read(lines.value(lines.fields[at])) ?? []
        }
        return names + reserved(lines)
    }

    /// Names that a shared cache may not keep, or may not use again unasked.
    private static func reserved(_ lines: HeadLines) -> [[UInt8]] {
        var directives = CacheDirectives()
        lines.forEach(.cacheControl) { directives.read($0) }
        let names = directives.privateFields + directives.noCacheFields
        guard let targeted = TargetedField.directives(lines, StoragePolicy().targeted) else { return names }
        return names + targeted.privateFields + targeted.noCacheFields
    }

    /// A `Cache-Status` that begins with our own member: this cache wrote it.
    private static func isOurs(_ value: UnsafeRawBufferPointer) -> Bool { value.isPrefixedCaseless("clawproxy") }
}
