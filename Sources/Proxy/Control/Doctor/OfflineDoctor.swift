internal import Glibc
package import Settings

/// What keeps a proxy from running, or from being changed, as far as it is seen from outside: nothing is started,
/// changed or connected to.
package struct OfflineDoctor {
    private let configuration: Configuration<GatewaySettings>
    private let home: String?
    /// One finding for each problem of a configuration, up to here.
    private static let mostProblems = 20

    /// - Parameter home: where the admin token is kept; nil where HOME is not set.
    package init(_ configuration: Configuration<GatewaySettings>, home: String?) {
        self.configuration = configuration
        self.home = home
    }

    /// The checks in the order of what a start needs.
    package func findings() -> [Finding] {
        problems + ListenerFindings.of(configuration.root) + [target] + token + NamedFiles(configuration).findings
    }

    // MARK: the configuration

    private var problems: [Finding] {
        let wrong = configuration.problems
        let found = wrong.prefix(Self.mostProblems).map { problem in
            let remedy = "correct it there; `clawproxy check` lists every problem"
            return problem.severity == .warning
                ? Finding.warning("configuration", problem.description, remedy: remedy)
                : Finding.error("configuration", problem.description, remedy: remedy)
        }
        if wrong.count > Self.mostProblems {
            let more = "\(wrong.count - Self.mostProblems) more problems"
            return found + [.error("configuration", more, remedy: "`clawproxy check` lists them")]
        }
        let read = configuration.files.filter(\.exists).map(\.path)
        if !found.isEmpty { return found }
        let files = read.isEmpty ? "no file: the defaults hold" : "right; read \(read.joined(separator: ", "))"
        return [.ok("configuration", files)]
    }

    // MARK: changes

    private var target: Finding {
        guard let file = configuration.target else {
            return .warning(
                "configuration file",
                "there is none to write changes to: HOME is not set, and no --config-file was given",
                remedy: "set HOME, or give --config-file")
        }
        guard let obstacle = ConfigFile(file.path).obstacle() else {
            return .ok("configuration file", "\(file.path) can be \(file.exists ? "replaced" : "made") by a change")
        }
        return Self.notReplaceable(obstacle.description)
    }

    /// The obstacle to a change of the file that nobody has tried to make.
    static func notReplaceable(_ obstacle: String) -> Finding {
        let (detail, remedy) = split(obstacle)
        let attempt = "nothing was changed; "
        return .warning(
            "configuration file", detail,
            remedy: remedy.hasPrefix(attempt) ? String(remedy.dropFirst(attempt.count)) : remedy)
    }

    private var token: [Finding] {
        let admin = configuration.root.admin
        if let configured = admin.token, !configured.value.isEmpty { return [.ok("admin token", "admin.token is set")] }
        if !admin.listen.isLocal {
            return [
                .error(
                    "admin token",
                    "admin.listen \(admin.listen.spelling) is reached from other machines, and there is no admin.token",
                    remedy: "set admin.token, as \"${NAME}\" with the variable NAME, or listen on 127.0.0.1")
            ]
        }
        guard let home else {
            return [
                .warning(
                    "admin token", "none can be kept, as HOME is not set: changes cannot be made",
                    remedy: "set HOME, or admin.token")
            ]
        }
        guard AdminToken.load(home: home) == nil else { return [kept(home + "/.openclaw/clawproxy.token")] }
        return [
            .ok("admin token", "none yet: the first start makes one in \(home)/.openclaw/clawproxy.token")
        ]
    }

    /// Others must not read it.
    private func kept(_ path: String) -> Finding {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & 0o077 != 0 else { return .ok("admin token", "kept in \(path)") }
        return .warning("admin token", "\(path) can be read by other users", remedy: "chmod 600 \(path)")
    }

    /// A message of this program says what is wrong, then `; ` and what to do.
    static func split(_ message: String) -> (detail: String, remedy: String) {
        let bytes = Array(message.utf8)
        guard let at = bytes.indices.dropLast().first(where: { bytes[$0] == 0x3B && bytes[$0 + 1] == 0x20 }) else {
            return (message, "")
        }
        return (String(decoding: bytes[..<at], as: UTF8.self), String(decoding: bytes[(at + 2)...], as: UTF8.self))
    }
}
