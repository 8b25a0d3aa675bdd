import Foundation
import Glibc
import Testing

/// A real Redis, for a test: in a folder of its own, on a Unix socket and a port, ended by its own process id.
final class RedisServer {
    /// Where programs of services are, too.
    static let program: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"]
        return folders.map { "\($0)/redis-server" }.first { access($0, X_OK) == 0 }
    }()

    static var isMissing: Bool { program == nil }

    let folder: String
    var socket: String { "\(folder)/redis.sock" }
    private let arguments: [String]
    private var process: Process?

    /// Is there when this returns, unless it is told not to be.
    init(_ arguments: [String] = [], starts: Bool = true) async throws {
        folder = "/tmp/clawproxy-redis-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.arguments = arguments
        if starts { try await start() }
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func start() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.program))
        process.arguments =
            ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", folder] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        try await eventually("Redis to listen") { connects() }
    }

    func kill() {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
        unlink(socket)
    }

    func pause() { signal(SIGSTOP) }
    func go() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        if let process { _ = Glibc.kill(process.processIdentifier, number) }
    }

    private func connects() -> Bool {
        let file = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.utf8) }
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
