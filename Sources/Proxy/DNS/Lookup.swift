internal import Balancer
internal import Settings

/// Finds the records of one kind of one name: asks the servers in turn, over TCP what does not fit into UDP, and follows
/// aliases. A value: it sends nothing and knows no clock; whoever drives it tells what happened.
package struct Lookup: Sendable {
    package enum Transport: Sendable, Hashable {
        case udp
        case tcp
    }

    package enum Action: Sendable, Equatable {
        /// Ask, and say `answered`, `timedOut` or `failed`.
        case ask(DNSAsk)
        case end(Outcome)
    }

    package enum Outcome: Sendable, Equatable {
        /// `isFollowed`: by an alias. Records that came along, too; seconds for the least lasting of the way.
        case found([DNSRecord], additional: [DNSRecord], ttl: UInt32)
        /// The name is there, without such records. Who said it; seconds, where the zone says them.
        case noRecords(String, ttl: UInt32?)
        case noName(String, ttl: UInt32?)
        /// Nobody gave an answer. Whether servers did answer, and what was wrong with each.
        case failed(wereHeard: Bool, [String])
    }

    private enum State: Sendable {
        /// Answered: stays (TCP, without EDNS, an alias), or `ended`. Failed, or no answer: stays with the next server,
        /// until all were asked `attempts` times: `ended`.
        case asking(DNSAsk)
        /// For good.
        case ended
    }

    /// Aliases in a row that are followed.
    package static let mostAliases = 16
    /// A "no" is not believed longer than this (RFC 2308, 5). Seconds.
    static let longestNo: UInt32 = 10_800

    private let kind: DNSMessage.Kind
    private let configuration: ResolverConfiguration
    private let first: Int
    private var state = State.ended
    private var name: DNSName
    private var aliases = 0
    /// The least of the aliases that were followed.
    private var ttl = UInt32.max
    /// How many servers were asked, the present one included.
    private var turn = 0
    private var wereHeard = false
    private var troubles: [String] = []

    /// - Parameter first: which server is asked first, where the configuration rotates them.
    package init(_ name: DNSName, _ kind: DNSMessage.Kind, _ configuration: ResolverConfiguration, first: Int = 0) {
        self.name = name
        self.kind = kind
        self.configuration = configuration
        self.first = configuration.rotates ? first : 0
    }

    package mutating func started(_ random: inout some RandomNumberGenerator) -> Action { next(&random) }

    /// An answer to the question; `DNSAsk.accepts` says which are.
    package mutating func answered(
        _ message: DNSMessage, _ random: inout some RandomNumberGenerator
    ) -> Action {
        guard case .asking(let ask) = state else { return end(.failed(wereHeard: wereHeard, troubles)) }
        if message.isTruncated {
            if ask.transport == .udp { return send(ask.server, .tcp, ask.hasEDNS, &random) }
            return passOver("a truncated answer over TCP", &random)
        }
        switch message.code {
        case .noError, .noSuchName: return read(message, ask, &random)
        case .formatError, .notImplemented, .badVersion:
            // RFC 6891, 7: servers that do not know EDNS say so in these ways
            if ask.hasEDNS { return send(ask.server, ask.transport, false, &random) }
        default: break
        }
        return passOver("\(message.code)", &random)
    }

    package mutating func timedOut(_ random: inout some RandomNumberGenerator) -> Action {
        guard case .asking(let ask) = state else { return end(.failed(wereHeard: wereHeard, troubles)) }
        let way = ask.transport == .tcp ? " over TCP" : ""
        return passOver("no answer\(way) within \(configuration.timeout.spelling)", isHeard: false, &random)
    }

    /// It could not be asked: refused, unreachable.
    package mutating func failed(_ reason: String, _ random: inout some RandomNumberGenerator) -> Action {
        passOver(reason, isHeard: false, &random)
    }

    // MARK: answers

    private mutating func read(
        _ message: DNSMessage, _ ask: DNSAsk, _ random: inout some RandomNumberGenerator
    ) -> Action {
        while true {
            let found = message.answers.filter { $0.name == name && $0.kind == kind }
            if !found.isEmpty {
                let least = found.reduce(ttl) { min($0, $1.ttl) }
                return end(.found(found, additional: message.additional, ttl: least))
            }
            guard let alias = message.answers.first(where: { $0.name == name && $0.kind == .cname }),
                case .alias(let target) = alias.value
            else { break }
            aliases += 1
            guard aliases <= Self.mostAliases else { return passOver("a chain of aliases without an end", &random) }
            ttl = min(ttl, alias.ttl)
            name = target
        }
        let zone = message.authority.first { $0.kind == .soa }
        var no: UInt32?
        if let zone, case .zone(let minimum) = zone.value { no = min(zone.ttl, minimum, ttl, Self.longestNo) }
        let server = ask.server.spelling
        if message.code == .noSuchName { return end(.noName(server, ttl: no)) }
        guard zone == nil else { return end(.noRecords(server, ttl: no)) }
        // half of a chain: the server does not look further by itself
        if name != ask.question.name { return send(ask.server, configuration.usesTCP ? .tcp : .udp, true, &random) }
        let isReferral = !message.isAuthoritative && message.authority.contains { $0.kind == DNSMessage.Kind(2) }
        if isReferral { return passOver("a referral: it does not resolve names for others", &random) }
        return end(.noRecords(server, ttl: nil))
    }

    // MARK: questions

    private mutating func passOver(
        _ trouble: String, isHeard: Bool = true, _ random: inout some RandomNumberGenerator
    ) -> Action {
        guard case .asking(let ask) = state else { return end(.failed(wereHeard: wereHeard, troubles)) }
        wereHeard = wereHeard || isHeard
        let text = "\(ask.server.spelling): \(trouble)"
        if !troubles.contains(text) { troubles.append(text) }
        return next(&random)
    }

    private mutating func next(_ random: inout some RandomNumberGenerator) -> Action {
        let servers = configuration.servers
        guard turn < servers.count * max(configuration.attempts, 1) else {
            return end(.failed(wereHeard: wereHeard, troubles))
        }
        let server = servers[(first + turn) % servers.count]
        turn += 1
        return send(server, configuration.usesTCP ? .tcp : .udp, true, &random)
    }

    private mutating func send(
        _ server: NameServer, _ transport: Transport, _ hasEDNS: Bool, _ random: inout some RandomNumberGenerator
    ) -> Action {
        let ask = DNSAsk(
            id: UInt16.random(in: .min ... .max, using: &random), question: DNSMessage.Question(name, kind),
            server: server, transport: transport, hasEDNS: hasEDNS, timeout: configuration.timeout)
        state = .asking(ask)
        return .ask(ask)
    }

    private mutating func end(_ outcome: Outcome) -> Action {
        state = .ended
        return .end(outcome)
    }
}
