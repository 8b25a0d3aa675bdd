internal import Settings

/// What a change would do, and whether it may.
extension ChangePlanner {
    func refuseProblems(_ planned: PlannedChange) throws(ControlFailure) {
        let wrong = (planned.problems + planned.configuration.problems).filter { $0.severity != .warning }
        guard !wrong.isEmpty else { return }
        let first = wrong.prefix(3).map(\.description).joined(separator: "; ")
        let more = wrong.count > 3 ? "; and \(wrong.count - 3) more" : ""
        throw .invalid("the configuration would be wrong: \(first)\(more)", wrong)
    }

    func refuseRemovals(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ planned: PlannedChange
    ) throws(ControlFailure) {
        try refuseHiding(request, current, planned)
        guard case .patch(_, let replacePaths) = request.kind else { return }
        let (before, after) = planned.documents ?? (current.tree, planned.configuration.tree)
        let allowed = Set(replacePaths.compactMap { Patching.canonicalPath($0, keys) })
        let lost = Patching.shrunkArrays(before, after, keys).filter { !allowed.contains($0) }
        guard let first = lost.first else { return }
        throw .invalid(
            "the patch would remove entries of \(lost.joined(separator: ", ")); name \(lost.count == 1 ? "it" : "them") in replacePaths"
                + " (\"replacePaths\": [\"\(first)\"]; --replace-paths on the command line) if that is meant")
    }

    /// A list that stands in a lower file is replaced as a whole by one that a change begins in the target file.
    private func refuseHiding(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ planned: PlannedChange
    ) throws(ControlFailure) {
        guard let documents = planned.documents, current.files.filter(\.exists).count > 1 else { return }
        let isAllowed: (String) -> Bool = { path in
            guard case .patch(_, let paths) = request.kind else { return false }
            return paths.contains { Patching.canonicalPath($0, keys) == path }
        }
        let own = Set(Patching.shrunkArrays(documents.before, documents.after, keys))
        let lost = Patching.shrunkArrays(current.tree, planned.configuration.tree, keys).filter {
            !own.contains($0) && !isAllowed($0)
        }
        guard let first = lost.first, let place = current.origin(of: first)?.position.text else { return }
        throw .invalid(
            "\(first) stands at \(place), in a lower file: a list in \(planned.after.path) takes its place as a whole, and entries would go;"
                + " change it there, or write the whole list, with \(first) in replacePaths")
    }

    /// What changes in force, what is masked, and whether anything does: compared with defaults and variables filled in.
    func compareForces(_ planned: inout PlannedChange, _ current: Configuration<GatewaySettings>) {
        planned.changes = GatewaySettings.changes(from: applied.root, to: planned.configuration.root)
        let paths = changedPaths(planned, current)
        for path in paths {
            let text = KeyPathText.join(["gateway"] + path)
            if Self.isLater(path, keys) {
                planned.later.append(text)
            } else if isDecidedAbove(path, planned), let origin = planned.configuration.origin(of: text),
                isAbove(origin, path, planned)
            {
                planned.masked.append((text, origin.layer, origin.position))
            }
        }
        let isSame = planned.request.isEphemeral || planned.before == planned.after.bytes
        if paths.isEmpty, isSame || !planned.request.replacesFile {
            planned.isNoop = planned.changes.isEmpty
            return
        }
        guard planned.changes.isEmpty, planned.later.isEmpty, !planned.request.replacesFile,
            !planned.request.isEphemeral
        else {
            return
        }
        // all that is left may be a default or a variable's value written out, or be masked
        planned.isNoop = planned.masked.isEmpty || isSameBelow(planned, current)
    }

    /// Whether a variable, a flag or an ephemeral patch says something there. They are few and small; to look at every
    /// layer for every path would take the square of a long list's length.
    private func isDecidedAbove(_ path: [String], _ planned: PlannedChange) -> Bool {
        if let patch = planned.ephemeral, MergePatch.decides(path[...], patch) { return true }
        return planned.configuration.layers.contains { layer in
            (layer.name == "environment" || layer.name == "flags") && MergePatch.decides(path[...], layer.node)
        }
    }

    /// The canonical paths at which the changed layer says something else.
    private func changedPaths(_ planned: PlannedChange, _ current: Configuration<GatewaySettings>) -> [[String]] {
        let nothing = Node(.object([]))
        if planned.request.isEphemeral {
            return NodeDifference.paths(from: ephemeral ?? nothing, to: planned.ephemeral ?? nothing)
                .filter { !$0.isEmpty }
        }
        // both share what is the same, which a walk of the layers would have to compare
        if let (before, after) = planned.documents {
            let canonical = NodeDifference.paths(from: before, to: after).map { path in
                Patching.canonicalPath(KeyPathText.join(path), keys).flatMap(KeyPathText.split).map {
                    Array($0.dropFirst())
                }
            }
            if !canonical.contains(where: { $0?.isEmpty ?? true }) { return canonical.compactMap { $0 } }
        }
        let (old, new) = (Self.layer(current) ?? nothing, Self.layer(planned.configuration) ?? nothing)
        return NodeDifference.paths(from: old, to: new).filter { !$0.isEmpty }
    }

    /// Whether the files alone come to the same before and after.
    private func isSameBelow(_ planned: PlannedChange, _ current: Configuration<GatewaySettings>) -> Bool {
        let before = source.load(after: current, filesOnly: true)
        let after = source.load(after: current, instead: planned.after, filesOnly: true)
        return before.root == after.root
    }

    private static func layer(_ configuration: Configuration<GatewaySettings>) -> Node? {
        configuration.layers.last { $0.name == "user" || $0.name == "file" }?.node
    }

    /// Whether a layer above the one that is changed decides.
    private func isAbove(_ origin: Origin, _ path: [String], _ planned: PlannedChange) -> Bool {
        switch origin.layer {
        case "environment", "flags": true
        case "ephemeral":
            !planned.request.isEphemeral && (planned.ephemeral.map { MergePatch.decides(path[...], $0) } ?? false)
        default: false
        }
    }

    private static func isLater(_ path: [String], _ keys: [KeyInfo]) -> Bool {
        var scope = keys
        for segment in path {
            guard let key = scope.first(where: { $0.name == segment }) else { continue }
            if key.isLater { return true }
            scope = key.children
        }
        return false
    }

    static func problem(_ error: SyntaxError) -> Problem {
        Problem(severity: .error, position: error.position, path: "", message: error.message)
    }

    static func refuse(_ reading: Reading) throws(ControlFailure) {
        let wrong = reading.problems.filter { $0.severity == .error }
        guard let first = wrong.first else { return }
        let more = wrong.count > 1 ? " (and \(wrong.count - 1) more)" : ""
        throw .invalid(first.description + more, wrong)
    }
}
