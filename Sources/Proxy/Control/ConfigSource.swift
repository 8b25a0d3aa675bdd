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
        after before: Configuration<GatewaySettings>?, ephemeral: Node? = nil, instead: LoadedFile? = nil,
        filesOnly: Bool = false
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

    /// Whether every file says, byte for byte, what was loaded.
    var isOnDisk: Bool {
        files.allSatisfy { file in
            let isSame =
                switch FileReading.read(file.path) {
                case .bytes(let bytes): file.bytes == bytes
                case .missing: !file.exists
                case .unreadable: false
                }
            return isSame
                && file.alternatives.allSatisfy { if case .missing = FileReading.read($0) { true } else { false } }
        }
    }
}

extension LoadedFile {
    /// Files that would be read in its place if they were there. One that was named has none.
    var alternatives: [String] {
        guard layer != .file, let dot = path.lastIndex(of: ".") else { return [] }
        let all = ["json", "yaml", "yml"].map { path[...dot] + $0 }.map(String.init)
        guard exists, let own = all.firstIndex(of: path) else { return all.filter { $0 != path } }
        return Array(all[..<own])
    }
}
