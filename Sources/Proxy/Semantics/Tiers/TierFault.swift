/// Why a tier has no vector for a text.
enum TierFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// As many wait for it as may.
    case full
    /// The time for it was over before it was begun.
    case late
    /// It has failed too often, and is left alone for a while.
    case resting
    /// The process stops, or the configuration names the tier no more.
    case closed
    /// It serves, but takes this text, or one of those sent with it, for unusable.
    case refused(status: Int)
    /// Numbers in a vector where another count was expected: another model answers under the same name.
    case dimensions(expected: Int, found: Int)
    /// What was expected, what was found, what to do.
    case failed(String)

    var description: String {
        switch self {
        case .full: "as many texts wait as may; give semantic.threads more"
        case .late: "it was too late to begin"
        case .resting: "it is left alone after failures"
        case .closed: "it is closed"
        case .refused(let status):
            "expected vectors, found status \(status): it refuses these texts; see whether `model` is right, and "
                + "whether it takes `batch` texts of this length at once"
        case .dimensions(let expected, let found):
            "expected \(expected) numbers a vector, found \(found): another model answers; let `url` lead to one model"
        case .failed(let message): message
        }
    }
}
