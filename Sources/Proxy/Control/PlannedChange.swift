internal import Settings

/// A change, worked out and checked, that nothing has been done about yet.
struct PlannedChange: Sendable {
    var request: ChangeRequest
    /// The target file as it was read; nil where there is none.
    var before: [UInt8]?
    /// The same after the change.
    var after: LoadedFile
    /// The same with its places, where the change was made at those.
    var text: DocumentText?
    /// The document before and after, sharing what is the same; nil where it was replaced as a whole.
    var documents: (before: Node, after: Node)?
    /// The ephemeral layer after the change.
    var ephemeral: Node?
    /// Everything with the change in it.
    var configuration: Configuration<GatewaySettings>
    /// What becomes different in force.
    var changes: [SettingChange] = []
    /// Keys that were given and that a higher layer overrides, with that layer and its place.
    var masked: [(path: String, layer: String, position: Position)] = []
    /// Keys of later versions: written, without effect.
    var later: [String] = []
    var isNoop = false

    var beforeHash: String? { before.map(ConfigFile.hash) }
    var afterHash: String { after.bytes.map(ConfigFile.hash) ?? "" }

    /// Every path that the change is about, none twice.
    var changedPaths: [String] {
        var seen: Set<String> = []
        return (changes.map(\.pathText) + masked.map(\.path) + later).filter { seen.insert($0).inserted }
    }
}

/// Works out what a change comes to: the checks of the contract, in its order. Nothing is written or swapped here.
struct ChangePlanner {
    let source: ConfigSource
    let applied: Configuration<GatewaySettings>
    let ephemeral: Node?
    let history: ConfigHistory?
    /// Of the last change: mostly the file is still the same, and its places are known.
    let known: DocumentText?

    private var keys: [KeyInfo] { applied.keys }
    static let staleBase = "config changed since last load; re-run config.get and retry"

    func plan(_ request: ChangeRequest) throws(ControlFailure) -> PlannedChange {
        guard let target = applied.target else {
            throw .invalid("there is no file to change: HOME is not set and no --config-file was given; set one of them")
        }
        let before = try read(target, request)
        try compare(request, before)
        let current = try current(target, before, request)
        var planned =
            request.isEphemeral
            ? try planEphemeral(request, current, target, before) : try planFile(request, current, target, before)
        try refuseProblems(planned.configuration, request)
        try refuseRemovals(request, current, planned)
        compareForces(&planned, current)
        return planned
    }

    // MARK: the checks

