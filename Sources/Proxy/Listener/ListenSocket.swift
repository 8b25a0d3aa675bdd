internal import NIOPosix
internal import Glibc
internal import NIOCore
internal import Settings

/// An address that could not be listened on, with what to do about it.
package struct ListenFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Sockets that listen, made by hand so that options stand before the first connection, and so that what is queued can
/// be accepted before they close.
enum ListenSocket {
    static func canShare(_ address: ListenAddress) -> Bool {
        if case .tcp = address { true } else { false }
    }

    /// Fails when anybody holds the address, a second copy of this program included: sharing (`SO_REUSEPORT`) would
    /// hide that.
    static func probe(_ address: ListenAddress) throws {
        switch address {
        case .tcp(_, let port):
            guard port != 0 else { return }
            let socket = try open(address, port: 0, shared: false, listens: false)
            Glibc.close(socket)
        case .unix(let path):
            let probe = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { Glibc.close(probe) }
            guard let local = try? SocketAddress(unixDomainSocketPath: path) else { return }
            guard try isSocket(path, of: address) else { return }
            let taken = local.withSockAddr { connect(probe, $0, socklen_t($1)) == 0 }
            if taken { throw failure(address, "address already in use") }
            unlink(path)
        }
    }

    /// Whether a socket is there, left behind or in use. Anything else there is somebody's, and is not ours to take away.
    private static func isSocket(_ path: String, of address: ListenAddress) throws -> Bool {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return false }
        if facts.st_mode & S_IFMT == S_IFSOCK { return true }
        throw ListenFailure(
            description:
                "listen \(address.text): a file that is no socket is there; choose another path, or move it away")
    }

    /// Takes the socket of a listener that has closed out of its folder.
    static func remove(_ path: String) {
        var facts = stat()
        if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }

    /// A bound socket. `port` stands in for the address's port 0, where the first loop has been given one.
    static func open(_ address: ListenAddress, port: Int, shared: Bool, listens: Bool = true) throws -> CInt {
        guard let target = resolve(address, port) else { throw failure(address, "the host has no address") }
        let family = target.protocol.rawValue
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(family, kind, 0)
        guard socket >= 0 else { throw failure(address, String(cString: strerror(errno))) }
        if case .tcp(let host, _) = address {
            set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
            if shared { set(socket, SOL_SOCKET, SO_REUSEPORT, 1) }
            set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            limitMemory(socket)
            if family == AF_INET6 { set(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY, host == "::" ? 0 : 1) }
        }
        let bound = target.withSockAddr { bind(socket, $0, socklen_t($1)) }
        guard bound == 0, !listens || listen(socket, Listener.backlog) == 0 else {
            let reason = String(cString: strerror(errno))
            Glibc.close(socket)
            throw failure(address, reason)
        }
        return socket
    }

    static func port(_ socket: CInt) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let found = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        guard found == 0, [AF_INET, AF_INET6].contains(Int32(storage.ss_family)) else { return 0 }
        // both families have the port behind the family, in network order
        return withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
    }

    /// Makes the kernel drop first segments (SYN) to a listening socket, and no others: handshakes that have begun end,
    /// new ones are tried again by the client a second later, when the socket is gone or somebody else has it.
    static func ignoreNew(_ socket: CInt) {
        // classic BPF over the TCP header: load the flags, drop if SYN is among them, else take the whole segment
        let program: [(code: UInt16, ifTrue: UInt8, ifFalse: UInt8, value: UInt32)] = [
            (0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, .max),
        ]
        withUnsafeTemporaryAllocation(byteCount: 8 * program.count, alignment: 8) { filters in
            for (at, step) in program.enumerated() {
                filters.storeBytes(of: step.code, toByteOffset: at * 8, as: UInt16.self)
                filters.storeBytes(of: step.ifTrue, toByteOffset: at * 8 + 2, as: UInt8.self)
                filters.storeBytes(of: step.ifFalse, toByteOffset: at * 8 + 3, as: UInt8.self)
                filters.storeBytes(of: step.value, toByteOffset: at * 8 + 4, as: UInt32.self)
            }
            // struct sock_fprog: the number of steps, and where they are
            var head = (UInt64(program.count), UInt64(UInt(bitPattern: filters.baseAddress)))
            // SO_ATTACH_FILTER; where it is refused, closing is as it was without
            setsockopt(socket, SOL_SOCKET, 26, &head, 16)
        }
    }

    /// The next connection that the kernel has queued.
    static func accept(_ socket: CInt) -> CInt? {
        let accepted = Glibc.accept(socket, nil, nil)
        guard accepted >= 0 else { return nil }
        _ = fcntl(accepted, F_SETFL, fcntl(accepted, F_GETFL) | O_NONBLOCK)
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        return accepted
    }

    /// A socket that systemd passed on (sd_listen_fds(3)) and that is bound to this port.
    static func inherited(_ address: ListenAddress) -> CInt? {
        guard case .tcp(_, let wanted) = address, wanted != 0,
            let count = getenv("LISTEN_FDS").flatMap({ CInt(String(cString: $0)) }),
            let owner = getenv("LISTEN_PID").flatMap({ CInt(String(cString: $0)) }), owner == getpid(), count > 0,
            count < 64
        else { return nil }
        for socket in 3..<(3 + count) where port(socket) == wanted {
            _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            limitMemory(socket)
            return socket
        }
        return nil
    }

    /// What the kernel holds for a client at most; sockets that are accepted inherit it. Received bytes: so that it does not
    /// grow to 32 MB for a peer that is paused. Bytes to send that are not on their way yet (tcp(7)): so that some thousands
    /// of clients who do not read, at 2.4 MB each otherwise, do not use up TCP's memory for everybody.
    private static func limitMemory(_ socket: CInt) {
        set(socket, SOL_SOCKET, SO_RCVBUF, CInt(Listener.receiveBufferBytes))
        set(socket, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, CInt(Listener.unsentBytes))
    }

    private static func resolve(_ address: ListenAddress, _ port: Int) -> SocketAddress? {
        switch address {
        case .unix(let path): return try? SocketAddress(unixDomainSocketPath: path)
        case .tcp(let host, let given):
            let port = given == 0 ? port : given
            let name = host.isEmpty ? "0.0.0.0" : host
            return (try? SocketAddress(ipAddress: name, port: port)) ?? HostLookup.addresses(name, port).first
        }
    }

    private static func set(_ socket: CInt, _ level: CInt, _ option: CInt, _ value: CInt) {
        var value = value
        setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func failure(_ address: ListenAddress, _ reason: String) -> ListenFailure {
        let remedy =
            reason.lowercased().contains("in use")
            ? "stop the program that holds it (ss -ltnp shows which), or choose another address"
            : reason.lowercased().contains("permission")
                ? "use a port from 1024 up, or grant CAP_NET_BIND_SERVICE" : "correct the address"
        return ListenFailure(description: "listen \(address.text): \(reason.lowercased()); \(remedy)")
    }
}
