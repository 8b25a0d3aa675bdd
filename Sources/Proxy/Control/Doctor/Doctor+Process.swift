internal import Access
internal import Routing
internal import Settings

/// Who may do what, and the process itself.
extension Doctor {
    @Sendable static func adminToken(_ seen: Examination) -> [Finding] {
        guard !seen.facts.hasAdminToken else { return [.ok("admin token", "changes need it, and it is there")] }
        return [
            .warning(
                "admin token", "there is none: every change is refused",
                remedy: "set admin.token, as \"${NAME}\" with the variable NAME, or a HOME where one can be kept")
        ]
    }

    @Sendable static func tokens(_ seen: Examination) -> [Finding] {
        let guarded = seen.generation.router.rules.filter(\.requiresAuth).map(\.name)
        guard !guarded.isEmpty else { return [] }
        let auth = seen.settings.auth
        if !auth.configured.subtracting(.token).isEmpty { return credentials(seen, guarded.count) }
        guard seen.generation.tokens.isEmpty else {
            return [
                .ok("auth.tokens", "\(auth.tokens.count), for \(guarded.count) rules that ask for one")
            ]
        }
        return [
            .error(
                "auth.tokens",
                "there are none, so every request of these rules is answered with 401: \(Examination.list(guarded))",
                remedy: "add one to auth.tokens, or take requiresAuth from the rules")
        ]
    }

    /// Where there are more kinds than tokens: which, whether the keys of issuers could be read, and how the service does.
    private static func credentials(_ seen: Examination, _ rules: Int) -> [Finding] {
        let kinds = seen.settings.auth.configured.names.joined(separator: ", ")
        let authenticator = seen.generation.authenticator
        let troubled = (authenticator.jwt?.figures ?? []).filter { $0.trouble != nil }
        let service = authenticator.forward.flatMap { forwardAuth($0.figures, seen.settings.auth.forwardAuth) }
        if troubled.isEmpty, service == nil { return [.ok("auth", "\(kinds), for \(rules) rules that ask for one")] }
        return [service].compactMap { $0 } + troubled.map { issuer in
            let rest = issuer.keys > 0 ? "the \(issuer.keys) keys of before serve" : "its tokens are answered with 503"
            return .error(
                "auth.jwt", "the keys of \(issuer.issuer) could not be read, \(rest): \(issuer.trouble ?? "")",
                remedy: "see whether its address answers, or correct auth.jwt")
        }
    }

    private static func forwardAuth(_ figures: ForwardFigures, _ settings: ForwardAuthSettings) -> Finding? {
        guard let trouble = figures.trouble else { return nil }
        let rest = settings.failOpen ? "requests pass unasked (failOpen)" : "requests are answered with 503 or 504"
        return .error(
            "auth.forwardAuth",
            "\(settings.url ?? "") does not answer, and \(figures.isLeftAlone ? "is left alone for a moment: " : "")\(rest): "
                + trouble,
            remedy: "see whether the service runs and answers within \(settings.timeout.spelling), or correct auth.forwardAuth")
    }

    @Sendable static func process(_ seen: Examination) -> [Finding] {
        var found: [Finding] = []
        if seen.isDraining {
            found.append(
                .warning(
                    "process", "it stops: new connections are refused",
                    remedy: "start another one if nobody meant it to stop"))
        }
        // 2024-01-01: no clock that was ever set is behind this program
        if seen.wallMs < 1_704_067_200_000 {
            found.append(
                .warning(
                    "clock", "it says a time before this program was written: log lines and dates of answers are wrong",
                    remedy: "set the clock: timedatectl, or the time service of the host"))
        }
        if !found.isEmpty { return found }
        return [
            .ok(
                "process",
                "up \(Duration.seconds(seen.uptime).spelling), version \(Version.number), \(seen.loops) loops")
        ]
    }
}
