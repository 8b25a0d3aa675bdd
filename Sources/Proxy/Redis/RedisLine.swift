internal import NIOCore
internal import Settings

/// A connection to one Redis that is made again whenever it ends: `RedisLink` says when, `RedisGreeting` what is said
/// first. What goes over it is its owner's matter. Everything happens on its loop.
final class RedisLine: @unchecked Sendable {
    /// What the owner is told, in this order and then anew.
    enum Event {
        /// We are let in.
        case opened
        case reply(RedisReply)
        /// There is no connection any more, or none came about. Told before it is reported.
        case closed(RedisTrouble)
    }

    /// Well for so long after a trouble, and the trouble is over.
    private static let lasting = TimeAmount.seconds(1)

    let eventLoop: any EventLoop
    private let redis: Redis
    private let dial: RedisDial
    /// Of this line in the eyes of `Redis`.
    private let number: Int
    /// Before what is wrong with it, where it is one of several.
    private let label: String
    private var tell: ((Event) -> Void)?

    private var link = RedisLink()
    private var connection: RedisConnection?
    private var greeting: RedisGreeting?
    /// Tells a try to connect from the one before.
    private var serial = 0
    private var retry: Scheduled<Void>?
    private var connectLimit: Scheduled<Void>?
    private var isTroubled = false
    private var steady: Scheduled<Void>?

    /// - Parameter node: one of a cluster; nil for what the settings name.
    init(_ redis: Redis, node: RedisHost? = nil, on eventLoop: any EventLoop) {
        self.redis = redis
        self.eventLoop = eventLoop
        dial = node.map { redis.dial.reaching($0) } ?? redis.dial
        label = node.map { "\($0.spelling): " } ?? ""
        number = redis.takeNumber()
    }

    var isOpen: Bool { link.isOpen && connection != nil }

    /// A number that another connection does not have.
    var current: Int { serial }

    /// Connects; from anywhere.
    func start(_ tell: @escaping @Sendable (Event) -> Void) {
        eventLoop.execute {
            self.tell = tell
            self.follow(self.link.started())
        }
    }

    /// Ends for good, and is no trouble to anybody any more; on the loop.
    func stop() {
        retry?.cancel()
        steady?.cancel()
        redis.forget(number)
        follow(link.stopped())
        tell = nil
    }

    /// The same where others go on: what was wrong here is over.
    func retire() {
        redis.report(number, nil)
        stop()
    }

    /// False where it cannot be sent; nothing of it is then.
    func write(_ command: RedisCommand) -> Bool { connection?.write(command) ?? false }

    /// All is well, or what is wrong. That all is well again counts when it has lasted: what comes and goes is one
    /// outage, and a line in the log.
    func report(_ trouble: RedisTrouble?) {
        steady?.cancel()
        steady = nil
        if let trouble {
            isTroubled = true
            redis.report(number, trouble, label)
        } else if isTroubled {
            steady = eventLoop.scheduleTask(in: Self.lasting) {
                self.isTroubled = false
                self.redis.report(self.number, nil)
            }
        } else {
            redis.report(number, nil)
        }
    }

    /// The connection, or the try to get one, is of no use: it is closed, and another one made after a time.
    func fail(_ trouble: RedisTrouble) { failed(serial, trouble) }

    private func follow(_ action: RedisLink.Action) {
        switch action {
        case .nothing: break
        case .connect: connect()
        case .wait(let time):
            retry = eventLoop.scheduleTask(in: .nanoseconds(time)) { self.follow(self.link.waited()) }
        case .close:
            drop()
            tell?(.closed(.broken("it is not needed any more")))
        }
    }

    private func connect() {
        serial += 1
        let serial = self.serial
        let limit = redis.settings.connectTimeout
        connectLimit = eventLoop.scheduleTask(in: .nanoseconds(limit.nanoseconds)) {
            self.failed(serial, .silent("no connection and login within \(limit.spelling)"))
        }
        let made = dial.connect(on: eventLoop) {
            RedisConnection { connection, event in self.happened(serial, connection, event) }
        }
        made.whenFailure { error in self.failed(serial, .unreachable(Self.reason(error))) }
    }

    private func happened(_ serial: Int, _ connection: RedisConnection, _ event: RedisConnection.Event) {
        guard serial == self.serial, link.state != .stopped else { return connection.close() }
        switch event {
        case .active:
            self.connection = connection
            let greeting = RedisGreeting(redis.settings)
            for command in greeting.commands { _ = connection.write(command) }
            self.greeting = greeting
        case .reply(let reply):
            if greeting == nil {
                tell?(.reply(reply))
                return
            }
            switch greeting?.replied(reply) {
            case .welcome:
                greeting = nil
                opened()
            case .refused(let trouble): failed(serial, trouble)
            case .more, nil: break
            }
        case .ended(let trouble):
            // one of several addresses may have failed, and the next be tried
            if self.connection === connection { failed(serial, trouble) }
        }
    }

    private func opened() {
        connectLimit?.cancel()
        connectLimit = nil
        _ = link.opened(now: Int64(NIODeadline.now().uptimeNanoseconds))
        tell?(.opened)
    }

    private func failed(_ serial: Int, _ trouble: RedisTrouble) {
        guard serial == self.serial, link.state != .stopped, link.state != .waiting else { return }
        drop()
        tell?(.closed(trouble))
        report(trouble)
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        let random = UInt64.random(in: .min ... .max)
        follow(link.failed(now: now, random: random, again: trouble == .readOnly))
    }

    private func drop() {
        // what comes of this one no longer counts
        serial += 1
        connectLimit?.cancel()
        connectLimit = nil
        greeting = nil
        connection?.close()
        connection = nil
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let failure as ResolveFailure: failure.message
        case let failure as TLSFailure: "\(failure)"
        default: Upstream.reason(error)
        }
    }
}
