internal import ArgumentParser
internal import Glibc
internal import Proxy
internal import Settings

/// Where the configuration is read from; the same for every command that needs one.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .customLong("config-file"), help: "A file in place of ~/.openclaw/gateway.json; several are layered in order.")
    var configFiles: [String] = []

    func load() -> Configuration<GatewaySettings> {
        var environment: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                environment[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        var inputs = Inputs(environment: environment, read: FileReading.read)
        inputs.configFiles = configFiles
        inputs.flags = ConfigurationFlags.given
        return Configuration<GatewaySettings>.load(inputs)
    }
}

/// Reads whole files.
enum FileReading {
    /// A configuration is never larger.
    static let mostBytes = 64 << 20

    static func read(_ path: String) -> FileContents {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(String(cString: strerror(errno)).lowercased())
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count == 0 { return .bytes(bytes) }
            guard count > 0 else { return .unreadable(String(cString: strerror(errno)).lowercased()) }
            bytes += chunk[..<count]
            if bytes.count > mostBytes { return .unreadable("larger than 64 MiB") }
        }
    }
}

/// Lines to standard error.
func complain(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
