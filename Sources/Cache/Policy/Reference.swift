internal import Wire

/// References to other resources of the same origin, as path and query in their normal form (RFC 3986 5.2).
enum Reference {
    /// The target of a request; nil for `*`.
    static func own(_ request: RequestHead) -> [UInt8]? {
        guard request.path.first == 0x2f else { return nil }
        return joined(Array(request.path), request.hasQuery ? Array(request.query) : nil)
    }

    /// nil where the reference names another origin, or is none.
    static func resolve(_ reference: UnsafeRawBufferPointer, against request: RequestHead) -> [UInt8]? {
        guard reference.count <= 8192, reference.allSatisfy({ ByteClass.isTarget($0) || $0 == 0x23 }) else {
            return nil
        }
        let end = reference.firstIndex(of: 0x23) ?? reference.count
        var rest = UnsafeRawBufferPointer(rebasing: reference[0..<end])
        let scheme = rest.isPrefixedCaseless("http://") ? 5 : rest.isPrefixedCaseless("https://") ? 6 : 0
        if scheme == 0, hasScheme(rest) { return nil }
        rest = UnsafeRawBufferPointer(rebasing: rest[scheme...])
        if rest.count >= 2, rest[0] == 0x2f, rest[1] == 0x2f {
            let start = rest[2...].firstIndex { $0 == 0x2f || $0 == 0x3f } ?? rest.count
            guard isSame(UnsafeRawBufferPointer(rebasing: rest[2..<start]), request.host) else { return nil }
            return absolute(UnsafeRawBufferPointer(rebasing: rest[start...]))
        }
        if rest.count == 0 { return own(request) }
        if rest[0] == 0x2f { return absolute(rest) }
        var path = Array(request.path)
        guard path.first == 0x2f else { return nil }
        // only a query, or a path beside the request's own
        if rest[0] != 0x3f, let slash = path.lastIndex(of: 0x2f) { path.removeSubrange((slash + 1)...) }
        return (path + rest).withUnsafeBytes { absolute($0) }
    }

    private static func absolute(_ target: UnsafeRawBufferPointer) -> [UInt8] {
        let question = target.firstIndex(of: 0x3f) ?? target.count
        let query = question < target.count ? Array(target[(question + 1)...]) : nil
        var path = question == 0 ? [0x2f] : Array(target[0..<question])
        let count = path.withUnsafeMutableBytes { PathForm.normalise(UnsafeRawBufferPointer($0), into: $0).count }
        path.removeSubrange(count...)
        return joined(path, query)
    }

    private static func joined(_ path: [UInt8], _ query: [UInt8]?) -> [UInt8] {
        guard let query else { return path }
        return path + [0x3f] + query
    }

    /// A colon before any slash or question mark ends a scheme.
    private static func hasScheme(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let colon = text.firstIndex(of: 0x3a) else { return false }
        return !text[0..<colon].contains { $0 == 0x2f || $0 == 0x3f }
    }

    /// The same authority, with or without the port that its scheme implies.
    private static func isSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        short(one).isCaseless(short(other))
    }

    private static func short(_ authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let host = Authority.host(authority)
        let port = UnsafeRawBufferPointer(rebasing: authority[host.count...])
        return port.isExactly(":80") || port.isExactly(":443") || port.isExactly(":") ? host : authority
    }
}
