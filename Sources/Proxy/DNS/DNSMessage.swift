/// A question to a DNS server, or its answer (RFC 1035, 4; RFC 6891).
package struct DNSMessage: Sendable, Equatable {
    /// What is asked for.
    package struct Kind: Sendable, Hashable, CustomStringConvertible {
        package let number: UInt16

        package init(_ number: UInt16) { self.number = number }

        package static let a = Kind(1)
        package static let cname = Kind(5)
        package static let soa = Kind(6)
        package static let aaaa = Kind(28)
        package static let srv = Kind(33)
        package static let opt = Kind(41)

        package var description: String {
            switch self {
            case .a: "A"
            case .cname: "CNAME"
            case .soa: "SOA"
            case .aaaa: "AAAA"
            case .srv: "SRV"
            default: "TYPE\(number)"
            }
        }
    }

    /// How it went (RFC 1035, 4.1.1); the high bits come from EDNS.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let number: UInt16

        package init(_ number: UInt16) { self.number = number & 0xFFF }

        package static let noError = Code(0)
        package static let formatError = Code(1)
        package static let serverFailure = Code(2)
        package static let noSuchName = Code(3)
        package static let notImplemented = Code(4)
        package static let refused = Code(5)
        package static let badVersion = Code(16)

        package var description: String {
            switch self {
            case .noError: "NOERROR"
            case .formatError: "FORMERR"
            case .serverFailure: "SERVFAIL"
            case .noSuchName: "NXDOMAIN"
            case .notImplemented: "NOTIMP"
            case .refused: "REFUSED"
            case .badVersion: "BADVERS"
            default: "error \(number)"
            }
        }
    }

    package struct Question: Sendable, Hashable {
        package var name: DNSName
        package var kind: Kind

        package init(_ name: DNSName, _ kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// The largest answer that is asked for over UDP, in bytes: what passes without fragments nearly everywhere.
    package static let payload: UInt16 = 1232

    package var id: UInt16
    package var isAnswer = false
    package var isAuthoritative = false
    /// The answer did not fit; what records there are is not read.
    package var isTruncated = false
    package var wantsRecursion = true
    package var offersRecursion = false
    package var code = Code.noError
    package var questions: [Question] = []
    package var answers: [DNSRecord] = []
    package var authority: [DNSRecord] = []
    /// Without the record of EDNS.
    package var additional: [DNSRecord] = []
    /// The largest UDP answer that its sender takes, as EDNS tells it; nil without EDNS.
    package var edns: UInt16?

    package init(id: UInt16) { self.id = id }
}
