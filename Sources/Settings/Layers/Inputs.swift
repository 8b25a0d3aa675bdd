/// What reading a file gave.
package enum FileContents: Sendable {
    case bytes([UInt8])
    case missing
    /// Why, in words: `permission denied`.
    case unreadable(String)
}

/// All that a configuration is loaded from. The files come through `read`, so that nothing here touches a disk.
package struct Inputs {
    /// Replaced by OPENCLAW_GLOBAL_CONFIG.
    package var globalFile = "/etc/openclaw/gateway.json"
    /// `~` is HOME.
    package var userFile = "~/.openclaw/gateway.json"
    /// Given with --config-file: take the user file's place, merged in order.
    package var configFiles: [String] = []
    package var environment: [String: String] = [:]
    /// No variable sets a key; they only fill in `${NAME}`.
    package var setsNothing = false
    /// Given as --config.KEY=VALUE.
    package var flags: [(key: String, value: String)] = []
    /// A patch that the running process alone has: canonical members of `gateway`, merged by identity, above the files
    /// and below the environment.
    package var ephemeral: Node?
    /// Files that were loaded before: one whose bytes are still the same is not parsed again.
    package var known: [LoadedFile] = []
    /// Of the configuration before: entries that did not change are not read again.
    package var lists = ReadLists()
    package var read: (String) -> FileContents

    package init(
        globalFile: String = "/etc/openclaw/gateway.json", userFile: String = "~/.openclaw/gateway.json",
        configFiles: [String] = [], environment: [String: String] = [:], flags: [(key: String, value: String)] = [],
        read: @escaping (String) -> FileContents
    ) {
        self.globalFile = globalFile
        self.userFile = userFile
        self.configFiles = configFiles
        self.environment = environment
        self.flags = flags
        self.read = read
    }

    /// The files that are looked for, lowest layer first.
    var sources: [FileSource] {
        let replaced = environment["OPENCLAW_GLOBAL_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        var sources: [FileSource] = []
        if let path = resolved(replaced ?? globalFile) {
            sources.append(FileSource(layer: .global, path: path, isRequired: false))
        }
        if configFiles.isEmpty, let path = resolved(userFile) {
            sources.append(FileSource(layer: .user, path: path, isRequired: false))
        }
        return sources + configFiles.map { FileSource(layer: .file, path: $0, isRequired: true) }
    }

    private func resolved(_ path: String) -> String? {
        guard path.hasPrefix("~/") else { return path.isEmpty ? nil : path }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return home + path.dropFirst()
    }
}

struct FileSource {
    var layer: LoadedFile.Layer
    var path: String
    var isRequired: Bool
}

/// A file that was looked for, and what came of it.
package struct LoadedFile: Sendable {
    package enum Layer: String, Sendable {
        case global, user
        /// Given with --config-file.
        case file
    }

    package var layer: Layer
    package var path: String
    /// As read; nil where there is no file, or none that can be read.
    package var bytes: [UInt8]?
    /// As written; nil where it could not be parsed.
    package var parsed: Node?

    package init(layer: Layer, path: String, bytes: [UInt8]? = nil, parsed: Node? = nil) {
        self.layer = layer
        self.path = path
        self.bytes = bytes
        self.parsed = parsed
    }

    package var exists: Bool { bytes != nil }
}
