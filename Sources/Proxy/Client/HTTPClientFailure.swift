internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Why a question to an HTTP server has no answer.
package enum HTTPClientFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// No connection came about: nothing was asked.
    case unreachable(String)
    /// Nothing was asked, or the peer ended it by an alert.
    case tls(TLSFailure)
    /// No answer in time; `connecting`: nothing was asked.
    case late(connecting: Bool)
    /// Asked, but the connection ended, or what came is not HTTP.
    case broken(String)
    /// The answer's body is longer than this.
    case tooLong(Int)
    /// Nobody waits for it any more.
    case cancelled

    package var description: String {
        switch self {
        case .unreachable(let what), .broken(let what): what
        case .tls(let failure): failure.description
        case .late(let connecting): connecting ? "no connection in time" : "no answer in time"
        case .tooLong(let bytes): "its answer is longer than \(bytes) bytes"
        case .cancelled: "the question was given up"
        }
    }

    /// Why a connection could not be made.
    init(connecting error: any Error) {
        switch error {
        case let failure as HTTPClientFailure: self = failure
        case let failure as TLSFailure: self = failure.kind == .timeout ? .late(connecting: true) : .tls(failure)
        case ChannelError.connectTimeout: self = .late(connecting: true)
        case let error as IOError: self = .unreachable(String(cString: strerror(error.errnoCode)).lowercased())
        case let several as NIOConnectionError:
            guard let first = several.connectionErrors.first else {
                self = .unreachable("\(several.host) has no address")
                return
            }
            self.init(connecting: first.error)
        default: self = .unreachable("\(error)")
        }
    }

    /// Why one broke off.
    init(breaking error: any Error) {
        switch error {
        case let failure as HTTPClientFailure: self = failure
        case let failure as TLSFailure: self = .tls(failure)
        case let error as IOError: self = .broken(String(cString: strerror(error.errnoCode)).lowercased())
        default: self = .broken("\(error)")
        }
    }
}
