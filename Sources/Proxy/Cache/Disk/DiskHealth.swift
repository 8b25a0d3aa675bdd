internal import Glibc
internal import Logging
internal import Settings
internal import Synchronization

/// Whether the disk takes what it is given; the log is told when that changes, and of the first damaged file.
final class DiskHealth: Sendable {
    private struct Standing {
        /// Of the last write; 0: it went well.
        var error: Int32 = 0
        /// Monotonic nanoseconds.
        var pausedUntil: Int64 = 0
        var hasToldDamage = false
    }

    /// Nanoseconds for which a disk that failed is left alone.
    private static let pause: Int64 = 1_000_000_000

    private let directory: String
    private let log: Logger
    private let standing = Mutex(Standing())

    init(directory: String, log: Logger) {
        self.directory = directory
        self.log = log
    }

    /// It failed a moment ago.
    var isPaused: Bool {
        let now = LogClock.now().monotonic
        return standing.withLock { $0.pausedUntil > now }
    }

    func worked() {
        let wasBad = standing.withLock { standing in
            defer { standing.error = 0 }
            return standing.error != 0
        }
        if wasBad { log.notice("the disk layer of the cache writes again", metadata: facts([:])) }
    }

    func failed(_ error: Int32) {
        let until = LogClock.now().monotonic + Self.pause
        let isNew = standing.withLock { standing in
            defer { standing.error = error }
            standing.pausedUntil = until
            return standing.error != error
        }
        guard isNew else { return }
        log.warning(
            "the disk layer of the cache cannot write; answers are not kept there until it can",
            metadata: facts(["reason": systemReason(error), "hint": Self.hint(error)]))
    }

    func damaged(_ name: DiskName) {
        let isFirst = standing.withLock { standing in
            defer { standing.hasToldDamage = true }
            return !standing.hasToldDamage
        }
        guard isFirst else { return }
        log.warning(
            "a file of the disk layer of the cache was damaged and has been removed; further ones are only counted",
            metadata: facts(["file": "\(name.folder)/\(name.file)"]))
    }

    private static func hint(_ error: Int32) -> String {
        switch error {
        case ENOSPC, EDQUOT: "make room on that disk, or lower the layer's maxSize"
        case EACCES, EPERM, EROFS: "let the user that runs the proxy write there, or choose another directory"
        default: "look at the disk and at the kernel's log"
        }
    }

    private func facts(_ more: [String: String]) -> Logger.Metadata {
        var facts: Logger.Metadata = ["directory": .string(Quoted.oneLine(directory))]
        for (key, text) in more { facts[key] = .string(Quoted.oneLine(text)) }
        return facts
    }
}
