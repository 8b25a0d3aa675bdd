/// Why a Redis is of no use at the moment, for the log and for operators.
package enum RedisTrouble: Sendable, Hashable {
    /// No connection: refused, no route, no such name, no TLS.
    case unreachable(String)
    /// It does not answer, or not in time.
    case silent(String)
    /// It does not take our name or password; its words.
    case credentials(String)
    /// It reads its data, or waits for its master; its words.
    case loading(String)
    /// It is a replica.
    case readOnly
    /// It stores nothing more, and answers all else; its words.
    case full(String)
    /// It closed the connection, or what it sent is not RESP.
    case broken(String)

    /// Characters of Redis' own words that are told.
    private static let mostWords = 200

    /// What an error of Redis says of the connection; nil where it only refuses one command.
    package init?(error: String) {
        let word = error.prefix { $0 != " " }
        let error = String(error.prefix(Self.mostWords))
        switch word {
        // DENIED: protected mode, which only lets this machine in
        case "NOAUTH", "WRONGPASS", "DENIED": self = .credentials(error)
        case "LOADING", "MASTERDOWN", "BUSY", "CLUSTERDOWN", "TRYAGAIN": self = .loading(error)
        case "READONLY": self = .readOnly
        // MISCONF: it cannot save, and takes no writes until it can
        case "OOM", "MISCONF": self = .full(error)
        case "ERR" where error.contains("invalid password") || error.contains("max number of clients"):
            self = error.contains("password") ? .credentials(error) : .broken(error)
        default: return nil
        }
    }

    package var reason: String {
        switch self {
        case .unreachable(let why), .silent(let why): why
        case .credentials(let words): "it does not let us in: \(words)"
        case .loading(let words): "it is not ready: \(words)"
        case .readOnly: "it is a replica and takes no writes (READONLY)"
        case .full(let words): "it stores nothing more: \(words)"
        case .broken(let why): why
        }
    }

    package var hint: String {
        switch self {
        case .unreachable: "start it, or correct the endpoint; until then the proxy goes on without it"
        case .silent: "look at its load and the network; until then the proxy goes on without it"
        case .credentials: "correct username and password"
        case .loading: "wait until it has read its data"
        case .readOnly: "name the master as the endpoint, or its sentinels"
        case .full: "give it more memory, an eviction policy such as allkeys-lru, or room on its disk"
        case .broken: "look at its log"
        }
    }

    /// Whether the connection is of use all the same.
    var leavesConnection: Bool {
        if case .full = self { return true }
        return false
    }

    /// Whether both are told in one line.
    func isSame(as other: RedisTrouble) -> Bool {
        switch (self, other) {
        case (.unreachable, .unreachable), (.silent, .silent), (.credentials, .credentials), (.loading, .loading),
            (.readOnly, .readOnly), (.full, .full), (.broken, .broken):
            true
        default: false
        }
    }
}