    private func read(_ target: LoadedFile, _ request: ChangeRequest) throws(ControlFailure) -> [UInt8]? {
        switch ConfigFile(target.path).read() {
        case .bytes(let bytes): return bytes
        case .unreadable(let why): throw .invalid("\(target.path) cannot be read: \(why); make it readable for the proxy")
        case .missing:
            // what a file said stays in force after it vanished; a patch must not be what takes all of it away
            if target.exists, !request.replacesFile {
                throw .invalid("\(target.path) is gone, and what it said is still in force; put it back, or bring a version back by `clawproxy config rollback 0`")
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
            throw .invalid("config base hash required; re-run config.get and retry")
        }
        guard given == ConfigFile.hash(before) else { throw .invalid(Self.staleBase) }
    }

    /// What the files say now, before the change.
    private func current(
        _ target: LoadedFile, _ before: [UInt8]?, _ request: ChangeRequest
    ) throws(ControlFailure) -> Configuration<GatewaySettings> {
        let isAsApplied = applied.files.allSatisfy { file in
            if file.path == target.path { return file.bytes == before }
            if case .bytes(let bytes) = FileReading.read(file.path) { return file.bytes == bytes }
            return !file.exists
        }
        if isAsApplied { return applied }
        let loaded = source.load(after: applied, ephemeral: ephemeral.map { [$0] } ?? [])
        if !loaded.isValid, !request.replacesFile {
            throw .invalid("invalid config; fix before patching", loaded.problems.filter { $0.severity == .error })
        }
        return loaded
    }

    private func planFile(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ target: LoadedFile, _ before: [UInt8]?
    ) throws(ControlFailure) -> PlannedChange {
        let path = current.target?.path ?? target.path
        if !request.replacesFile { return try edited(request, current, LoadedFile(layer: target.layer, path: path, bytes: before)) }
        let after: LoadedFile
        switch request.kind {
        case .apply(let raw): after = try whole(Array(raw.utf8), path, restoring: current.target?.parsed)
        case .rollback(let steps, let number): after = try version(steps, number, path)
        case .restore(let bytes): after = try whole(bytes ?? Array("{}\n".utf8), path, restoring: nil)
        case .patch, .set, .unset: after = LoadedFile(layer: target.layer, path: path, bytes: before)
        }
        let configuration = source.load(
            after: current, ephemeral: ephemeral.map { [$0] } ?? [],
            instead: LoadedFile(layer: target.layer, path: path, bytes: after.bytes, parsed: after.parsed))
        return PlannedChange(
            request: request, before: before, after: after, ephemeral: ephemeral, configuration: configuration)
    }

    /// The target file with the change at the place of its nodes.
    private func edited(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ before: LoadedFile
    ) throws(ControlFailure) -> PlannedChange {
        let text = try text(of: before)
        let changed = try changed(text.node, request)
        let edited: DocumentText
        do throws(EditFailure) {
            edited = try text.editedText(to: changed)
        } catch {
            throw .invalid("\(error.position.text): \(error.message)")
        }
        let after = LoadedFile(layer: before.layer, path: before.path, bytes: edited.bytes, parsed: edited.node)
        let configuration = source.load(after: current, ephemeral: ephemeral.map { [$0] } ?? [], instead: after)
        return PlannedChange(
            request: request, before: before.bytes, after: after, text: edited, documents: (text.node, changed),
            ephemeral: ephemeral, configuration: configuration)
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

    /// A document with what a patch, `set` or `unset` says of it.
    private func changed(_ document: Node, _ request: ChangeRequest) throws(ControlFailure) -> Node {
        var reading = Reading()
        let changed: Node
        switch request.kind {
        case .patch(let raw, _):
            changed = Patching.merged(document, try Self.patch(raw), keys, &reading)
        case .set(let key, let value):
            changed = try placed(value, key, document, &reading)
        case .unset(let key):
            changed = try placed(nil, key, document, &reading)
        case .apply, .rollback, .restore:
            changed = document
        }
        try Self.refuse(reading)
        let restored = Redaction(keys).restored(changed, from: document, &reading)
        try Self.refuse(reading)
        return restored
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

    private func whole(_ bytes: [UInt8], _ path: String, restoring stored: Node?) throws(ControlFailure) -> LoadedFile {
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
        if restored.isSame(as: text.node) { return LoadedFile(layer: .user, path: path, bytes: text.bytes, parsed: text.node) }
        do throws(EditFailure) {
            let edited = try text.editedText(to: restored)
            return LoadedFile(layer: .user, path: path, bytes: edited.bytes, parsed: edited.node)
        } catch {
            throw SyntaxError(error.position, error.message)
        }
    }

    private func version(_ steps: Int, _ number: Int?, _ path: String) throws(ControlFailure) -> LoadedFile {
        let entries = history?.entries() ?? []
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

    /// Ephemeral changes are worked out on what the files and earlier ephemeral changes say together.
    private func planEphemeral(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ target: LoadedFile, _ before: [UInt8]?
    ) throws(ControlFailure) -> PlannedChange {
        let nothing = Node(.object([]))
        let files = current.layers.filter { ["global", "user", "file"].contains($0.name) }
            .reduce(nothing) { MergePatch.apply($0, $1.node) }
        let layer: Node
        if case .unset(let key) = request.kind {
            var reading = Reading()
            layer = try placed(nil, key, ephemeral ?? nothing, &reading)
        } else {
            let base = ephemeral.map { MergePatch.apply(files, $0) } ?? files
            layer = NodeDifference.mergePatch(from: files, to: try changed(base, request))
                .placed(at: Position(source: "ephemeral"))
        }
        let isEmpty = layer.members?.isEmpty ?? true
        let configuration = source.load(after: current, ephemeral: isEmpty ? [] : [layer])
        let file = current.target ?? target
        return PlannedChange(
            request: request, before: before, after: file, ephemeral: isEmpty ? nil : layer, configuration: configuration)
    }

    // MARK: what comes of it

    private func refuseProblems(
        _ configuration: Configuration<GatewaySettings>, _ request: ChangeRequest
    ) throws(ControlFailure) {
        let wrong = configuration.problems.filter { $0.severity != .warning }
        guard !wrong.isEmpty else { return }
        let first = wrong.prefix(3).map(\.description).joined(separator: "; ")
        let more = wrong.count > 3 ? "; and \(wrong.count - 3) more" : ""
        throw .invalid("the configuration would be wrong: \(first)\(more)", wrong)
    }

    private func refuseRemovals(
        _ request: ChangeRequest, _ current: Configuration<GatewaySettings>, _ planned: PlannedChange
    ) throws(ControlFailure) {
        guard case .patch(_, let replacePaths) = request.kind else { return }
        let (before, after) = planned.documents ?? (current.tree, planned.configuration.tree)
        var allowed: Set<String> = []
        for path in replacePaths {
            guard let canonical = Patching.canonicalPath(path, keys) else {
                throw .invalid("replacePaths: there is no key '\(path)'; give paths such as routing.rules")
            }
            allowed.insert(canonical)
        }
        let lost = Patching.shrunkArrays(before, after, keys).filter { !allowed.contains($0) }
        guard let first = lost.first else { return }
        throw .invalid(
            "the patch would remove entries of \(lost.joined(separator: ", ")); name \(lost.count == 1 ? "it" : "them") in replacePaths"
                + " (\"replacePaths\": [\"\(first)\"]; --replace-paths on the command line) if that is meant")
    }

    /// What changes in force, what is masked, and whether anything does: compared with defaults and variables filled in.
    private func compareForces(_ planned: inout PlannedChange, _ current: Configuration<GatewaySettings>) {
        planned.changes = GatewaySettings.changes(from: applied.root, to: planned.configuration.root)
        let (old, new) = planned.request.isEphemeral
            ? (ephemeral, planned.ephemeral) : (Self.layer(current), Self.layer(planned.configuration))
        let nothing = Node(.object([]))
        let paths = NodeDifference.paths(from: old ?? nothing, to: new ?? nothing).filter { !$0.isEmpty }
        for path in paths {
            let text = KeyPathText.join(["gateway"] + path)
            if Self.isLater(path, keys) {
                planned.later.append(text)
            } else if let origin = planned.configuration.origin(of: text), Self.isAbove(origin.layer, planned.request.isEphemeral) {
                planned.masked.append((text, origin.layer, origin.position))
            }
        }
        let isSame = planned.request.isEphemeral || planned.before == planned.after.bytes
        if paths.isEmpty, isSame || !planned.request.replacesFile {
            planned.isNoop = planned.changes.isEmpty
            return
        }
        guard planned.changes.isEmpty, planned.later.isEmpty, !planned.request.replacesFile, !planned.request.isEphemeral else {
            return
        }
        // all that is left may be a default or a variable's value written out, or be masked
        planned.isNoop = planned.masked.isEmpty || isSameBelow(planned, current)
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

    private static func isAbove(_ layer: String, _ isEphemeral: Bool) -> Bool {
        layer == "environment" || layer == "flags" || (layer == "ephemeral" && !isEphemeral)
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

extension ChangeRequest {
    /// Whether the file's present content does not matter.
    var replacesFile: Bool {
        switch kind {
        case .apply, .rollback, .restore: true
        case .patch, .set, .unset: false
        }
    }
}
