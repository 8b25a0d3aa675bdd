package import NIOCore

/// The commands that are needed so far.
extension RedisClient {
    /// What is stored under a key; nil where nothing is.
    package func get(_ key: some Sequence<UInt8>, _ done: @escaping (Result<ByteBuffer?, RedisFailure>) -> Void) {
        send(RedisCommand("GET", key: key)) { result in
            done(
                result.flatMap { reply in
                    switch reply {
                    case .bytes(let bytes): .success(bytes)
                    case .null: .success(nil)
                    default: .failure(.refused("no reply to GET"))
                    }
                })
        }
    }

    /// Stores a value, for so many milliseconds where that is said.
    ///
    /// - Parameter onlyNew: leave what is there; false is answered then.
    package func set(
        _ key: some Sequence<UInt8>, _ value: some Sequence<UInt8>, milliseconds: Int64? = nil, onlyNew: Bool = false,
        _ done: @escaping (Result<Bool, RedisFailure>) -> Void = { _ in }
    ) {
        var command = RedisCommand("SET", .stores, key: key).with(value)
        if let milliseconds { command = command.with("PX").with("\(max(milliseconds, 1))") }
        if onlyNew { command = command.with("NX") }
        send(command) { result in done(result.map { $0 != .null }) }
    }

    /// Whether there was anything.
    package func delete(_ key: some Sequence<UInt8>, _ done: @escaping (Result<Bool, RedisFailure>) -> Void = { _ in })
    {
        send(RedisCommand("DEL", .removes, key: key)) { result in done(result.map { $0 != .integer(0) }) }
    }

    /// Lets a key live for so many milliseconds from now on; false where it is not there.
    package func expire(
        _ key: some Sequence<UInt8>, milliseconds: Int64,
        _ done: @escaping (Result<Bool, RedisFailure>) -> Void = { _ in }
    ) {
        let command = RedisCommand("PEXPIRE", .removes, key: key).with("\(max(milliseconds, 1))")
        send(command) { result in done(result.map { $0 != .integer(0) }) }
    }
}
