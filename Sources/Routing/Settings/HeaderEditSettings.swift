package import Settings

/// How a rule changes the fields of the requests or answers that pass it.
package struct HeaderEditSettings: Section {
    package var set: [String: String] = [:]
    package var remove: [String] = []

    package init() {}

    package static let keys: [Key<HeaderEditSettings>] = [
        // Such values often are credentials of the agent.
        .value("set", \.set, "fields to set by name, in place of those that are there", secret: true),
        .value("remove", \.remove, "names of fields to take away"),
    ]
}

/// How a rule changes fields: those of requests on their way to the agent, and those of answers to the client.
package struct RuleHeaderSettings: Section {
    package var request = HeaderEditSettings()
    package var response = HeaderEditSettings()

    package init() {}

    package static let keys: [Key<RuleHeaderSettings>] = [
        .section("request", \.request, "of requests on their way to the agent"),
        .section("response", \.response, "of answers on their way to the client"),
    ]

    package static func check(_ value: RuleHeaderSettings, _ node: Node, _ reading: inout Reading) {
        for direction in ["request", "response"] {
            guard let edits = node[direction] else { continue }
            reading.under(direction) { check(edits, isRequest: direction == "request", &$0) }
        }
    }

    private static func check(_ node: Node, isRequest: Bool, _ reading: inout Reading) {
        var seen: [[UInt8]: String] = [:]
        func name(_ text: String, _ place: Position, isRemoved: Bool, _ reading: inout Reading) {
            let lowercased = Field.lower(text)
            if !Field.isName(text) {
                reading.error(place, "expected the name of a field (RFC 9110 5.1), found \(Quoted.quote(text))")
            } else if let other = seen.updateValue(text, forKey: lowercased) {
                reading.error(place, "the field is edited already, as \(Quoted.quote(other)); what is set is replaced")
            } else if let why = Field.refusal(
                String(decoding: lowercased, as: UTF8.self), isRequest: isRequest, isRemoved: isRemoved)
            {
                reading.error(place, "\(text) \(why); leave it out")
            }
        }
        reading.under("set") { reading in
            for member in node["set"]?.members ?? [] {
                reading.under(member.name) { reading in
                    name(member.name, member.namePosition, isRemoved: false, &reading)
                    guard let text = member.node.string, !Field.isValue(text) else { return }
                    reading.error(
                        member.node.position,
                        "holds a line break or another control character, which no field can (RFC 9110 5.5)")
                }
            }
        }
        reading.under("remove") { reading in
            for (index, element) in (node["remove"]?.elements ?? []).enumerated() {
                guard let text = element.string else { continue }
                reading.under("[\(index)]") { name(text, element.position, isRemoved: true, &$0) }
            }
        }
    }
}
