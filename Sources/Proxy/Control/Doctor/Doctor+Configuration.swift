internal import Settings

/// Whether what the files say is what runs, and whether it can be changed.
extension Doctor {
    /// Rows for one thing at most; the rest is counted.
    static let mostRows = 20

    @Sendable static func configuration(_ seen: Examination) -> [Finding] {
        var found: [Finding] = []
        if let refusal = seen.facts.lastRefusal {
            let shown = refusal.problems.prefix(3).map(\.description).joined(separator: "; ")
            let rest = refusal.problems.count > 3 ? "; and \(refusal.problems.count - 3) more" : ""
            found.append(
                .error(
                    "configuration",
                    "what the files say was refused \(seen.ago(refusal.time)), and what ran goes on: \(shown)\(rest)",
                    remedy:
                        "correct it there: it is taken as soon as it is right; `clawproxy check` lists every problem"))
        } else if seen.facts.filesDiffer {
            found.append(
                .warning(
                    "configuration", "the files say something else than what runs",
                    remedy: "`clawproxy config diff` shows it, `clawproxy config reload` takes it"))
        }
        if !seen.facts.restart.isEmpty {
            found.append(
                .warning(
                    "configuration",
                    "changed, and in force only after the next start: \(Examination.list(seen.facts.restart))",
                    remedy: "restart the proxy when it suits; a drain loses no request"))
        }
        if seen.facts.isEphemeral {
            found.append(
                .warning(
                    "configuration", "a part of it is ephemeral, and ends with this process",
                    remedy:
                        "`clawproxy config get --origins` shows which; set it in the file too, "
                        + "or unset it with --ephemeral"
                ))
        }
        return found.isEmpty
            ? [.ok("configuration", "generation \(seen.generation.number) runs, as the files say")] : found
    }

    @Sendable static func configurationFile(_ seen: Examination) -> [Finding] {
        guard let path = seen.facts.targetFile else {
            return [
                .warning(
                    "configuration file",
                    "there is none to write changes to: HOME is not set, and no --config-file was given",
                    remedy: "set HOME, or give --config-file")
            ]
        }
        guard let obstacle = seen.facts.targetObstacle else {
            return [.ok("configuration file", "\(path) can be replaced by a change")]
        }
        return [OfflineDoctor.notReplaceable(obstacle)]
    }

    /// What the check warns of: keys that this version does not know yet among it.
    @Sendable static func features(_ seen: Examination) -> [Finding] {
        // what is wrong there is told as a refusal, or has not been tried yet
        let problems = seen.facts.problems.filter { $0.severity == .warning }
        var found = problems.prefix(mostRows).map { problem in
            Finding.warning(
                problem.path.isEmpty ? "configuration" : problem.path,
                "\(problem.message) (\(problem.position.text))",
                remedy: "`clawproxy explain \(key(problem.path))` shows where it comes from")
        }
        if problems.count > mostRows {
            found.append(
                .warning(
                    "configuration", "\(problems.count - mostRows) more warnings",
                    remedy: "`clawproxy check` lists them"))
        }
        return found
    }

    private static func key(_ path: String) -> String {
        let path = path.hasPrefix("gateway.") ? String(path.dropFirst(8)) : path
        return path.contains { $0 == "[" || $0 == " " || $0 == "\"" } ? "'\(path)'" : path
    }

    @Sendable static func confirmation(_ seen: Examination) -> [Finding] {
        guard let deadline = seen.facts.confirmBy else { return [] }
        let left = Duration.seconds(max(0, deadline - seen.wallMs) / 1000).spelling
        return [
            .warning(
                "change", "the last change is taken back in \(left) unless it is confirmed",
                remedy: "`clawproxy config confirm`, or let it go")
        ]
    }
}
