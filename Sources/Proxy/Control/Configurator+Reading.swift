internal import Settings

/// What operators ask without changing anything.
extension Configurator {
    /// The files as they are now. What is on the disk is read again at every call.
    func current() -> Configuration<GatewaySettings> { isAsApplied ? applied.configuration : loadNow() }

    /// Whether every file says, byte for byte, what is in force.
    var isAsApplied: Bool { applied.configuration.isOnDisk }

    func get(_ key: String?) throws(ControlFailure) -> Node {
        let now = current()
        let payload = ConfigPayload(now)
        let inForce = ConfigPayload(applied.configuration)
        var members: [(String, Node)] = [
            ("path", .text(now.target?.path)), ("file", .text(now.target.map { ConfigFile.absolute($0.path) })),
            ("exists", .flag(now.target?.exists ?? false)),
            ("hash", .text(now.target?.bytes.map(ConfigFile.hash))),
            ("appliedHash", .text(applied.configuration.target?.bytes.map(ConfigFile.hash))),
            ("generation", .int(applied.generation)), ("valid", .flag(now.isValid)),
            ("issues", .list(issues(now).map(\.node))),
            ("warnings", .list(now.problems.filter { $0.severity == .warning }.map(\.node))),
        ]
        if let key {
            let path = try payload.path(of: key)
            members += [
                ("key", .string(KeyPathText.join(["gateway"] + path))),
                ("parsed", payload.documentValue(at: path)),
                ("resolved", payload.value(at: path, in: payload.resolved)),
                ("config", inForce.value(at: path, in: inForce.inForce)), ("origins", payload.origins(under: path)),
            ]
        } else {
            members += [
                ("raw", payload.raw), ("parsed", payload.document), ("resolved", payload.resolved),
                ("config", inForce.inForce),
                ("origins", payload.origins(under: [])),
            ]
        }
        members.append(("layers", payload.layers))
        members.append(("ephemeral", ephemeral.map { Redaction(keys).hidden(canonical: $0, resolved: false) } ?? .null))
        members.append(("pendingConfirm", confirmation?.node ?? .null))
        members.append(("lastTakenBack", lastTakenBack?.node ?? .null))
        return .object(members)
    }

    /// What is wrong with the files, and what kept them from being taken.
    private func issues(_ now: Configuration<GatewaySettings>) -> [Problem] {
        let wrong = now.problems.filter { $0.severity != .warning }
        guard let refusal = reloads.refusal else { return wrong }
        return wrong + refusal.problems.filter { !wrong.contains($0) }
    }

    func schema(_ key: String?) throws(ControlFailure) -> Node {
        guard let key else { return .object([("schema", Self.json(Reference.schema(GatewaySettings.self)))]) }
        let path = try ConfigPayload(applied.configuration).path(of: key)
        guard let text = Reference.schema(GatewaySettings.self, at: KeyPathText.join(path)) else {
            throw .invalid("there is no key '\(key)'; see config.schema without a key")
        }
        return .object([("key", .string(KeyPathText.join(["gateway"] + path))), ("schema", Self.json(text))])
    }

    /// Where a key's value comes from.
    func explain(_ key: String) throws(ControlFailure) -> Node {
        try ConfigPayload(applied.configuration).explanation(of: key)
    }

    /// Whether a document would do in the target file's place; without one, whether the files do.
    func validate(_ raw: String?) throws(ControlFailure) -> Node {
        let now = current()
        let checked: Configuration<GatewaySettings>
        do throws(ControlFailure) {
            checked = try instead(raw, now)
        } catch {
            guard !error.issues.isEmpty else { throw error }
            return .object([
                ("valid", .flag(false)), ("issues", .list(error.issues.map(\.node))), ("warnings", .list([])),
            ])
        }
        return .object([
            ("valid", .flag(checked.isReady)),
            ("issues", .list(checked.problems.filter { $0.severity != .warning }.map(\.node))),
            ("warnings", .list(checked.problems.filter { $0.severity == .warning }.map(\.node))),
        ])
    }

    /// What would change if the files, or a document in the target file's place, were taken now.
    func diff(_ raw: String?) throws(ControlFailure) -> Node {
        let other = try instead(raw, current())
        guard other.isReady else {
            throw .invalid("the configuration is wrong", other.problems.filter { $0.severity != .warning })
        }
        let changes = GatewaySettings.changes(from: applied.configuration.root, to: other.root)
        return .object([
            ("generation", .int(applied.generation)),
            (
                "changes",
                .list(changes.map(\.node))
            ),
        ])
    }

    /// The configuration with a document in the target file's place; hidden words stand for what is stored.
    private func instead(
        _ raw: String?, _ now: Configuration<GatewaySettings>
    ) throws(ControlFailure) -> Configuration<GatewaySettings> {
        guard let raw else { return now }
        guard let target = now.target else {
            throw .invalid(
                "there is no file that this could stand in for: HOME is not set and no --config-file was given")
        }
        let file = try planner.whole(Array(raw.utf8), target.path, restoring: target.parsed)
        return source.load(after: now, ephemeral: ephemeral, instead: file)
    }

    /// A version of the history as the document that it is, for replicas whose histories have other numbers.
    func text(of request: ChangeRequest) throws(ControlFailure) -> String {
        guard case .rollback(let steps, let number) = request.kind, let target = applied.configuration.target else {
            throw .invalid("only a rollback names a version")
        }
        var before: [UInt8]?
        if case .bytes(let bytes)? = file?.read() { before = bytes }
        let version = try planner.version(steps, number, target.path, before)
        return String(decoding: version.bytes ?? [], as: UTF8.self)
    }

    func versions() -> Node {
        let current = applied.configuration.target?.bytes.map(ConfigFile.hash)
        var isFound = false
        let rows = (history?.entries() ?? []).map { entry -> Node in
            let isCurrent = !isFound && entry.hash == current
            isFound = isFound || isCurrent
            return .object([
                ("number", .int(entry.number)), ("hash", .string(entry.hash)), ("timeMs", .int(entry.time)),
                ("by", .string(entry.by)),
                ("note", .string(entry.note)), ("reason", .string(entry.reason)),
                ("changedPaths", .strings(entry.changedPaths)),
                ("confirmByMs", entry.confirmBy.map { .int($0) } ?? .null), ("current", .flag(isCurrent)),
            ])
        }
        return .object([("versions", .list(rows))])
    }

    /// A merge-patch of a key's value as a patch of the whole.
    func patchText(_ value: Node, at key: String?) throws(ControlFailure) -> String {
        guard let key else { return JSONText.compact(value) }
        let payload = ConfigPayload(applied.configuration)
        let path = try payload.path(of: key)
        return JSONText.compact(try payload.wrapped(value, at: path))
    }
}
