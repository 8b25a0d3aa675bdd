internal import Settings
internal import Wire

/// What can be wrong with a match beside the types of its values.
enum MatchCheck {
    static func check(_ match: MatchSettings, _ node: Node, _ reading: inout Reading) {
        pattern(match, node, &reading)
        hosts(node, &reading)
        methods(node, &reading)
        headers(node, &reading)
        query(node, &reading)
        semantic(match, node, &reading)
    }

    private static func pattern(_ match: MatchSettings, _ node: Node, _ reading: inout Reading) {
        let place = node["pattern"]?.position ?? node.position
        reading.under("pattern") { reading in
            guard let pattern = match.pattern else {
                if match.type == .exact || match.type == .prefix || match.type == .regex {
                    reading.error(place, "is missing; a rule of type \(match.type.rawValue) needs one")
                }
                return
            }
            switch match.type {
            case .exact, .prefix, .semantic: path(pattern, match, place, &reading)
            case .regex: regex(pattern, place, &reading)
            case .default: reading.error(place, "a rule of type default takes every path; leave the pattern out")
            }
        }
    }

    private static func path(_ text: String, _ match: MatchSettings, _ place: Position, _ reading: inout Reading) {
        do throws(PathPattern.Fault) {
            let path = try match.type == .exact ? PathPattern.exact(text) : PathPattern.prefix(text)
            if match.encodedDelimiters == .reject, PathPattern.hasEncodedDelimiter(path) {
                reading.warn(place, "holds %2F, %5C or %00, which is refused; set encodedDelimiters to keep")
            }
        } catch {
            reading.error(place, error.message)
        }
    }

    private static func regex(_ text: String, _ place: Position, _ reading: inout Reading) {
        do throws(Expression.Refusal) {
            _ = try Expression(Array(text.utf8))
        } catch {
            reading.error(place, "RE2 refuses the expression: \(error.message)")
            return
        }
        if text.isEmpty {
            reading.error(place, "must not be empty: it would be found in every path; use type default")
        } else if !text.utf8.allSatisfy({ $0 < 0x80 }) {
            reading.warn(
                place, "paths arrive percent-encoded, so letters outside ASCII are never found; write %C3%A9 for é")
        }
    }

    private static func hosts(_ node: Node, _ reading: inout Reading) {
        reading.under("hosts") { reading in
            for (index, host) in (node["hosts"]?.elements ?? []).enumerated() {
                guard let text = host.string else { continue }
                do throws(HostPattern.Fault) {
                    _ = try HostPattern.read(text)
                } catch {
                    let message = error.message
                    reading.under("[\(index)]") { $0.error(host.position, message) }
                }
            }
        }
    }

    private static func methods(_ node: Node, _ reading: inout Reading) {
        reading.under("methods") { reading in
            for (index, method) in (node["methods"]?.elements ?? []).enumerated() {
                guard let text = method.string else { continue }
                reading.under("[\(index)]") { reading in
                    if !Field.isName(text) {
                        reading.error(method.position, "expected a method such as GET, found \(Quoted.quote(text))")
                    } else if ["TRACE", "CONNECT"].contains(MethodNames.spelled(text)) {
                        reading.warn(method.position, "\(text) is answered with 405 before any rule is looked at")
                    }
                }
            }
        }
    }

    private static func headers(_ node: Node, _ reading: inout Reading) {
        var seen: [[UInt8]: String] = [:]
        reading.under("headers") { reading in
            for member in node["headers"]?.members ?? [] {
                let place = member.namePosition
                reading.under(member.name) { reading in
                    if !Field.isName(member.name) {
                        reading.error(
                            place, "expected the name of a field (RFC 9110 5.1), found \(Quoted.quote(member.name))")
                    }
                    if let other = seen.updateValue(member.name, forKey: Field.lower(member.name)) {
                        reading.error(place, "is the same field as \(Quoted.quote(other)); leave one out")
                    }
                    guard let text = member.node.string else { return }
                    if text.hasPrefix("~") {
                        fieldRegex(String(text.dropFirst()), member.node.position, &reading)
                    } else if !Field.isValue(text) {
                        reading.error(
                            member.node.position, "holds a control character, which no field can (RFC 9110 5.5)")
                    }
                }
            }
        }
    }

    private static func fieldRegex(_ text: String, _ place: Position, _ reading: inout Reading) {
        do throws(Expression.Refusal) {
            _ = try Expression(Array(text.utf8))
        } catch {
            reading.error(place, "RE2 refuses the expression: \(error.message)")
        }
    }

    private static func query(_ node: Node, _ reading: inout Reading) {
        reading.under("query") { reading in
            for member in node["query"]?.members ?? [] where member.name.isEmpty {
                reading.error(member.namePosition, "expected the name of a query parameter, found none")
            }
        }
    }

    private static func semantic(_ match: MatchSettings, _ node: Node, _ reading: inout Reading) {
        guard match.type != .semantic else {
            categories(match, node, &reading)
            return
        }
        for name in ["categories", "threshold"] {
            guard let node = node[name], !node.isNull else { continue }
            reading.under(name) { $0.warn(node.position, "has no effect but on rules of type semantic") }
        }
    }

    private static func categories(_ match: MatchSettings, _ node: Node, _ reading: inout Reading) {
        let place = node["categories"]?.position ?? node.position
        reading.under("categories") { reading in
            if match.categories.isEmpty {
                reading.error(place, "is missing; a rule of type semantic needs at least one, such as code")
            }
            var seen: Set<String> = []
            for (index, element) in (node["categories"]?.elements ?? []).enumerated() {
                guard let name = element.string else { continue }
                reading.under("[\(index)]") { reading in
                    if name.isEmpty {
                        reading.error(element.position, "expected the name of a category, found none")
                    } else if !seen.insert(name).inserted {
                        reading.error(element.position, "\(Quoted.quote(name)) would be counted twice; leave one out")
                    }
                }
            }
        }
    }
}
