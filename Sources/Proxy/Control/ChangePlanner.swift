internal import Settings

/// Works out what a change comes to: the checks of the contract, in its order. Nothing is written or swapped here.
struct ChangePlanner {
    let source: ConfigSource
    let applied: Configuration<GatewaySettings>
    let ephemeral: Node?
    let history: ConfigHistory?
    /// Of the last change: mostly the file is still the same, and its places are known.
    let known: DocumentText?
    /// Whether no proxy is asked, so that nobody knows whether one runs.
    let isOffline: Bool

    var keys: [KeyInfo] { applied.keys }
    static let staleBase = "config changed since last load; re-run config.get and retry"

    func plan(_ request: ChangeRequest) throws(ControlFailure) -> PlannedChange {
        guard let target = applied.target else {
            throw .invalid(
                "there is no file to change: HOME is not set and no --config-file was given; set one of them")
        }
        let before = try read(target, request)
        try compare(request, before)
        let current = try current(target, before, request)
        var planned =
            request.isEphemeral
            ? try planEphemeral(request, current, target, before) : try planFile(request, current, target, before)
        try refuseProblems(planned)
        try refuseRemovals(request, current, planned)
        compareForces(&planned, current)
        return planned
    }

    // MARK: the checks

    private func read(_ target: LoadedFile, _ request: ChangeRequest) throws(ControlFailure) -> [UInt8]? {
        switch ConfigFile(target.path).read() {
        case .bytes(let bytes): return bytes
        case .unreadable(let why):
            throw .invalid("\(target.path) cannot be read: \(why); make it readable for the proxy")
        case .missing:
            // what a file said stays in force after it vanished; a patch must not be what takes all of it away
            if request.replacesFile { return nil }
            if target.layer == .file, !target.exists {
                throw .invalid("\(target.path): no such file; it was given with --config-file")
            }
            if isOffline, !(history?.entries().isEmpty ?? true) {
                throw .invalid(
                    "\(target.path) is gone, and a proxy that still runs from it would lose all that it said; put it back, bring a version back by `clawproxy config rollback 0`, or remove its history to begin anew"
                )
            }
            if target.exists {
                throw .invalid(
                    "\(target.path) is gone, and what it said is still in force; put it back, or bring a version back by `clawproxy config rollback 0`"
                )
            }
            return nil
        }
    }

    private func compare(_ request: ChangeRequest, _ before: [UInt8]?) throws(ControlFailure) {
        guard let before else {
            if let given = request.baseHash, !given.isEmpty { throw .invalid(Self.staleBase) }
            return
        }
        guard let given = request.baseHash, !given.isEmpty else {
            // back to a version of the history: whatever is there now is kept in it too
            if case .rollback = request.kind { return }
            throw .invalid("config base hash required; re-run config.get and retry")
        }
        guard given == ConfigFile.hash(before) else { throw .invalid(Self.staleBase) }
    }

    /// What the files say now, before the change.
    private func current(
        _ target: LoadedFile, _ before: [UInt8]?, _ request: ChangeRequest
    ) throws(ControlFailure) -> Configuration<GatewaySettings> {
        let loaded = applied.isOnDisk ? applied : source.load(after: applied, ephemeral: ephemeral)
        if !loaded.isValid, !request.replacesFile {
            throw .invalid("invalid config; fix before patching", loaded.problems.filter { $0.severity == .error })
        }
        return loaded
    }

    private func planFile(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ target: LoadedFile, _ before: [UInt8]?
    ) throws(ControlFailure) -> PlannedChange {
        let path = current.target?.path ?? target.path
        if !request.replacesFile {
            return try edited(request, current, LoadedFile(layer: target.layer, path: path, bytes: before))
        }
        let after: LoadedFile
        switch request.kind {
        case .apply(let raw): after = try whole(Array(raw.utf8), path, restoring: current.target?.parsed)
        case .rollback(let steps, let number): after = try version(steps, number, path, before)
        case .restore(let bytes): after = try whole(bytes ?? Array("{}\n".utf8), path, restoring: nil)
        case .patch, .set, .unset: after = LoadedFile(layer: target.layer, path: path, bytes: before)
        }
        let configuration = source.load(
            after: current, ephemeral: ephemeral,
            instead: LoadedFile(layer: target.layer, path: path, bytes: after.bytes, parsed: after.parsed))
        return PlannedChange(
            request: request, before: before, after: after, ephemeral: ephemeral, configuration: configuration)
    }

