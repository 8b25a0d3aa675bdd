import Settings

/// How grave a message is. Ascending; the raw value is the spelling in configuration and lines.
package enum LogLevel: String, Variant, Comparable {
    case trace, debug, info, notice, warning, error, critical

    package static var noun: String { "level" }
    package static var spellings: [String: LogLevel] {
        ["warn": .warning, "fatal": .critical]
    }

    /// 0 for `trace` to 6 for `critical`.
    package var rank: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }

    /// The severity of RFC 5424, section 6.2.1.
    package var severity: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}
