internal import NIOHPACK
internal import Wire

/// Field lines of an answer as HPACK takes them: names in lower case, without what concerns a connection.
enum HTTP2Fields {
    /// - Parameters:
    ///   - lines: whole field lines, each with its CR LF.
    ///   - indexes: what seldom changes goes into the client's table (RFC 7541 6.2.1).
    static func head(_ status: Int, _ lines: UnsafeRawBufferPointer, indexes: Bool) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(16)
        headers.add(name: ":status", value: text(status), indexing: indexes ? .indexable : .nonIndexable)
        add(lines, to: &headers, indexes: indexes)
        return headers
    }

    static func trailers(_ lines: [UInt8]) -> HPACKHeaders {
        var headers = HPACKHeaders()
        lines.withUnsafeBytes { add($0, to: &headers, indexes: false) }
        return headers
    }

    private static func text(_ status: Int) -> String {
        switch status {
        case 200: "200"
        default: String(status)
        }
    }

    private static func add(_ lines: UnsafeRawBufferPointer, to headers: inout HPACKHeaders, indexes: Bool) {
        var at = 0
        while at < lines.count {
            var end = at
            while end < lines.count, lines[end] != 0x0d { end &+= 1 }
            add(line: UnsafeRawBufferPointer(rebasing: lines[at..<end]), to: &headers, indexes: indexes)
            at = end &+ 2
        }
    }

    private static func add(line: UnsafeRawBufferPointer, to headers: inout HPACKHeaders, indexes: Bool) {
        var colon = 0
        while colon < line.count, ByteClass.isToken(line[colon]) { colon &+= 1 }
        guard colon > 0, colon < line.count, line[colon] == 0x3a else { return }
        let name = UnsafeRawBufferPointer(rebasing: line[0..<colon])
        if isOfConnection(name) { return }
        var low = colon &+ 1
        while low < line.count, ByteClass.isBlank(line[low]) { low &+= 1 }
        var high = line.count
        while high > low, ByteClass.isBlank(line[high &- 1]) { high &-= 1 }
        headers.add(
            name: lowercased(name), value: text(UnsafeRawBufferPointer(rebasing: line[low..<high])),
            indexing: indexes && repeats(name) ? .indexable : .nonIndexable)
    }

    /// Connection-specific (RFC 9113 8.2.2), or what only HTTP/1.1 needs to change protocols (RFC 8441 5.1).
    private static func isOfConnection(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 7: name.isCaseless("upgrade")
        case 10: name.isCaseless("connection") || name.isCaseless("keep-alive")
        case 16: name.isCaseless("proxy-connection")
        case 17: name.isCaseless("transfer-encoding")
        case 20: name.isCaseless("sec-websocket-accept")
        default: false
        }
    }

    /// Its value is mostly the same from answer to answer. Others would only drive these out of the table, and let it
    /// grow to what a client has asked for.
    private static func repeats(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 3: name.isCaseless("via")
        case 4: name.isCaseless("date") || name.isCaseless("vary")
        case 6: name.isCaseless("server")
        case 12: name.isCaseless("content-type")
        case 13: name.isCaseless("cache-control")
        case 16: name.isCaseless("content-encoding")
        default: false
        }
    }

    private static func lowercased(_ name: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: name.count) { memory in
            for at in 0..<name.count { memory[at] = ByteClass.lower(name[at]) }
            return name.count
        }
    }

    /// Bytes that are no UTF-8 are taken for ISO 8859-1, which fields once were (RFC 9110 5.5): the library knows
    /// values as text only.
    private static func text(_ value: UnsafeRawBufferPointer) -> String {
        if let text = String(validating: value, as: UTF8.self) { return text }
        var text = ""
        for byte in value { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }
}
