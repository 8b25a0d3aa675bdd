internal import Wire

/// The change of a path on its way to the agent.
enum Rewrite: Sendable {
    case none
    /// Replaces a beginning at a segment's border, then puts another in front. None has a slash at its end.
    case prefix(from: [UInt8], to: [UInt8], front: [UInt8])
    case whole([UInt8])
    case template(PathTemplate, Expression)

    /// `expression` is the rule's own, where its pattern is one.
    init(_ settings: RewriteSettings, _ expression: Expression?) {
        func path(_ text: String?) -> [UInt8]? { text.flatMap { try? PathPattern.prefix($0) } }
        if let text = settings.path, let template = try? PathTemplate(text) {
            if template.highestGroup > 0, let expression {
                self = .template(template, expression)
            } else {
                self = .whole(Self.normal(template.filled(UnsafeRawBufferPointer(start: nil, count: 0), [])))
            }
        } else if let change = settings.replacePrefix, let from = path(change.from), let to = path(change.to) {
            self = .prefix(from: from, to: to, front: [])
        } else if settings.stripPrefix != nil || settings.addPrefix != nil {
            self = .prefix(from: path(settings.stripPrefix) ?? [], to: [], front: path(settings.addPrefix) ?? [])
        } else {
            self = .none
        }
    }

    /// The new path in its normal form; nil where it is as it was; empty where memory ran out on the way.
    func apply(_ path: UnsafeRawBufferPointer) -> [UInt8]? {
        // `OPTIONS *` is about the server, not about a path.
        guard path.first == UInt8(ascii: "/") else { return nil }
        switch self {
        case .none:
            return nil
        case .prefix(let from, let to, let front):
            let isBelow = Self.isPrefix(from, of: path)
            if front.isEmpty, !isBelow || from == to { return nil }
            var bytes = front
            bytes.reserveCapacity(front.count + to.count + path.count)
            if isBelow { bytes += to }
            bytes += path[(isBelow ? from.count : 0)...]
            return bytes.isEmpty ? [UInt8(ascii: "/")] : Self.normal(bytes)
        case .whole(let bytes):
            return path.elementsEqual(bytes) ? nil : bytes
        case .template(let template, let expression):
            guard let groups = expression.groups(in: path) else { return [] }
            let bytes = Self.normal(template.filled(path, groups))
            return path.elementsEqual(bytes) ? nil : bytes
        }
    }

    /// Whether the path is the prefix or lies below it.
    private static func isPrefix(_ prefix: [UInt8], of path: UnsafeRawBufferPointer) -> Bool {
        guard path.count >= prefix.count, path.starts(with: prefix) else { return false }
        return path.count == prefix.count || path[prefix.count] == UInt8(ascii: "/")
    }

    /// What groups found may put dot segments or slashes together: what is forwarded is normal all the same.
    private static func normal(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { from in
            if PathForm.isNormal(from) { return bytes }
            var copy = [UInt8](repeating: 0, count: from.count)
            let count = copy.withUnsafeMutableBytes { PathForm.normalise(from, into: $0).count }
            return Array(copy.prefix(count))
        }
    }
}
