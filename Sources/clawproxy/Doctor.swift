internal import ArgumentParser
internal import Proxy
internal import Settings

/// `clawproxy doctor`: what is wrong, and what to do about it.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for what is wrong, and say what to do about it.",
        discussion: """
            Asks the running proxy. Where none answers, looks for what keeps it from running: the configuration, who \
            holds its addresses, whether its files can be read and written. Exit 1 when there is an error.
            """)

    @Flag(help: "Print the findings as JSON.") var json = false
    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let control = try Control(admin)
        let payload = try await payload(control)
        let findings = payload.list("findings").compactMap { Finding($0) }
        show(json ? [JSONText.pretty(payload)] : findings.flatMap(Self.lines))
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }

    private func payload(_ control: Control) async throws -> Node {
        let silence: Finding
        do throws(RPCFailure) {
            return try await control.attempt("doctor").payload
        } catch {
            guard let finding = Self.silence(error, control) else {
                for line in Refusal(error, control).lines { complain(line) }
                throw ExitCode(1)
            }
            silence = finding
        }
        let found = OfflineDoctor(control.configuration, home: control.source.home).findings()
        return .object([("findings", .list(([silence] + found).map(\.node)))])
    }

    /// That no proxy answers; nil where one did, and refused.
    private static func silence(_ failure: RPCFailure, _ control: Control) -> Finding? {
        let place = "\(control.address.spelling) (\(control.addressOrigin))"
        switch failure {
        case .unreachable(let reason):
            return .error(
                "proxy", "none answers at \(place): \(control.reason(reason)); the rest is seen from here",
                remedy: "start it with `clawproxy run`; if it runs, name its admin listener with --admin")
        case .broken(let what):
            return .error(
                "proxy", "what answers at \(place) is none: \(Quoted.oneLine(what)); the rest is seen from here",
                remedy: "name the proxy's admin listener with --admin, or give admin.listen an address of its own")
        case .refused: return nil
        }
    }

    private static func lines(_ finding: Finding) -> [String] {
        let weight = finding.severity.rawValue
        let margin = String(repeating: " ", count: max(0, 7 - weight.count))
        let head = Quoted.oneLine("\(weight)\(margin)  \(finding.what): \(finding.detail)")
        return finding.remedy.isEmpty ? [head] : [head, "  -> \(Quoted.oneLine(finding.remedy))"]
    }
}
