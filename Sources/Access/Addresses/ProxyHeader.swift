internal import Wire

/// The PROXY protocol, versions 1 and 2: what a load balancer sends in front of a connection's bytes, to tell who it is
/// from (haproxy.org/download/2.9/doc/proxy-protocol.txt).
///
/// Nothing is kept between two looks: as many bytes as have come are given each time, and how they were split does not
/// matter. What cannot become a header is refused by its first wrong byte.
package enum ProxyHeader {
    /// Of version 1 with its CR LF; section 2.1.
    package static let longestText = 107
    /// Of version 2 behind its first sixteen bytes; balancers send some hundred bytes of what they add (TLVs).
    package static let longestBlock = 4096

    package enum Source: Equatable, Sendable {
        /// The connection is the balancer's own (`LOCAL`), or it does not know whose: the peer's address stays.
        case unknown
        case address(ClientAddress, port: Int)
    }

    package enum Step: Equatable, Sendable {
        case more
        /// The header is whole; this many bytes belong to it.
        case complete(Int, Source)
        case failed(Fault)
    }

    package enum Fault: String, Sendable {
        case signature = "the connection does not begin with a PROXY header"
        case textLength = "a PROXY line of more than 107 bytes"
        case text = "a PROXY line that is not as version 1 has it"
        case version = "a PROXY header of a version or command that there is not"
        case family = "a PROXY header of an address family or transport that there is not"
        case length = "a PROXY header that is longer than 4096 bytes, or too short for its addresses"
        case vector = "a PROXY header whose additions (TLV) are cut short"
        case checksum = "a PROXY header whose checksum (CRC32C) is not that of its bytes"
    }

    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]
    private static let word = Array("PROXY ".utf8)

    /// - Parameter bytes: of the connection, from the first.
    package static func read(_ bytes: UnsafeRawBufferPointer) -> Step {
        guard let first = bytes.first else { return .more }
        let wanted = first == word[0] ? word : signature
        for (byte, known) in zip(bytes, wanted) where byte != known { return .failed(.signature) }
        if bytes.count < wanted.count { return .more }
        return first == word[0] ? text(bytes) : binary(bytes)
    }

    // MARK: version 1

    private static func text(_ bytes: UnsafeRawBufferPointer) -> Step {
        let most = min(bytes.count, longestText)
        guard let feed = bytes[..<most].firstIndex(of: 0x0a) else {
            return bytes.count >= longestText ? .failed(.textLength) : .more
        }
        guard bytes[feed - 1] == 0x0d else { return .failed(.text) }
        let line = UnsafeRawBufferPointer(rebasing: bytes[word.count..<(feed - 1)])
        guard let source = source(line) else { return .failed(.text) }
        return .complete(feed + 1, source)
    }

    /// `TCP4 192.0.2.1 192.0.2.2 51324 443`, or `UNKNOWN` and whatever else.
    private static func source(_ line: UnsafeRawBufferPointer) -> Source? {
        var words: [UnsafeRawBufferPointer] = []
        var start = 0
        for at in 0...line.count where at == line.count || line[at] == 0x20 {
            words.append(UnsafeRawBufferPointer(rebasing: line[start..<at]))
            start = at + 1
        }
        if words[0].isExactly("UNKNOWN") { return .unknown }
        guard words.count == 5 else { return nil }
        let isSix = words[0].isExactly("TCP6")
        guard isSix || words[0].isExactly("TCP4"), let address = ClientAddress(text: words[1]),
            ClientAddress(text: words[2]) != nil, words[1].contains(0x3a) == isSix, words[2].contains(0x3a) == isSix,
            let port = port(words[3]), self.port(words[4]) != nil
        else { return nil }
        return .address(address, port: port)
    }

    private static func port(_ text: UnsafeRawBufferPointer) -> Int? {
        guard (1...5).contains(text.count), text.allSatisfy(ByteClass.isDigit), text.count == 1 || text[0] != 0x30
        else { return nil }
        let number = text.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        return number <= 65535 ? number : nil
    }

    // MARK: version 2

    private static func binary(_ bytes: UnsafeRawBufferPointer) -> Step {
        guard bytes.count > 12 else { return .more }
        let command = bytes[12]
        guard command == 0x20 || command == 0x21 else { return .failed(.version) }
        guard bytes.count > 13 else { return .more }
        let isLocal = command == 0x20
        // what a `LOCAL` header says of addresses is not looked at (section 2.2)
        guard isLocal || isKnown(bytes[13]) else { return .failed(.family) }
        guard bytes.count >= 16 else { return .more }
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        let addresses = isLocal ? 0 : addressBytes(bytes[13] >> 4)
        guard length <= longestBlock, length >= addresses else { return .failed(.length) }
        let end = 16 + length
        guard bytes.count >= end else { return .more }
        let header = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        if isLocal { return .complete(end, .unknown) }
        if let fault = fault(inVectors: header, from: 16 + addresses) { return .failed(fault) }
        return .complete(end, source(header))
    }

    /// The families UNSPEC, INET, INET6 and UNIX, over UNSPEC or STREAM: nobody sends datagrams over a stream.
    private static func isKnown(_ family: UInt8) -> Bool { family >> 4 <= 3 && family & 15 <= 1 }

    private static func addressBytes(_ family: UInt8) -> Int {
        switch family {
        case 1: 12
        case 2: 36
        case 3: 216
        default: 0
        }
    }

    private static func source(_ header: UnsafeRawBufferPointer) -> Source {
        let size = header[13] >> 4 == 1 ? 4 : header[13] >> 4 == 2 ? 16 : 0
        guard size > 0, header[13] & 15 == 1, let address = ClientAddress(bytes: header[16..<(16 + size)]) else {
            return .unknown
        }
        let port = 16 + 2 * size
        return .address(address, port: Int(header[port]) << 8 | Int(header[port + 1]))
    }

    /// Additions are a type, two bytes of length, and a value each; of all of them the checksum alone matters here.
    private static func fault(inVectors header: UnsafeRawBufferPointer, from start: Int) -> Fault? {
        var at = start
        while at < header.count {
            guard at + 3 <= header.count else { return .vector }
            let length = Int(header[at + 1]) << 8 | Int(header[at + 2])
            let next = at + 3 + length
            guard next <= header.count else { return .vector }
            if header[at] == 0x03 {
                guard length == 4 else { return .checksum }
                let told = header[(at + 3)..<next].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                guard told == checksum(header, without: (at + 3)..<next) else { return .checksum }
            }
            at = next
        }
        return nil
    }

    /// CRC32C (Castagnoli) of the header with zeros where the checksum stands; section 2.2.4.
    package static func checksum(_ header: UnsafeRawBufferPointer, without range: Range<Int>) -> UInt32 {
        var sum = UInt32.max
        for at in 0..<header.count {
            sum ^= UInt32(range.contains(at) ? 0 : header[at])
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
        }
        return ~sum
    }
}