    /// The target file with the change at the place of its nodes.
    private func edited(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ before: LoadedFile
    ) throws(ControlFailure) -> PlannedChange {
        let text = try text(of: before)
        let (changed, problems) = try changed(text.node, request)
        let edited: DocumentText
        do throws(EditFailure) {
            edited = try text.editedText(to: changed)
        } catch {
            throw .invalid("\(error.position.text): \(error.message)")
        }
        let after = LoadedFile(layer: before.layer, path: before.path, bytes: edited.bytes, parsed: edited.node)
        let configuration = source.load(after: current, ephemeral: ephemeral, instead: after)
        return PlannedChange(
            request: request, before: before.bytes, after: after, text: edited, documents: (text.node, changed),
            ephemeral: ephemeral, configuration: configuration, problems: problems)
    }

    private func text(of file: LoadedFile) throws(ControlFailure) -> DocumentText {
        let bytes = file.bytes ?? Array("{}\n".utf8)
        if let known, known.bytes == bytes { return known }
        do throws(SyntaxError) {
            return try DocumentText(bytes, path: file.path)
        } catch {
            throw .invalid("invalid config; fix before patching", [Self.problem(error)])
        }
    }

    /// A document with what a patch, `set` or `unset` says of it. Unknown keys of a patch are left out and told with
    /// everything else that is wrong.
    private func changed(
        _ document: Node, _ request: ChangeRequest
    ) throws(ControlFailure) -> (node: Node, problems: [Problem]) {
        var reading = Reading()
        var changed = document
        var problems: [Problem] = []
        switch request.kind {
        case .patch(let raw, let replacePaths):
            let patch = try Self.patch(raw)
            changed = Patching.merged(document, patch, keys, &reading)
            problems = reading.problems
            reading = Reading()
            changed = try replaced(replacePaths, patch, changed)
        case .set(let key, let value):
            changed = try placed(value, key, document, &reading)
        case .unset(let key):
            changed = try placed(nil, key, document, &reading)
        case .apply, .rollback, .restore: break
        }
        try Self.refuse(reading)
        let restored = Redaction(keys).restored(changed, from: document, &reading)
        try Self.refuse(reading)
        return (restored, problems)
    }

    /// The lists that a patch shall replace and not merge with.
    private func replaced(_ paths: [String], _ patch: Node, _ document: Node) throws(ControlFailure) -> Node {
        var document = document
        var unheard = Reading()
        let canonical = Document.canonical(patch, keys, &unheard)
        for text in paths {
            guard let path = Patching.canonicalPath(text, keys).flatMap(KeyPathText.split)?.dropFirst() else {
                throw .invalid("replacePaths: there is no key '\(text)'; give paths such as routing.rules")
            }
            guard let list = KeyLookup.value(in: canonical, Array(path)), list.elements != nil else { continue }
            var reading = Reading()
            document = Patching.placed(list, at: Array(path), in: document, keys, &reading) ?? document
            try Self.refuse(reading)
        }
        return document
    }

    private func placed(
        _ value: Node?, _ key: String, _ document: Node, _ reading: inout Reading
    ) throws(ControlFailure) -> Node {
        guard let path = KeyPathText.split(key), !path.isEmpty else {
            throw .invalid("'\(key)' is no key; expected one such as logging.level or routing.rules.chat.target")
        }
        let placed = Patching.placed(value, at: path, in: document, keys, &reading)
        try Self.refuse(reading)
        return placed ?? document
    }

