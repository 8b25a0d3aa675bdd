internal import Settings

/// What is wrong with the running proxy, and with what it depends on; and what to do about it.
///
/// To add a check: a function of an `Examination` in the file of its area, and a line in the list. Each answers with
/// what is wrong, or with one row that says that all is well.
enum Doctor {
    typealias Check = @Sendable (Examination) -> [Finding]

    static let checks: [Check] = [
        configuration, configurationFile, features, confirmation, discovery, redis, cache, certificates, agents, pools, rules,
        connections, exchanges, failures, retries, keptConnections, descriptors, overload, logLines, adminToken, tokens, process,
    ]

    static func findings(process: ProcessState, facts: DoctorFacts) async -> [Finding] {
        findings(of: await Examination(process, facts))
    }

    /// What does not work first, then what will not for long, then what is well.
    static func findings(of examination: Examination) -> [Finding] {
        let all = checks.flatMap { $0(examination) }
        return [.error, .warning, .ok].flatMap { severity in all.filter { $0.severity == severity } }
    }
}
