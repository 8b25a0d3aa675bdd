/// A key that somebody named, in canonical names: `routing.rules.chat.target`, `gateway.http.read_timeout`,
/// `agents.discovery.static[0].weight`.
package struct KeyLookup: Sendable {
    /// From below `gateway`; empty for the whole configuration. An entry is `[0]`, or its identity as it was given.
    package let segments: [String]
    /// The key at the end; nil at an entry, at a free name and within a value.
    package let key: KeyInfo?
    /// What stands there.
    let scope: Scope
    /// How many segments lead to the last entry that goes by its identity; nil where none does.
    let namedEntry: Int?
    /// Whether it is an entry of a list, or in one.
    let isInEntry: Bool
    /// What the value or the part of one that stands there looks like, where that is declared.
    package let shape: Shape?

    /// `gateway.routing.rules.chat.target`.
    package var pathText: String { KeyPathText.join([Scope.wrapper] + segments) }

    /// Why a name means no key.
    package struct Failure: Error, Sendable {
        package let problem: Problem
        package var message: String { problem.message }

        fileprivate init(_ path: [String], _ message: String) {
            let text = KeyPathText.join(path)
            problem = Problem(severity: .error, position: Position(source: "key"), path: text, message: message)
        }
    }

    /// The key that a text means, in any accepted spelling, with or without `gateway`. Whether its entries are there
    /// is for `value` to tell.
    package static func canonical(_ text: String, _ keys: [KeyInfo]) -> Result<KeyLookup, Failure> {
        guard let segments = KeyPathText.split(text) else {
            let example = "routing.rules[0].target or pools[\"a.b\"]"
            return .failure(Failure([text], "not the path of a key; expected names between dots, such as \(example)"))
        }
        return canonical(segments, keys)
    }

    package static func canonical(_ segments: [String], _ keys: [KeyInfo]) -> Result<KeyLookup, Failure> {
        var rest = segments[...]
        if rest.first == Scope.wrapper { rest.removeFirst() }
        guard rest.count <= Bounds.depth else {
            return .failure(Failure([], "expected at most \(Bounds.depth) names, found \(rest.count)"))
        }
        var path: [String] = []
        var scope = Scope.keys(keys)
        var key: KeyInfo?
        var namedEntry: Int?
        var isInEntry = false
        var shape: Shape?
        while let segment = rest.popFirst() {
            if case .keys(let keys) = scope {
                guard let index = Scope.index(of: segment, among: keys) else {
                    var reading = Reading(path: [Scope.wrapper] + path)
                    reading.unknown(segment, at: Position(source: "key"), keys)
                    let message = reading.problems.first?.message ?? "unknown key"
                    return .failure(Failure([Scope.wrapper] + path + [segment], message))
                }
                key = keys[index]
                shape = keys[index].nature == .value ? keys[index].shape : nil
                path.append(keys[index].name)
                scope = Scope(at: index, of: keys)
                continue
            }
            if let key, key.nature == .value, key.shape.kinds.isDisjoint(with: [.array, .object]) {
                return .failure(
                    Failure([Scope.wrapper] + path, "holds a value (\(key.shape.words)); there are no keys below it"))
            }
            key = nil
            shape = shape?.inner
            path.append(scope.entrySegment(segment))
            if case .entries = scope {
                isInEntry = true
                if KeyPathText.index(segment) == nil { namedEntry = path.count }
            }
            scope = scope.inside
        }
        return .success(
            KeyLookup(
                segments: path, key: key, scope: scope, namedEntry: namedEntry, isInEntry: isInEntry, shape: shape))
    }

    /// The value at a path of canonical names in a tree whose root holds what `gateway` holds; nil where there is none.
    package static func value(in tree: Node, _ segments: [String]) -> Node? {
        var here = tree
        for segment in segments {
            guard let next = here.child(segment) else { return nil }
            here = next
        }
        return here
    }
}

extension Shape {
    /// The shape of an element of a list, or of a value of a map.
    fileprivate var inner: Shape? {
        switch kind {
        case .list(let inner), .map(let inner): inner
        case .either(let shapes): shapes.lazy.compactMap(\.inner).first
        default: nil
        }
    }
}

extension Scope {
    /// What stands below a member or an element, whichever this has.
    fileprivate var inside: Scope {
        switch self {
        case .names(let keys): .keys(keys)
        case .entries: element
        default: .free
        }
    }

    /// A bare number is an entry's place, unless entries have names, which may be numbers too.
    fileprivate func entrySegment(_ segment: String) -> String {
        guard case .entries(_, nil) = self, let index = KeyPathText.index(segment) else { return segment }
        return "[\(index)]"
    }
}

extension Node {
    /// A member, or an entry by `[0]`, by its identity, or by its place as a bare number. Names are canonical.
    func child(_ segment: String) -> Node? {
        guard let elements else { return self[segment] }
        return Node.entry(segment, in: elements, .free).map { elements[$0] }
    }

    /// The index of the entry that a segment names, in a document's spelling.
    static func entry(_ segment: String, in entries: [Node], _ element: Scope) -> Int? {
        let isPlace = segment.hasPrefix("[")
        if !isPlace, let identity = EntryIdentity(of: entries, element),
            let place = entries.firstIndex(where: { identity.name(of: $0) == segment })
        {
            return place
        }
        guard let index = KeyPathText.index(segment), entries.indices.contains(index) else { return nil }
        return index
    }
}
