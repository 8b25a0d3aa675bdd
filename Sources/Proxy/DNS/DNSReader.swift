/// Why bytes are no DNS message.
package enum DNSDefect: Error, Equatable {
    /// They end within it.
    case cut
    /// A label or name that is too long, or of a kind that does not exist.
    case name
    /// A pointer that does not point back to an earlier name.
    case pointer
    /// A record's data that is not of its length.
    case data
    /// EDNS twice, or not at the root.
    case edns
    /// Not a question and its answer: an update, a notification.
    case operation
}

extension DNSMessage {
    /// The message, without what follows it.
    package init(reading bytes: [UInt8]) throws(DNSDefect) {
        var reader = DNSReader(bytes)
        self = try reader.message()
    }
}

/// Reads a DNS message. Whatever the bytes are, it ends, within bounds that their number sets.
private struct DNSReader {
    /// A name has at most 127 labels, so it needs no more pointers than that.
    private static let mostPointers = 127

    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func message() throws(DNSDefect) -> DNSMessage {
        var message = DNSMessage(id: try two())
        let flags = try two()
        guard flags & 0x7800 == 0 else { throw .operation }
        message.isAnswer = flags & 0x8000 != 0
        message.isAuthoritative = flags & 0x0400 != 0
        message.isTruncated = flags & 0x0200 != 0
        message.wantsRecursion = flags & 0x0100 != 0
        message.offersRecursion = flags & 0x0080 != 0
        message.code = DNSMessage.Code(flags & 0x000F)
        let (questions, answers, authority, additional) = (try two(), try two(), try two(), try two())
        for _ in 0..<questions { message.questions.append(try question()) }
        if message.isTruncated { return message }
        message.answers = try records(answers, &message)
        message.authority = try records(authority, &message)
        message.additional = try records(additional, &message)
        return message
    }

    private mutating func question() throws(DNSDefect) -> DNSMessage.Question {
        let question = DNSMessage.Question(try name(), DNSMessage.Kind(try two()))
        _ = try two()
        return question
    }

    private mutating func records(_ count: UInt16, _ message: inout DNSMessage) throws(DNSDefect) -> [DNSRecord] {
        var records: [DNSRecord] = []
        for _ in 0..<count {
            if let record = try record(&message) { records.append(record) }
        }
        return records
    }

    /// Nil for the record of EDNS, whose fields mean something else (RFC 6891, 6.1.2).
    private mutating func record(_ message: inout DNSMessage) throws(DNSDefect) -> DNSRecord? {
        let owner = try name()
        let kind = DNSMessage.Kind(try two())
        let family = try two()
        let ttl = try four()
        let count = Int(try two())
        guard bytes.count - at >= count else { throw .cut }
        let end = at + count
        if kind == .opt {
            guard owner == .root, message.edns == nil else { throw .edns }
            message.edns = max(family, 512)
            message.code = DNSMessage.Code(UInt16(ttl >> 24) << 4 | message.code.number & 0xF)
            at = end
            return nil
        }
        let value = family == 1 ? try value(kind, count) : .other(kind)
        if case .other = value { at = end }
        guard at == end else { throw .data }
        // RFC 2181, 8: the highest bit set means zero
        return DNSRecord(owner, ttl: ttl > UInt32(Int32.max) ? 0 : ttl, value)
    }

    private mutating func value(_ kind: DNSMessage.Kind, _ count: Int) throws(DNSDefect) -> DNSRecord.Value {
        switch kind {
        case .a, .aaaa:
            guard count == (kind == .a ? 4 : 16) else { throw .data }
            defer { at += count }
            return .address(Array(bytes[at..<at + count]))
        case .cname:
            return .alias(try name())
        case .srv:
            return .service(priority: try two(), weight: try two(), port: try two(), target: try name())
        case .soa:
            _ = try name()
            _ = try name()
            for _ in 0..<4 { _ = try four() }
            return .zone(minimum: try four())
        default:
            return .other(kind)
        }
    }

    /// Labels to the root's, or to a pointer. Each pointer leads to before where it was come from, so there is an end.
    private mutating func name() throws(DNSDefect) -> DNSName {
        var labels: [[UInt8]] = []
        var count = 1
        var place = at
        var start = at
        /// Where the name ends in its own place.
        var end: Int?
        var pointers = 0
        while true {
            guard place < bytes.count else { throw .cut }
            let length = Int(bytes[place])
            switch length {
            case 0:
                at = end ?? place + 1
                guard let name = DNSName(labels: labels) else { throw .name }
                return name
            case 1...DNSName.longestLabel:
                guard bytes.count - place > length else { throw .cut }
                count += length + 1
                guard count <= DNSName.longestName else { throw .name }
                labels.append(Array(bytes[place + 1...place + length]))
                place += length + 1
            case 0xC0...0xFF:
                guard place + 1 < bytes.count else { throw .cut }
                let target = (length & 0x3F) << 8 | Int(bytes[place + 1])
                pointers += 1
                guard target < start, pointers <= Self.mostPointers else { throw .pointer }
                if end == nil { end = place + 2 }
                start = target
                place = target
            default:
                throw .name
            }
        }
    }

    private mutating func two() throws(DNSDefect) -> UInt16 {
        guard bytes.count - at >= 2 else { throw .cut }
        defer { at += 2 }
        return UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }

    private mutating func four() throws(DNSDefect) -> UInt32 {
        UInt32(try two()) << 16 | UInt32(try two())
    }
}
