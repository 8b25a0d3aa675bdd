internal import Logging
package import Settings

/// The same methods where no proxy answers: on the files alone, with the same checks. What is changed applies at the next
/// start.
package struct OfflineControl: Sendable {
    private let desk: Desk

    package init(_ source: ConfigSource) {
        let log = Logger(label: "clawproxy") { _ in SwiftLogNoOpLogHandler() }
        desk = Desk(configurator: Configurator(source, source.load(), log: log), server: nil)
    }

    /// Who may write the file may change it: no token is asked for.
    package func call(_ method: String, _ params: Node) async throws(RPCFailure) -> Node {
        do throws(ControlFailure) {
            let needs = ["all", "ephemeral", "confirmMs"].filter { name in
                params.member(name).map { $0.bool != false } ?? false
            }
            if let first = needs.first {
                throw ControlFailure(
                    .unavailable, "'\(first)' needs a running proxy, and none answers; start it with `clawproxy run`")
            }
            if method == "config.confirm" || method == "config.reload" || method.hasPrefix("replica.") {
                throw ControlFailure(
                    .unavailable, "\(method) needs a running proxy, and none answers; start it with `clawproxy run`")
            }
            return try await desk.call(method, params, isAuthorized: true)
        } catch {
            throw .refused(
                code: error.code.rawValue, message: error.message, retryAfterMs: error.retryAfterMs, error: error.node)
        }
    }
}
