import Foundation
import Glibc
import Proxy
import Telemetry

/// A folder for one test, removed with it.
final class ScratchFolder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("clawproxy-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}

/// The clock of a test: it goes only when told.
struct TestClock {
    private(set) var now = LogClock(monotonic: 1_000_000_000_000, unixMilliseconds: 1_709_164_800_000)

    mutating func advance(seconds: Double) {
        now = LogClock(
            monotonic: now.monotonic + Int64(seconds * 1e9),
            unixMilliseconds: now.unixMilliseconds + Int64(seconds * 1e3))
    }
}

extension LogOutput {
    func write(_ text: String, level: LogLevel = .info, at clock: TestClock) {
        Array(text.utf8).withUnsafeBytes { write($0, level: level, now: clock.now) }
    }
}

/// A syslog server of a test: one socket on loopback, or at a path.
final class SyslogProbe {
    enum Kind {
        case tcp, udp
        case datagram(String)
        case stream(String)
    }

    let port: Int
    private var listener: Int32 = -1
    private var connection: Int32 = -1
    private let isStream: Bool

    init?(_ kind: Kind, port: Int = 0) {
        let stream = Int32(SOCK_STREAM.rawValue)
        let datagram = Int32(SOCK_DGRAM.rawValue)
        switch kind {
        case .tcp, .udp:
            if case .tcp = kind { isStream = true } else { isStream = false }
            listener = socket(AF_INET, isStream ? stream : datagram, 0)
            var reuse: Int32 = 1
            setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = listener
            let isBound = withUnsafeMutableBytes(of: &address) { bytes -> Bool in
                guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
                return bind(descriptor, start, size) == 0 && getsockname(descriptor, start, &size) == 0
            }
            self.port = Int(in_port_t(bigEndian: address.sin_port))
            if !isBound { return nil }
        case .datagram(let path), .stream(let path):
            if case .stream = kind { isStream = true } else { isStream = false }
            listener = socket(AF_UNIX, isStream ? stream : datagram, 0)
            self.port = 0
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let descriptor = listener
            let isBound = withUnsafeBytes(of: &address) { bytes -> Bool in
                guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
                return bind(descriptor, start, socklen_t(bytes.count)) == 0
            }
            if !isBound { return nil }
        }
        if isStream && listen(listener, 8) != 0 { return nil }
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
    }

    deinit { close() }

    func close() {
        drop()
        if listener >= 0 { Glibc.close(listener) }
        listener = -1
    }

    /// Closes the connection, as a server that restarts.
    func drop() {
        if connection >= 0 { Glibc.close(connection) }
        connection = -1
    }

    /// What arrived by now.
    func read() -> String {
        if isStream && connection < 0 {
            connection = accept(listener, nil, nil)
            if connection >= 0 { _ = fcntl(connection, F_SETFL, O_NONBLOCK) }
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(isStream ? connection : listener, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { break }
            bytes += buffer[..<count]
            if !isStream { bytes.append(UInt8(ascii: "|")) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads until the text holds `word`, giving the output a tick for every second of its clock; at most ten seconds.
    func read(until word: String, _ output: SyslogOutput, at clock: inout TestClock) -> String {
        var text = ""
        let deadline = Date().addingTimeInterval(10)
        while Date() < deadline {
            output.tick(now: clock.now)
            clock.advance(seconds: 1)
            text += read()
            if text.contains(word) { break }
            var nothing = pollfd(fd: connection >= 0 ? connection : listener, events: Int16(POLLIN), revents: 0)
            poll(&nothing, 1, 10)
        }
        return text
    }
}

/// Runs `gzip -dc` on a file.
func gunzipped(_ path: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.allBytes()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
