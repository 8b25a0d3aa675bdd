import Glibc
import Telemetry

/// A non-blocking client socket of a log output.
final class LogSocket {
    let isStream: Bool
    private let address: LogAddress
    private var descriptor: Int32

    init?(_ address: LogAddress) {
        self.address = address
        isStream = address.isStream
        let kind = Int32(address.isStream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue)
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = Glibc.socket(address.family, kind | flags, 0)
        if descriptor < 0 { return nil }
    }

    deinit { close() }

    /// 0, `EINPROGRESS`, or why it failed.
    func connect() -> Int32 {
        address.bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return EINVAL }
            // A unix stream socket whose backlog is full says EAGAIN: it is not connected, and tried again later.
            return Glibc.connect(descriptor, start, socklen_t(bytes.count)) == 0 ? 0 : errno
        }
    }

    /// nil while connecting, else 0 or the error.
    func connectResult() -> Int32? {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, 0) > 0 else { return nil }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else { return errno }
        return error
    }

    /// A syslog server sends nothing: an end of its stream is seen by a look.
    func isClosedByPeer() -> Bool {
        guard isStream else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0
    }

    /// The bytes taken, or the error number below zero.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return count }
            if errno == EINTR { continue }
            // A full queue of a datagram socket is ENOBUFS, and passes as well.
            return errno == EWOULDBLOCK || errno == ENOBUFS ? -Int(EAGAIN) : -Int(errno)
        }
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// The address of a server as `connect` wants it.
struct LogAddress {
    var family: Int32
    var isStream: Bool
    /// A `sockaddr` of its family.
    var bytes: [UInt8]

    /// The addresses of a syslog target, in the order to be tried; none where the name is unknown now.
    ///
    /// Looking up a name may wait for the resolver: on the log thread, and only while the server is not connected.
    static func resolve(_ target: SyslogTarget) -> [LogAddress] {
        switch target {
        case .tcp(let host, let port): return resolve(host, port, isStream: true)
        case .udp(let host, let port): return resolve(host, port, isStream: false)
        case .unix(let path):
            // /dev/log is a datagram socket nearly everywhere; the stream is for servers that know no other.
            return [false, true].compactMap { unix(path, isStream: $0) }
        }
    }

    private static func unix(_ path: String, isStream: Bool) -> LogAddress? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room -> Bool in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return nil }
        return LogAddress(family: AF_UNIX, isStream: isStream, bytes: withUnsafeBytes(of: &address) { Array($0) })
    }

    private static func resolve(_ host: String, _ port: Int, isStream: Bool) -> [LogAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(isStream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        var result = getaddrinfo(host, String(port), &hints, &first)
        if result != 0 {
            // Without a network but loopback, AI_ADDRCONFIG hides even that.
            hints.ai_flags = AI_NUMERICSERV
            result = getaddrinfo(host, String(port), &hints, &first)
        }
        guard result == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var found: [LogAddress] = []
        var next = first
        while let entry = next {
            let bytes = UnsafeRawBufferPointer(start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
            found.append(LogAddress(family: entry.pointee.ai_family, isStream: isStream, bytes: Array(bytes)))
            next = entry.pointee.ai_next
        }
        return found
    }
}
