internal import ArgumentParser
internal import Proxy
internal import Settings

/// One change: read what there is, send the change for exactly that, tell what came of it.
struct Write {
    private let control: Control
    private let options: WriteOptions
    private let isEphemeral: Bool

    /// A key that is there in every configuration: asking for it alone gives the hash without the rest.
    private static let smallKey = "debugHeaders"

    init(_ options: WriteOptions, ephemeral: Bool = false) throws {
        self.options = options
        isEphemeral = ephemeral
        control = try Control(options.admin)
    }

    /// `hints` are told beside a refusal.
    func send(_ method: String, _ params: [(String, Node)], hints: [String] = []) async throws {
        let base = try await base()
        var params = params
        if let hash = base.hash { params.append(("baseHash", .string(hash))) }
        if let note = options.note { params.append(("note", .string(note))) }
        if options.dryRun { params.append(("dryRun", .flag(true))) }
        if isEphemeral { params.append(("ephemeral", .flag(true))) }
        if options.all { params.append(("all", .flag(true))) }
        let confirmMs = try options.confirmMs()
        if let confirmMs { params.append(("confirmMs", .int(confirmMs))) }
        let answer = try await change(method, params, isOffline: base.isOffline, hints)
        try await tell(answer, confirmMs)
    }

    /// The hash that the change is made for; nil where there is no file yet.
    private func base() async throws -> (hash: String?, isOffline: Bool) {
        let now = try await control.call("config.get", [("key", .string(Self.smallKey))], instead: .silentFiles)
        if now.isOffline { try refuseOffline() } else { try refuseStranger(now.payload) }
        if let given = options.baseHash { return (given, now.isOffline) }
        if now.payload["exists"]?.bool == false { return (nil, now.isOffline) }
        return (now.payload["hash"]?.string, now.isOffline)
    }

    /// A proxy that runs from another file is not the one that is meant, unless it was named.
    private func refuseStranger(_ payload: Node) throws {
        guard !control.isNamed, let theirs = payload["file"]?.string, let path = control.configuration.target?.path
        else { return }
        let ours = ConfigFile.absolute(path)
        if theirs == ours { return }
        complain(
            "the proxy at \(control.address.spelling) (\(control.addressOrigin)) runs from \(theirs), not from \(ours)")
        complain(
            "  nothing was changed; give the --config-file that the proxy was started with, or name its admin listener with --admin"
        )
        throw ExitCode(1)
    }

    /// What needs a proxy that runs.
    private func refuseOffline() throws {
        let asked = [("--all", options.all), ("--ephemeral", isEphemeral), ("--confirm", options.confirm != nil)]
        let options = asked.filter(\.1).map(\.0)
        if options.isEmpty { return }
        let names = options.joined(separator: " and ")
        let place = "\(control.address.spelling) (\(control.addressOrigin))"
        complain("no proxy answers at \(place), and \(names) \(options.count == 1 ? "needs" : "need") one")
        complain(
            "  start it with `clawproxy run`, or name its admin listener with --admin; without \(names) the file"
                + " itself is changed")
        throw ExitCode(1)
    }

    /// Where the file was read from the proxy, it is changed through the proxy or not at all.
    private func change(
        _ method: String, _ params: [(String, Node)], isOffline: Bool, _ hints: [String]
    ) async throws(ExitCode) -> Control.Answer {
        do throws(RPCFailure) {
            return isOffline ? try await control.files(method, params) : try await control.attempt(method, params)
        } catch {
            for line in Refusal(error, control, hints: hints, isWrite: true).lines { complain(line) }
            throw ExitCode(1)
        }
    }

    private func tell(_ answer: Control.Answer, _ confirmMs: Int?) async throws {
        let payload = answer.payload
        let report = WriteReport(
            payload, isOffline: answer.isOffline, isEphemeral: isEphemeral, isDryRun: options.dryRun,
            masked: await masked(payload), confirmMs: confirmMs)
        show(options.json ? [JSONText.pretty(payload)] : report.lines)
        if answer.isOffline {
            let address = control.address.spelling
            complain(
                report.isWritten
                    ? "no proxy answers at \(address): the file was changed, and applies at the next start"
                    : "no proxy answers at \(address): compared with the files")
        }
        if !options.json {
            for line in Issues.weighed(payload.list("warnings"), most: 5) { complain(line) }
        }
        if report.isRefused { throw ExitCode(1) }
    }

    /// What stands above the masked keys, asked for where the answer does not tell.
    private func masked(_ payload: Node) async -> [MaskedKey] {
        if options.json { return [] }
        var all: [MaskedKey] = []
        for row in MaskedKey.rows(payload) {
            var key = MaskedKey(row)
            let question = [("key", Node.string(key.path))]
            if key.by == nil || key.value == nil, all.count < Issues.most,
                let answer = try? await control.attempt("config.explain", question, instead: .silentFiles)
            {
                key.fill(from: answer.payload)
            }
            all.append(key)
        }
        return all
    }
}
