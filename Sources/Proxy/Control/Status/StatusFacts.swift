internal import Settings

/// What the configurator and the server know and `Status` tells.
struct StatusFacts: Sendable {
    struct File: Sendable {
        var path: String
        var layer: String
        var exists: Bool
        /// Of its bytes; nil where there is none.
        var hash: String?
    }

    struct Address: Sendable {
        var address: String
        /// 0 for a local socket.
        var port: Int
        /// `clients`, `monitoring` or `admin`.
        var door: String
    }

    /// Tells this process from its replicas.
    var instance = ""
    /// Unix milliseconds.
    var startedMs: Int64 = 0
    /// When the generation that runs was taken.
    var generationSinceMs: Int64 = 0
    /// Of the target file: as it is, and as it was when the generation was taken.
    var hash: String?
    var appliedHash: String?
    var files: [File] = []
    var listeners: [Address] = []
    var reloadsTaken = 0
    var reloadsRefused = 0
    var lastTakenMs: Int64?
    var lastRefusal: ReloadFacts.Refusal?
    var isEphemeral = false
    /// As `config.get` has it; null where nothing waits.
    var pendingConfirm: Node = .null

    init() {}
}
