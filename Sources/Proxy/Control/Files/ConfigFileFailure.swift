internal import Glibc

/// Why a change was not written. The file is as it was.
package struct ConfigFileFailure: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The file is not what the change was made for.
        case changed
        case cannotReplace
    }

    package let kind: Kind
    package let description: String

    static let changed = ConfigFileFailure(
        kind: .changed, description: "config changed since last load; re-run config.get and retry")

    private static let ephemeral = "change this process only with --ephemeral"
    private static let remedies =
        "change the file where it is mounted from and let the proxy follow it, or \(ephemeral),"
        + " or all replicas with --all (admin.peers)"

    /// - Parameters:
    ///   - place: where the path leads, which is told where links lead elsewhere.
    ///   - advice: what helps against this reason before all else.
    static func cannotReplace(
        _ path: String, _ place: FilePlace, _ reason: String, advice: String? = nil
    ) -> ConfigFileFailure {
        let name = place.path == path ? path : "\(path) (a link to \(place.path))"
        let help = advice.map { "\($0), or \(remedies)" } ?? remedies
        return ConfigFileFailure(
            kind: .cannotReplace, description: "\(name): cannot be replaced: \(reason); nothing was changed; \(help)")
    }

    /// The file itself may well have been replaced, or may still be.
    static func cannotKeep(_ path: String, _ place: FilePlace, _ failure: DiskCalls.Failure) -> ConfigFileFailure {
        let advice = [ENOSPC, EDQUOT].contains(failure.error) ? "free some space" : "make it writable for the proxy"
        return ConfigFileFailure(
            kind: .cannotReplace,
            description: "\(path): its history \(place.history) cannot be written:"
                + " \(systemReason(failure.error)); \(advice)")
    }

    static func cannotReplace(_ path: String, _ place: FilePlace, _ failure: DiskCalls.Failure) -> ConfigFileFailure {
        let reason = systemReason(failure.error)
        switch (failure.step, failure.error) {
        case (_, ENOSPC): return cannotReplace(path, place, "\(reason): the disk is full", advice: "free some space")
        case (_, EDQUOT):
            return cannotReplace(path, place, "\(reason): no more may be written", advice: "free some space")
        case (.rename, EBUSY), (.rename, EXDEV):
            return cannotReplace(path, place, "\(reason): it is mounted there by itself")
        case (.own, EPERM):
            return cannotReplace(
                path, place, "\(reason): the new file cannot be given the owner of the old one",
                advice: "run the proxy as that owner")
        case (.lock, EWOULDBLOCK):
            return cannotReplace(
                path, place, "another process has held \(failure.path) for 5 s",
                advice: "end that process, and try again")
        case (.makeFolder, _), (.lock, _):
            return cannotReplace(path, place, "\(failure.path) cannot be made: \(reason)")
        default: return cannotReplace(path, place, reason)
        }
    }
}
