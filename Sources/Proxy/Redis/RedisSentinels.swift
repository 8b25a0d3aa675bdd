internal import NIOCore
internal import Settings

/// The sentinels of a Redis: they watch it and its replicas, and know which of them is the master now.
struct RedisSentinels: Sendable {
    let hosts: [RedisHost]
    let master: String
    let dial: RedisDial

    /// Asks all of them at once; the first that knows is believed. Who it names says itself whether it is the master
    /// (`RedisGreeting`).
    func masterHost(on loop: any EventLoop) -> EventLoopFuture<RedisHost> {
        let found = loop.makePromise(of: RedisHost.self)
        let left = NIOLoopBoundBox.makeBoxSendingValue(hosts.count, eventLoop: loop)
        for host in hosts {
            ask(host, on: loop).hop(to: loop).whenComplete { result in
                left.value -= 1
                switch result {
                case .success(let host): found.succeed(host)
                case .failure(let error): if left.value == 0 { found.fail(error) }
                }
            }
        }
        return found.futureResult
    }

    private func ask(_ sentinel: RedisHost, on loop: any EventLoop) -> EventLoopFuture<RedisHost> {
        let found = loop.makePromise(of: RedisHost.self)
        let question = RedisCommand("SENTINEL").with("GET-MASTER-ADDR-BY-NAME").with(master)
        let login = login
        let made = dial.reaching(sentinel).connect(on: loop) {
            RedisConnection { connection, event in
                switch event {
                case .active:
                    for command in [login, question].compactMap({ $0 }) { _ = connection.write(command) }
                case .reply(.status): break
                case .reply(let reply):
                    found.completeWith(answer(reply, of: sentinel))
                    connection.close()
                case .ended(let trouble): found.fail(failure(sentinel, trouble.reason))
                }
            }
        }
        made.whenFailure { found.fail(failure(sentinel, Upstream.reason($0))) }
        let limit = TimeAmount.nanoseconds(dial.settings.connectTimeout.nanoseconds)
        let timer = loop.scheduleTask(in: limit) {
            found.fail(failure(sentinel, "no answer in time"))
            made.whenSuccess { $0.close(promise: nil) }
        }
        return found.futureResult.always { _ in timer.cancel() }
    }

    private var login: RedisCommand? {
        guard let password = dial.settings.sentinel.password else { return nil }
        let command = RedisCommand("AUTH")
        return (dial.settings.sentinel.username.map { command.with($0) } ?? command).with(password.value)
    }

    private func answer(_ reply: RedisReply, of sentinel: RedisHost) -> Result<RedisHost, any Error> {
        switch reply {
        case .list(let parts):
            if parts.count == 2, case .bytes(let name) = parts[0], case .bytes(let port) = parts[1],
                let host = RedisHost(told: "\(String(buffer: name)):\(String(buffer: port))")
            {
                return .success(host)
            }
        case .null: return .failure(failure(sentinel, "it knows no master named \(Quoted.oneLine(master))"))
        case .error(let words): return .failure(failure(sentinel, words))
        default: break
        }
        return .failure(failure(sentinel, "its answer names no master"))
    }

    private func failure(_ sentinel: RedisHost, _ why: String) -> ResolveFailure {
        ResolveFailure(.servers, "the sentinel \(sentinel.spelling): \(why)")
    }
}
