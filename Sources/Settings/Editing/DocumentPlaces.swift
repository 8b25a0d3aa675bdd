/// The objects of a document that hold keys: the members of `gateway`, and the root, where the same keys may stand.
struct DocumentPlaces {
    /// The object that takes new keys first; then the other, if there is another.
    let objects: [Node]
    private let document: Node
    /// Whether the first object is `gateway`'s.
    private let isWrapped: Bool

    /// A document without members is taken for one with an empty `gateway`.
    init(_ document: Node) {
        let root = document.members == nil ? Node(.object([]), at: document.position) : document
        self.document = root
        let keys = (root.members ?? []).filter { $0.name != Scope.schema }
        let wrapper = keys.first { $0.name == Scope.wrapper }?.node
        isWrapped = keys.isEmpty || wrapper?.members != nil || wrapper?.isNull == true
        guard isWrapped else {
            objects = [root]
            return
        }
        let inside = wrapper?.members == nil ? Node(.object([]), at: root.position) : wrapper
        objects = [inside ?? root, root]
    }

    /// The document with its objects as they have become.
    func document(with objects: [Node]) -> Node {
        guard isWrapped, let inside = objects.first, let root = objects.last, objects.count == 2 else {
            return objects.first ?? document
        }
        var members = root.members ?? []
        if let place = members.firstIndex(where: { $0.name == Scope.wrapper }) {
            if members[place].node.isNull, inside.members?.isEmpty ?? true { return root }
            members[place].node = inside
        } else if inside.members?.isEmpty == false {
            members.append(Node.Member(name: Scope.wrapper, namePosition: document.position, node: inside))
        } else {
            return root
        }
        return Node(.object(members), at: document.position)
    }

    /// The members of `gateway` as the document gives them, in the document's spelling where that can be: what a walk
    /// with `Scope.keys` reads.
    static func effective(_ document: Node, _ keys: [KeyInfo]) -> Node {
        let members = document.members ?? []
        let wrapper = members.first { $0.name == Scope.wrapper }?.node
        let others = members.filter { $0.name != Scope.wrapper && $0.name != Scope.schema }
        if let wrapper, wrapper.members != nil, others.isEmpty { return wrapper }
        if wrapper == nil { return Node(.object(others), at: document.position) }
        var unheard = Reading()
        return Document.layer(document, keys, &unheard)
    }
}
