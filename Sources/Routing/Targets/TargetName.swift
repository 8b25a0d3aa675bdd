package import Settings

/// Who shall answer, as a rule names it: an agent, the agents of a tag or of a pool, or a bare name that is looked up
/// as agent, pool and tag, in this order.
package enum TargetName: Sendable, Hashable {
    /// `agent:ID`
    case agent(String)
    /// `tag:NAME`
    case tag(String)
    /// `pool:NAME`
    case pool(String)
    /// A name alone. A colon behind any other word is part of it: `host:8080` may be an agent's id.
    case bare(String)

    /// Nil where no name is left.
    package init?(_ text: String) {
        func name(behind prefix: String) -> String? {
            text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
        }
        if let id = name(behind: "agent:") {
            self = .agent(id)
        } else if let tag = name(behind: "tag:") {
            self = .tag(tag)
        } else if let pool = name(behind: "pool:") {
            self = .pool(pool)
        } else {
            self = .bare(text)
        }
        if self.name.isEmpty { return nil }
    }

    package var name: String {
        switch self {
        case .agent(let name), .tag(let name), .pool(let name), .bare(let name): name
        }
    }

    /// As configurations spell it.
    package var spelling: String {
        switch self {
        case .agent(let name): "agent:" + name
        case .tag(let name): "tag:" + name
        case .pool(let name): "pool:" + name
        case .bare(let name): name
        }
    }
}

extension TargetName: SettingValue {
    package static var shape: Shape {
        .text("target", expected: "a target such as agent-1, tag:NAME or pool:NAME", example: "agent-1")
    }

    package static func read(_ node: Node, _ reading: inout Reading) -> TargetName? {
        guard let text = String.read(node, &reading) else { return nil }
        if let target = TargetName(text) { return target }
        reading.error(node.position, "names no target: expected an agent's id, tag:NAME or pool:NAME")
        return nil
    }

    package var text: String { JSONText.quoted(spelling) }
}
