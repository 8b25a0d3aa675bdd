internal import Glibc
internal import NIOCore

/// Where this machine would send from to an address. Nothing is sent: a UDP socket that is connected only has a route.
enum SourceAddress {
    /// Nil where there is no route.
    static func toward(_ address: HostAddress) -> HostAddress? {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let file = socket(address.isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let target = address.socketAddress(port: 53)
        guard target.withSockAddr({ connect(file, $0, socklen_t($1)) }) == 0 else { return nil }
        var own = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &own) { own in
            own.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(file, $0, &size) == 0 }
        }
        guard isKnown else { return nil }
        return HostAddress(raw: withUnsafeBytes(of: own) { Array($0.prefix(Int(size))) }, isIPv6: address.isIPv6)
    }
}
