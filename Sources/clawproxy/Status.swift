internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy status`: what runs, since when, from which files.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what runs: since when, from which files, where it listens, what came of the last changes.",
        discussion: "Exit 1 when no proxy answers. `clawproxy doctor` says what is wrong, and what to do.")

    @Flag(help: "Print the answer as it came, as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let payload = try await Control(admin).call("status").payload
        show(json ? [JSONText.pretty(payload)] : StatusText(payload).lines)
    }
}

/// The payload of `status` as lines: a word, and what there is to say about it.
struct StatusText {
    private let payload: Node

    init(_ payload: Node) { self.payload = payload }

    var lines: [String] {
        let rows =
            process + files + listeners + load + discovery + tiers + generations + reloads + refusal + pending
        return Table.lines(rows.map { [$0.0, $0.1] })
    }

    private typealias Row = (String, String)

    private var process: [Row] {
        var rows: [Row] = [
            (
                "clawproxy",
                "\(payload.text("version")), pid \(payload.text("pid")), instance \(payload.text("instance"))"
            )
        ]
        if let started = payload["startedMs"]?.int { rows.append(("started", LocalTime.since(started))) }
        let since = payload["generationSinceMs"]?.int.map { ", since \(LocalTime.since($0))" } ?? ""
        let end = payload["draining"]?.bool == true ? "; it drains, and ends when the last request has" : ""
        rows.append(("runs", "generation \(payload.text("generation"))\(since)\(end)"))
        return rows
    }

    private var files: [Row] {
        let rows = payload.list("files").map { file in
            [
                file.text("path"), file.text("layer"),
                file["exists"]?.bool == false ? "no such file" : "hash \(ValueText.hash(file["hash"]?.string))",
            ]
        }
        var all = named("files", Table.lines(rows))
        if payload["ephemeral"]?.bool == true || payload["ephemeral"]?.members != nil {
            all.append(("", "and ephemeral changes, gone at the next start: clawproxy config get --origins"))
        }
        if let hash = payload["hash"]?.string, let applied = payload["appliedHash"]?.string, hash != applied {
            let (file, applied) = (ValueText.hash(hash), ValueText.hash(applied))
            all.append(("differs", "the file is \(file), and \(applied) runs: clawproxy config diff"))
        }
        return all
    }

    private var listeners: [Row] {
        let rows = payload.list("listeners").map { [$0.text("door"), address($0)] }
        return named("listens", Table.lines(rows))
    }

    /// The port that the system chose, where the address leaves it to it.
    private func address(_ listener: Node) -> String {
        let address = listener.text("address")
        guard let port = listener["port"]?.int, port > 0, address.hasSuffix(":0") else { return address }
        return "\(address.dropLast(2)):\(port)"
    }

    private var load: [Row] {
        let agents = payload["agents"]
        let counts = ["up", "down", "ejected", "drained"].compactMap { name -> String? in
            guard let count = agents?[name]?.int, count > 0 || name != "drained" else { return nil }
            return "\(count) \(name)"
        }
        var rows: [Row] = counts.isEmpty ? [] : [("agents", counts.joined(separator: ", "))]
        if let exchanges = payload["exchanges"]?.int, let connections = payload["connections"]?.int {
            let open = [ValueText.count(exchanges, "exchange"), ValueText.count(connections, "connection")]
            rows.append(("open", open.joined(separator: ", ")))
        }
        return rows
    }

    /// Where agents are found, and how that goes.
    private var discovery: [Row] {
        let rows = payload.list("discovery").map { source in
            let count = ValueText.count(source["agents"]?.int ?? 0, "agent")
            let note = source.text("note").isEmpty ? "" : " (\(source.text("note")))"
            return [source.text("source"), count + note, told(source)]
        }
        return named("finds", Table.lines(rows))
    }

    private func told(_ source: Node) -> String {
        let last = source["lastSuccessMs"]?.int.map { LocalTime.since($0) }
        guard let error = source["error"]?.string else {
            return last.map { "told at \($0)" } ?? "no answer yet"
        }
        let since = source["errorSinceMs"]?.int.map { " since \(LocalTime.moment($0))" } ?? ""
        return "fails\(since): \(error)" + (last.map { "; told last at \($0)" } ?? "")
    }

    /// Who judges texts on which the built-in is unsure.
    private var tiers: [Row] {
        let rows = payload.list("tiers").map { tier in
            let mean = Double(tier["meanMicroseconds"]?.int ?? 0) / 1000
            let counts =
                "asked \(tier.text("asked")), answered \(tier.text("answered")) in \(mean) ms, late \(tier.text("late")), "
                + "failed \(tier.text("failed")), left out \(tier.text("skipped"))"
            let trouble = tier["trouble"]?.string
            let state = tier["ready"]?.bool == true ? counts : trouble.map { "not ready: \($0)" } ?? "learning"
            return [tier.text("name"), tier.text("type"), state]
        }
        return named("judges", Table.lines(rows))
    }

    /// Exchanges that began under an earlier configuration keep it until they end.
    private var generations: [Row] {
        let rows = payload.list("generations").map { row in
            "generation \(row.text("generation")): \(ValueText.count(row["exchanges"]?.int ?? 0, "exchange"))"
        }
        return rows.isEmpty ? [] : [("held", rows.joined(separator: ", "))]
    }

    private var reloads: [Row] {
        guard let reloads = payload["reloads"] else { return [] }
        let last = reloads["lastTakenMs"]?.int.map { ", the last at \(LocalTime.moment($0))" } ?? ""
        return [("reloads", "\(reloads.text("taken")) taken, \(reloads.text("refused")) refused\(last)")]
    }

    private var refusal: [Row] {
        guard let refusal = payload["reloads"]?.member("lastRefusal") else { return [] }
        let time = refusal["timeMs"]?.int.map { LocalTime.moment($0) } ?? ""
        let head: Row = ("refused", "at \(time), \(refusal.text("source")):")
        return [head] + Issues.lines(refusal.list("issues"), indent: "").map { ("", $0) }
    }

    private var pending: [Row] {
        guard let pending = payload.member("pendingConfirm") else { return [] }
        guard let deadline = pending["deadlineMs"]?.int else {
            return [("pending", "admin.guard watches the last change")]
        }
        return [("pending", WriteReport.pending(deadline))]
    }

    private func named(_ name: String, _ lines: [String]) -> [Row] {
        lines.enumerated().map { ($0 == 0 ? name : "", $1) }
    }
}
