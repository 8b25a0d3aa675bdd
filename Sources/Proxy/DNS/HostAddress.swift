internal import Balancer
internal import Glibc
internal import NIOCore
internal import Settings

/// The address of a host, without a port.
package struct HostAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16.
    package var bytes: [UInt8]
    /// The link of a link-local address, by name or number.
    package var scope: String?

    package init(_ bytes: [UInt8], scope: String? = nil) {
        self.bytes = bytes
        self.scope = scope
    }

    /// A literal address: `10.0.0.1`, `::1`, `fe80::1%eth0`.
    package init?(_ text: String) {
        guard let (bytes, scope) = NameServer.host(text[...]) else { return nil }
        self.init(bytes, scope: scope)
    }

    package var isIPv6: Bool { bytes.count == 16 }
    package var description: String { IPText.text(bytes) + (scope.map { "%\($0)" } ?? "") }

    /// - Parameter name: what is shown beside it.
    func socketAddress(port: Int, name: String = "") -> SocketAddress {
        let port = UInt16(truncatingIfNeeded: port)
        var raw = sockaddr_storage()
        withUnsafeMutableBytes(of: &raw) { raw in
            raw.storeBytes(of: sa_family_t(isIPv6 ? AF_INET6 : AF_INET), as: sa_family_t.self)
            raw.storeBytes(of: port.bigEndian, toByteOffset: Layout.port, as: UInt16.self)
            let place = isIPv6 ? Layout.six : Layout.four
            raw[place..<place + (isIPv6 ? 16 : 4)].copyBytes(from: bytes.prefix(isIPv6 ? 16 : 4))
            if let scope {
                let index = UInt32(scope) ?? if_nametoindex(scope)
                raw.storeBytes(of: index, toByteOffset: Layout.scope, as: UInt32.self)
            }
        }
        return withUnsafePointer(to: &raw) { raw in
            isIPv6
                ? raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee, host: name) }
                : raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee, host: name) }
        }
    }

    /// Nil for a local socket.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let four): self.init(raw: withUnsafeBytes(of: four.address) { Array($0) }, isIPv6: false)
        case .v6(let six): self.init(raw: withUnsafeBytes(of: six.address) { Array($0) }, isIPv6: true)
        case .unixDomainSocket: return nil
        }
    }

    /// From the bytes of a `sockaddr_in` or `sockaddr_in6`.
    init?(raw: [UInt8], isIPv6: Bool) {
        let place = isIPv6 ? Layout.six : Layout.four
        guard raw.count >= (isIPv6 ? Layout.scope + 4 : place + 4) else { return nil }
        self.init(Array(raw[place..<place + (isIPv6 ? 16 : 4)]))
        guard isIPv6 else { return }
        let index = raw.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: Layout.scope, as: UInt32.self) }
        if index != 0 { scope = "\(index)" }
    }

    /// Where things stand in `sockaddr_in` and `sockaddr_in6`; the fields of the latter have no names in Swift here.
    private enum Layout {
        static let port = 2
        static let four = 4
        static let six = 8
        static let scope = 24
    }
}
