package import Settings

/// What became of a change for all: of the change, and at each replica.
package struct ReplicaReport: Sendable {
    package enum Outcome: String, Sendable {
        /// Every replica has it, or takes it as soon as it is back.
        case everywhere
        /// No replica has it, nor will one.
        case nowhere
        /// Ready at every replica, but too few of them answer for it to be known. All will agree.
        case undecided
    }

    package enum State: String, Sendable {
        case applied
        /// All replicas have it already.
        case unchanged
        /// Decided, but it failed here; tried again until it works.
        case late
        /// It said no, and nothing was changed.
        case refused
        /// It does not answer.
        case unreachable
        /// It was ready, another was not, and nothing was changed.
        case aborted
        /// It was ready, and is.
        case prepared
    }

    package struct Row: Sendable {
        package var address: String
        package var state: State
        package var detail: String
        package var instance = ""
        package var hash = ""
        package var generation: Int?
        /// What is wrong with the change there, as `issues` of an error.
        package var issues: Node?
        /// Its file is another than the coordinator's.
        package var differs = false
        package var code = ControlFailure.Code.unavailable
        package var retryAfterMs: Int?

        init(_ address: String, _ state: State, _ detail: String = "") {
            self.address = address
            self.state = state
            self.detail = detail
        }

        init(_ address: String, _ failure: RPCFailure) {
            self.init(address, .unreachable, failure.description)
            guard case .refused(let code, _, let retryAfterMs, let error) = failure else { return }
            state = .refused
            issues = error.member("issues")
            self.code = ControlFailure.Code(rawValue: code) ?? .internalError
            self.retryAfterMs = retryAfterMs
            if self.code == .unauthorized { detail += "; all replicas need the same admin.token" }
        }

        init(_ address: String, _ failure: ControlFailure) {
            self.init(address, .refused, failure.message)
            if !failure.issues.isEmpty { issues = .list(failure.issues.map(\.node)) }
            code = failure.code
            retryAfterMs = failure.retryAfterMs
        }

        package var node: Node {
            var members: [(String, Node)] = [
                ("address", .string(address)), ("instance", .string(instance)), ("state", .string(state.rawValue)),
                ("generation", generation.map { .int($0) } ?? .null), ("hash", hash.isEmpty ? .null : .string(hash)),
                ("differs", .flag(differs)), ("detail", .string(detail)),
            ]
            if let issues { members.append(("issues", issues)) }
            return .object(members)
        }
    }

    package var outcome: Outcome
    /// This replica's first.
    package var rows: [Row]
    /// Why this replica itself refused, where it did: what a change of it alone would have been told.
    package var own: ControlFailure?
    package var transaction = ""
    /// What a change of this replica alone would have been answered; null where nothing was changed.
    package var answer = Node.null

    package var isNoop: Bool { outcome == .everywhere && rows.allSatisfy { $0.state == .unchanged } }

    /// Nothing was changed, for the one reason that a replica was busy with another change for all.
    package var isBusy: Bool {
        let refused = rows.filter { $0.state == .refused }
        return outcome == .nowhere && !refused.isEmpty && !rows.contains { $0.state == .unreachable }
            && refused.allSatisfy { $0.code == .unavailable && ($0.retryAfterMs ?? .max) <= 500 }
    }

    /// `replicas` and `applied`, for an answer or an error.
    package var members: [(String, Node)] {
        [("applied", .string(outcome.rawValue)), ("replicas", .list(rows.map(\.node)))]
    }

    /// Nil when every replica has the change, or will.
    package var failure: ControlFailure? {
        if outcome == .everywhere { return nil }
        if let own { return own }
        if outcome == .undecided {
            return ControlFailure(
                .unavailable,
                "the outcome is not known yet: too few replicas answer; all will agree once they do; "
                    + "look with `clawproxy status`",
                retryAfterMs: 2000)
        }
        let wrong = rows.filter { $0.state == .refused || $0.state == .unreachable }
        let first = wrong.first.map { "\($0.address): \($0.detail)" } ?? "no replica was ready"
        let more = wrong.count > 1 ? " (and \(wrong.count - 1) more)" : ""
        let isLater = wrong.allSatisfy { $0.code == .unavailable }
        return ControlFailure(
            isLater ? .unavailable : .invalidRequest, "nothing was changed on any replica: \(first)\(more)",
            retryAfterMs: isLater ? wrong.compactMap(\.retryAfterMs).max() ?? 1000 : nil)
    }
}
