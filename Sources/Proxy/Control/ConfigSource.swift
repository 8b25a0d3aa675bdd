internal import Glibc
package import Settings

/// Where the configuration is read from: what the program was started with, kept for every reload.
package struct ConfigSource: Sendable {
    package var environment: [String: String]
    package var flags: [(key: String, value: String)]
    package var configFiles: [String]

    package init(
        environment: [String: String] = [:], flags: [(key: String, value: String)] = [], configFiles: [String] = []
    ) {
        self.environment = environment
        self.flags = flags
        self.configFiles = configFiles
    }

    package func load() -> Configuration<GatewaySettings> { load(after: nil) }

    /// Reads everything anew.
    ///
    /// - Parameters:
    ///   - before: what was read last; what did not change since is not read again.
    ///   - ephemeral: what this process alone was told.
    ///   - instead: stands in for the file of its path, as if it had been written.
    ///   - filesOnly: the environment's keys, flags and `ephemeral` are left out; `${NAME}` is still filled in.
    func load(
        after before: Configuration<GatewaySettings>?, ephemeral: Node? = nil, instead: LoadedFile? = nil, filesOnly: Bool = false
    ) -> Configuration<GatewaySettings> {
        var inputs = Inputs(environment: environment) { path in
            if let instead, instead.path == path { return instead.bytes.map(FileContents.bytes) ?? .missing }
            return FileReading.read(path)
        }
        inputs.configFiles = configFiles
        inputs.known = (before?.files ?? []) + [instead].compactMap { $0 }
        inputs.lists = before?.lists ?? ReadLists()
        if filesOnly {
            inputs.setsNothing = true
        } else {
            inputs.flags = flags
            inputs.ephemeral = ephemeral
        }
        return Configuration<GatewaySettings>.load(inputs)
    }

    package var home: String? { environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } }
}

extension Configuration {
    /// The file that changes are written to: the last one given by `--config-file`, else the user file.
    package var target: LoadedFile? { files.last { $0.layer != .global } }
}

/// Reads whole files.
package enum FileReading {
    /// A configuration is never larger.
    static let mostBytes = 64 << 20

    package static func read(_ path: String) -> FileContents {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(String(cString: strerror(errno)).lowercased())
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
