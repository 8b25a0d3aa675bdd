/// What a DNS server knows of a name. Always of the class IN.
package struct DNSRecord: Sendable, Hashable {
    package enum Value: Sendable, Hashable {
        /// 4 bytes, or 16.
        case address([UInt8])
        /// Ask for this name instead.
        case alias(DNSName)
        case service(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
        /// Of a zone; `minimum` is how long a "no" holds, in seconds (RFC 2308, 4).
        case zone(minimum: UInt32)
        /// Of no use here.
        case other(DNSMessage.Kind)
    }

    package var name: DNSName
    /// Seconds.
    package var ttl: UInt32
    package var value: Value

    package init(_ name: DNSName, ttl: UInt32, _ value: Value) {
        self.name = name
        self.ttl = ttl
        self.value = value
    }

    package var kind: DNSMessage.Kind {
        switch value {
        case .address(let bytes): bytes.count == 4 ? .a : .aaaa
        case .alias: .cname
        case .service: .srv
        case .zone: .soa
        case .other(let kind): kind
        }
    }
}
