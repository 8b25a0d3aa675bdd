package import Settings

/// One entry of `agents.discovery.file`: a file that lists agents.
package struct DiscoveryFileSettings: Section {
    package var path = ""

    package init() {}

    package static let keys: [Key<DiscoveryFileSettings>] = [
        .required(
            "path", \.path,
            "a JSON or YAML (`.yaml`, `.yml`) list of agents as in `static`, or an object `{agents: [...]}`; watched",
            check: Check.absolutePath)
    ]
}

/// What such a file holds.
package struct AgentList: Section {
    package var agents: [AgentSettings] = []

    package init() {}

    package static let keys: [Key<AgentList>] = [
        .list("agents", \.agents, "the agents, as in agents.discovery.static", identity: "id")
    ]

    /// Reads a document: a list, or an object with `agents`. Every problem is reported with its place.
    package static func read(_ document: Node, _ reading: inout Reading) -> [AgentSettings] {
        if document.elements != nil {
            return decode(.object([("agents", document)], at: document.position), &reading).agents
        }
        guard document.member("agents") != nil else {
            reading.error(
                document.position, "expected a list of agents such as [{id: \"a\", endpoint: \"http://10.0.0.1:9090\"}]"
            )
            return []
        }
        return decode(document, &reading).agents
    }
}

extension Node {
    /// A member that says something.
    fileprivate func member(_ name: String) -> Node? {
        guard let node = self[name], !node.isNull else { return nil }
        return node
    }
}
