/// Hides the secrets of a configuration, and puts them back where a hidden one was written back. Secrets are the values
/// of keys that are declared so; in what nothing declares, the strings whose name says it (`SecretNames`); everywhere,
/// addresses with a password in them.
package struct Redaction: Sendable {
    let keys: [KeyInfo]

    package init(_ keys: [KeyInfo]) { self.keys = keys }

    /// A document as it may be shown. A string that is `${NAME}` alone stays.
    package func hidden(document: Node) -> Node {
        var hiding = Hiding(keepsVariables: true)
        return hiding.hide(document, .document(keys), .open) ?? document
    }

    /// What `gateway` holds, under canonical names, as it may be shown. `resolved`: variables are filled in, so what
    /// looks like one is somebody's secret.
    package func hidden(canonical: Node, resolved: Bool) -> Node {
        var hiding = Hiding(keepsVariables: !resolved)
        return hiding.hide(canonical, .keys(keys), .open) ?? canonical
    }

    /// What stands at a path of canonical names below `gateway`, as it may be shown: one layer's word, or a part of a
    /// tree.
    package func hidden(_ node: Node, at path: [String], resolved: Bool) -> Node {
        var scope = Scope.keys(keys)
        var context = Hiding.Context.open
        for segment in path {
            if case .entries(let keys, _) = scope {
                scope = .keys(keys)
            } else if !segment.hasPrefix("[") || scope.keys != nil {
                (scope, context) = scope.below(segment, in: context)
            }
        }
        var hiding = Hiding(keepsVariables: !resolved)
        return hiding.hide(node, scope, context) ?? node
    }

    /// A value of a key that is no secret, in which there may be one.
    static func hidden(value node: Node) -> Node {
        var hiding = Hiding(keepsVariables: false)
        return hiding.hide(node, .free, .open) ?? node
    }
}

/// The walk that hides. It tells what it hid, for those who look for it elsewhere.
struct Hiding {
    /// What is known of a value from above.
    enum Context {
        /// Nothing.
        case open
        /// It is at a key that is declared secret.
        case declared
        case named(SecretNames.Kind)
    }

    let keepsVariables: Bool
    /// Called with the path, in the document's names, and the scalar of all that is hidden.
    var tell: ((_ path: [String], _ hidden: Node) -> Void)?
    private var path: [String] = []

    init(keepsVariables: Bool, tell: ((_ path: [String], _ hidden: Node) -> Void)? = nil) {
        self.keepsVariables = keepsVariables
        self.tell = tell
    }

    /// The node as it may be shown; nil where that is the node itself. Readers have bounded the depth.
    mutating func hide(_ node: Node, _ scope: Scope, _ context: Context) -> Node? {
        switch node.value {
        case .null, .bool:
            return nil
        case .number:
            guard case .declared = context else { return nil }
            return replace(node)
        case .string(let text):
            return isSecret(text, node.position, context) ? replace(node) : nil
        case .array(let elements):
            var changed = elements
            var isChanged = false
            for (index, element) in elements.enumerated() {
                guard let hidden = under("[\(index)]", { $0.hide(element, scope.hiddenElement, context) }) else {
                    continue
                }
                changed[index] = hidden
                isChanged = true
            }
            return isChanged ? Node(.array(changed), at: node.position) : nil
        case .object(let members):
            var changed = members
            var isChanged = false
            for (index, member) in members.enumerated() {
                let (below, inner) = scope.below(member.name, in: context)
                guard let hidden = under(member.name, { $0.hide(member.node, below, inner) }) else { continue }
                changed[index].node = hidden
                isChanged = true
            }
            return isChanged ? Node(.object(changed), at: node.position) : nil
        }
    }

    private func isSecret(_ text: String, _ position: Position, _ context: Context) -> Bool {
        if text.isEmpty || text == Secret.redacted { return false }
        // What a variable of the environment sets is taken as it is, whatever it looks like.
        if keepsVariables && !position.isVariable && SecretNames.isVariable(text) { return false }
        switch context {
        case .declared, .named(.secret), .named(.token): return true
        case .named(.count) where !SecretNames.isQuantity(text): return true
        case .open, .named(.count): return SecretNames.isAddressWithPassword(text)
        }
    }

    private func replace(_ node: Node) -> Node {
        tell?(path, node)
        return .string(Secret.redacted, at: node.position)
    }

    private mutating func under(_ segment: String, _ hide: (inout Hiding) -> Node?) -> Node? {
        guard tell != nil else { return hide(&self) }
        path.append(segment)
        defer { path.removeLast() }
        return hide(&self)
    }
}

extension Scope {
    /// What an element is. A document that is wrong in its shape must not show its secrets for that: a list where an
    /// object belongs is taken for many of those.
    fileprivate var hiddenElement: Scope {
        switch self {
        case .entries(let keys, _), .names(let keys): .keys(keys)
        case .document, .keys: self
        case .value, .free: .free
        }
    }

    /// What stands at a member, and what its name says, within an object of which something may be known.
    fileprivate func below(_ name: String, in context: Hiding.Context) -> (Scope, Hiding.Context) {
        switch context {
        case .declared, .named(.secret): return (.free, context)
        case .open, .named: break
        }
        if let keys, let index = Scope.index(of: name, among: keys) {
            if keys[index].isSecret { return (.free, .declared) }
            if !keys[index].isLater { return (Scope(at: index, of: keys), .open) }
        }
        switch self {
        case .entries(let keys, _):
            // An object where a list belongs: one entry, or entries by name.
            let isEntry = Scope.index(of: name, among: keys) != nil
            return isEntry ? Scope.keys(keys).below(name, in: context) : (.keys(keys), .open)
        case .names: return (below(name), .open)
        case .document where name == Scope.wrapper: return (below(name), .open)
        default: return (.free, SecretNames.kind(of: name).map { .named($0) } ?? .open)
        }
    }
}
