internal import Glibc
package import Settings

/// Reads whole files.
package enum FileReading {
    /// A configuration is never larger.
    static let mostBytes = 64 << 20

    package static func read(_ path: String) -> FileContents {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            return errno == ENOENT || errno == ENOTDIR
                ? .missing : .unreadable(String(cString: strerror(errno)).lowercased())
        }
        defer { close(file) }
        var facts = stat()
        let size = fstat(file, &facts) == 0 ? Int(facts.st_size) : 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(max(size, 0), Self.mostBytes) + 1)
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count == 0 { return .bytes(bytes) }
            guard count > 0 else { return .unreadable(String(cString: strerror(errno)).lowercased()) }
            bytes += chunk[..<count]
            if bytes.count > mostBytes { return .unreadable("larger than 64 MiB") }
        }
    }
}
