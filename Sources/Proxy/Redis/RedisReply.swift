package import NIOCore

/// What Redis answers to a command (RESP2).
package enum RedisReply: Sendable, Equatable {
    case bytes(ByteBuffer)
    case integer(Int64)
    /// `OK`, `PONG`.
    case status(String)
    /// A refusal: a word in capitals, then why.
    case error(String)
    case null
    case list([RedisReply])

    /// Whether it is this text, however it was sent.
    func isText(_ text: String) -> Bool {
        switch self {
        case .bytes(let bytes): String(buffer: bytes) == text
        case .status(let status): status == text
        default: false
        }
    }
}

/// Why a command has no reply that is of use.
package enum RedisFailure: Error, Sendable, Equatable {
    /// No reply within the time of a command. What the command asked for may happen all the same.
    case late
    /// There is no connection, or none that is worth waiting for: nothing was sent, or the reply will never come.
    case unavailable
    /// Too many commands are under way.
    case busy
    /// Redis refused the command; its words.
    case refused(String)
    /// Another node of the cluster has the key. A client follows that itself and never gives it out.
    case moved(RedisRedirect)
}
