/// How the end of a message's body is known (RFC 9112 6.3).
package enum Framing: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
    /// Up to the end of the connection; answers only.
    case untilClose

    /// Bytes of the body, where the head says so.
    package var knownLength: Int? {
        switch self {
        case .none: 0
        case .length(let bytes): bytes
        case .chunked, .untilClose: nil
        }
    }
}

/// What the framing fields of a head say, gathered field by field.
struct FramingFields {
    var length: Int?
    var hasCoding = false
    var codings = 0
    var chunked = 0
    var lastIsChunked = false
    var failure: WireFailure?

    /// `Content-Length`: digits only; a repeated equal value is one value (RFC 9110 8.6).
    mutating func contentLength(_ value: UnsafeRawBufferPointer) {
        guard let number = Self.decimal(value) else {
            failure = failure ?? .lengthInvalid
            return
        }
        if let known = length, known != number { failure = failure ?? .lengthsDiffer }
        length = number
    }

    /// `Transfer-Encoding`: nothing but one final `chunked` is forwarded.
    mutating func transferEncoding(_ value: UnsafeRawBufferPointer) {
        if hasCoding { failure = failure ?? .codingInvalid }
        hasCoding = true
        value.forEachListMember { member in
            codings += 1
            lastIsChunked = member.isCaseless("chunked")
            if lastIsChunked {
                chunked += 1
            } else if member.isCaseless("identity") || member.count == 0 || !member.allSatisfy(ByteClass.isToken) {
                failure = failure ?? .codingInvalid
            }
        }
    }

    /// The framing that holds for a message of this version.
    func framing(isOld: Bool, whenAbsent: Framing) -> Result<Framing, WireFailure> {
        if let failure { return .failure(failure) }
        if hasCoding {
            if length != nil { return .failure(.lengthWithCoding) }
            if isOld { return .failure(.codingOnOldVersion) }
            if chunked == 1, codings == 1 { return .success(.chunked) }
            return .failure(chunked > 1 || (chunked == 1 && !lastIsChunked) ? .codingInvalid : .codingUnknown)
        }
        guard let length else { return .success(whenAbsent) }
        return .success(length == 0 ? .none : .length(length))
    }

    /// Up to eighteen digits, nothing else.
    static func decimal(_ value: UnsafeRawBufferPointer) -> Int? {
        guard value.count > 0, value.count <= 18 else { return nil }
        var number = 0
        for byte in value {
            guard ByteClass.isDigit(byte) else { return nil }
            number = number &* 10 &+ Int(byte &- 0x30)
        }
        return number
    }
}

/// What `Connection` says (RFC 9110 7.6.1), as bits; names beside these are kept for the forwarding step to look up.
struct ConnectionOptions: OptionSet {
    var rawValue: UInt8
    static let close = ConnectionOptions(rawValue: 1)
    static let keepAlive = ConnectionOptions(rawValue: 2)
    static let upgrade = ConnectionOptions(rawValue: 4)
    /// Names other fields, which must be removed.
    static let names = ConnectionOptions(rawValue: 8)

    mutating func read(_ value: UnsafeRawBufferPointer) {
        if value.isCaseless("keep-alive") {
            insert(.keepAlive)
        } else if value.isCaseless("close") {
            insert(.close)
        } else {
            var options = self
            value.forEachListMember { member in
                if member.isCaseless("close") {
                    options.insert(.close)
                } else if member.isCaseless("keep-alive") {
                    options.insert(.keepAlive)
                } else if member.isCaseless("upgrade") {
                    options.insert(.upgrade)
                } else if member.count > 0 {
                    options.insert(.names)
                }
            }
            self = options
        }
    }
}
