package import Settings

/// One rule: which requests it takes, who answers them, and what is changed on the way.
package struct RuleSettings: Section {
    package var name = ""
    package var match = MatchSettings()
    package var target = TargetSetting()
    package var fallback = OneOrMany<Located<TargetName>>([])
    package var requiresAuth: AuthKinds = []
    package var priority = 0
    package var rewrite = RewriteSettings()
    package var timeouts = RuleTimeouts()
    package var headers = RuleHeaderSettings()
    package var upgrades: [String] = []
    package var kind: RuleKind?
    package var streams = RuleStreams()
    package var task = RuleTask()
    package var cache = RuleCache()
    package var bodyAgent: Bool?
    package var access = AddressListSettings()
    package var cors = CORSSettings()
    package var rateLimit: RateLimitSettings?
    package var bodyBytes: ByteSize?

    package init() {}

    package static let keys: [Key<RuleSettings>] = [
        .required("name", \.name, "name in logs and metrics", check: Check.nonEmpty),
        .section("match", \.match, "which requests the rule takes"),
        .required("target", \.target, "who answers: an agent's id, `tag:NAME`, `pool:NAME`, or weighted splits"),
        .value("fallback", \.fallback, "who is asked when the target cannot, in this order"),
        .value(
            "requiresAuth", \.requiresAuth,
            "who may come in: `true`, with any kind of credential that is configured, or the kinds; one of them suffices"),
        .value(
            "priority", \.priority, "rules of higher priority are looked at first, whatever their type",
            check: Check.range(-1_000_000...1_000_000)),
        .section("rewrite", \.rewrite, "the path that the agent sees"),
        .section("timeouts", \.timeouts, "in place of those of `http.timeouts`"),
        .section("headers", \.headers, "fields that are set or removed"),
        .value("upgrades", \.upgrades, "protocols beside `websocket` that may become a tunnel"),
        .value("kind", \.kind, "what the agents are to this rule, whatever they or their pools say"),
        .section("streams", \.streams, "in place of those of `streams`"),
        .section("task", \.task, "how urgent its requests are, where agents are busy"),
        .section("cache", \.cache, "what of its answers is kept, in place of what `cache` says", word: "strategy"),
        .value("bodyAgent", \.bodyAgent, "in place of that of `routing`"),
        .section("access", \.access, "client addresses that may ask for this, of those that `http.access` lets in"),
        .section("cors", \.cors, "pages of other sites that may ask; what is not said is as `http.cors` has it"),
        .section("rateLimit", \.rateLimit, "how many of its requests each client may send, besides `http.rateLimit`"),
        .value("bodyBytes", \.bodyBytes, "body of a request, in place of `http.limits.bodyBytes`; more is 413"),
    ]

    package static func check(_ value: RuleSettings, _ node: Node, _ reading: inout Reading) {
        checkUpgrades(node, &reading)
        checkGroups(value, node, &reading)
    }

    private static func checkUpgrades(_ node: Node, _ reading: inout Reading) {
        reading.under("upgrades") { reading in
            for (index, upgrade) in (node["upgrades"]?.elements ?? []).enumerated() {
                guard let text = upgrade.string else { continue }
                reading.under("[\(index)]") { reading in
                    let place = upgrade.position
                    if !Field.isName(text) {
                        reading.error(place, "expected a protocol such as websocket, found \(Quoted.quote(text))")
                    } else if ["h2", "h2c"].contains(text.lowercased()) {
                        reading.error(place, "HTTP/2 is never reached by an upgrade (RFC 9113 3.1); leave it out")
                    }
                }
            }
        }
    }

    /// `$3` in a rewrite wants three groups in the pattern.
    private static func checkGroups(_ value: RuleSettings, _ node: Node, _ reading: inout Reading) {
        guard let text = value.rewrite.path, let template = try? PathTemplate(text), template.highestGroup > 0 else {
            return
        }
        let highest = template.highestGroup
        let place = node["rewrite"]?["path"]?.position ?? node.position
        reading.under("rewrite") { reading in
            reading.under("path") { reading in
                guard value.match.type == .regex else {
                    reading.error(place, "$\(highest) needs a rule of type regex; write $$ for the sign itself")
                    return
                }
                guard let expression = try? Expression(Array((value.match.pattern ?? "").utf8)) else { return }
                if highest > expression.captures {
                    reading.error(place, "$\(highest) is not there: the pattern's groups are \(expression.captures)")
                }
            }
        }
    }
}
