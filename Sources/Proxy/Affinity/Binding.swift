internal import Wire

/// What binds one exchange to an agent. There is none for the many requests that nothing binds.
final class Binding {
    /// Hash of the session's key; 0: it has none.
    var session: UInt64 = 0
    /// For the pool's strategy, where that goes by a key; 0: the client's address.
    var key: UInt64 = 0
    /// The agent that a signed cookie names; 0: none does.
    var cookieAgent: UInt64 = 0
    /// Looks for keys in the body while that is gathered.
    var scanner: JSONStringScanner?
    /// Until when it waits for an agent that restarts; 0: it does not.
    var waitsUntil: Int64 = 0
    /// Other replicas have been asked whose it is.
    var wasAsked = false
    /// It was unknown to all of them.
    var isNew = true
    /// This exchange bound it, so it belongs to whoever answers in the end.
    var isBoundHere = false
    /// The request asks for others than the owner of its session: nothing is bound by it.
    var isGuest = false
    /// What the client is to be told: a `Set-Cookie` line.
    var fields: [UInt8] = []
    /// The id of the response binds those that name it; read from the beginning of the answer.
    var learnsResponse = false
    var opening: [UInt8] = []
}