    static func patch(_ raw: String) throws(ControlFailure) -> Node {
        let node: Node
        do throws(SyntaxError) {
            node = try JSONReader.read(Array(raw.utf8), source: "patch", dialect: .json5)
        } catch {
            throw .invalid("raw is not JSON5: \(error.position.text): \(error.message)")
        }
        guard node.members != nil else { throw .invalid("raw must be an object; found \(Reading().found(node))") }
        return node
    }

    func whole(_ bytes: [UInt8], _ path: String, restoring stored: Node?) throws(ControlFailure) -> LoadedFile {
        do throws(SyntaxError) {
            let text = try DocumentText(bytes, path: path)
            guard text.node.members != nil || text.node.isNull else {
                throw SyntaxError(text.node.position, "expected an object, found \(Reading().found(text.node))")
            }
            return try restored(text, path, from: stored)
        } catch {
            throw .invalid("raw does not parse: \(error.position.text): \(error.message)", [Self.problem(error)])
        }
    }

    /// Hidden words of a whole document give way to what is stored under the same keys.
    private func restored(_ text: DocumentText, _ path: String, from stored: Node?) throws(SyntaxError) -> LoadedFile {
        var reading = Reading()
        let restored = Redaction(keys).restored(text.node, from: stored ?? Node(.object([])), &reading)
        if let problem = reading.problems.first { throw SyntaxError(problem.position, problem.message) }
        if restored.isSame(as: text.node) {
            return LoadedFile(layer: .user, path: path, bytes: text.bytes, parsed: text.node)
        }
        do throws(EditFailure) {
            let edited = try text.editedText(to: restored)
            return LoadedFile(layer: .user, path: path, bytes: edited.bytes, parsed: edited.node)
        } catch {
            throw SyntaxError(error.position, error.message)
        }
    }

    func version(
        _ steps: Int, _ number: Int?, _ path: String, _ before: [UInt8]?
    ) throws(ControlFailure) -> LoadedFile {
        let entries = history?.entries() ?? []
        // a file that was never in force, as it is broken or gone, is itself a step before the newest version
        let isKept = before.map { ConfigFile.hash($0) == entries.first?.hash } ?? false
        let steps = isKept ? steps : max(0, steps - 1)
        let found: ConfigHistory.Entry?
        if let number {
            found = entries.first { $0.number == number }
        } else {
            found = entries.indices.contains(steps) ? entries[steps] : nil
        }
        guard let found else {
            let wanted = number.map { "no version \($0)" } ?? "no version \(steps) before this one"
            throw .invalid("\(wanted) in the history, which has \(entries.count); see config.history")
        }
        guard let bytes = history?.bytes(of: found) else {
            throw .invalid("version \(found.number) of the history is damaged; choose another (config.history)")
        }
        return try whole(bytes, path, restoring: nil)
    }

    /// An ephemeral change is a patch beside the files; what they say later is patched too.
    private func planEphemeral(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ target: LoadedFile, _ before: [UInt8]?
    ) throws(ControlFailure) -> PlannedChange {
        var reading = Reading()
        let nothing = Node(.object([]))
        var patch: Node?
        switch request.kind {
        case .unset(let key):
            let path = try ConfigPayload(current).path(of: key)
            patch = ephemeral.flatMap { MergePatch.without(path[...], $0) }
        case .set(let key, let value):
            let payload = ConfigPayload(current)
            let wrapped = try payload.wrapped(value, at: try payload.path(of: key))
            patch = MergePatch.composed(ephemeral ?? nothing, wrapped)
        case .patch(let raw, _):
            let given = Document.canonical(try Self.patch(raw), keys, &reading)
            patch = MergePatch.composed(ephemeral ?? nothing, given)
        case .apply, .rollback, .restore:
            throw .invalid("only a patch, set or unset can be ephemeral")
        }
        try Self.refuse(reading)
        if let given = patch {
            patch = Redaction(keys).restored(given, from: ephemeral ?? nothing, &reading).placed(
                at: Position(source: "ephemeral"))
            try Self.refuse(reading)
        }
        let configuration = source.load(after: current, ephemeral: patch)
        return PlannedChange(
            request: request, before: before, after: current.target ?? target, ephemeral: patch,
            configuration: configuration)
    }
}
