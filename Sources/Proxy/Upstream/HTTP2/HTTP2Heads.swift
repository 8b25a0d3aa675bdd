internal import NIOCore
internal import NIOHPACK
internal import Wire

/// Heads in both forms: lines of HTTP/1.1, which everything here is written for, and field lists of HTTP/2.
enum HTTP2Heads {
    /// Why a field list is malformed (RFC 9113 8.2, 8.3).
    struct Fault: Error { let what: StaticString }

    private static let connectionFields: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings",
    ]
    /// Values that differ from request to request would push out of the table what returns.
    private static let unindexed: Set<String> = [
        "x-request-id", "content-length", "x-forwarded-for", "idempotency-key", "traceparent", "grpc-timeout",
    ]
    private static let secret: Set<String> = ["authorization", "proxy-authorization", "cookie", "x-api-key"]

    // MARK: requests

    /// The head of a request as `RequestLines` writes it; nil where it has no request line.
    static func request(_ bytes: UnsafeRawBufferPointer, scheme: String) -> HPACKHeaders? {
        var at = 0
        guard let line = nextLine(bytes, &at), let first = line.firstIndex(of: 0x20),
            let last = line.lastIndex(of: 0x20), first < last
        else { return nil }
        var fields = HPACKHeaders()
        fields.reserveCapacity(24)
        fields.add(name: ":method", value: text(line[..<first]))
        fields.add(name: ":scheme", value: scheme)
        fields.add(name: ":path", value: text(line[(first + 1)..<last]), indexing: .nonIndexable)
        var rest = HPACKHeaders()
        rest.reserveCapacity(24)
        var authority: String?
        forEachField(bytes, &at) { name, value in
            switch name {
            case "host": if authority == nil { authority = value }
            case "te": if value.lowercased().contains("trailers") { rest.add(name: "te", value: "trailers") }
            case _ where connectionFields.contains(name): break
            default: rest.add(name: name, value: value, indexing: indexing(name))
            }
        }
        if let authority { fields.add(name: ":authority", value: authority) }
        fields.add(contentsOf: rest)
        return fields
    }

    /// The lines of a trailer section, as fields.
    static func trailers(_ lines: [UInt8]) -> HPACKHeaders {
        var fields = HPACKHeaders()
        var at = 0
        lines.withUnsafeBytes { bytes in
            forEachField(bytes, &at) { name, value in
                if !connectionFields.contains(name) { fields.add(name: name, value: value) }
            }
        }
        return fields
    }

    private static func indexing(_ name: String) -> HPACKIndexing {
        if secret.contains(name) { return .neverIndexed }
        return unindexed.contains(name) ? .nonIndexable : .indexable
    }

    private static func nextLine(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> Slice<UnsafeRawBufferPointer>? {
        guard at < bytes.count else { return nil }
        var end = at
        while end < bytes.count, bytes[end] != 0x0d { end += 1 }
        defer { at = min(end + 2, bytes.count) }
        return bytes[at..<end]
    }

    private static func forEachField(
        _ bytes: UnsafeRawBufferPointer, _ at: inout Int, _ body: (String, String) -> Void
    ) {
        while let line = nextLine(bytes, &at), !line.isEmpty {
            guard let colon = line.firstIndex(of: 0x3a), colon > line.startIndex else { continue }
            var low = colon + 1
            var high = line.endIndex
            while low < high, ByteClass.isBlank(line[low]) { low += 1 }
            while high > low, ByteClass.isBlank(line[high - 1]) { high -= 1 }
            let name = String(unsafeUninitializedCapacity: colon - line.startIndex) { memory in
                for offset in 0..<(colon - line.startIndex) {
                    memory[offset] = ByteClass.lower(line[line.startIndex + offset])
                }
                return colon - line.startIndex
            }
            body(name, text(line[low..<high]))
        }
    }

    /// The library knows values as text only: bytes that are no UTF-8 are taken for ISO 8859-1 (RFC 9110 5.5).
    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }

    // MARK: answers

    /// Writes a head of an answer as the lines of HTTP/1.1, for `Wire` to look at.
    ///
    /// - Parameters:
    ///   - isWhole: nothing follows the head.
    ///   - toHead: the request was HEAD.
    static func writeAnswer(
        _ fields: HPACKHeaders, isWhole: Bool, toHead: Bool, into buffer: inout ByteBuffer
    ) throws(Fault) {
        var status = 0
        var hasLength = false
        for (name, value, _) in fields {
            if name.utf8.first == 0x3a {
                guard name == ":status", status == 0, value.utf8.count == 3, let number = Int(value),
                    (100...599).contains(number)
                else { throw Fault(what: "its pseudo-fields are not one :status of three digits (RFC 9113 8.3.2)") }
                guard number != 101 else { throw Fault(what: "101 does not exist in HTTP/2 (RFC 9113 8.6)") }
                status = number
                buffer.writeString("HTTP/1.1 \(number) ")
                let phrase = reasonPhrase(number)
                if number == 200 || phrase.utf8CodeUnitCount != 7 { buffer.writeStaticString(phrase) }
                buffer.writeStaticString("\r\n")
                continue
            }
            guard status != 0 else { throw Fault(what: ":status does not come first (RFC 9113 8.3)") }
            if name == "content-length" { hasLength = true }
            try write(name, value, into: &buffer)
        }
        guard status != 0 else { throw Fault(what: "it has no :status (RFC 9113 8.3.2)") }
        if status >= 200, status != 204, status != 304, !toHead, !hasLength {
            buffer.writeStaticString(isWhole ? "content-length: 0\r\n" : "transfer-encoding: chunked\r\n")
        }
        buffer.writeStaticString("\r\n")
    }

    /// Trailers as field lines; nil where there are none.
    static func readTrailers(_ fields: HPACKHeaders, limits: WireLimits) throws(Fault) -> HeadLines? {
        var buffer = ByteBuffer()
        try writeTrailers(fields, into: &buffer)
        guard buffer.readableBytes > 0 else { return nil }
        var bounds = limits
        bounds.headBytes = limits.trailerBytes
        bounds.fieldCount = limits.trailerCount
        guard let lines = Trailers.read(Array(buffer.readableBytesView), limits: bounds) else {
            throw Fault(what: "its trailers have more than 32 fields or 8 KiB, or are malformed")
        }
        return lines
    }

    static func writeTrailers(_ fields: HPACKHeaders, into buffer: inout ByteBuffer) throws(Fault) {
        for (name, value, _) in fields {
            guard name.utf8.first != 0x3a else { throw Fault(what: "a pseudo-field stands in trailers (RFC 9113 8.1)") }
            try write(name, value, into: &buffer)
        }
    }

    /// Nothing in a name or a value may become a line of its own.
    private static func write(_ name: String, _ value: String, into buffer: inout ByteBuffer) throws(Fault) {
        let isName = !name.isEmpty && name.utf8.allSatisfy { ByteClass.isToken($0) && !(0x41...0x5a).contains($0) }
        guard isName else { throw Fault(what: "a field name is not a token in lower case (RFC 9113 8.2)") }
        guard !connectionFields.contains(name) else {
            throw Fault(what: "it has a field that concerns one connection of HTTP/1.1 (RFC 9113 8.2.2)")
        }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            throw Fault(what: "a control character stands in a field (RFC 9113 8.2.1)")
        }
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }
}
