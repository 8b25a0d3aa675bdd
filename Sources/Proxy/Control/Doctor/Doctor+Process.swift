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
        guard seen.generation.tokens.isEmpty else {
            return [
                .ok("auth.tokens", "\(seen.settings.auth.tokens.count), for \(guarded.count) rules that ask for one")
            ]
        }
        return [
            .error(
                "auth.tokens",
                "there are none, so every request of these rules is answered with 401: \(Examination.list(guarded))",
                remedy: "add one to auth.tokens, or take requiresAuth from the rules")
        ]
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
