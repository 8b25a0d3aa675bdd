/// A request head: its bytes and where everything stands in them. It owns its memory and is used again from exchange to
/// exchange; slices are valid until the next `reset`.
package final class RequestHead {
    package let lines = HeadLines()
    package private(set) var method = Method.get
    /// HTTP/1.0 rather than 1.1.
    package private(set) var isOld = false
    package private(set) var framing = Framing.none
    /// The client keeps the connection open after this exchange.
    package private(set) var keepsAlive = true
    /// The client waits for 100 before it sends the body (RFC 9110 10.1.1).
    package private(set) var expectsContinue = false
    /// `Connection: upgrade` and an `Upgrade` field stand together (RFC 9110 7.8).
    package private(set) var asksUpgrade = false
    /// `TE: trailers` was said.
    package private(set) var takesTrailers = false
    /// `Connection` names fields beside the well-known ones.
    package private(set) var namesFields = false
    /// Index of the Host field, or -1.
    package private(set) var hostField = -1
    package private(set) var authorizationField = -1
    package private(set) var requestIDField = -1
    package private(set) var forwardedForField = -1
    package private(set) var upgradeField = -1
    /// `X-OpenClaw-Session-Key` or `X-Session-Key` stands in it.
    package private(set) var hasSessionKey = false

    private var methodEnd: UInt32 = 0
    private var methodStart: UInt32 = 0
    private var targetStart: UInt32 = 0
    private var targetEnd: UInt32 = 0
    private var pathStart: UInt32 = 0
    private var pathEnd: UInt32 = 0
    private var authorityStart: UInt32 = 0
    private var authorityEnd: UInt32 = 0
    private var rewritten: UnsafeMutableRawBufferPointer?
    private var rewrittenCount = 0
    /// The path holds `%2F`, `%5C`, `%00` or an invalid escape: refused unless the rule allows it.
    package private(set) var hasEncodedDelimiter = false

    package init() {}

    deinit { rewritten?.deallocate() }

    package func reset() {
        lines.reset()
        method = .get
        isOld = false
        methodStart = 0
        methodEnd = 0
        targetStart = 0
        targetEnd = 0
        pathStart = 0
        pathEnd = 0
        framing = .none
        keepsAlive = true
        expectsContinue = false
        asksUpgrade = false
        takesTrailers = false
        namesFields = false
        hostField = -1
        authorizationField = -1
        requestIDField = -1
        forwardedForField = -1
        upgradeField = -1
        hasSessionKey = false
        authorityStart = 0
        authorityEnd = 0
        rewrittenCount = 0
        if let large = rewritten, large.count > 8192 {
            large.deallocate()
            rewritten = nil
        }
        hasEncodedDelimiter = false
    }

    // MARK: what stands in it

    package var methodBytes: UnsafeRawBufferPointer { lines.slice(methodStart, methodEnd) }
    /// The target as it came.
    package var target: UnsafeRawBufferPointer { lines.slice(targetStart, targetEnd) }
    /// The path, normalised, without the query. `*` for `OPTIONS *`.
    package var path: UnsafeRawBufferPointer {
        if rewrittenCount > 0, let rewritten { return UnsafeRawBufferPointer(rebasing: rewritten[0..<rewrittenCount]) }
        return lines.slice(pathStart, pathEnd)
    }
    /// What follows the `?`, without it.
    package var query: UnsafeRawBufferPointer {
        pathEnd < targetEnd ? lines.slice(pathEnd + 1, targetEnd) : lines.slice(targetEnd, targetEnd)
    }
    /// A `?` stands in the target, though nothing may follow it.
    package var hasQuery: Bool { pathEnd < targetEnd }
    /// The path is not as it came: the target must be written anew.
    package var pathChanged: Bool { rewrittenCount > 0 || authorityEnd > 0 }
    /// The authority as it came, from the target or the Host field; it may carry `:port`.
    package var host: UnsafeRawBufferPointer {
        if authorityEnd > authorityStart { return lines.slice(authorityStart, authorityEnd) }
        return hostField >= 0 ? lines.value(lines.fields[hostField]) : UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// The first field of this name, which is given in lower case.
    package func first(named lowercased: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        for at in 0..<lines.fieldCount where lines.name(lines.fields[at]).isCaseless(lowercased) {
            return lines.value(lines.fields[at])
        }
        return nil
    }

    package func first(named lowercased: String) -> UnsafeRawBufferPointer? {
        var name = lowercased
        return name.withUTF8 { first(named: UnsafeRawBufferPointer($0)) }
    }

    /// The value of the first query parameter of this name, as it came: escapes stay.
    package func parameter(_ name: [UInt8]) -> UnsafeRawBufferPointer? {
        guard let place = place(ofParameter: name, from: pathEnd &+ 1) else { return nil }
        return lines.slice(place.start &+ UInt32(truncatingIfNeeded: name.count) &+ 1, place.end)
    }

    /// Whether there is a query parameter of this name whose value, as it came, is what is sought.
    package func contains(parameter name: [UInt8], where isSought: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        var from = pathEnd &+ 1
        while let place = place(ofParameter: name, from: from) {
            if isSought(lines.slice(place.start &+ UInt32(truncatingIfNeeded: name.count) &+ 1, place.end)) { return true }
            from = place.end &+ 1
        }
        return false
    }

    /// Takes every query parameter of this name out of the target, with its bytes.
    package func removeParameter(_ name: [UInt8]) {
        while let (start, end) = place(ofParameter: name, from: pathEnd &+ 1) {
            // with the sign before it, but where others follow: then with the one after it
            let isFirst = start == pathEnd &+ 1
            let (low, high) = isFirst && end < targetEnd ? (start, end &+ 1) : (start &- 1, end)
            let moved = lines.cut(low, high)
            guard moved > 0 else { return }
            methodStart &+= moved
            methodEnd &+= moved
            targetStart &+= moved
            pathStart &+= moved
            pathEnd &+= moved
            if authorityEnd > 0 {
                authorityStart &+= moved
                authorityEnd &+= moved
            }
        }
    }

    private func place(ofParameter name: [UInt8], from: UInt32) -> (start: UInt32, end: UInt32)? {
        var start = from
        while start < targetEnd {
            var end = start
            while end < targetEnd, lines.byte(end) != UInt8(ascii: "&") { end &+= 1 }
            let part = lines.slice(start, end)
            if part.count > name.count, part[name.count] == UInt8(ascii: "="),
                name.withUnsafeBytes({ UnsafeRawBufferPointer(rebasing: part[0..<name.count]).elementsEqual($0) })
            {
                return (start, end)
            }
            start = end &+ 1
        }
        return nil
    }

    /// The head, from the first byte of its start line.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: lines.base + lines.startLineStart, count: lines.count &- lines.startLineStart)
    }

    package func first(_ id: FieldName) -> UnsafeRawBufferPointer? {
        for at in 0..<lines.fieldCount where lines.fields[at].id == id { return lines.value(lines.fields[at]) }
        return nil
    }

    // MARK: reading

    /// Takes the next bytes of the connection; see `HeadLines.take`.
    package func take(_ bytes: UnsafeRawBufferPointer, limits: WireLimits) -> HeadLines.Step {
        let step = lines.take(bytes, limits: limits) { line in startLine(line, limits) }
        guard case .complete = step else { return step }
        if let failure = finish() { return .failed(failure) }
        return step
    }

    /// `METHOD SP TARGET SP VERSION`, one blank each (RFC 9112 3).
    private func startLine(_ line: UnsafeRawBufferPointer, _ limits: WireLimits) -> WireFailure? {
        let offset = UInt32(truncatingIfNeeded: lines.startLineStart)
        guard line.count >= 10 else { return line.contains(0x20) ? .version : .requestLine }
        var at = 0
        while at < line.count, ByteClass.isToken(line[at]) { at &+= 1 }
        guard at > 0, at < line.count, line[at] == 0x20 else { return .method }
        methodStart = offset
        methodEnd = offset &+ UInt32(truncatingIfNeeded: at)
        let start = at &+ 1
        let end = line.count &- 9
        guard end >= start, line[end] == 0x20 else { return Self.lineFault(line) }
        guard end > start else { return .requestLine }
        switch (line.loadUnaligned(fromByteOffset: end &+ 1, as: UInt64.self)) {
        case 0x312e_312f_5054_5448: isOld = false
        case 0x302e_312f_5054_5448: isOld = true
        default: return .version
        }
        guard end &- start <= limits.targetBytes else { return .targetTooLong }
        method = Method(UnsafeRawBufferPointer(rebasing: line[0..<at]))
        if method == .trace || method == .connect { return .methodRefused }
        return target(line, start, end, offset)
    }

    private static func lineFault(_ line: UnsafeRawBufferPointer) -> WireFailure {
        line.filter { $0 == 0x20 }.count >= 2 ? .version : .requestLine
    }

    /// Finds path and query and checks every byte of the target.
    private func target(_ line: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ offset: UInt32) -> WireFailure? {
        var question = end
        var at = start
        while at < end {
            let byte = line[at]
            if byte == 0x3f, question == end { question = at }
            guard ByteClass.isTarget(byte) else { return byte == 0x23 ? .targetFragment : .target }
            at &+= 1
        }
        targetStart = offset &+ UInt32(truncatingIfNeeded: start)
        targetEnd = offset &+ UInt32(truncatingIfNeeded: end)
        pathEnd = offset &+ UInt32(truncatingIfNeeded: question)
        pathStart = targetStart
        if line[start] == 0x2f { return nil }
        if line[start] == 0x2a, end == start &+ 1 { return method == .options ? nil : .targetForm }
        return absolute(UnsafeRawBufferPointer(rebasing: line[start..<end]))
    }

    /// `http://authority/path?query` (RFC 9112 3.2.2).
    private func absolute(_ target: UnsafeRawBufferPointer) -> WireFailure? {
        let scheme = target.isPrefixedCaseless("http://") ? 7 : target.isPrefixedCaseless("https://") ? 8 : 0
        guard scheme > 0 else { return .targetForm }
        var end = scheme
        while end < target.count, target[end] != 0x2f, target[end] != 0x3f { end += 1 }
        guard end > scheme, Authority.isValid(UnsafeRawBufferPointer(rebasing: target[scheme..<end])) else {
            return .host
        }
        authorityStart = targetStart + UInt32(scheme)
        authorityEnd = targetStart + UInt32(end)
        pathStart = authorityEnd
        return nil
    }

    /// What the fields together say about the message.
    private func finish() -> WireFailure? {
        var framingFields = FramingFields()
        var options = ConnectionOptions()
        for at in 0..<lines.fieldCount {
            let id = lines.fields[at].id
            switch id {
            case .other: continue
            case .host:
                if hostField >= 0 { return .hostTwice }
                hostField = at
            case .contentLength: framingFields.contentLength(lines.value(lines.fields[at]))
            case .transferEncoding: framingFields.transferEncoding(lines.value(lines.fields[at]))
            case .connection: options.read(lines.value(lines.fields[at]))
            case .expect: expectsContinue = lines.value(lines.fields[at]).isCaseless("100-continue")
            case .te:
                var found = takesTrailers
                lines.value(lines.fields[at]).forEachListMember { if $0.isCaseless("trailers") { found = true } }
                takesTrailers = found
            case .upgrade: upgradeField = at
            case .authorization: authorizationField = authorizationField < 0 ? at : authorizationField
            case .xRequestID: requestIDField = at
            case .sessionKey: hasSessionKey = true
            case .xForwardedFor: forwardedForField = at
            default: continue
            }
        }
        keepsAlive = isOld ? options.contains(.keepAlive) && !options.contains(.close) : !options.contains(.close)
        namesFields = options.contains(.names)
        switch framingFields.framing(isOld: isOld, whenAbsent: .none) {
        case .success(let value): framing = value
        case .failure(let failure): return failure
        }
        // one that has a body is what it is without the new protocol (RFC 9110 7.8): nobody can tell where that begins
        asksUpgrade = options.contains(.upgrade) && upgradeField >= 0 && !isOld && framing.knownLength == 0
        if expectsContinue, isOld || framing == .none { expectsContinue = false }
        return checkHost() ?? normalisePath()
    }

    private func checkHost() -> WireFailure? {
        guard hostField >= 0 else { return isOld ? nil : .hostMissing }
        let value = lines.value(lines.fields[hostField])
        guard value.count == 0 || Authority.isValid(value) else { return .host }
        if authorityEnd > 0, !lines.slice(authorityStart, authorityEnd).isCaseless(value) { return .hostDisagrees }
        return nil
    }

    private func normalisePath() -> WireFailure? {
        let raw = lines.slice(pathStart, pathEnd)
        if raw.count == 0 {
            // `http://host?query` asks for the root (RFC 9112 3.2.1)
            store(1)[0] = 0x2f
            rewrittenCount = 1
            return nil
        }
        if raw[0] != 0x2f { return nil }
        if PathForm.isNormal(raw) { return nil }
        let result = PathForm.normalise(raw, into: store(raw.count))
        hasEncodedDelimiter = result.encodedDelimiter || result.invalidEscape
        if result.count == raw.count, raw.elementsEqual(rewritten![0..<result.count]) { return nil }
        rewrittenCount = result.count
        return nil
    }

    private func store(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if let rewritten, rewritten.count >= count { return rewritten }
        rewritten?.deallocate()
        let fresh = UnsafeMutableRawBufferPointer.allocate(byteCount: max(256, count), alignment: 16)
        rewritten = fresh
        return fresh
    }
}
