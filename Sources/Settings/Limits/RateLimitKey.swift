/// What requests are counted by: those with the same share a limit.
package enum RateLimitKey: SettingValue, Hashable {
    /// The client's address; of IPv6 the network of 64 bits, which is what one customer has.
    case address
    /// The name of the credential.
    case token
    case tenant
    /// A field of the request, in lower case.
    case header(String)
    /// All requests together.
    case global

    package var spelling: String {
        switch self {
        case .address: "address"
        case .token: "token"
        case .tenant: "tenant"
        case .header(let name): "header:\(name)"
        case .global: "global"
        }
    }

    package var text: String { JSONText.quoted(spelling) }

    /// Known once the request's credential is.
    package var needsIdentity: Bool { self == .token || self == .tenant }

    package init?(_ text: String) {
        switch text {
        case "address", "ip", "client": self = .address
        case "token": self = .token
        case "tenant": self = .tenant
        case "global": self = .global
        default:
            guard text.hasPrefix("header:") else { return nil }
            let name = text.dropFirst("header:".count).lowercased()
            guard !name.isEmpty, name.utf8.count <= 256, name.utf8.allSatisfy(Self.isNameByte) else { return nil }
            self = .header(name)
        }
    }

    /// The token grammar of RFC 9110 5.6.2.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    package static var shape: Shape {
        .text(
            "limit key", expected: "one of 'address', 'token', 'tenant', 'header:NAME' and 'global'", example: "address",
            pattern: "^(address|token|tenant|global|header:.+)$")
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> RateLimitKey? {
        if let text = node.string, let key = RateLimitKey(text) { return key }
        reading.expected(RateLimitKey.self, node)
        return nil
    }
}
