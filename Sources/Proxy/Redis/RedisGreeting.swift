package import Settings

/// What is said first on a connection to a Redis, and what its replies mean.
package struct RedisGreeting: Sendable {
    package enum Verdict: Sendable, Equatable {
        case more
        case welcome
        case refused(RedisTrouble)
    }

    private enum Word: Sendable {
        case login
        case database
        case name
        case role
        case ping
    }

    package let commands: [RedisCommand]
    private let words: [Word]
    private var heard = 0
    private let hasPassword: Bool

    package init(_ settings: RedisSettings, clientName: String = "clawproxy") {
        var commands: [RedisCommand] = []
        var words: [Word] = []
        hasPassword = settings.secret != nil
        if let password = settings.secret {
            let login = RedisCommand("AUTH")
            commands.append((settings.user.map { login.with($0) } ?? login).with(password.value))
            words.append(.login)
        }
        if settings.database != 0 {
            commands.append(RedisCommand("SELECT").with("\(settings.database)"))
            words.append(.database)
        }
        commands.append(RedisCommand("CLIENT").with("SETNAME").with(clientName))
        words.append(.name)
        if case .sentinel = settings.endpoint?.place {
            // what a sentinel calls the master may be one no longer
            commands.append(RedisCommand("ROLE"))
            words.append(.role)
        }
        // the first that a Redis that reads its data refuses
        commands.append(RedisCommand("PING"))
        words.append(.ping)
        self.commands = commands
        self.words = words
    }

    package mutating func replied(_ reply: RedisReply) -> Verdict {
        guard heard < words.count else { return .refused(.broken("a reply to no command")) }
        let word = words[heard]
        heard += 1
        if case .error(let error) = reply, let trouble = trouble(error, word) { return .refused(trouble) }
        if word == .role, case .list(let parts) = reply, let role = parts.first, !role.isText("master") {
            return .refused(.readOnly)
        }
        return heard == words.count ? .welcome : .more
    }

    private func trouble(_ error: String, _ word: Word) -> RedisTrouble? {
        if let known = RedisTrouble(error: error) { return known }
        switch word {
        case .login: return .credentials(error)
        case .database: return .broken("no such database: \(error)")
        // an ACL may forbid them, and nothing depends on them
        case .name, .role, .ping: return nil
        }
    }
}
